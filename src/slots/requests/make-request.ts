// Making a request: what its owner asks for is checked here, where a mistake is still the developer's.

import { aBoolean, checkOptions, fitting, optionError, secondsUpTo } from '../../options.ts'
import { wholeNumber, type OptionRules } from '../../options.ts'
import { originRule } from '../../http/origin.ts'
import { limitRules, maxSeconds } from '../kinds/check-limits.ts'
import type { SlotKindRules } from '../kinds/define-kind.ts'
import { checkArgs, newSlotId, toPolicy, type SlotOverrides } from '../minting/mint.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import { createRequestRecord, type RequestRecord } from '../record/request.ts'
import { digestPassword, maxPasswordLength } from './password.ts'

/** What is asked for by a file request. */
export interface RequestOptions extends Omit<SlotOverrides, 'expiresIn' | 'sizeBytes'> {
  /** What is asked for, in a line, at most 200 characters: the page's heading. Default: none, and the page has words of its own. */
  readonly title?: string
  /** What else there is to say, at most 2,000 characters; line breaks stay. Default: none. */
  readonly message?: string
  /** The most uploads that are taken, 1 to 1,000, however many people come at once. Default 100. */
  readonly maxUploads?: number
  /** When it ends: a `Date`, or a time as ISO 8601 with its zone. What has begun by then may end. Default: in 7 days. */
  readonly until?: Date | string
  /** Whether each person must give a name, which the handler gets as `slot.person`. Default false. */
  readonly perPersonName?: boolean
  /** What each person must know besides the link, 1 to 200 characters. Only a scrypt digest is kept. Default: nothing. */
  readonly password?: string
  /** How many seconds a person's slot waits for its upload to begin; then its place is free again. Default: the kind's `expiresIn`, at most 3,600. */
  readonly placeSeconds?: number
  /** How many seconds it can still be asked who sent what, once it is over. Default 2,592,000 (30 days). */
  readonly keepSeconds?: number
}

const day = 86_400

const rules: OptionRules<RequestOptions> = {
  title: shortText(200),
  message: shortText(2000),
  maxUploads: wholeNumber(1, 1000, ''),
  until: fitting(
    (until) => until instanceof Date || typeof until === 'string',
    'must be a Date, or a time as ISO 8601',
  ),
  perPersonName: aBoolean,
  password: shortText(maxPasswordLength),
  placeSeconds: secondsUpTo(maxSeconds),
  keepSeconds: secondsUpTo(maxSeconds),
  maxBytes: limitRules.maxBytes,
  minBytes: limitRules.minBytes,
  maxFiles: limitRules.maxFiles,
  maxTotalBytes: limitRules.maxTotalBytes,
  accept: limitRules.accept,
  origin: originRule,
}

/**
 * Makes a request of a kind, and gives its record.
 *
 * @throws TitofistoError `slot-args-invalid`, `slot-store-failed`, `storage-full`.
 * @throws TypeError, RangeError naming the option that is wrong.
 */
export async function makeRequest(
  parts: SlotParts,
  kind: SlotKindRules,
  args: unknown,
  options: RequestOptions,
): Promise<RequestRecord> {
  const where = `A file request of kind "${kind.name}"`
  checkOptions(where, options, rules)
  const nowMs = parts.nowMs()
  const expiresMs = toUntilMs(where, options.until, nowMs)
  const placeSeconds = options.placeSeconds ?? Math.min(kind.expiresInSeconds, 3600)
  const { password } = options
  const record = createRequestRecord(
    {
      id: newSlotId(parts),
      kind: kind.name,
      args: await checkArgs(kind, args),
      policy: toPolicy(where, kind, limitsOf(options)),
      expiresMs,
      terms: {
        title: options.title?.trim() ?? null,
        message: options.message?.trim() ?? null,
        maxUploads: options.maxUploads ?? 100,
        perPersonName: options.perPersonName ?? false,
        password: password === undefined ? null : await digestPassword(password),
        placeMs: Math.round(placeSeconds * 1000),
        keepMs: Math.round((options.keepSeconds ?? 30 * day) * 1000),
      },
    },
    nowMs,
  )
  await parts.store.requests.create(record)
  return record
}

function toUntilMs(where: string, until: Date | string | undefined, nowMs: number): number {
  if (until === undefined) return nowMs + 7 * day * 1000
  const untilMs = typeof until === 'string' ? parseTime(until) : until.getTime()
  const option = 'until'
  if (Number.isNaN(untilMs))
    throw optionError(where, { option, reason: 'must be a time such as "2026-11-27T18:00:00Z"' })
  if (untilMs <= nowMs || untilMs > nowMs + maxSeconds * 1000)
    throw optionError(where, { option, reason: 'must be ahead, at most ten years' }, RangeError)
  return untilMs
}

/** Without a zone, a time would mean another one on each machine; and no 30th of February is the 2nd of March. */
function parseTime(text: string): number {
  const [, date = ''] =
    /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/.exec(text) ?? []
  const startMs = Date.parse(`${date}T00:00Z`)
  const isDay = !Number.isNaN(startMs) && new Date(startMs).toISOString().startsWith(date)
  return isDay ? Date.parse(text) : NaN
}

function limitsOf(options: RequestOptions): SlotOverrides {
  const limits: Record<string, unknown> = {}
  for (const name of ['maxBytes', 'minBytes', 'maxFiles', 'maxTotalBytes', 'accept'] as const)
    if (options[name] !== undefined) limits[name] = options[name]
  return limits
}

function shortText(maxLength: number) {
  return fitting(
    (text) =>
      typeof text === 'string' &&
      text.isWellFormed() &&
      text.trim() !== '' &&
      text.length <= maxLength,
    `must be a text of 1 to ${maxLength} characters`,
  )
}
