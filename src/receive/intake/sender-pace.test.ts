import { describe, expect, it } from 'vitest'
import { whatIsTooSlow } from './sender-pace.ts'

const limits = { idleTimeoutMs: 1000, totalTimeoutMs: 10_000, minBytesPerSecond: 100 }
const fresh = { startMs: 0, lastByteMs: 0, receivedBytes: 0, pausedMs: 0, isPaused: false }

describe('a sender', () => {
  it('may be silent for less than the limit, and no longer', () => {
    expect(whatIsTooSlow(limits, fresh, 999)).toBeNull()
    expect(whatIsTooSlow(limits, fresh, 1000)).toEqual({ what: 'pause', limit: 1 })
  })

  it('may be slow at first, but not on average', () => {
    const slow = { ...fresh, lastByteMs: 1990, receivedBytes: 150 }
    expect(whatIsTooSlow(limits, { ...slow, lastByteMs: 900 }, 990)).toBeNull()
    expect(whatIsTooSlow(limits, slow, 2000)).toEqual({ what: 'rate', limit: 100 })
    expect(whatIsTooSlow(limits, { ...slow, receivedBytes: 200 }, 2000)).toBeNull()
  })

  it('may take so long as a whole, and no longer', () => {
    const fast = { ...fresh, lastByteMs: 9999, receivedBytes: 1e9 }
    expect(whatIsTooSlow(limits, fast, 9999)).toBeNull()
    expect(whatIsTooSlow(limits, fast, 10_000)).toEqual({ what: 'duration', limit: 10 })
  })

  it('is not blamed for the time it is made to wait', () => {
    const held = { ...fresh, lastByteMs: 10, receivedBytes: 100, isPaused: true }
    expect(whatIsTooSlow(limits, held, 9000)).toBeNull()
    const released = { ...held, isPaused: false, pausedMs: 8000, lastByteMs: 8010 }
    expect(whatIsTooSlow(limits, released, 9000)).toBeNull()
  })

  it('may be as slow as it likes where no rate is asked', () => {
    const slow = { ...fresh, lastByteMs: 5000, receivedBytes: 1 }
    expect(whatIsTooSlow({ ...limits, minBytesPerSecond: 0 }, slow, 5001)).toBeNull()
  })
})
