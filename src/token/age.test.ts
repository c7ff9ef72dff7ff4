import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideAge, formatSeconds, leewaySeconds } from './age.ts'

describe('the age of a native token', () => {
  const issued = 1_700_000_000
  const at = (seconds: number) => decideAge(issued, 600, (issued + seconds) * 1000)

  it('is valid from its second on, through exactly its lifetime', () => {
    expect(at(0)).toEqual({ state: 'valid', remainingSeconds: 600 })
    expect(at(1)).toEqual({ state: 'valid', remainingSeconds: 599 })
    expect(at(600)).toEqual({ state: 'valid', remainingSeconds: 0 })
    expect(at(600.999)).toEqual({ state: 'valid', remainingSeconds: 0 })
  })

  it('is expired from the next second on, and says since when', () => {
    expect(at(601)).toEqual({ state: 'expired', sinceSeconds: 1 })
    expect(at(86_400)).toEqual({ state: 'expired', sinceSeconds: 85_800 })
  })

  it('threat 22: bears a clock that is 60 seconds behind, and no more', () => {
    expect(leewaySeconds).toBe(60)
    expect(at(-60)).toEqual({ state: 'valid', remainingSeconds: 600 })
    expect(at(-61)).toEqual({ state: 'from-the-future', aheadSeconds: 61 })
    expect(at(-315_360_000)).toMatchObject({ state: 'from-the-future' })
  })

  it('never lives shorter than promised, whatever the fraction it was signed at', () => {
    const clock = fc.integer({ min: 0, max: 4_000_000_000_000 })
    fc.assert(
      fc.property(clock, fc.integer({ min: 1, max: 100_000 }), (signedMs, lifetimeSeconds) => {
        const issuedSeconds = Math.floor(signedMs / 1000)
        const lastMs = signedMs + lifetimeSeconds * 1000
        expect(decideAge(issuedSeconds, lifetimeSeconds, lastMs).state).toBe('valid')
        expect(decideAge(issuedSeconds, lifetimeSeconds, lastMs + 1000).state).toBe('expired')
      }),
    )
  })

  it('never expires with an endless lifetime', () => {
    expect(decideAge(0, Infinity, 8.64e15)).toEqual({ state: 'valid', remainingSeconds: Infinity })
  })
})

describe('a stretch of time', () => {
  it.each([
    [0, '0 s'],
    [0.2, '1 s'],
    [119, '119 s'],
    [300, '5 min'],
    [7200, '2 h'],
    [172_800, '2 days'],
  ])('of %d seconds reads %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text))
})
