import { isUtf8 } from 'node:buffer'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TextJudge } from './text-judge.ts'
import type { TextVerdict } from './text-judge.ts'

function judge(...chunks: readonly Buffer[]): TextVerdict {
  const judging = new TextJudge()
  for (const chunk of chunks) judging.take(chunk)
  return judging.verdict('end')
}

/** Cuts bytes at any places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  )
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}

const places = fc.array(fc.nat(), { maxLength: 20 })

describe('a judge of texts', () => {
  it('takes every text of Unicode without controls for UTF-8, however it is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), places, (text, cuts) => {
        const plain = `x${text.toWellFormed().replace(/[^\t\n\r\f\u0020-\u{10ffff}]/gu, '')}`
        expect(judge(...cut(Buffer.from(plain), cuts))).toBe('utf-8')
        const utf16 = Buffer.from(`\ufeff${plain}`, 'utf16le')
        expect(judge(...cut(utf16, cuts))).toBe('other-text')
        expect(judge(...cut(Buffer.from(utf16).swap16(), cuts))).toBe('other-text')
      }),
    )
  })

  it('agrees with the platform on what is UTF-8, and with the standard on what is binary', () => {
    const byte = fc.oneof(fc.integer({ min: 0x20, max: 0xf7 }), fc.constantFrom(9, 10, 0xe2, 0x82))
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 60 }), places, (values, cuts) => {
        const bytes = Buffer.from([0x20, ...values])
        expect(judge(...cut(bytes, cuts))).toBe(isUtf8(bytes) ? 'utf-8' : 'other-text')
      }),
    )
    // At every place of a word, however the memory is cut.
    const memory = Buffer.alloc(32, 'x')
    for (let start = 0; start < 8; start += 1)
      for (let place = start; place < 24; place += 1) {
        memory[place] = 1
        expect(judge(memory.subarray(start, 24))).toBe('binary')
        memory[place] = 0xff
        expect(judge(memory.subarray(start, 24))).toBe('other-text')
        memory[place] = 10
        expect(judge(memory.subarray(start, 24))).toBe('utf-8')
        memory.fill('x')
      }
    const controls = [...Array(0x20).keys()].filter((code) => ![9, 10, 12, 13, 27].includes(code))
    for (const code of controls) {
      expect(judge(Buffer.from([0x61, code]))).toBe('binary')
      expect(judge(Buffer.from('fffe', 'hex'), Buffer.from([code, 0]))).toBe('binary')
    }
  })

  it.each(['fffe00d8', 'fffe00dc', 'fffe00d86100', 'feff61', 'fffe610062'])(
    'takes broken UTF-16 for binary: %s',
    (hex) => expect(judge(Buffer.from(hex, 'hex'))).toBe('binary'),
  )

  it('is patient with what is not there yet', () => {
    const judging = new TextJudge()
    judging.take(Buffer.from([0xe2, 0x82]))
    expect(judging.verdict('more')).toBe('utf-8')
    expect(judging.verdict('end')).toBe('other-text')
  })

  it('says whether there is markup in it', () => {
    for (const encoding of ['utf8', 'utf16le'] as const) {
      const judging = new TextJudge()
      judging.take(Buffer.from('\ufeffa<b', encoding))
      expect(judging.hasMarkup).toBe(true)
    }
  })
})
