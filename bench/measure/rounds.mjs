// @ts-check
// Interleaved rounds: each server is measured once a round, and what drifts (other load, heat)
// meets them all. Each round begins with another one.

/**
 * @template T
 * @param {readonly string[]} names
 * @param {number} rounds
 * @param {(name: string, round: number) => Promise<T>} measure
 * @returns {Promise<Map<string, T[]>>} For each name what was measured, a value a round.
 */
export async function interleave(names, rounds, measure) {
  /** @type {Map<string, T[]>} */
  const results = new Map(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < names.length; index++) {
      const name = names[(index + round) % names.length] ?? ''
      results.get(name)?.push(await measure(name, round))
    }
  }
  return results
}

/**
 * The middle value; the mean of the two in the middle of an even number.
 * @param {readonly number[]} values
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? NaN
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? NaN) + upper) / 2 : upper
}

/**
 * The median of every number of the rounds' records.
 * @template {Record<string, number>} T
 * @param {readonly T[]} records
 * @returns {T}
 */
export function medians(records) {
  const keys = Object.keys(records[0] ?? {})
  return /** @type {T} */ (
    Object.fromEntries(keys.map((key) => [key, median(records.map((each) => each[key] ?? NaN))]))
  )
}
