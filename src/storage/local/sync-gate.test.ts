import { describe, expect, it } from 'vitest'
import { createSyncGate } from './sync-gate.ts'

/** Calls on a clock that only they move. */
function createTimed() {
  let nowMs = 0
  const gate = createSyncGate({ slowMs: 1, firstPauseMs: 10, longestPauseMs: 100 }, () => nowMs)
  function wait(ms: number): void {
    nowMs += ms
  }
  return {
    isOpen: () => gate.isOpen(),
    wait,
    call: (ms: number) => gate.time(() => wait(ms)),
    fail: (ms: number) =>
      gate.time(() => {
        wait(ms)
        throw new Error('no')
      }),
  }
}

describe('a gate for synchronous calls', () => {
  it('stays open while they are quick', () => {
    const { call, isOpen } = createTimed()
    for (let time = 0; time < 5; time++) {
      expect(isOpen()).toBe(true)
      call(1)
    }
    expect(isOpen()).toBe(true)
  })

  it('gives what the call gives, and throws what it throws', () => {
    const gate = createSyncGate({ slowMs: 1, firstPauseMs: 10, longestPauseMs: 100 })
    expect(gate.time(() => 42)).toBe(42)
    expect(() =>
      gate.time(() => {
        throw new Error('gone')
      }),
    ).toThrow('gone')
  })

  it('closes after a slow one, failed or not', () => {
    for (const how of ['call', 'fail'] as const) {
      const timed = createTimed()
      if (how === 'call') timed.call(2)
      else expect(() => timed.fail(2)).toThrow('no')
      timed.wait(9)
      expect(timed.isOpen()).toBe(false)
      timed.wait(1)
      expect(timed.isOpen()).toBe(true)
    }
  })

  it('stays closed four times longer each time that the next one is slow again, up to a limit', () => {
    const { call, isOpen, wait } = createTimed()
    for (const pauseMs of [10, 40, 100, 100]) {
      call(2)
      wait(pauseMs - 1)
      expect(isOpen()).toBe(false)
      wait(1)
      expect(isOpen()).toBe(true)
    }
    call(1)
    call(2)
    wait(10)
    expect(isOpen()).toBe(true)
  })
})
