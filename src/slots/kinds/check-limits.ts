// What a kind and a single slot of it may both set: defining and minting share these rules.

import { fitting, optionError, secondsUpTo, wholeNumber } from '../../options.ts'

/** The longest time a slot may wait: ten years. */
export const maxSeconds = 315_360_000

/** The rules of limits. */
export const limitRules = {
  expiresIn: secondsUpTo(maxSeconds),
  maxBytes: wholeNumber(1, Number.MAX_SAFE_INTEGER, 'bytes'),
  minBytes: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  maxFiles: wholeNumber(1, 1000, ''),
  maxTotalBytes: wholeNumber(1, Number.MAX_SAFE_INTEGER, 'bytes'),
  accept: fitting(
    (accept) => Array.isArray(accept) && accept.length > 0 && accept.every(isAcceptable),
    'must be an array of media types such as "image/png" or "image/*", or suffixes such as ".csv"',
  ),
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
