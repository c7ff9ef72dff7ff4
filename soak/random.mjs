// @ts-check
// Chance that can be had again: every choice of a soak comes from its seed and from who asks.

/**
 * @typedef {object} Chance
 * @property {() => number} next From 0 to below 1.
 * @property {(least: number, most: number) => number} whole A whole number, both ends included.
 * @property {(probability: number) => boolean} happens
 * @property {<T>(list: readonly T[]) => T} pick
 * @property {<T>(list: readonly (readonly [T, number])[]) => T} weigh One of several, by weight.
 */

/**
 * @param {number} seed
 * @param {string} purpose Who asks: each purpose has its own sequence.
 * @returns {Chance}
 */
export function createChance(seed, purpose) {
  let state = seed >>> 0
  for (const character of purpose)
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01_00_01_93) >>> 0

  // mulberry32
  function next() {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** @type {Chance} */
  const chance = {
    next,
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    happens: (probability) => next() < probability,
    pick(list) {
      const found = list[Math.floor(next() * list.length)]
      if (found === undefined) throw new RangeError('Nothing to pick from.')
      return found
    },
    weigh(list) {
      let left = next() * list.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [value, weight] of list) if ((left -= weight) < 0) return value
      throw new RangeError('Nothing to weigh.')
    },
  }
  return chance
}
