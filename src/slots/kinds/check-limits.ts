// Numbers and types that a developer may set, checked where they are set: minting and defining
// share these rules.

/**
 * Takes a whole number between two bounds.
 *
 * @throws TypeError where it is not a number, RangeError where it is out of bounds; both name the option.
 */
export function checkCount(
  where: string,
  option: string,
  value: number,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number')
    throw new TypeError(`Option "${option}" of ${where} must be a whole number.`)
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new RangeError(
      `Option "${option}" of ${where} must be a whole number from ${least} to ${most}.`,
    )
  return value
}

/** The longest time a slot may wait: ten years. */
export const maxSeconds = 315_360_000

/** The longest rest between two sweeps: a day. */
export const maxSweepSeconds = 86_400

/**
 * Takes a time in seconds, fractions allowed, above 0.
 *
 * @throws TypeError where it is not a number, RangeError where it is out of bounds; both name the option.
 */
export function checkSeconds(
  where: string,
  option: string,
  value: number,
  most: number = maxSeconds,
): number {
  if (typeof value !== 'number')
    throw new TypeError(`Option "${option}" of ${where} must be a number of seconds.`)
  if (!(value > 0 && value <= most))
    throw new RangeError(
      `Option "${option}" of ${where} must be above 0 and at most ${most} seconds.`,
    )
  return value
}

/**
 * Takes a list of media types and suffixes such as `image/png`, `image/*`, `.csv`, and gives it in
 * lower case, types without their parameters.
 *
 * @throws TypeError naming the option.
 */
export function checkMediaTypes(
  where: string,
  accept: readonly string[] | null,
): readonly string[] | null {
  if (accept === null) return null
  if (!Array.isArray(accept) || accept.length === 0)
    throw new TypeError(`Option "accept" of ${where} must be an array of media types or suffixes.`)
  return accept.map((type: unknown) => {
    const plain = typeof type === 'string' ? type.replace(/;.*$/s, '').trim() : ''
    if (!(plain.startsWith('.') ? suffix : mediaType).test(plain))
      throw new TypeError(
        `Option "accept" of ${where} must hold media types such as "image/png" or "image/*", or suffixes such as ".csv".`,
      )
    return plain.toLowerCase()
  })
}

// `*/png` or `image/p*` would be taken here and then match nothing.
const mediaType = /^(?:\*\/\*|[!#$%&'+.^_`|~A-Za-z0-9-]+\/(?:\*|[!#$%&'+.^_`|~A-Za-z0-9-]+))$/
// `*.csv` is a pattern of shells, and no suffix.
const suffix = /^(?:\.[A-Za-z0-9_+~-]+)+$/
