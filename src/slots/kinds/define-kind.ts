// A kind of slot: a name, typed arguments, limits and the code that runs when an upload is there.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import {
  aBoolean,
  aFunction,
  checkOptions,
  fitting,
  secondsUpTo,
  wholeNumber,
} from '../../options.ts'
import type { OptionRules } from '../../options.ts'
import type { SlotCall } from './handler-call.ts'
import type { JsonValue } from '../record/json-value.ts'
import type { ReceiveLimits } from '../../receive/intake/reception.ts'
import { checkedLimits, limitRules, maxSeconds } from './check-limits.ts'

/** Any schema that follows Standard Schema, such as one of zod, valibot or arktype. */
export type ArgsSchema = StandardSchemaV1<unknown, unknown>

/** What a handler gets as `args`: what the schema gives out, or the JSON that was minted with. */
export type HandlerArgs<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : JsonValue | undefined

/** What minting takes as `args`: what the schema takes in, or any JSON. */
export type MintArgs<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferInput<Schema>
  : JsonValue | undefined

/** What a handler gets as `fields`: what the schema gives out, or the form's texts. */
export type HandlerFields<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : URLSearchParams

/** What a kind of slot is made of. */
export interface SlotDefinition<
  Schema extends ArgsSchema | undefined = undefined,
  Fields extends ArgsSchema | undefined = undefined,
> {
  /** Checks the arguments at minting; what it gives out is kept, so it must be JSON. Default: any JSON. */
  readonly args?: Schema
  /**
   * Checks what comes beside the files, as an object: text fields, and parts of `application/json`
   * parsed. What it does not take is a 400; what it gives out is the handler's `fields`. Default: text
   * fields only, as a `URLSearchParams`.
   */
  readonly fields?: Fields
  /** The most bytes one file may have. Default 104,857,600 (100 MiB). */
  readonly maxBytes?: number
  /** The fewest bytes each file must have; 0 takes empty files. Default 1. */
  readonly minBytes?: number
  /** The most files of one upload. Default 1. */
  readonly maxFiles?: number
  /** The most bytes of all files of one upload together. Default `maxBytes` times `maxFiles`. */
  readonly maxTotalBytes?: number
  /** The most text fields of a form. Default 20. */
  readonly maxFields?: number
  /** The most bytes of one text field. Default 65,536. */
  readonly maxFieldBytes?: number
  /** Media types, families and suffixes taken, such as `image/png`, `image/*` or `.csv` (docs/types.md). Default: all. */
  readonly accept?: readonly string[]
  /** How many seconds a slot waits for its upload to begin. Default: the application's `timeoutSeconds`, at most ten years. */
  readonly expiresIn?: number
  /**
   * Whether running the handler twice with one `slot.id` does no harm. If so, a run that died with
   * its process is started again; otherwise the slot is `interrupted`. Default false.
   */
  readonly idempotent?: boolean
  /** Whether an upload's bytes are flushed to the disk before the handler runs. Default: the application's `durable`. */
  readonly durable?: boolean
  /** How many seconds the handler may take before its `signal` aborts. Default 60. */
  readonly handlerTimeoutSeconds?: number
  /** The longest silence of a sender, in seconds. Default 30. */
  readonly idleTimeoutSeconds?: number
  /** The longest one request may take to send its bytes, in seconds. Default 21,600 (6 hours). */
  readonly totalTimeoutSeconds?: number
  /** The slowest average rate of a sender, in bytes a second; 0 turns it off. Default 1,024. */
  readonly minBytesPerSecond?: number
  /** How many seconds the answer is kept for a client that lost it. Default 600 (10 minutes). */
  readonly replaySeconds?: number
  /**
   * Runs once with a whole upload. What it returns is the answer: nothing (204), JSON (200) or a
   * `Response`. To refuse the upload it throws `SlotRejection`; anything else thrown is a 500, and
   * the slot stays usable until it expires.
   * @example
   * const note = files.slot('note', {
   *   handler: async ({ args, file, fields }) => ({
   *     name: await file.save(`notes/${file.name}`),
   *     for: args,
   *     title: fields.get('title'),
   *   }),
   * })
   * const body = new FormData()
   * body.append('title', 'A note')
   * body.append('file', new Blob(['Hello']), 'hello.txt')
   * const response = await fetch(origin + (await note.url('ann')), { method: 'POST', body })
   * await response.json() //=> { name: 'notes/hello.txt', for: 'ann', title: 'A note' }
   */
  handler(call: SlotCall<HandlerArgs<Schema>, HandlerFields<Fields>>): unknown
}

