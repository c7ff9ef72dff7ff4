// Making slots: arguments are checked here, where a mistake is still the developer's, and kept in
// the store, never in the URL.

import { TitofistoError } from '../../errors.ts'
import type { TitofistoErrorFields } from '../../error-codes.ts'
import { checkOption, checkOptions, optionError, wholeNumber } from '../../options.ts'
import type { OptionRules } from '../../options.ts'
import { describeIssues, toIssues } from '../../receive/read-fields.ts'
import type { SlotKindRules } from '../kinds/define-kind.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import { whyNotJson } from '../record/json-value.ts'
import { createSlotRecord, type NewSlot } from '../record/lifecycle.ts'
import { limitRules } from '../kinds/check-limits.ts'
import { originRule } from '../../http/origin.ts'
import type { NodeRequest } from '../../http/node/node-types.ts'
import { checkedLimits } from '../../receive/upload-limits.ts'
import { parseSlotId, type SlotId, type SlotPolicy, type SlotRecord } from '../record/slot.ts'
import { formatSlotPath } from './slot-url.ts'

/** What one slot may have otherwise than its kind. */
export interface SlotOverrides {
  /** How many seconds it waits for its upload to begin. */
  readonly expiresIn?: number
  /** The exact size of the file, where it is known: stock tus clients can then take the URL as their `uploadUrl`. */
  readonly sizeBytes?: number
  /** The most bytes of a file. Default for this and those below: the kind's. */
  readonly maxBytes?: number
  /** The fewest bytes of a file. */
  readonly minBytes?: number
  /** The most files of a form. */
  readonly maxFiles?: number
  /** The most bytes of all files together. */
  readonly maxTotalBytes?: number
  /** Media types and suffixes taken. */
  readonly accept?: readonly string[]
  /**
   * Makes the slot's URL whole, with this origin, such as `https://app.example`, or by a request, as
   * for `url()` of a file.
   */
  readonly origin?: string | NodeRequest | Request
}

/** A way to send an upload. */
export type SlotProtocol = 'multipart' | 'raw' | 'tus'

/**
 * A new slot: all that an uploader needs, as plain JSON. Its arrays are nobody else's, and not
 * `readonly`: what graphql-codegen makes of `[String!]` takes no others.
 */
export interface SlotTicket {
  /** Where to send the upload. Whoever has it can use the slot. */
  readonly url: string
  /** For the minting side: status, revoke, extend, progress. */
  readonly id: SlotId
  /** The name of its kind. */
  readonly kind: string
  /** Until when an upload must begin: ISO 8601, in UTC. */
  readonly expiresAt: string
  /** The method that every way in takes. */
  readonly method: 'POST'
  /** The ways in. */
  readonly protocols: SlotProtocol[]
  /** The most bytes of a file. */
  readonly maxBytes: number
  /** The fewest bytes of a file. */
  readonly minBytes: number
  /** The most files of a form. */
  readonly maxFiles: number
  /** The most bytes of all files together. */
  readonly maxTotalBytes: number
  /** Media types and suffixes taken; `null`: all. */
  readonly accept: string[] | null
}

/**
 * Makes a slot of a kind.
 *
 * @throws TitofistoError `slot-args-invalid`, `slot-store-failed`, `storage-full`.
 * @throws TypeError, RangeError naming the override that is wrong.
 */
export async function mintSlot(
  parts: SlotParts,
  kind: SlotKindRules,
  args: unknown,
  overrides: SlotOverrides = {},
): Promise<SlotTicket> {
  const where = `A slot of kind "${kind.name}"`
  const policy = toPolicy(where, kind, overrides)
  const checkedArgs = await checkArgs(kind, args)
  const nowMs = parts.nowMs()
  const id = newSlotId(parts)
  const expiresMs = nowMs + Math.round((overrides.expiresIn ?? kind.expiresInSeconds) * 1000)
  const slot = { id, kind: kind.name, args: checkedArgs, policy, expiresMs }
  // First: where it can't be made, no slot is left.
  const url = toUrl(parts, where, formatSlotPath(parts.keyring, id, nowMs), overrides)
  await storeSlot(parts, slot, nowMs)
  return toTicket(slot, url)
}

/** Puts a new slot into the store. @throws TitofistoError `slot-store-failed`, `storage-full` */
export async function storeSlot(parts: SlotParts, slot: NewSlot, nowMs: number): Promise<void> {
  const { id, kind, policy, expiresMs } = slot
  await parts.store.create(createSlotRecord(slot, nowMs))
  if (!parts.events.isHeard('slot-minted')) return
  const lifeSeconds = (expiresMs - nowMs) / 1000
  const { maxBytes } = policy
  parts.events.tell({ type: 'slot-minted', slotId: id, kind, lifeSeconds, maxBytes })
}

