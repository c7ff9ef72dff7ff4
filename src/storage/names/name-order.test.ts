import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareNames } from './name-order.ts'

describe('the order of names', () => {
  it('is that of their UTF-8 bytes', () => {
    const unit = fc.constantFrom(
      'a',
      'b',
      '/',
      '\u007f',
      'é',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '😀',
      '𐀀',
    )
    fc.assert(
      fc.property(fc.string({ unit }), fc.string({ unit }), (left, right) => {
        expect(Math.sign(compareNames(left, right))).toBe(
          Buffer.compare(Buffer.from(left), Buffer.from(right)),
        )
      }),
    )
  })

  it('differs from that of JavaScript beyond the first 65,536 characters', () => {
    expect(['\uffff', '😀'].sort(compareNames)).toEqual(['\uffff', '😀'])
    expect(['\uffff', '😀'].sort()).toEqual(['😀', '\uffff'])
  })
})
