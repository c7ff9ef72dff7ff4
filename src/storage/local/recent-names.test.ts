import { describe, expect, it } from 'vitest'
import { createRecentNames } from './recent-names.ts'

const nameOf = (index: number): string => `photos/2026/photo-${String(index).padStart(6, '0')}.jpg`

describe('recent names', () => {
  it('know what was added, and nothing else, however many there are', () => {
    const names = createRecentNames()
    for (let index = 0; index < 300_000; index++) names.add(nameOf(index))
    for (let index = 300_000; index < 330_000; index++)
      if (names.has(nameOf(index))) throw new Error(`${nameOf(index)} was never added`)
    expect(names.has(nameOf(299_999))).toBe(true)
  })

  it('remember nearly all of a hundred thousand', () => {
    const names = createRecentNames()
    let known = 0
    for (let index = 0; index < 100_000; index++) names.add(nameOf(index))
    for (let index = 0; index < 100_000; index++) if (names.has(nameOf(index))) known++
    expect(known).toBeGreaterThan(98_000)
  })

  it.each([
    [299_999, true],
    [300_000, true],
    [599_999, true],
    [600_000, false],
    [5_000_000, false],
  ])('know after %d ms: %s', (ms, isKnown) => {
    let nowMs = 0
    const names = createRecentNames(() => nowMs)
    names.add('a')
    nowMs = ms
    expect(names.has('a')).toBe(isKnown)
  })

  it('forget in the end what was added just before a change of tables', () => {
    let nowMs = 0
    const names = createRecentNames(() => nowMs)
    for (nowMs = 0; nowMs < 3_000_000; nowMs += 250_000) names.add(`at ${nowMs}`)
    expect(names.has('at 2750000')).toBe(true)
    expect(names.has('at 1750000')).toBe(false)
  })
})
