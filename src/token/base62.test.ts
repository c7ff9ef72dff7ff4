import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatBase62, parseBase62 } from './base62.ts'

const nonNegative = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

describe('base 62', () => {
  it('counts 0-9, A-Z, a-z, then carries', () => {
    expect([0, 9, 10, 35, 36, 61, 62, 63].map(formatBase62)).toEqual([
      '0',
      '9',
      'A',
      'Z',
      'a',
      'z',
      '10',
      '11',
    ])
  })

  it('gives every number back', () => {
    fc.assert(fc.property(nonNegative, (value) => parseBase62(formatBase62(value)) === value))
  })

  it('writes a negative number with a minus before it, and reads none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (value) => {
        expect(formatBase62(-value)).toBe(`-${formatBase62(value)}`)
        expect(parseBase62(formatBase62(-value))).toBeNull()
      }),
    )
  })

  it('keeps the order of numbers in texts of one length', () => {
    const ten = fc.integer({ min: 62 ** 5, max: 62 ** 6 - 1 })
    fc.assert(fc.property(ten, ten, (a, b) => a < b === formatBase62(a) < formatBase62(b)))
  })

  it.each(['', '00', '01', '-1', '-', '+1', ' 1', '1 ', '1\n', '1.0', '１', 'é', '1_', '1-', '!'])(
    'reads %j as no number',
    (text) => expect(parseBase62(text)).toBeNull(),
  )

  it('stops at the largest safe integer', () => {
    expect(formatBase62(Number.MAX_SAFE_INTEGER)).toBe('fFgnDxSe7')
    expect(parseBase62('fFgnDxSe7')).toBe(Number.MAX_SAFE_INTEGER)
    expect(parseBase62('fFgnDxSe8')).toBeNull()
    expect(parseBase62('zzzzzzzzz')).toBeNull()
    expect(parseBase62('1000000000')).toBeNull()
  })

  it('reads any text as its one number or as none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
        const value = parseBase62(text)
        expect(value === null || formatBase62(value) === text).toBe(true)
      }),
    )
  })
})
