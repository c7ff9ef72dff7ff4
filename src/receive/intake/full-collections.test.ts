import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { collectGarbage } from '../../../test/support/collect-garbage.ts'
import { createFullCollections } from './full-collections.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Collections that are made to happen, and what was made because of them. */
function setUp() {
  const state = {
    tellFull: null as (() => void) | null,
    youngMebibytes: 0,
    old: [] as WeakRef<object>[],
    freeMebibytes: 1000,
  }
  const avoid = createFullCollections({
    onFull(tell) {
      state.tellFull = tell
      return () => {
        state.tellFull = null
      }
    },
    makeYoung() {
      state.youngMebibytes += 1
    },
    makeOld() {
      const made = {}
      state.old.push(new WeakRef(made))
      return made
    },
    readFreeBytes: () => state.freeMebibytes * 1024 * 1024,
  })
  const receive = (mebibytes: number): void => {
    for (let count = 0; count < mebibytes; count++) avoid()
  }
  const collectOften = (): void => {
    receive(1)
    for (let times = 0; times < 3; times++) state.tellFull?.()
  }
  async function heldMebibytes(): Promise<number> {
    await collectGarbage()
    return state.old.filter((made) => made.deref() !== undefined).length
  }
  return { state, receive, collectOften, heldMebibytes }
}

describe('while large uploads come in', () => {
  it('nothing is made where the heap is seldom collected', () => {
    const { state, receive } = setUp()
    for (let times = 0; times < 20; times++) {
      receive(128)
      state.tellFull?.()
      state.tellFull?.()
    }
    expect(state).toMatchObject({ youngMebibytes: 0, old: [] })
  })

  it('a MiB is made for each that comes where all of the heap is collected thrice in 128 MiB', () => {
    const { state, receive, collectOften } = setUp()
    collectOften()
    receive(100)
    expect(state.youngMebibytes).toBe(100)
  })

  it('16 MiB are held then, a MiB for each of the first that come', async () => {
    const { receive, collectOften, heldMebibytes } = setUp()
    collectOften()
    receive(4)
    expect(await heldMebibytes()).toBe(4)
    receive(1000)
    expect(await heldMebibytes()).toBe(16)
  })

  it('nothing is held where the heap is nearly full, and what is held is let go', async () => {
    const { state, receive, collectOften, heldMebibytes } = setUp()
    collectOften()
    state.freeMebibytes = 255
    receive(100)
    expect(state.old).toEqual([])
    state.freeMebibytes = 256
    receive(20)
    expect(await heldMebibytes()).toBe(16)
    state.freeMebibytes = 255
    receive(1)
    expect(await heldMebibytes()).toBe(0)
  })

  it('both end after a GiB without such collections', async () => {
    const { state, receive, collectOften, heldMebibytes } = setUp()
    collectOften()
    receive(2000)
    expect(state.youngMebibytes).toBe(1024)
    expect(await heldMebibytes()).toBe(0)
  })
})

describe('two seconds after the last of a large upload', () => {
  it('all that was held is let go, and nobody looks any more', async () => {
    const { state, receive, collectOften, heldMebibytes } = setUp()
    collectOften()
    receive(16)
    vi.advanceTimersByTime(1900)
    receive(1)
    vi.advanceTimersByTime(1900)
    expect(state.tellFull).not.toBe(null)
    expect(await heldMebibytes()).toBe(16)
    vi.advanceTimersByTime(100)
    expect(state.tellFull).toBe(null)
    expect(await heldMebibytes()).toBe(0)
  })

  it('what is left of the GiB is for the next, from its first MiB on', async () => {
    const { state, receive, collectOften, heldMebibytes } = setUp()
    collectOften()
    receive(24)
    vi.advanceTimersByTime(10_000)
    receive(20)
    expect(await heldMebibytes()).toBe(16)
    receive(2000)
    expect(state.youngMebibytes).toBe(1024)
  })
})
