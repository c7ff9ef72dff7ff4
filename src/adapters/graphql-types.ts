// What is said of our values in a GraphQL schema, once for its text and once for Pothos.

/** A field: its type without `!`, whether it may be null, and what is said of it. */
export interface GraphqlField {
  readonly type: 'String' | 'ID' | 'Int' | 'Float' | '[String!]'
  readonly nullable: boolean
  readonly description: string
}

/** An object type; its fields are the properties of the value that a resolver gives. */
export interface GraphqlType {
  readonly name: string
  readonly description: string
  readonly fields: Readonly<Record<string, GraphqlField>>
}

const field = (type: GraphqlField['type'], description: string): GraphqlField => ({
  type,
  nullable: false,
  description,
})
const nullable = (type: GraphqlField['type'], description: string): GraphqlField => ({
  type,
  nullable: true,
  description,
})

/** A `SlotTicket`. Sizes are `Float`: an `Int` of GraphQL ends at 2 GiB. */
export const uploadSlotType = {
  name: 'UploadSlot',
  description: 'Where to send one upload, once, in time.',
  fields: {
    url: field('String', 'Where to send the upload. Whoever has it can use the slot.'),
    id: field('ID', 'For whoever made the slot.'),
    kind: field('String', 'What becomes of the upload.'),
    expiresAt: field('String', 'When the upload must have begun: ISO 8601, in UTC.'),
    method: field('String', 'The HTTP method: POST of a form, or of the bare bytes.'),
    protocols: field('[String!]', 'Ways to send it: multipart, raw, tus.'),
    maxBytes: field('Float', 'The most bytes of one file.'),
    minBytes: field('Float', 'The fewest bytes of one file.'),
    maxFiles: field('Int', 'The most files.'),
    maxTotalBytes: field('Float', 'The most bytes of all files together.'),
    accept: nullable(
      '[String!]',
      'Media types and suffixes taken, as in <input accept>; null: all.',
    ),
  },
} as const satisfies GraphqlType

/** A `FileLink`. */
export const fileLinkType = {
  name: 'FileLink',
  description: 'A file behind a link that works for a while.',
  fields: {
    url: field('String', 'Where to fetch the file. Ask anew for it instead of keeping it.'),
    name: field('String', "The file's name."),
    type: field('String', 'Its media type.'),
    sizeBytes: field('Float', 'Its size in bytes.'),
    expiresAt: nullable('String', 'When the link ends: ISO 8601, in UTC; null: not by time.'),
  },
} as const satisfies GraphqlType

/** Writes a type in SDL. */
export function formatType({ name, description, fields }: GraphqlType): string {
  const lines = Object.entries(fields).flatMap(
    ([fieldName, { type, nullable: isNullable, ...said }]) => [
      `  ${JSON.stringify(said.description)}`,
      `  ${fieldName}: ${type}${isNullable ? '' : '!'}`,
    ],
  )
  return [JSON.stringify(description), `type ${name} {`, ...lines, '}', ''].join('\n')
}
