import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRequestCounts, maxCount } from './request-counts.ts'

describe('request counts', () => {
  it('count each name', () => {
    const counts = createRequestCounts()
    expect([counts.add('a'), counts.add('a'), counts.add('b'), counts.add('a')]).toEqual([
      1, 2, 1, 3,
    ])
  })

  it('never say less than the truth, up to their highest', () => {
    const names = fc.array(fc.string({ maxLength: 2 }), { maxLength: 600 })
    fc.assert(
      fc.property(names, (all) => {
        const counts = createRequestCounts()
        const truth = new Map<string, number>()
        for (const name of all) {
          truth.set(name, (truth.get(name) ?? 0) + 1)
          expect(counts.add(name)).toBeGreaterThanOrEqual(truth.get(name) ?? 0)
        }
      }),
    )
  })

  it('stop at their highest', () => {
    const counts = createRequestCounts()
    for (let time = 0; time < 1000; time++) counts.add('a')
    expect(counts.add('a')).toBe(maxCount)
  })

  it('are right for nearly all of ten thousand names that look alike', () => {
    const counts = createRequestCounts()
    let wrong = 0
    for (let index = 0; index < 10_000; index++)
      if (counts.add(`photos/2026/photo-${String(index).padStart(6, '0')}.jpg`) !== 1) wrong++
    expect(wrong).toBeLessThan(500)
  })

  it('forget in time', () => {
    const counts = createRequestCounts()
    for (let time = 0; time < 100; time++) counts.add('yesterday')
    for (let time = 0; time < 1_500_000; time++) counts.add('today')
    expect(counts.add('yesterday')).toBe(1)
  })
})
