import { describe, expect, it } from 'vitest'
import { formatTransfers } from './live-line.ts'

describe('formatTransfers', () => {
  const upload = {
    way: 'upload',
    doneBytes: 30_000_000,
    totalBytes: 60_000_000,
    seconds: 10,
  } as const
  const download = { way: 'download', doneBytes: 8_000_000, totalBytes: null, seconds: 2 } as const

  it('says how much of what has come, and how fast', () => {
    expect(formatTransfers([upload])).toBe('1 upload: 30 MB of 60 MB (50 %), 3 MB/s')
  })

  it('adds up those of one way, and sets both ways beside each other', () => {
    expect(formatTransfers([download, upload, download])).toBe(
      '1 upload: 30 MB of 60 MB (50 %), 3 MB/s · 2 downloads: 16 MB, 8 MB/s',
    )
  })

  it('says no size where one is not known, and never more than all', () => {
    expect(formatTransfers([{ ...upload, totalBytes: null }])).toBe('1 upload: 30 MB, 3 MB/s')
    expect(formatTransfers([{ ...upload, totalBytes: 29_999_000 }])).toContain('(100 %)')
  })

  it('says nothing of what has just begun', () => {
    expect(formatTransfers([{ ...upload, seconds: 0.9 }])).toBe('')
    expect(formatTransfers([])).toBe('')
  })
})
