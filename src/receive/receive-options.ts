// What receive() may be told: limits, and what each field of a form may be.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import {
  aBoolean,
  aFunction,
  checkOptions,
  fitting,
  optionError,
  wholeNumber,
  type OptionRules,
} from '../options.ts'
import type { ReceiveLimits } from './intake/reception.ts'
import { isSchema, type AnySchema } from './read-fields.ts'
import type { UploadedFile } from './uploaded-file.ts'
import {
  policyRules,
  toReceiveLimits,
  uploadLimitRules,
  type UploadLimits,
} from './upload-limits.ts'

/** What the files of one field of a form must keep to; what is not said is as for the whole upload. */
export interface FileFieldLimits {
  /** The most bytes one file may have. */
  readonly maxBytes?: number
  /** The fewest bytes each file must have. */
  readonly minBytes?: number
  /** The most files of this field. Default 1. */
  readonly maxFiles?: number
  /** Media types, families and suffixes taken. */
  readonly accept?: readonly string[]
}

/** The fields of a form by their names: limits for one with files, a schema for one with text or JSON. */
export type FormFields = Readonly<Record<string, FileFieldLimits | AnySchema>>

/** What a form's fields become: what their schemas give out, or texts. */
export type ReceivedFields<Fields> = Fields extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Fields>
  : [SchemaNames<Fields>] extends [never]
    ? URLSearchParams
    : {
        readonly [Name in SchemaNames<Fields>]: Fields[Name] extends StandardSchemaV1
          ? StandardSchemaV1.InferOutput<Fields[Name]>
          : never
      }

type SchemaNames<Fields> = {
  [Name in keyof Fields]: Fields[Name] extends StandardSchemaV1 ? Name : never
}[keyof Fields]

/** How an upload is received that has no slot. */
export interface ReceiveOptions<
  Fields extends AnySchema | FormFields | undefined = undefined,
  MinFiles extends number = 1,
> extends UploadLimits {
  /** The most files. Default 1, or what the fields with files may have together. */
  readonly maxFiles?: number
  /** The fewest files; 0 also takes a form without any. Default 1. */
  readonly minFiles?: MinFiles
  /**
   * What may be in a form. A schema checks all that comes beside the files, as one object. An object
   * says it field by field: limits for one with files, a schema for one with text or JSON. Then a file
   * in any other field is refused, and so is a body that is no form. Default: files in any field, text
   * as a `URLSearchParams`.
   */
  readonly fields?: Fields
  /** Whether the bytes are flushed to the disk before your code runs. Default: the application's `durable`. */
  readonly durable?: boolean
  /**
   * Told as bytes pass; `totalBytes` is `null` where the request does not tell.
   * @example
   * const request = new Request('https://app.example/', { method: 'PUT', body: 'Hello' })
   * let lastBytes = 0
   * const onProgress = (receivedBytes: number) => void (lastBytes = receivedBytes)
   * await files.receive(request, { onProgress }, () => lastBytes) //=> 5
   */
  onProgress?(receivedBytes: number, totalBytes: number | null): void
}

/** What came. */
export interface Received<Fields = URLSearchParams, MinFiles extends number = 1> {
  /** The first file; with `minFiles: 0` there may be none. */
  readonly file: 0 extends MinFiles ? UploadedFile | undefined : UploadedFile
  /** All files in the order they came; `fieldName` says where each belongs. */
  readonly files: readonly UploadedFile[]
  /** What the schemas made of what came beside the files; without one, the form's text fields. */
  readonly fields: Fields
}

/** The options, checked, with every default filled in. */
export interface ReceiveRules {
  readonly limits: ReceiveLimits
  /** `null`: files may be in any field, or be the body. */
  readonly fieldLimits: ReadonlyMap<string, ReceiveLimits> | null
  readonly minFiles: number
  readonly fieldsSchema: AnySchema | null
  readonly durable: boolean | null
  readonly onProgress: (receivedBytes: number, totalBytes: number | null) => void
}

const where = 'receive()'

type AnyReceiveOptions = ReceiveOptions<AnySchema | FormFields | undefined, number>

