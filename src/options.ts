// What functions may be told: each option has one rule, and whatever breaks it is said in one shape,
// `createLocalStorage(): option "root" must be the path of a folder.`

import { isBranded } from './errors.ts'
import { findNearest } from './nearest.ts'

/** What is wrong with an option, for programs that say it in words of their own. */
export interface OptionFault {
  /** The option's name. */
  readonly option: string
  /** The end of a sentence that the option's name begins: `must be true or false`. */
  readonly reason: string
  /** The bound that was crossed, in the option's unit. */
  readonly limit?: number
  /** The option whose name follows the reason: `excludes`, `inline`. */
  readonly other?: string
}

/** What is thrown for a wrong option: a TypeError, or a RangeError where the type is right. */
export type OptionError = (TypeError | RangeError) & OptionFault

/** What an option's value must be; gives what is wrong, or `null`. Of a wrong type is what is not `outOfRange`. */
export type OptionRule = (value: unknown) => {
  readonly reason: string
  readonly limit?: number
  readonly outOfRange?: true
} | null

/** A rule for each option that there is. */
export type OptionRules<Options> = { readonly [Name in keyof Options]-?: OptionRule }

/**
 * Checks an options object: that it has no option but those with a rule (what nothing reads is a
 * mistake), all that are required, and that what it has obeys the rules.
 *
 * `where` begins the sentence: `createLocalStorage()`.
 * @throws TypeError, RangeError as {@link OptionError}
 */
export function checkOptions<Options extends object>(
  where: string,
  options: Options,
  rules: OptionRules<Options>,
  required: readonly (keyof Options)[] = [],
): void {
  // JavaScript's callers give anything.
  const given: unknown = options
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`${where} takes an object of options.`)
  for (const option of Object.keys(given))
    if (!Object.hasOwn(rules, option))
      throw optionError(where, { option, reason: whyUnknown(option, Object.keys(rules)) })
  for (const option in rules)
    if (options[option] !== undefined || required.includes(option))
      checkOption(where, option, options[option], rules[option])
}

/** Checks one value. @throws TypeError, RangeError as {@link OptionError} */
export function checkOption(where: string, option: string, value: unknown, rule: OptionRule): void {
  const wrong = rule(value)
  if (wrong === null) return
  const { outOfRange, ...fault } = wrong
  throw optionError(where, { option, ...fault }, outOfRange ? RangeError : TypeError)
}

/** The error for a wrong option. */
export function optionError(
  where: string,
  fault: OptionFault,
  Kind: typeof TypeError | typeof RangeError = TypeError,
  details: ErrorOptions = {},
): OptionError {
  const other = fault.other === undefined ? '' : ` option "${fault.other}"`
  const message = `${where}: option "${fault.option}" ${fault.reason}${other}.`
  return Object.assign(new Kind(message, details), { ...fault, [brand]: true })
}

const brand: unique symbol = Symbol.for('titofisto.option-error')

/**
 * Whether a caught value is an {@link OptionError}, also one from another copy of the package. Never throws.
 * @example
 * import { createLocalStorage, isOptionError } from 'titofisto'
 *
 * try {
 *   createLocalStorage({ root: './media', fileMode: 0o1777 })
 * } catch (error) {
 *   isOptionError(error) && error.option //=> 'fileMode'
 * }
 */
export function isOptionError(value: unknown): value is OptionError {
  return isBranded(value, brand)
}

/** Whatever passes a test. */
export function fitting(passes: (value: unknown) => boolean, reason: string): OptionRule {
  return (value) => (passes(value) ? null : { reason })
}

/** `true` or `false`. */
export const aBoolean = fitting((value) => typeof value === 'boolean', 'must be true or false')

/** A function. */
export const aFunction = fitting((value) => typeof value === 'function', 'must be a function')

/** Well-formed text that a pattern, which is one of its whole, matches. */
export function textLike(pattern: RegExp, reason: string): OptionRule {
  return fitting(
    (value) => typeof value === 'string' && value.isWellFormed() && pattern.test(value),
    reason,
  )
}

/** One of a few words. */
export function oneOf(...words: readonly string[]): OptionRule {
  const list = words.map((word) => `"${word}"`).join(', ')
  return fitting(
    (value) => words.some((word) => word === value),
    words.length === 1 ? `can only be ${list}` : `must be one of ${list}`,
  )
}

/** An object, or a schema that is a function, with these methods. */
export function withMethods(methods: readonly string[], what: string): OptionRule {
  return (value) => {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
    const missing = methods.find(
      (name) => !isObject || typeof Reflect.get(value, name) !== 'function',
    )
    return missing === undefined ? null : { reason: `must be ${what}: it has no ${missing}()` }
  }
}

/** A whole number of something, such as `bytes`; `''` for a plain one. */
export function wholeNumber(min: number, max: number, unit: '' | 'bytes' | 'seconds'): OptionRule {
  const what = unit === '' ? 'a whole number' : `a whole number of ${unit}`
  const bounds = max < Number.MAX_SAFE_INTEGER ? `from ${min} to ${max}` : `${min} or more`
  return aNumber(`must be ${what} ${bounds}`, (value) => ({
    fits: Number.isSafeInteger(value) && value >= min && value <= max,
    limit: value < min ? min : value > max ? max : null,
  }))
}

/** A time in seconds, fractions allowed, above 0. */
export function secondsUpTo(max: number): OptionRule {
  return aNumber(`must be above 0 and at most ${max} seconds`, (value) => ({
    fits: value > 0 && value <= max,
    limit: value <= 0 ? 0 : value > max ? max : null,
  }))
}

function aNumber(
  reason: string,
  judge: (value: number) => { readonly fits: boolean; readonly limit: number | null },
): OptionRule {
  return (value) => {
    if (typeof value !== 'number') return { reason }
    const { fits, limit } = judge(value)
    return fits ? null : { reason, outOfRange: true, ...(limit !== null && { limit }) }
  }
}

/** One value more than a rule allows. */
export function orElse(also: unknown, rule: OptionRule): OptionRule {
  return (value) => {
    const wrong = value === also ? null : rule(value)
    return wrong && { ...wrong, reason: `${wrong.reason}, or ${String(also)}` }
  }
}

function whyUnknown(option: string, known: readonly string[]): string {
  const nearest = findNearest(option, known)
  return nearest === null
    ? `is unknown; there are ${known.join(', ')}`
    : `is unknown; the nearest is "${nearest}"`
}
