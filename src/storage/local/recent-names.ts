// Which names were read lately: fingerprints of 32 bits in two tables, one of which is emptied every
// five minutes. A name may be forgotten where many share their places; one that was never added is
// taken for known once in 500 million times, and nobody outside can find such a name, since the
// fingerprints of each process are its own.

import { randomBytes } from 'node:crypto'

/** Names that were added in the last five to ten minutes. */
export interface RecentNames {
  add(name: string): void
  has(name: string): boolean
}

/** A power of two. Four bytes each; the system gives memory only for those that are used. */
const places = 256 * 1024

/**
 * Places a name may take, next to each other: with two, 100,000 names made each other forgotten in
 * seven of a hundred cases, with four in one.
 */
const ways = 4

const emptyPlace = 0

const tableMs = 300_000

/** Makes an empty memory; `nowMs` must never go back. */
export function createRecentNames(nowMs = (): number => performance.now()): RecentNames {
  let newer = new Uint32Array(places)
  let older = new Uint32Array(places)
  let sinceMs = nowMs()
  const seedBytes = randomBytes(8)
  const seeds = [seedBytes.readUInt32LE(0), seedBytes.readUInt32LE(4)] as const

  function renew(): void {
    const now = nowMs()
    if (now - sinceMs < tableMs) return
    // After twice that time the newer table is too old as well.
    if (now - sinceMs >= 2 * tableMs) newer.fill(0)
    ;[newer, older] = [older.fill(0), newer]
    sinceMs = now
  }

  const placeOf = (name: string): number => hashOf(name, seeds[0]) & (places - 1)
  const fingerprintOf = (name: string): number => hashOf(name, seeds[1]) || emptyPlace + 1

  /** The place of this fingerprint among those of a name, or -1. */
  function find(table: Uint32Array, place: number, fingerprint: number): number {
    for (let way = 0; way < ways; way++) if (table[place ^ way] === fingerprint) return place ^ way
    return -1
  }

  return {
    add(name) {
      renew()
      const place = placeOf(name)
      const fingerprint = fingerprintOf(name)
      if (find(newer, place, fingerprint) !== -1) return
      const free = find(newer, place, emptyPlace)
      newer[free === -1 ? place : free] = fingerprint
    },
    has(name) {
      renew()
      const place = placeOf(name)
      const fingerprint = fingerprintOf(name)
      return find(newer, place, fingerprint) !== -1 || find(older, place, fingerprint) !== -1
    },
  }
}

/** Murmur3's rounds over UTF-16 units: unlike FNV's, two seeds give two unrelated hashes. */
function hashOf(text: string, seed: number): number {
  let hash = seed
  for (let index = 0; index < text.length; index++) {
    const unit = Math.imul(text.charCodeAt(index), 0xcc9e2d51)
    hash ^= Math.imul((unit << 15) | (unit >>> 17), 0x1b873593)
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64
  }
  hash ^= text.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
