// A kind of slot: a name, typed arguments, limits and the code that runs when an upload is there.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { aBoolean, aFunction, checkOptions, fitting, secondsUpTo } from '../../options.ts'
import type { OptionRules } from '../../options.ts'
import { checkUploadPageOptions, type UploadPageOptions } from '../../pages/page-options.ts'
import type { SlotCall } from './handler-call.ts'
import type { JsonValue } from '../record/json-value.ts'
import type { SlotPolicy } from '../record/slot.ts'
import type { ReceiveLimits } from '../../receive/intake/reception.ts'
import { toReceiveLimits, uploadLimitRules } from '../../receive/upload-limits.ts'
import type { UploadLimits } from '../../receive/upload-limits.ts'
import { aSchema, type AnySchema } from '../../receive/read-fields.ts'
import { limitRules, maxSeconds } from './check-limits.ts'

/** The schema of a kind's arguments, or of its fields. */
export type ArgsSchema = AnySchema

/**
 * What a handler gets as `args`: what the schema gives out; the type that was named in its place; or
 * the JSON that was minted with.
 */
export type HandlerArgs<Schema> = [Schema] extends [undefined]
  ? JsonValue | undefined
  : Schema extends StandardSchemaV1
    ? StandardSchemaV1.InferOutput<Schema>
    : Schema

/** What minting takes as `args`: what the schema takes in; the type that was named; or any JSON. */
export type MintArgs<Schema> = [Schema] extends [undefined]
  ? JsonValue | undefined
  : Schema extends StandardSchemaV1
    ? StandardSchemaV1.InferInput<Schema>
    : Schema

/** What a handler gets as `fields`: what the schema gives out, or the form's texts. */
export type HandlerFields<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : URLSearchParams

/** What a kind of slot is made of. */
export interface SlotDefinition<
  Schema = undefined,
  Fields extends ArgsSchema | undefined = undefined,
  Result = unknown,
> extends UploadLimits {
  /** Checks the arguments at minting; what it gives out is kept, so it must be JSON. Default: any JSON. */
  readonly args?: Schema & ArgsSchema
  /**
   * Checks what comes beside the files, as an object: text fields, and parts of `application/json`
   * parsed. What it does not take is a 400; what it gives out is the handler's `fields`. Default: text
   * fields only, as a `URLSearchParams`.
   */
  readonly fields?: Fields
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
  /** How many seconds the answer is kept for a client that lost it. Default 600 (10 minutes). */
  readonly replaySeconds?: number
  /**
   * What the page says that a browser shows of a slot's URL: title, message, text fields; or a function
   * of the slot's arguments that gives it, or a promise of it (docs/pages.md). `false`: no page.
   * Default: a page that says what is taken.
   */
  readonly page?:
    | false
    | UploadPageOptions
    | ((args: HandlerArgs<Schema>) => KindPage | Promise<KindPage>)
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
  handler(call: SlotCall<HandlerArgs<Schema>, HandlerFields<Fields>>): Result
}

/** What a slot's page says; `false`: it has none. */
export type KindPage = UploadPageOptions | false

/** A kind, checked, with every default filled in. */
export interface SlotKindRules {
  readonly name: string
  readonly schema: ArgsSchema | null
  readonly fieldsSchema: ArgsSchema | null
  readonly limits: ReceiveLimits
  /** What of the limits goes into the record of a slot that has no others of its own. */
  readonly policy: SlotPolicy
  readonly expiresInSeconds: number
  readonly idempotent: boolean
  readonly durable: boolean
  readonly handlerTimeoutMs: number
  readonly replayMs: number
  /** Gives what is not checked yet, where it is a function. */
  readonly page: KindPage | ((args: unknown) => KindPage | Promise<KindPage>)
  readonly handler: (call: SlotCall<never, never>) => unknown
}

/** What a kind takes over from the application. */
export interface SlotKindDefaults {
  readonly expiresInSeconds: number
  readonly durable: boolean
}

const rules: OptionRules<SlotDefinition> = {
  ...uploadLimitRules,
  expiresIn: limitRules.expiresIn,
  args: aSchema,
  fields: aSchema,
  idempotent: aBoolean,
  durable: aBoolean,
  handlerTimeoutSeconds: secondsUpTo(86_400),
  replaySeconds: secondsUpTo(86_400),
  page: fitting(
    (page) =>
      page === false || (typeof page === 'object' && page !== null) || typeof page === 'function',
    'must be an object, a function or false',
  ),
  handler: aFunction,
}

/**
 * Checks a definition and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the kind and the option that is wrong.
 */
export function defineSlotKind<
  const Schema = undefined,
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
  const limits = toReceiveLimits(where, definition)
  const { page = {} } = definition
  if (typeof page === 'object') checkUploadPageOptions(`${where}, option "page"`, page)
  return {
    name,
    schema: definition.args ?? null,
    fieldsSchema: definition.fields ?? null,
    limits,
    policy: toPolicy(limits),
    // Links may live for ever; whoever says so for the whole application must get slots, too.
    expiresInSeconds: definition.expiresIn ?? Math.min(defaults.expiresInSeconds, maxSeconds),
    idempotent: definition.idempotent ?? false,
    durable: definition.durable ?? defaults.durable,
    handlerTimeoutMs: 1000 * (definition.handlerTimeoutSeconds ?? 60),
    replayMs: 1000 * (definition.replaySeconds ?? 600),
    // As for the handler: minting has checked the arguments.
    page: typeof page === 'function' ? (args) => page(args as HandlerArgs<Schema>) : page,
    // The kind's own type of args is kept by whoever mints; here it is only passed on.
    handler: (call) => definition.handler(call),
  }
}

function toPolicy(limits: ReceiveLimits): SlotPolicy {
  const { maxBytes, minBytes, maxFiles, maxTotalBytes, accept } = limits
  return {
    maxBytes,
    minBytes,
    maxFiles,
    accept,
    ...(maxTotalBytes !== null && { maxTotalBytes }),
  }
}
