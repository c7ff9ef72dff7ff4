// A kind of slot: a name, typed arguments, limits and the code that runs when an upload is there.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { checkOptions } from '../../options.ts'
import type { SlotCall } from './handler-call.ts'
import type { JsonValue } from '../record/json-value.ts'
import type { ReceiveLimits } from '../../receive/intake/reception.ts'
import { checkCount, checkMediaTypes, checkSeconds, maxSeconds } from './check-limits.ts'

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

/** What a kind of slot is made of. */
export interface SlotDefinition<Schema extends ArgsSchema | undefined = undefined> {
  /** Checks the arguments at minting; what it gives out is kept, so it must be JSON. Default: any JSON. */
  readonly args?: Schema
  /** The most bytes one file may have. Default 104,857,600 (100 MiB). */
  readonly maxBytes?: number
  /** The fewest bytes each file must have; 0 takes empty files. Default 1. */
  readonly minBytes?: number
  /** The most files of one upload. Default 1. */
  readonly maxFiles?: number
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
   */
  handler(call: SlotCall<HandlerArgs<Schema>>): unknown
}

/** A kind, checked, with every default filled in. */
export interface SlotKindRules {
  readonly name: string
  readonly schema: ArgsSchema | null
  readonly limits: ReceiveLimits
  readonly expiresInSeconds: number
  readonly idempotent: boolean
  readonly durable: boolean
  readonly handlerTimeoutMs: number
  readonly replayMs: number
  readonly handler: (call: SlotCall<never>) => unknown
}

/** What a kind takes over from the application. */
export interface SlotKindDefaults {
  readonly expiresInSeconds: number
  readonly durable: boolean
}

const optionNames: readonly (keyof SlotDefinition)[] = [
  'args',
  'maxBytes',
  'minBytes',
  'maxFiles',
  'maxFields',
  'maxFieldBytes',
  'accept',
  'expiresIn',
  'idempotent',
  'durable',
  'handlerTimeoutSeconds',
  'idleTimeoutSeconds',
  'totalTimeoutSeconds',
  'minBytesPerSecond',
  'replaySeconds',
  'handler',
]

/**
 * Checks a definition and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the kind and the option that is wrong.
 */
export function defineSlotKind<const Schema extends ArgsSchema | undefined = undefined>(
  name: string,
  definition: SlotDefinition<Schema>,
  defaults: SlotKindDefaults,
): SlotKindRules {
  if (typeof name !== 'string' || !/^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(name))
    throw new TypeError(
      'A slot kind\'s name must be a letter and up to 63 letters, digits, ".", "_" or "-".',
    )
  const where = `Slot kind "${name}"`
  checkOptions(where, definition, optionNames)
  if (typeof definition.handler !== 'function')
    throw new TypeError(`${where} needs a function as option "handler".`)
  return {
    name,
    schema: checkSchema(where, definition.args),
    limits: checkLimits(where, definition),
    expiresInSeconds: checkSeconds(
      where,
      'expiresIn',
      // Links may live for ever; whoever says so for the whole application must get slots, too.
      definition.expiresIn ?? Math.min(defaults.expiresInSeconds, maxSeconds),
    ),
    idempotent: checkBoolean(where, 'idempotent', definition.idempotent ?? false),
    durable: checkBoolean(where, 'durable', definition.durable ?? defaults.durable),
    handlerTimeoutMs:
      1000 *
      checkSeconds(where, 'handlerTimeoutSeconds', definition.handlerTimeoutSeconds ?? 60, 86_400),
    replayMs: 1000 * checkSeconds(where, 'replaySeconds', definition.replaySeconds ?? 600, 86_400),
    // The kind's own type of args is kept by whoever mints; here it is only passed on.
    handler: (call) => definition.handler(call),
  }
}

function checkSchema(where: string, schema: ArgsSchema | undefined): ArgsSchema | null {
  if (schema === undefined) return null
  // arktype's schemas are functions.
  const isObject = typeof schema === 'object' ? schema !== null : typeof schema === 'function'
  if (!isObject || typeof schema['~standard']?.validate !== 'function')
    throw new TypeError(
      `Option "args" of ${where} must be a Standard Schema, such as z.object({ ... }).`,
    )
  return schema
}

function checkLimits(
  where: string,
  definition: Omit<SlotDefinition, 'args' | 'handler'>,
): ReceiveLimits {
  const maxBytes = checkCount(where, 'maxBytes', definition.maxBytes ?? 100 * 1024 * 1024, 1)
  const minBytes = checkCount(where, 'minBytes', definition.minBytes ?? 1, 0)
  if (minBytes > maxBytes)
    throw new RangeError(`Option "minBytes" of ${where} must not be above "maxBytes".`)
  return {
    maxBytes,
    minBytes,
    maxFiles: checkCount(where, 'maxFiles', definition.maxFiles ?? 1, 1, 1000),
    maxFields: checkCount(where, 'maxFields', definition.maxFields ?? 20, 0, 10_000),
    maxFieldBytes: checkCount(
      where,
      'maxFieldBytes',
      definition.maxFieldBytes ?? 64 * 1024,
      0,
      16 * 1024 * 1024,
    ),
    accept: checkMediaTypes(where, definition.accept ?? null),
    idleTimeoutMs:
      1000 * checkSeconds(where, 'idleTimeoutSeconds', definition.idleTimeoutSeconds ?? 30, 86_400),
    totalTimeoutMs:
      1000 *
      checkSeconds(where, 'totalTimeoutSeconds', definition.totalTimeoutSeconds ?? 21_600, 604_800),
    minBytesPerSecond: checkCount(
      where,
      'minBytesPerSecond',
      definition.minBytesPerSecond ?? 1024,
      0,
    ),
  }
}

function checkBoolean(where: string, option: string, value: boolean): boolean {
  if (typeof value !== 'boolean')
    throw new TypeError(`Option "${option}" of ${where} must be true or false.`)
  return value
}
