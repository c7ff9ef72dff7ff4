import { describe, expect, it } from 'vitest'
import { restAfter } from './sweep-timer.ts'

describe('the rest between two sweeps', () => {
  it('is what was asked for, however long a sweep was held up', () => {
    expect(restAfter(0, 60_000)).toBe(60_000)
    expect(restAfter(60_000, 60_000)).toBe(60_000)
  })

  it('is longer with very many slots, and at most ten times as long', () => {
    expect(restAfter(100_000, 60_000)).toBe(100_000)
    expect(restAfter(10_000_000, 60_000)).toBe(600_000)
  })
})
