import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFileName } from '../../storage/names/file-name.ts'
import { cleanReceivedName, maxReceivedNameBytes, namelessName } from './received-name.ts'

const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))

describe('the name of a received file', () => {
  it.each([
    ['photo.png', 'photo.png'],
    ['Résumé 日本.pdf', 'Résumé 日本.pdf'],
    ['.gitignore', '.gitignore'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\photo.png', 'photo.png'],
    ['/a/b\\c/d.txt', 'd.txt'],
    ['a\u0000b\r\n.txt', 'ab.txt'],
    ['gpj.\u202egnp.exe', 'gpj.gnp.exe'],
    ['in\u200bvisi\ufeffble', 'invisible'],
    ['می\u200cخواهم.pdf', 'می\u200cخواهم.pdf'],
    ['क्\u200dष.png', 'क्\u200dष.png'],
    ['👨\u200d👩\u200d👧.png', '👨\u200d👩\u200d👧.png'],
    ['\u200da.exe\u200d .', 'a.exe'],
    ['a\u200e\u200f\u202a\u2066\u061cb.txt', 'ab.txt'],
    ['Ka\u0308se.txt', 'Käse.txt'],
    ['\u1112\u1161\u11ab.txt', '한.txt'],
    ['\u212a.txt', 'K.txt'],
    ['a<b>:"|?*.txt', 'a_b______.txt'],
    ['file.txt::$DATA', 'file.txt__$DATA'],
    ['name. . .', 'name'],
    ['  name  ', 'name'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['com1 .txt', '_com1 .txt'],
    ['console.log', 'console.log'],
    ['lone \ud800 surrogate', 'lone \ufffd surrogate'],
  ])('%j becomes %j', (given, cleaned) => {
    expect(cleanReceivedName(given)).toBe(cleaned)
  })

  it.each([
    null,
    '',
    '.',
    '..',
    '...',
    '/',
    'a/',
    '\\',
    ' ',
    '\u0000',
    '\u202e',
    '../..',
    '\u200d',
  ])('is given where the client has none: %j', (given) => {
    expect(cleanReceivedName(given)).toBe(namelessName)
  })

  it('keeps its suffix when it is cut', () => {
    const cleaned = cleanReceivedName(`${'ü'.repeat(400)}.jpeg`)
    expect(cleaned.endsWith('ü.jpeg')).toBe(true)
    expect(Buffer.byteLength(cleaned)).toBeLessThanOrEqual(maxReceivedNameBytes)
  })

  it('is always one segment that storage takes, and stays as it is when cleaned again', () => {
    const anything = fc.oneof(
      fc.string({ unit: anyUnit, maxLength: 400 }),
      fc.string({
        unit: fc.constantFrom(
          '.',
          ' ',
          '/',
          '\\',
          'a',
          '\u0000',
          '\u202e',
          '日',
          ':',
          '\u0308',
          '\u200d',
        ),
        maxLength: 300,
      }),
    )
    fc.assert(
      fc.property(anything, (given) => {
        const cleaned = cleanReceivedName(given)
        expect(parseFileName(cleaned)).toBe(cleaned)
        expect(cleaned).not.toMatch(/[/\\]/)
        expect(Buffer.byteLength(cleaned)).toBeLessThanOrEqual(maxReceivedNameBytes)
        expect(cleanReceivedName(cleaned)).toBe(cleaned)
        expect(cleaned.normalize('NFC')).toBe(cleaned)
      }),
    )
  })

  it('takes no longer for hostile text than for any other', () => {
    for (const unit of [' ', '.', ' .', '\u0000', '/', '\u200d', '\u0315\u0300'])
      cleanReceivedName(`a${unit.repeat(100_000)}b${unit.repeat(100_000)}`)
  }, 1000)
})
