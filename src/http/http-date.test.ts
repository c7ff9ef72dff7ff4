import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatHttpDate, parseHttpDate } from './http-date.ts'

describe('an HTTP date', () => {
  // The one moment of RFC 9110 5.6.7, in its three forms.
  it.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ])('is read from %s', (text) => expect(parseHttpDate(text)).toBe(784_111_777_000))

  it('is written as IMF-fixdate', () =>
    expect(formatHttpDate(784_111_777_999)).toBe('Sun, 06 Nov 1994 08:49:37 GMT'))

  it.each([
    '',
    '0',
    '1994',
    '784111777',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Nov 1994 08:49:37 PST',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'sun, 06 nov 1994 08:49:37 gmt',
    'Sun, 06 Xyz 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 25:49:37 GMT',
    'Sun, 32 Nov 1994 08:49:37 GMT',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT; x=1',
  ])('is not read from %j', (text) => expect(parseHttpDate(text)).toBeNull())

  it('comes back as the second it was written from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
        expect(parseHttpDate(formatHttpDate(seconds * 1000))).toBe(seconds * 1000)
      }),
    )
  })

  it('is a number or null for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(Number.isNaN(parseHttpDate(text))).toBe(false)
      }),
    )
  })
})
