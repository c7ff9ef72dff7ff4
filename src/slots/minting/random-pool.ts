// Random bytes, drawn from the system many at a time: a draw costs 5 µs however few it is for.

import { randomFillSync } from 'node:crypto'

const poolBytes = 4096

/** Makes a source of random bytes; none is ever given twice. At most 4,096 at once. */
export function createRandomPool(): (count: number) => Uint8Array {
  const pool = Buffer.alloc(poolBytes)
  let usedBytes = poolBytes
  return (count) => {
    if (usedBytes + count > poolBytes) {
      randomFillSync(pool)
      usedBytes = 0
    }
    // A copy: the pool's own bytes are overwritten some day.
    const bytes = Buffer.from(pool.subarray(usedBytes, usedBytes + count))
    // What was given is a secret of its taker's from now on.
    pool.fill(0, usedBytes, usedBytes + count)
    usedBytes += count
    return bytes
  }
}
