// What S3 keeps of a file besides its bytes, and how it stands in headers: these carry ASCII alone,
// some clients drop empty ones, and some servers make `-` of `_` in their names.

import { randomBytes } from 'node:crypto'
import { isMediaType } from '../../http/media-type.ts'
import { fitting, optionError, type OptionRule } from '../../options.ts'
import type { FileMetadata } from '../file-facts.ts'
import type { SaveOptions } from '../storage-values.ts'

/** As the SDK takes and gives it. */
export interface KeptFields {
  readonly ContentType?: string | undefined
  readonly Metadata?: Record<string, string> | undefined
}

/** Of S3's metadata, what begins so is ours. */
const ownPrefix = 'titofisto-'
/** Which save an object is of: by it we know our own after an answer was lost. */
const saveIdName = `${ownPrefix}save`
/** Set where a type that says nothing was given on purpose. */
const givenTypeName = `${ownPrefix}type`
/** Begins the names that can't stand in a header as they are. */
const codedNamePrefix = `${ownPrefix}x-`

/** What software writes that knows no type. */
const unsaid: ReadonlySet<string> = new Set(['application/octet-stream', 'binary/octet-stream'])

/** An id for one save. */
export function newSaveId(): string {
  return randomBytes(12).toString('base64url')
}

/** The fields that keep it. @throws RangeError where S3 has no room for it. */
export function toKeptFields(
  { contentType, metadata }: Pick<SaveOptions, 'contentType' | 'metadata'>,
  saveId: string,
): Required<KeptFields> {
  const kept: Record<string, string> = { [saveIdName]: saveId }
  if (contentType !== undefined && unsaid.has(contentType)) kept[givenTypeName] = 'given'
  for (const [name, value] of Object.entries(metadata ?? {})) kept[encodeName(name)] = encode(value)
  if (sizeOf(kept) > maxBytes)
    throw optionError(
      'save()',
      { option: 'metadata', reason: `takes more than the ${maxBytes} bytes that S3 has for it` },
      RangeError,
    )
  return { ContentType: contentType ?? 'binary/octet-stream', Metadata: kept }
}

/** What they keep; what others have put there counts as far as it obeys our rules. */
export function fromKeptFields({ ContentType, Metadata = {} }: KeptFields): {
  readonly contentType?: string
  readonly metadata?: FileMetadata
} {
  const metadata: Record<string, string> = {}
  for (const [key, value] of Object.entries(Metadata)) {
    const name = decodeName(key.toLowerCase())
    const text = decode(value)
    if (name !== null && !controls.test(text)) metadata[name] = text
  }
  const isSaid =
    ContentType !== undefined &&
    isMediaType(ContentType) &&
    (!unsaid.has(ContentType) || Metadata[givenTypeName] !== undefined)
  return {
    ...(isSaid && { contentType: ContentType }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
}

/** Whether an object was made by this very save. */
export function isOfSave({ Metadata }: KeptFields, saveId: string): boolean {
  return Metadata?.[saveIdName] === saveId
}

/** S3's own limit, of names and values together; ours for what is given is the same. */
const maxBytes = 2048

/** What may be given as metadata; see {@link FileMetadata}. */
export const metadataRule: OptionRule = fitting((metadata) => {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return false
  const entries: [string, unknown][] = Object.entries(metadata)
  return (
    entries.every(([name, value]) => nameRule.test(name) && isText(value)) &&
    // Each is a text, as was just looked at.
    sizeOf(Object.fromEntries(entries) as Record<string, string>) <= maxBytes
  )
}, `must have names of 1 to 64 of a-z 0-9 _ -, texts without control characters as values, and at most ${maxBytes} bytes in all`)

/** What may be given as a media type. */
export const contentTypeRule: OptionRule = fitting(
  (type) => typeof type === 'string' && isMediaType(type),
  'must be a media type such as "image/png"',
)

const nameRule = /^[a-z][a-z0-9_-]{0,63}$/
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const controls = /[\u0000-\u001f\u007f-\u009f]/

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.isWellFormed() && !controls.test(value)
}

function sizeOf(texts: Readonly<Record<string, string>>): number {
  return Object.entries(texts).reduce(
    (bytes, [name, value]) => bytes + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  )
}

function encodeName(name: string): string {
  if (!name.includes('_') && !name.startsWith(ownPrefix)) return name
  return codedNamePrefix + Buffer.from(name).toString('hex')
}

function decodeName(key: string): string | null {
  if (!key.startsWith(ownPrefix)) return nameRule.test(key) ? key : null
  if (!key.startsWith(codedNamePrefix)) return null
  const name = Buffer.from(key.slice(codedNamePrefix.length), 'hex').toString()
  return nameRule.test(name) && encodeName(name) === key ? name : null
}

/** As S3 itself gives what is not ASCII (RFC 2047). */
function encode(value: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith('=?')
  return isPlain ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`
}

function decode(value: string): string {
  const coded = /^=\?UTF-8\?B\?([A-Za-z0-9+/]*={0,2})\?=$/i.exec(value)?.[1]
  return coded === undefined ? value : Buffer.from(coded, 'base64').toString()
}
