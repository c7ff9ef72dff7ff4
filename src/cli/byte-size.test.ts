import { describe, expect, it } from 'vitest'
import { parseByteSize } from './byte-size.ts'

describe('parseByteSize', () => {
  it.each([
    ['0', 0],
    ['1048576', 1_048_576],
    ['500kB', 500_000],
    ['100MB', 100_000_000],
    ['100 mb', 100_000_000],
    ['5M', 5_000_000],
    ['5MiB', 5_242_880],
    ['1.5GiB', 1_610_612_736],
    ['2TB', 2_000_000_000_000],
  ])('reads %s', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes)
  })

  it.each(['', 'MB', '-1', '1e3', '5XB', '1.MB', '1,5MB', 'constructor', '999999999999999TB'])(
    'takes %j for no size',
    (text) => {
      expect(parseByteSize(text)).toBeNull()
    },
  )
})