const rules: OptionRules<AnyReceiveOptions> = {
  ...uploadLimitRules,
  minFiles: wholeNumber(0, 1000, ''),
  fields: fitting(
    (fields) => isSchema(fields) || isPlainObject(fields),
    'must be a Standard Schema, or an object with what each field of the form may be',
  ),
  durable: aBoolean,
  onProgress: aFunction,
}

const { maxTotalBytes: _, ...fileFieldRules } = policyRules

/** Checks the options of receive(). @throws TypeError or RangeError naming the option that is wrong. */
export function checkReceiveOptions(options: AnyReceiveOptions): ReceiveRules {
  checkOptions(where, options, rules)
  const { fields } = options
  const byField = fields === undefined || isSchema(fields) ? null : fields
  const fieldLimits = byField === null ? null : toFieldLimits(byField, options)
  const limits = toReceiveLimits(where, { ...options, ...totalsOf(fieldLimits, options) })
  const minFiles = options.minFiles ?? 1
  if (minFiles > limits.maxFiles) {
    const fault = { option: 'minFiles', reason: 'must not be above', other: 'maxFiles' }
    throw optionError(where, { ...fault, limit: limits.maxFiles }, RangeError)
  }
  return {
    limits,
    fieldLimits,
    minFiles,
    fieldsSchema: isSchema(fields) ? fields : byField === null ? null : schemaOf(byField),
    durable: options.durable ?? null,
    onProgress: options.onProgress?.bind(options) ?? (() => {}),
  }
}

/** What the files of all fields may be together, where the fields have limits and the whole has none. */
function totalsOf(
  fieldLimits: ReadonlyMap<string, ReceiveLimits> | null,
  { maxBytes, maxFiles, maxTotalBytes }: AnyReceiveOptions,
): UploadLimits {
  if (fieldLimits === null || fieldLimits.size === 0) return {}
  const each = [...fieldLimits.values()]
  const sum = (numbers: readonly number[]): number =>
    Math.min(
      numbers.reduce((total, number) => total + number, 0),
      Number.MAX_SAFE_INTEGER,
    )
  return {
    maxBytes: maxBytes ?? Math.max(...each.map((limits) => limits.maxBytes)),
    maxFiles: maxFiles ?? sum(each.map((limits) => limits.maxFiles)),
    maxTotalBytes: maxTotalBytes ?? sum(each.map((limits) => limits.maxFiles * limits.maxBytes)),
  }
}

function toFieldLimits(
  fields: FormFields,
  whole: UploadLimits,
): ReadonlyMap<string, ReceiveLimits> {
  const { maxFiles: _files, maxTotalBytes: _total, ...inherited } = whole
  return new Map(
    Object.entries(fields).flatMap(([name, field]) => {
      if (isSchema(field)) return []
      const whereField = `${where}: field ${JSON.stringify(name)}`
      checkOptions(whereField, field, fileFieldRules)
      // An option that is undefined says nothing; spread, it would lift the limit of the whole.
      const said = Object.entries(field).filter(([, value]) => value !== undefined)
      const limits = { ...inherited, ...Object.fromEntries(said) }
      return [[name, toReceiveLimits(whereField, limits)]]
    }),
  )
}

/** One schema made of those of the fields; `null` where none has one. */
function schemaOf(fields: FormFields): AnySchema | null {
  const schemas = Object.entries(fields).flatMap(([name, field]) =>
    isSchema(field) ? [{ name, schema: field }] : [],
  )
  return schemas.length === 0
    ? null
    : {
        '~standard': {
          version: 1,
          vendor: 'titofisto',
          validate: (value) => validateEach(schemas, value),
        },
      }
}

async function validateEach(
  schemas: readonly { readonly name: string; readonly schema: AnySchema }[],
  value: unknown,
): Promise<StandardSchemaV1.Result<unknown>> {
  const given = new Map<string, unknown>(Object.entries(value as object))
  const checked = await Promise.all(
    schemas.map(async ({ name, schema }) => {
      const result = await schema['~standard'].validate(given.get(name))
      return { name, result }
    }),
  )
  const issues = checked.flatMap(({ name, result }) =>
    (result.issues ?? []).map(({ message, path = [] }) => ({ message, path: [name, ...path] })),
  )
  if (issues.length > 0) return { issues }
  return {
    value: Object.fromEntries(
      checked.map(({ name, result }) => [name, result.issues === undefined ? result.value : null]),
    ),
  }
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
