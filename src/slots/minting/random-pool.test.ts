import { describe, expect, it } from 'vitest'
import { createRandomPool } from './random-pool.ts'

describe('a random pool', () => {
  it('never gives the same bytes twice, across many refills', () => {
    const randomBytes = createRandomPool()
    const given = Array.from({ length: 5000 }, (_, index) => randomBytes(index % 2 === 0 ? 9 : 16))
    expect(given.every((bytes, index) => bytes.length === (index % 2 === 0 ? 9 : 16))).toBe(true)
    const texts = given.map((bytes) => Buffer.from(bytes).toString('hex'))
    expect(new Set(texts).size).toBe(given.length)
    // What was given is wiped: draws that overlap by a byte would begin or end with zero.
    for (const end of [0, -1])
      expect(given.filter((bytes) => bytes.at(end) === 0).length).toBeLessThan(given.length / 20)
  })

  it('gives bytes that later draws leave alone', () => {
    const randomBytes = createRandomPool()
    const first = randomBytes(16)
    const before = Buffer.from(first).toString('hex')
    for (let draw = 0; draw < 1000; draw++) randomBytes(16)
    expect(Buffer.from(first).toString('hex')).toBe(before)
  })
})
