import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRequestCounts, maxCount } from './request-counts.ts'

const aMillion = (): number => 1_000_000

const nameOf = (index: number): string => `photos/2026/photo-${String(index).padStart(6, '0')}.jpg`

describe('request counts', () => {
  it('count each name', () => {
    const counts = createRequestCounts(aMillion)
    expect(['a', 'a', 'b', 'a'].map((name) => counts.add(name))).toEqual([1, 2, 1, 3])
    expect(['a', 'b', 'c'].map((name) => counts.of(name))).toEqual([3, 1, 0])
  })

  it('never say less than the truth, up to their highest', () => {
    const names = fc.array(fc.string({ maxLength: 2 }), { maxLength: 600 })
    fc.assert(
      fc.property(names, (all) => {
        const counts = createRequestCounts(aMillion)
        const truth = new Map<string, number>()
        for (const name of all) {
          truth.set(name, (truth.get(name) ?? 0) + 1)
          counts.add(name)
          expect(counts.of(name)).toBeGreaterThanOrEqual(truth.get(name) ?? 0)
        }
      }),
    )
  })

  it('stop at their highest', () => {
    const counts = createRequestCounts(aMillion)
    for (let time = 0; time < 1000; time++) counts.add('a')
    expect([counts.add('a'), counts.of('a')]).toEqual([maxCount, maxCount])
  })

  it('are right for nearly all of a hundred thousand names that look alike', () => {
    const counts = createRequestCounts(aMillion)
    for (let index = 0; index < 100_000; index++) counts.add(nameOf(index))
    let wrong = 0
    for (let index = 0; index < 100_000; index++) if (counts.of(nameOf(index)) !== 1) wrong++
    expect(wrong).toBeLessThan(35_000)
  })

  it('are halved after so many names', () => {
    const counts = createRequestCounts(() => 10_000)
    for (let index = 0; index < 100; index++)
      for (let time = 0; time < index; time++) counts.add(nameOf(index))
    for (let time = 100 * 99 * 0.5; time < 10_000; time++) counts.add('the rest')
    for (let index = 0; index < 100; index++)
      expect(counts.of(nameOf(index))).toBe(Math.floor(index / 2))
    expect(counts.of('the rest')).toBe(Math.floor(maxCount / 2))
  })

  it('are halved each for itself: no place gets a bit of its neighbour', () => {
    const counts = createRequestCounts(() => 10_000)
    for (let index = 0; index < 10_000; index++) counts.add(nameOf(index))
    for (let index = 10_000; index < 60_000; index++) expect(counts.of(nameOf(index))).toBe(0)
  })

  it('forget in time', () => {
    const counts = createRequestCounts(() => 0)
    for (let time = 0; time < 100; time++) counts.add('yesterday')
    for (let time = 0; time < 100_000; time++) counts.add('today')
    expect(counts.of('yesterday')).toBe(0)
  })
})