/** A kind, checked, with every default filled in. */
export interface SlotKindRules {
  readonly name: string
  readonly schema: ArgsSchema | null
  readonly fieldsSchema: ArgsSchema | null
  readonly limits: ReceiveLimits
  readonly expiresInSeconds: number
  readonly idempotent: boolean
  readonly durable: boolean
  readonly handlerTimeoutMs: number
  readonly replayMs: number
  readonly handler: (call: SlotCall<never, never>) => unknown
}

/** What a kind takes over from the application. */
export interface SlotKindDefaults {
  readonly expiresInSeconds: number
  readonly durable: boolean
}

const aSchema = fitting(isSchema, 'must be a Standard Schema, such as z.object({ ... })')

const rules: OptionRules<SlotDefinition> = {
  ...limitRules,
  args: aSchema,
  fields: aSchema,
  maxFields: wholeNumber(0, 10_000, ''),
  maxFieldBytes: wholeNumber(0, 16 * 1024 * 1024, 'bytes'),
  idempotent: aBoolean,
  durable: aBoolean,
  handlerTimeoutSeconds: secondsUpTo(86_400),
  idleTimeoutSeconds: secondsUpTo(86_400),
  totalTimeoutSeconds: secondsUpTo(604_800),
  minBytesPerSecond: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  replaySeconds: secondsUpTo(86_400),
  handler: aFunction,
}

/**
 * Checks a definition and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the kind and the option that is wrong.
 */
export function defineSlotKind<
  const Schema extends ArgsSchema | undefined = undefined,
  const Fields extends ArgsSchema | undefined = undefined,
>(
  name: string,
  definition: SlotDefinition<Schema, Fields>,
  defaults: SlotKindDefaults,
): SlotKindRules {
  if (typeof name !== 'string' || !/^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(name))
    throw new TypeError(
      'A slot kind\'s name must be a letter and up to 63 letters, digits, ".", "_" or "-".',
    )
  const where = `Slot kind "${name}"`
  checkOptions<SlotDefinition<Schema, Fields>>(where, definition, rules, ['handler'])
  return {
    name,
    schema: definition.args ?? null,
    fieldsSchema: definition.fields ?? null,
    limits: checkedLimits(where, {
      maxBytes: definition.maxBytes ?? 100 * 1024 * 1024,
      minBytes: definition.minBytes ?? 1,
      maxFiles: definition.maxFiles ?? 1,
      maxTotalBytes: definition.maxTotalBytes ?? null,
      maxFields: definition.maxFields ?? 20,
      maxFieldBytes: definition.maxFieldBytes ?? 64 * 1024,
      accept: definition.accept ?? null,
      idleTimeoutMs: 1000 * (definition.idleTimeoutSeconds ?? 30),
      totalTimeoutMs: 1000 * (definition.totalTimeoutSeconds ?? 21_600),
      minBytesPerSecond: definition.minBytesPerSecond ?? 1024,
    }),
    // Links may live for ever; whoever says so for the whole application must get slots, too.
    expiresInSeconds: definition.expiresIn ?? Math.min(defaults.expiresInSeconds, maxSeconds),
    idempotent: definition.idempotent ?? false,
    durable: definition.durable ?? defaults.durable,
    handlerTimeoutMs: 1000 * (definition.handlerTimeoutSeconds ?? 60),
    replayMs: 1000 * (definition.replaySeconds ?? 600),
    // The kind's own type of args is kept by whoever mints; here it is only passed on.
    handler: (call) => definition.handler(call),
  }
}

function isSchema(schema: unknown): boolean {
  // arktype's schemas are functions.
  const isObject = typeof schema === 'object' ? schema !== null : typeof schema === 'function'
  return isObject && typeof (schema as Partial<ArgsSchema>)['~standard']?.validate === 'function'
}
