import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideAge } from './age.ts'
import { maxLifetimeSeconds } from './policy.ts'
import { decideStableIssue } from './stable-issue.ts'

const now = 1_700_000_000_000
const clock = fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 })
const span = fc.integer({ min: 1, max: 10_000_000 })

describe('a stable link', () => {
  it('is what it was through its window, and changes once per window', () => {
    const issues = new Set<number>()
    for (let second = 0; second < 3000; second++)
      issues.add(decideStableIssue('a.jpg', now + second * 1000, 600, 300).issuedSeconds)
    expect(issues.size).toBe(11)
    const [first = 0, next = 0] = [...issues]
    expect(next - first).toBe(300)
  })

  it('is signed for now or before, never for the future', () => {
    fc.assert(
      fc.property(fc.string(), clock, span, span, (name, nowMs, lifetime, stable) => {
        const { issuedSeconds } = decideStableIssue(name, nowMs, lifetime, stable)
        expect(issuedSeconds * 1000).toBeLessThanOrEqual(nowMs)
        expect(issuedSeconds).toBeGreaterThan(Math.floor(nowMs / 1000) - stable)
        expect(Number.isInteger(issuedSeconds)).toBe(true)
      }),
    )
  })

  it('has left what was promised, and at most a window more', () => {
    fc.assert(
      fc.property(fc.string(), clock, span, span, (name, nowMs, lifetime, stable) => {
        const { issuedSeconds, lifetimeSeconds } = decideStableIssue(name, nowMs, lifetime, stable)
        const age = decideAge(issuedSeconds, lifetimeSeconds, nowMs)
        if (age.state !== 'valid') throw new Error(age.state)
        expect(age.remainingSeconds).toBeGreaterThanOrEqual(lifetime)
        expect(age.remainingSeconds).toBeLessThanOrEqual(lifetime + stable)
      }),
    )
  })

  it('changes at a time of its own: not all files of a page at once', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `photos/${index}.jpg`)
    const perMinute = Array.from<number>({ length: 60 }).fill(0)
    for (const name of names) {
      const { issuedSeconds } = decideStableIssue(name, now, 3600, 3600)
      const minute = Math.floor((1_700_000_000 - issuedSeconds) / 60)
      perMinute[minute] = (perMinute[minute] ?? 0) + 1
    }
    // 1,000 files over 60 minutes: 17 each on average.
    expect(Math.max(...perMinute)).toBeLessThan(40)
    expect(Math.min(...perMinute)).toBeGreaterThan(3)
  })

  it('is signed at this second where `stableSeconds` is 0', () => {
    expect(decideStableIssue('a.jpg', now + 999, 600, 0)).toEqual({
      issuedSeconds: 1_700_000_000,
      lifetimeSeconds: 600,
    })
  })

  it('is signed at this second where its life has no room to grow', () => {
    expect(decideStableIssue('a.jpg', now, maxLifetimeSeconds, 1)).toEqual({
      issuedSeconds: 1_700_000_000,
      lifetimeSeconds: maxLifetimeSeconds,
    })
    expect(decideStableIssue('a.jpg', now, maxLifetimeSeconds - 1, 1).lifetimeSeconds).toBe(
      maxLifetimeSeconds,
    )
  })

  it('keeps the promise also where a window begins before 1970', () => {
    const { issuedSeconds, lifetimeSeconds } = decideStableIssue('a.jpg', 5000, 600, 86_400)
    expect(issuedSeconds).toBeGreaterThanOrEqual(0)
    expect(decideAge(issuedSeconds, lifetimeSeconds, 5000)).toMatchObject({ state: 'valid' })
  })
})
