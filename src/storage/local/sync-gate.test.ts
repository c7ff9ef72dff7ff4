import { describe, expect, it } from 'vitest'
import { createQuickCalls } from './sync-gate.ts'

/** Calls on a clock that only they move. */
function createTimed() {
  let nowMs = 0
  const calls = createQuickCalls({ slowMs: 1, firstPauseMs: 10, longestPauseMs: 100 }, () => nowMs)
  function wait(ms: number): void {
    nowMs += ms
  }
  return {
    mayCall: () => calls.mayCall(),
    wait,
    call: (ms: number) => calls.time(() => wait(ms)),
    fail: (ms: number) =>
      calls.time(() => {
        wait(ms)
        throw new Error('no')
      }),
  }
}

describe('quick calls', () => {
  it('go on while they are quick', () => {
    const { call, mayCall } = createTimed()
    for (let time = 0; time < 5; time++) {
      expect(mayCall()).toBe(true)
      call(1)
    }
    expect(mayCall()).toBe(true)
  })

  it('give what the call gives, and throw what it throws', () => {
    const calls = createQuickCalls({ slowMs: 1, firstPauseMs: 10, longestPauseMs: 100 })
    expect(calls.time(() => 42)).toBe(42)
    expect(() =>
      calls.time(() => {
        throw new Error('gone')
      }),
    ).toThrow('gone')
  })

  it('pause after a slow one, failed or not', () => {
    for (const how of ['call', 'fail'] as const) {
      const timed = createTimed()
      if (how === 'call') timed.call(2)
      else expect(() => timed.fail(2)).toThrow('no')
      timed.wait(9)
      expect(timed.mayCall()).toBe(false)
      timed.wait(1)
      expect(timed.mayCall()).toBe(true)
    }
  })

  it('pause four times longer each time that the next one is slow again, up to a limit', () => {
    const { call, mayCall, wait } = createTimed()
    for (const pauseMs of [10, 40, 100, 100]) {
      call(2)
      wait(pauseMs - 1)
      expect(mayCall()).toBe(false)
      wait(1)
      expect(mayCall()).toBe(true)
    }
    call(1)
    call(2)
    wait(10)
    expect(mayCall()).toBe(true)
  })
})
