import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseBoolean, parseCount } from './structured-dictionary.ts'

const parameters = fc.constantFrom('', ';a', '; a=1', ';a;b="x;y"', ';k=:AAAA:', ' ')

describe('a count', () => {
  it('is any integer of up to 15 digits that is not negative, whatever its parameters', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999_999_999_999 }), parameters, (count, after) => {
        expect(parseCount(`${count}${after}`)).toBe(count)
        expect(parseCount(`  ${count}`)).toBe(count)
        expect(parseCount(`-${count + 1}`)).toBeNull()
        expect(parseCount(`${count}.0`)).toBeNull()
        expect(parseCount(`${count}, ${count}`)).toBeNull()
      }),
    )
  })

  it.each([
    '',
    ' ',
    '1 ;a',
    '1;',
    '1;A',
    '+1',
    '0x1',
    '1e3',
    '1000000000000000',
    '"1"',
    '1\t',
    '\u0661',
  ])('is nothing else: %j', (text) => {
    expect(parseCount(text)).toBeNull()
    expect(parseCount(undefined)).toBeNull()
  })
})

describe('a boolean', () => {
  it('is ?1 or ?0, whatever its parameters, and nothing else', () => {
    fc.assert(
      fc.property(fc.boolean(), parameters, (value, after) => {
        expect(parseBoolean(`?${value ? 1 : 0}${after}`)).toBe(value)
      }),
    )
    for (const text of ['', '?', '?2', '?11', '1', 'true', '?T', '? 1', '?1, ?1', '?1;'])
      expect(parseBoolean(text)).toBeNull()
    expect(parseBoolean(undefined)).toBeNull()
  })

  it('never throws, whatever came', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseBoolean(text)
        parseCount(text)
      }),
    )
  })
})
