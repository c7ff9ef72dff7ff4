import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createYoungCollections } from './young-collections.ts'

const mebibyte = 1024 * 1024

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Collections that are made to happen, and what was made because of them. */
function setUp() {
  const state = { tellFull: null as (() => void) | null, madeBytes: 0 }
  const hurry = createYoungCollections({
    onFull(tell) {
      state.tellFull = tell
      return () => {
        state.tellFull = null
      }
    },
    makeYoung(bytes) {
      state.madeBytes += bytes
    },
  })
  const receive = (mebibytes: number): void => {
    for (let count = 0; count < mebibytes; count++) hurry()
  }
  return { state, receive }
}

describe('while large uploads come in', () => {
  it('nothing is made where the heap is seldom collected', () => {
    const { state, receive } = setUp()
    for (let times = 0; times < 20; times++) {
      receive(128)
      state.tellFull?.()
      state.tellFull?.()
    }
    expect(state.madeBytes).toBe(0)
  })

  it('a MiB is made for each that comes where all of the heap is collected thrice in 128 MiB', () => {
    const { state, receive } = setUp()
    receive(1)
    for (let times = 0; times < 3; times++) state.tellFull?.()
    receive(100)
    expect(state.madeBytes).toBe(100 * mebibyte)
  })

  it('that ends after a GiB without such collections', () => {
    const { state, receive } = setUp()
    receive(1)
    for (let times = 0; times < 3; times++) state.tellFull?.()
    receive(2000)
    expect(state.madeBytes).toBe(1024 * mebibyte)
  })

  it('nobody looks any more a minute after the last of it', () => {
    const { state, receive } = setUp()
    receive(1)
    for (let times = 0; times < 3; times++) state.tellFull?.()
    vi.advanceTimersByTime(59_000)
    receive(1)
    vi.advanceTimersByTime(59_000)
    expect(state.tellFull).not.toBe(null)
    vi.advanceTimersByTime(1000)
    expect(state.tellFull).toBe(null)
    receive(100)
    expect(state.madeBytes).toBe(mebibyte)
  })
})