/** What an uploader is told of a slot. */
export function toTicket({ id, kind, policy, expiresMs }: NewSlot, url: string): SlotTicket {
  return {
    url,
    id,
    kind,
    expiresAt: new Date(expiresMs).toISOString(),
    method: 'POST',
    protocols: ['multipart', 'raw', 'tus'],
    maxTotalBytes: policy.maxFiles * policy.maxBytes,
    ...policy,
    accept: policy.accept && [...policy.accept],
  }
}

/**
 * What of a kind's limits a slot has otherwise.
 *
 * @throws TypeError, RangeError naming the override that is wrong.
 */
export function toPolicy(where: string, kind: SlotKindRules, overrides: SlotOverrides): SlotPolicy {
  checkOptions(where, overrides, overrideRules)
  const { limits } = kind
  // Most slots are as their kind is: many thousands of them share one object.
  if (Object.keys(overrides).every((option) => option === 'expiresIn')) return kind.policy
  const { sizeBytes } = overrides
  if (sizeBytes !== undefined) checkSize(where, sizeBytes, overrides, limits.maxBytes)
  const maxTotalBytes = overrides.maxTotalBytes ?? limits.maxTotalBytes
  return checkedLimits(where, {
    maxBytes: sizeBytes ?? overrides.maxBytes ?? limits.maxBytes,
    minBytes: sizeBytes ?? overrides.minBytes ?? limits.minBytes,
    maxFiles: overrides.maxFiles ?? limits.maxFiles,
    ...(maxTotalBytes !== null && { maxTotalBytes }),
    accept: overrides.accept ?? limits.accept,
  })
}

const overrideRules: OptionRules<SlotOverrides> = {
  ...limitRules,
  sizeBytes: limitRules.maxBytes,
  origin: originRule,
}

/** The URL of a path below the upload namespace, whole where the overrides say so. */
export function toUrl(
  { urlBase, toWholeUrl }: SlotParts,
  where: string,
  slotPath: string,
  { origin }: Pick<SlotOverrides, 'origin'>,
): string {
  const url = urlBase + slotPath
  return origin === undefined ? url : toWholeUrl(where, url, origin)
}

/** A size is often the uploader's own word: it must not lift the kind's limit. */
function checkSize(
  where: string,
  sizeBytes: number,
  overrides: SlotOverrides,
  kindMaxBytes: number,
): void {
  if (overrides.minBytes !== undefined)
    throw optionError(where, { option: 'sizeBytes', reason: 'excludes', other: 'minBytes' })
  const rule = wholeNumber(1, overrides.maxBytes ?? kindMaxBytes, 'bytes')
  checkOption(where, 'sizeBytes', sizeBytes, rule)
}

// Records are read whole at each step of an upload.
const maxArgsBytes = 64 * 1024

/**
 * Checks what a slot is bound to by its kind's schema, and gives a copy.
 *
 * @throws TitofistoError `slot-args-invalid`
 */
export async function checkArgs(kind: SlotKindRules, args: unknown): Promise<SlotRecord['args']> {
  const value = await validate(kind, args)
  if (value === undefined) return null
  const reason = whyNotJson(value)
  if (reason !== null) throw argsInvalid(kind, `must be JSON, but ${reason}`)
  const text = JSON.stringify(value)
  if (text.length > maxArgsBytes)
    throw argsInvalid(
      kind,
      `take more than ${maxArgsBytes} characters of JSON; keep the data elsewhere and mint its id`,
    )
  // A copy: the caller may change its object. `whyNotJson` has seen that it is JSON.
  return JSON.parse(text) as SlotRecord['args']
}

async function validate(kind: SlotKindRules, args: unknown): Promise<unknown> {
  if (kind.schema === null) return args
  const checked = await kind.schema['~standard'].validate(args)
  if (checked.issues === undefined) return checked.value
  const issues = toIssues(checked.issues)
  throw argsInvalid(kind, `are not what its schema takes: ${describeIssues(issues)}`, issues)
}

function argsInvalid(
  { name: kindName }: SlotKindRules,
  what: string,
  issues: TitofistoErrorFields['slot-args-invalid']['issues'] = [{ message: what, path: [] }],
): TitofistoError {
  const message = `The arguments of slot kind "${kindName}" ${what}.`
  return new TitofistoError('slot-args-invalid', message, { kindName, issues })
}

/** Draws an id. */
export function newSlotId(parts: Pick<SlotParts, 'randomBytes'>): SlotId {
  const bytes = Buffer.from(parts.randomBytes(16))
  const [first = 0] = bytes
  // Base64url would begin with `-`, which every command line takes for an option.
  if (first >> 2 === 62) bytes[0] = first & 0x7f
  const id = parseSlotId(bytes.toString('base64url'))
  if (id === null) throw new TypeError('randomBytes(16) must give 16 bytes.')
  return id
}
