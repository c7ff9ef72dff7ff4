import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDisposition } from './received-disposition.ts'

/** As a parser of header lines gives it: one character for each byte. */
function onTheWire(text: string): string {
  return Buffer.from(text).toString('latin1')
}

const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))

describe('a content disposition', () => {
  it.each([
    ['form-data; name="a"; filename="b.png"', 'a', 'b.png'],
    ['form-data; filename=b.png; name=a', 'a', 'b.png'],
    ['FORM-DATA; NAME="a"; FILENAME="b"', 'a', 'b'],
    ['form-data; name="a;b"; filename="c;d.png"', 'a;b', 'c;d.png'],
    ['form-data; name="a"; filename="say \\"hi\\".txt"', 'a', 'say "hi".txt'],
    ['form-data; name="a"; filename="C:\\dir\\b.txt"', 'a', 'C:\\dir\\b.txt'],
    [onTheWire('form-data; name="größe"; filename="日本.png"'), 'größe', '日本.png'],
    ['form-data; name="caf\u00e9"; filename="\u00ff"', 'café', 'ÿ'],
    ['form-data; name=""; filename=""', '', ''],
    ['form-data; name="a"; filename=two words.png;', 'a', 'two words.png'],
  ])('is read as clients write it: %s', (text, fieldName, fileName) => {
    expect(parseDisposition(text)).toMatchObject({ kind: 'form-data', fieldName, fileName })
  })

  it.each([
    ["attachment; filename*=UTF-8''%e2%82%ac%20rates", '€ rates'],
    ["attachment; filename*=iso-8859-1'en'%A3%20rates", '£ rates'],
    ["attachment; filename*=utf-8''plain.txt", 'plain.txt'],
  ])('has an extended name, decoded: %s', (text, name) => {
    expect(parseDisposition(text)?.extendedFileName).toBe(name)
  })

  it.each([
    "attachment; filename*=UTF-8''%zz",
    "attachment; filename*=UTF-8''%",
    "attachment; filename*=UTF-8''%ff%fe",
    "attachment; filename*=utf-7''x",
    'attachment; filename*=x',
  ])("has no extended name where it can't be decoded, and never throws: %s", (text) => {
    expect(parseDisposition(text)).toMatchObject({ extendedFileName: null })
  })

  it.each([
    '',
    ';name=a',
    'form-data name="a"',
    'form-data; name="a',
    'form-data; name="a"b',
    'form-data; name="a"; name="b"',
    'form-data; filename="a"; filename="b"',
    'form-data; name="a\r\nX: y"',
    'form-data; =a',
  ])('is refused where it could be read in two ways: %s', (text) => {
    expect(parseDisposition(text)).toBeNull()
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: anyUnit }), (text) => void parseDisposition(text)))
    fc.assert(
      fc.property(
        fc.string({ unit: anyUnit }),
        (text) => void parseDisposition(`x; filename*=UTF-8''${text}`),
      ),
    )
  })
})
