import { describe, expect, it } from 'vitest'
import { createStalledClients } from './stalled-clients.ts'

function setUp() {
  const state = { nowMs: 0, waitingCount: 0, queuedBytes: 0, given: 0 }
  const clients = createStalledClients({
    limitMs: 1000,
    crowdedLimitMs: 100,
    waitingCount: () => state.waitingCount,
    nowMs: () => state.nowMs,
  })
  const watch = clients.watch(
    null,
    () => state.queuedBytes,
    () => {
      state.given++
      watch.stop()
    },
  )
  function lookAt(nowMs: number): number {
    state.nowMs = nowMs
    clients.look()
    return state.given
  }
  return { state, watch, lookAt }
}

describe('a client', () => {
  it('that takes nothing for the limit is given up, once', () => {
    const { watch, lookAt } = setUp()
    watch.waits()
    expect(lookAt(999)).toBe(0)
    expect(lookAt(1000)).toBe(1)
    expect(lookAt(5000)).toBe(1)
  })

  it('that has nothing to take is not', () => {
    const { watch, lookAt } = setUp()
    expect(lookAt(5000)).toBe(0)
    watch.waits()
    watch.took()
    expect(lookAt(50_000)).toBe(0)
  })

  it('that takes a little of a piece is not', () => {
    const { state, watch, lookAt } = setUp()
    watch.waits()
    for (let step = 1; step <= 10; step++) {
      state.queuedBytes = 100 - step
      expect(lookAt(step * 900)).toBe(0)
    }
    expect(lookAt(9000 + 1000)).toBe(1)
  })

  it('is given up sooner while others wait', () => {
    const { state, watch, lookAt } = setUp()
    watch.waits()
    expect(lookAt(500)).toBe(0)
    state.waitingCount = 1
    expect(lookAt(501)).toBe(1)
  })

  it('is given up sooner only in the session where others wait, and no more than wait', () => {
    const session = {}
    const gone: string[] = []
    const state = { nowMs: 0 }
    const clients = createStalledClients({
      limitMs: 1000,
      crowdedLimitMs: 100,
      waitingCount: (asked) => (asked === session ? 2 : 0),
      nowMs: () => state.nowMs,
    })
    function add(name: string, of: object | null): void {
      const watch = clients.watch(
        of,
        () => 0,
        () => {
          gone.push(name)
          watch.stop()
        },
      )
      watch.waits()
    }
    add('alone', null)
    add('elsewhere', {})
    for (const name of ['first', 'second', 'third']) add(name, session)
    state.nowMs = 500
    clients.look()
    expect(gone).toEqual(['first', 'second'])
    state.nowMs = 1000
    clients.look()
    expect(gone).toEqual(['first', 'second', 'alone', 'elsewhere', 'third'])
  })
})
