// How often names were asked for lately, roughly and in little memory (a count-min sketch, after
// Cormode and Muthukrishnan 2005; as TinyLFU, Einziger et al. 2017, uses it to guard a cache). A
// count may be too high where names share their places, and is halved with all others in time.

import { hashName } from '../../token/name-hash.ts'

/** Counts names. */
export interface RequestCounts {
  /** Counts a name once more, and gives the new count, at most {@link maxCount}. */
  add(name: string): number
  /** How often a name was asked for lately, never too low, at most {@link maxCount}. */
  of(name: string): number
}

/** The highest count. */
export const maxCount = 255

/** 2^18 counters of a byte each. */
const placeBits = 18

/** Halving walks over all counters, so it happens after this many requests at the soonest. */
const leastNamesUntilHalved = 8192

/**
 * Makes counts that are all 0. After `namesUntilHalved()` names all are halved, so that yesterday's
 * are soon forgotten.
 */
export function createRequestCounts(namesUntilHalved: () => number): RequestCounts {
  const counts = new Uint8Array(2 ** placeBits)
  const countsByFour = new Uint32Array(counts.buffer)
  let namesCounted = 0

  function halve(): void {
    for (let place = 0; place < countsByFour.length; place++)
      // The mask takes away the bit that each byte would get from its neighbour.
      countsByFour[place] = ((countsByFour[place] ?? 0) >>> 1) & 0x7f7f7f7f
  }

  return {
    add(name) {
      const hash = hashOf(name)
      const first = firstPlaceOf(hash)
      const second = secondPlaceOf(hash)
      const count = Math.min(counts[first] ?? 0, counts[second] ?? 0) + 1
      if (count <= maxCount) {
        // Only what is lower than the new count was this name's alone.
        if ((counts[first] ?? 0) < count) counts[first] = count
        if ((counts[second] ?? 0) < count) counts[second] = count
      }
      if (++namesCounted >= Math.max(namesUntilHalved(), leastNamesUntilHalved)) {
        namesCounted = 0
        halve()
      }
      return Math.min(count, maxCount)
    },
    of(name) {
      const hash = hashOf(name)
      return Math.min(counts[firstPlaceOf(hash)] ?? 0, counts[secondPlaceOf(hash)] ?? 0)
    },
  }
}

function firstPlaceOf(hash: number): number {
  return hash & (2 ** placeBits - 1)
}

function secondPlaceOf(hash: number): number {
  return hash >>> (32 - placeBits)
}

/** The bits are mixed once more, since both ends are used. */
function hashOf(name: string): number {
  let hash = hashName(name)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}
