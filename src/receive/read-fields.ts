// What comes beside files in a form, as our user's code gets it: by its schema, or as it came.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { TitofistoError } from '../errors.ts'
import type { TitofistoErrorFields } from '../error-codes.ts'
import { fitting } from '../options.ts'
import type { ReceivedField } from './intake/reception.ts'

/** Any schema that follows Standard Schema, such as one of zod, valibot or arktype. */
export type AnySchema = StandardSchemaV1<unknown, unknown>

/** Whether a value is such a schema. */
export function isSchema(schema: unknown): schema is AnySchema {
  // arktype's schemas are functions.
  const isObject = typeof schema === 'object' ? schema !== null : typeof schema === 'function'
  return isObject && typeof (schema as Partial<AnySchema>)['~standard']?.validate === 'function'
}

/** What an option must be that takes one. */
export const aSchema = fitting(isSchema, 'must be a Standard Schema, such as z.object({ ... })')

/**
 * Gives what a schema makes of fields, or the texts as a `URLSearchParams` where there is none. The
 * schema is given an object: text fields as texts, fields of JSON parsed, what comes several times as
 * an array.
 *
 * @throws TitofistoError `upload-malformed` where they are not what the schema takes.
 */
export async function readFields(
  schema: AnySchema | null,
  fields: readonly ReceivedField[],
): Promise<unknown> {
  if (schema === null)
    return new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value]))
  const checked = await schema['~standard'].validate(toObject(fields))
  if (checked.issues === undefined) return checked.value
  throw new TitofistoError(
    'upload-malformed',
    `The fields beside the files are not what is taken here: ${describeIssues(toIssues(checked.issues))}. Send them in one form with the files.`,
  )
}

function toObject(fields: readonly ReceivedField[]): object {
  const values = new Map<string, unknown[]>()
  for (const [name, value, type] of fields) {
    const ofName = values.get(name)
    const parsed = type === 'json' ? parseJson(name, value) : value
    if (ofName === undefined) values.set(name, [parsed])
    else ofName.push(parsed)
  }
  // Makes properties of its own, also of `__proto__`.
  return Object.fromEntries(
    [...values].map(([name, ofName]) => [name, ofName.length === 1 ? ofName[0] : ofName]),
  )
}

/** Deeper than any honest field, and shallow enough for the stack of a schema that calls itself. */
const maxJsonDepth = 100

function parseJson(name: string, text: string): unknown {
  let value: unknown
  try {
    // Some programs put a byte order mark before it, which is no fault (RFC 8259 8.1).
    value = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
  } catch (cause) {
    const message = `The field ${JSON.stringify(name)} is declared as JSON, but is none.`
    throw new TitofistoError('upload-malformed', message, { cause })
  }
  if (depthOfJson(text) <= maxJsonDepth) return value
  const message = `The field ${JSON.stringify(name)} is nested more than ${maxJsonDepth} deep.`
  throw new TitofistoError('upload-malformed', message)
}

/** How deeply a text that is JSON is nested. */
function depthOfJson(text: string): number {
  let most = 0
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at += 1) {
    const mark = text[at]
    if (mark === '"') isQuoted = !isQuoted
    else if (isQuoted) at += mark === '\\' ? 1 : 0
    else if (mark === '[' || mark === '{') most = Math.max(most, (depth += 1))
    else if (mark === ']' || mark === '}') depth -= 1
  }
  return most
}

/** What is wrong with a value, and at which keys of it. */
export type Issue = TitofistoErrorFields['slot-args-invalid']['issues'][number]

/** What a schema found. */
export function toIssues(issues: readonly StandardSchemaV1.Issue[]): readonly Issue[] {
  return issues.map(({ message, path = [] }) => ({
    message,
    path: path.map((part) => String(typeof part === 'object' ? part.key : part)),
  }))
}

/** Says what a schema found, the first ten of it. */
export function describeIssues(issues: readonly Issue[]): string {
  return issues
    .slice(0, 10)
    .map(({ message, path }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ')
}
