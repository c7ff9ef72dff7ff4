import { getHeapSpaceStatistics } from 'node:v8'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { collectGarbage } from '../../../test/support/collect-garbage.ts'
import { createHeapRoom } from './roomy-heap.ts'

const mebibyte = 1024 * 1024

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a small heap', () => {
  it('is given 16 MiB to hold while an upload comes in, a MiB for each of its own', async () => {
    const keepRoomy = createHeapRoom(() => 8 * mebibyte)
    const before = await heldBytes()
    for (let times = 0; times < 4; times++) keepRoomy()
    expect(((await heldBytes()) - before) / mebibyte).toBeCloseTo(4, 0)
    for (let times = 0; times < 1000; times++) keepRoomy()
    expect(((await heldBytes()) - before) / mebibyte).toBeCloseTo(16, 0)
  })

  it('is as it was a minute after the last of it', async () => {
    const keepRoomy = createHeapRoom(() => 8 * mebibyte)
    const before = await heldBytes()
    for (let times = 0; times < 16; times++) keepRoomy()
    vi.advanceTimersByTime(59_000)
    keepRoomy()
    vi.advanceTimersByTime(59_000)
    expect(((await heldBytes()) - before) / mebibyte).toBeCloseTo(16, 0)
    vi.advanceTimersByTime(1000)
    expect(((await heldBytes()) - before) / mebibyte).toBeCloseTo(0, 0)
  })
})

it("an application's heap is given nothing", async () => {
  const keepRoomy = createHeapRoom(() => 50 * mebibyte)
  const before = await heldBytes()
  for (let times = 0; times < 16; times++) keepRoomy()
  expect(((await heldBytes()) - before) / mebibyte).toBeCloseTo(0, 0)
})

/** What of the heap is in objects as large as these. */
async function heldBytes(): Promise<number> {
  await collectGarbage()
  const spaces = getHeapSpaceStatistics().filter((space) => /large/.test(space.space_name))
  return spaces.reduce((sum, space) => sum + space.space_used_size, 0)
}
