import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { countProgress, type UploadProgress } from './progress.ts'

describe('the speed of an upload', () => {
  let seen: UploadProgress[]
  let atMs: number

  beforeEach(() => {
    seen = []
    atMs = 1_000_000
    vi.spyOn(Date, 'now').mockImplementation(() => atMs)
  })

  afterEach(() => {
    vi.restoreAllMocks()
  })

  /** Tells an upload of 1,000 bytes of so many bytes, a second each. */
  function tellEachSecond(...sent: readonly number[]): UploadProgress | undefined {
    const count = countProgress(1000, (progress) => seen.push(progress))
    for (const sentBytes of sent) {
      count.tell(sentBytes)
      atMs += 1000
    }
    return seen.at(-1)
  }

  it('is not known in its first second, which says how large the buffers are', () => {
    expect(tellEachSecond(0, 100)).toMatchObject({ bytesPerSecond: null, secondsLeft: null })
  })

  it('says how long the rest will take', () => {
    expect(tellEachSecond(0, 100, 200)).toMatchObject({ bytesPerSecond: 100, secondsLeft: 8 })
  })

  it('is that of the last eight seconds', () => {
    expect(tellEachSecond(0, 700, 701, 702, 703, 704, 705, 706, 707, 708)).toMatchObject({
      bytesPerSecond: 1,
      secondsLeft: 292,
    })
  })

  it('is measured anew where it went on from an earlier place, and after a pause', () => {
    expect(tellEachSecond(0, 100, 200, 50)).toMatchObject({ bytesPerSecond: null })
    const count = countProgress(1000, (progress) => seen.push(progress))
    count.tell(0)
    atMs += 2000
    count.tell(100, 'paused')
    atMs += 60_000
    count.tell(100, 'sending')
    atMs += 2000
    count.tell(300)
    expect(seen.at(-1)).toMatchObject({ bytesPerSecond: 100 })
  })

  it('is not known while nothing moves', () => {
    expect(tellEachSecond(0, 0, 0)).toMatchObject({ bytesPerSecond: null })
  })
})
