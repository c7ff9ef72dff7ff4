// How often names were asked for lately, roughly and in little memory (a count-min sketch, after
// Cormode and Muthukrishnan 2005; as TinyLFU, Einziger et al. 2017, uses it to guard a cache). A
// count may be too high where names share their places, and is halved with all others in time.

/** Counts names. */
export interface RequestCounts {
  /** Counts a name once more, and gives the new count, at most {@link maxCount}. */
  add(name: string): number
}

/** The highest count. */
export const maxCount = 255

/** A power of two; a byte each. */
const places = 64 * 1024

/** After so many names all counts are halved, so that yesterday's are soon forgotten. */
const namesUntilHalved = 2 * places

/** Makes counts that are all 0. */
export function createRequestCounts(): RequestCounts {
  const counts = new Uint8Array(places)
  let namesCounted = 0

  function halve(): void {
    namesCounted = 0
    for (let place = 0; place < places; place++) counts[place] = (counts[place] ?? 0) >> 1
  }

  return {
    add(name) {
      const hash = hashOf(name)
      const first = hash & (places - 1)
      const second = hash >>> 16
      const count = Math.min(counts[first] ?? 0, counts[second] ?? 0) + 1
      if (count <= maxCount) {
        // Only what is lower than the new count was this name's alone.
        if ((counts[first] ?? 0) < count) counts[first] = count
        if ((counts[second] ?? 0) < count) counts[second] = count
      }
      if (++namesCounted === namesUntilHalved) halve()
      return Math.min(count, maxCount)
    },
  }
}

/** FNV-1a over UTF-16 units, its bits mixed once more: both halves are used. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}
