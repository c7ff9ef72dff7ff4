import { describe, expect, it } from 'vitest'
import { createStaging } from './staging.ts'

const kibibyte = 1024

describe('a staging', () => {
  it('keeps copies of an upload’s first bytes, so that the bytes themselves may go', () => {
    const staging = createStaging()
    const chunks = [20, 30, 40].map((size, index) => Buffer.alloc(size * kibibyte, index + 1))
    const copies = chunks.map((chunk) => staging.keep(chunk))
    for (const chunk of chunks) chunk.fill(0)
    for (const [index, copy] of copies.entries()) {
      expect(copy.equals(Buffer.alloc(copy.length, index + 1))).toBe(true)
      expect(copy.length).toBe(chunks[index]?.length)
    }
  })

  it('copies neither tiny chunks, nor huge ones, nor more than the first of an upload', () => {
    const staging = createStaging()
    for (const size of [1, 4 * kibibyte - 1, 64 * kibibyte + 1]) {
      const chunk = Buffer.alloc(size)
      expect(staging.keep(chunk)).toBe(chunk)
    }
    const whole = Buffer.alloc(64 * kibibyte)
    expect(staging.keep(whole)).not.toBe(whole)
    expect(staging.keep(whole)).not.toBe(whole)
    expect(staging.keep(whole)).toBe(whole)
  })

  it('gives memory to another upload only once it is released', () => {
    const chunk = Buffer.alloc(64 * kibibyte)
    const first = createStaging()
    const kept = first.keep(chunk)
    const second = createStaging()
    expect(second.keep(chunk).buffer).not.toBe(kept.buffer)
    first.release()
    expect(createStaging().keep(chunk).buffer).toBe(kept.buffer)
  })
})
