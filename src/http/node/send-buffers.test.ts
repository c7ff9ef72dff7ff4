import { afterEach, describe, expect, it } from 'vitest'
import {
  dropBuffer,
  giveBuffer,
  maxLargeBuffers,
  takeLargeBuffer,
  takeSmallBuffer,
} from './send-buffers.ts'

const taken: Buffer[] = []

afterEach(() => {
  for (const buffer of taken.splice(0)) giveBuffer(buffer)
})

function takeSmall(): Buffer {
  const buffer = takeSmallBuffer()
  taken.push(buffer)
  return buffer
}

/** Every large buffer there is. */
function takeAllLarge(): Buffer[] {
  const all: Buffer[] = []
  for (let buffer = takeLargeBuffer(); buffer !== null; buffer = takeLargeBuffer()) all.push(buffer)
  taken.push(...all)
  return all
}

describe('a buffer for a download', () => {
  it('is lent to one taker at a time', () => {
    const small = Array.from({ length: 40 }, takeSmall)
    expect(new Set(small).size).toBe(40)
    const large = takeAllLarge()
    expect(new Set(large).size).toBe(maxLargeBuffers)
  })

  it('is lent again once it is given back', () => {
    const small = takeSmall()
    giveBuffer(small)
    expect(takeSmall() === small).toBe(true)
    const large = takeLargeBuffer()
    if (large !== null) giveBuffer(large)
    expect(takeAllLarge().some((buffer) => buffer === large)).toBe(true)
  })

  it('given back twice is lent once all the same', () => {
    const small = takeSmall()
    giveBuffer(small)
    giveBuffer(small)
    expect(takeSmall() === takeSmall()).toBe(false)
    const [large] = takeAllLarge()
    for (const buffer of taken) giveBuffer(buffer)
    if (large !== undefined) giveBuffer(large)
    expect(new Set(takeAllLarge()).size).toBe(maxLargeBuffers)
  })

  it('that something may still read is never lent again, even if it is given back later', () => {
    const small = takeSmall()
    dropBuffer(small)
    giveBuffer(small)
    expect(Array.from({ length: 40 }, takeSmall).some((buffer) => buffer === small)).toBe(false)
    const [large] = takeAllLarge()
    if (large === undefined) throw new Error('There is no large buffer.')
    dropBuffer(large)
    dropBuffer(large)
    giveBuffer(large)
    for (const buffer of taken) giveBuffer(buffer)
    const next = takeAllLarge()
    expect(next.some((buffer) => buffer === large)).toBe(false)
    // And another one took its place: one, not two.
    expect(next).toHaveLength(maxLargeBuffers)
  })

  it('of another making is not taken', () => {
    const foreign = Buffer.alloc(64 * 1024)
    giveBuffer(foreign)
    expect(Array.from({ length: 40 }, takeSmall).some((buffer) => buffer === foreign)).toBe(false)
  })
})
