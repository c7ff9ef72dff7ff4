// The limits of uploads as our user sets them: their meaning, their defaults, and what is wrong with
// them. A kind of slot, a single slot and receive() share them.

import { fitting, optionError, secondsUpTo, wholeNumber, type OptionRules } from '../options.ts'
import type { ReceiveLimits } from './intake/reception.ts'

/** The limits of one upload. */
export interface UploadLimits {
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
  /** The longest silence of a sender, in seconds. Default 30. */
  readonly idleTimeoutSeconds?: number
  /** The longest one request may take to send its bytes, in seconds. Default 21,600 (6 hours). */
  readonly totalTimeoutSeconds?: number
  /** The slowest average rate of a sender, in bytes a second; 0 turns it off. Default 1,024. */
  readonly minBytesPerSecond?: number
}

/** The rules of what a single upload may have otherwise than others of its kind. */
export const policyRules = {
  maxBytes: wholeNumber(1, Number.MAX_SAFE_INTEGER, 'bytes'),
  minBytes: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  maxFiles: wholeNumber(1, 1000, ''),
  maxTotalBytes: wholeNumber(1, Number.MAX_SAFE_INTEGER, 'bytes'),
  accept: fitting(
    (accept) => Array.isArray(accept) && accept.length > 0 && accept.every(isAcceptable),
    'must be an array of media types such as "image/png" or "image/*", or suffixes such as ".csv"',
  ),
}

/** The rules of all limits. */
export const uploadLimitRules: OptionRules<UploadLimits> = {
  ...policyRules,
  maxFields: wholeNumber(0, 10_000, ''),
  maxFieldBytes: wholeNumber(0, 16 * 1024 * 1024, 'bytes'),
  idleTimeoutSeconds: secondsUpTo(86_400),
  totalTimeoutSeconds: secondsUpTo(604_800),
  minBytesPerSecond: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'bytes'),
}

/** Fills in the defaults of limits that obey their rules. @throws RangeError naming the option */
export function toReceiveLimits(where: string, limits: UploadLimits): ReceiveLimits {
  return checkedLimits(where, {
    maxBytes: limits.maxBytes ?? 100 * 1024 * 1024,
    minBytes: limits.minBytes ?? 1,
    maxFiles: limits.maxFiles ?? 1,
    maxTotalBytes: limits.maxTotalBytes ?? null,
    maxFields: limits.maxFields ?? 20,
    maxFieldBytes: limits.maxFieldBytes ?? 64 * 1024,
    accept: limits.accept ?? null,
    idleTimeoutMs: 1000 * (limits.idleTimeoutSeconds ?? 30),
    totalTimeoutMs: 1000 * (limits.totalTimeoutSeconds ?? 21_600),
    minBytesPerSecond: limits.minBytesPerSecond ?? 1024,
  })
}

// `*/png` or `image/p*` would be taken here and then match nothing.
const mediaRange = /^(?:\*\/\*|[!#$%&'+.^_`|~A-Za-z0-9-]+\/(?:\*|[!#$%&'+.^_`|~A-Za-z0-9-]+))$/
// `*.csv` is a pattern of shells, and no suffix.
const suffix = /^(?:\.[A-Za-z0-9_+~-]+)+$/

function isAcceptable(entry: unknown): boolean {
  const plain = typeof entry === 'string' ? toPlain(entry) : ''
  return (plain.startsWith('.') ? suffix : mediaRange).test(plain)
}

/** In lower case, a type without its parameters. */
function toPlain(entry: string): string {
  return entry.replace(/;.*$/s, '').trim().toLowerCase()
}

/** Limits whose order is right, what is accepted in its plain form. @throws RangeError naming the option */
export function checkedLimits<
  Limits extends {
    readonly minBytes: number
    readonly maxBytes: number
    readonly maxTotalBytes?: number | null
    readonly accept: readonly string[] | null
  },
>(where: string, limits: Limits): Limits {
  for (const other of ['maxBytes', 'maxTotalBytes'] as const) {
    const limit = limits[other] ?? Infinity
    if (limits.minBytes <= limit) continue
    const fault = { option: 'minBytes', reason: 'must not be above', other, limit }
    throw optionError(where, fault, RangeError)
  }
  return { ...limits, accept: limits.accept?.map(toPlain) ?? null }
}
