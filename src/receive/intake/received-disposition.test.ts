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
    // Browsers escape quotes, and no backslash.
    ['form-data; name="a"; filename="b\\"', 'a', 'b\\'],
    ['form-data; name="a\\"', 'a\\', null],
    ["form-data; name*=UTF-8''gr%C3%B6%C3%9Fe; filename=b", 'größe', 'b'],
    ["form-data; name=a; filename*0*=UTF-8''b%C3%A9; filename*1=50%25.png", 'a', 'bé50%25.png'],
    ['form-data; name=a; filename*0=two; filename*1="words.png"', 'a', 'twowords.png'],
    // Others know the plain one alone.
    ["form-data; name=a; filename*0*=UTF-8''b; filename*2=d; filename=c", 'a', 'c'],
    ['form-data; name=a; filename*0="gr\u00fc"; filename*1="n.txt"', 'a', 'grün.txt'],
  ])('is read as clients write it: %s', (text, fieldName, fileName) => {
    expect(parseDisposition(text)).toMatchObject({ kind: 'form-data', fieldName, fileName })
  })

  it.each([
    ["attachment; filename*=UTF-8''%e2%82%ac%20rates", '€ rates'],
    ["attachment; filename*=iso-8859-1'en'%A3%20rates", '£ rates'],
    ["attachment; filename*=utf-8''plain.txt", 'plain.txt'],
  ])('has an extended name, decoded: %s', (text, name) => {
    expect(parseDisposition(text)?.fileName).toBe(name)
  })

  it.each([
    'form-data; name="p\\"; z="; filename=safe.png; y="; filename="evil.sh"',
    'form-data; name="p\\"; z="; filename=a; filename=b; y="; w="q"',
    'attachment; filename="a\\"',
  ])('is none where only one reader of two could make sense of it: %s', (text) => {
    expect(parseDisposition(text)).toBeNull()
  })

  it.each([
    "attachment; filename*=UTF-8''%zz",
    "attachment; filename*=UTF-8''%",
    "attachment; filename*=UTF-8''%ff%fe",
    "attachment; filename*=utf-7''x",
    'attachment; filename*=x',
    "form-data; name=a; filename*=UTF-8''%zz",
    "form-data; name=a; filename*=UTF-8''%C3",
    "form-data; name=a; filename*=no-such''x",
    'form-data; name=a; filename*=',
    "form-data; name=a; filename*0*=UTF-8''%zz",
    'form-data; name=a; filename*1=b',
    'form-data; name=a; filename*=x; filename*0=b',
  ])("is of a file without a name where it can't be decoded, and never throws: %s", (text) => {
    expect(parseDisposition(text)).toMatchObject({ fileName: null, isFile: true })
    expect(parseDisposition(`${text}; filename=b`)).toMatchObject({ fileName: 'b', isFile: true })
  })

  it.each([
    ["form-data; filename*=utf-8''IMG%20(1).txt", 'IMG (1).txt'],
    ["form-data; filename*=windows-1252''caf%E9.txt", 'café.txt'],
    [`form-data; filename*="utf-8''a%20b.txt"`, 'a b.txt'],
    ["form-data; filename*=''a%20b", 'a b'],
    ["form-data; filename*=Shift_JIS'ja'%93%FA%96%7B", '日本'],
    [onTheWire("form-data; filename*=utf-8''日本.txt"), '日本.txt'],
    ["form-data; filename*=utf-8''it's", "it's"],
    ["form-data; filename=a; filename*=UTF-8''", 'a'],
    ["form-data; filename*=UTF-8''b; filename=a", 'b'],
    ['form-data; filename="=?utf-8?B?R3LDtsOfZQ==?="; filename*=utf-8\'\'Gr%C3%B6%C3%9Fe', 'Größe'],
  ])('has a name as clients extend it: %s', (text, name) => {
    expect(parseDisposition(text)).toMatchObject({ fileName: name, isFile: true })
  })

  it('has what browsers escape in a form taken back, and nothing else', () => {
    const escaped = 'name="a%22%0D%0Ab%25%20%2F"; filename="50%25 %22hi%22%0a.txt"'
    expect(parseDisposition(`form-data; ${escaped}`)).toMatchObject({
      fieldName: 'a"\r\nb%25%20%2F',
      fileName: '50%25 "hi"%0a.txt',
    })
    expect(parseDisposition(`attachment; ${escaped}`)).toMatchObject({
      fileName: '50%25 %22hi%22%0a.txt',
    })
    const extended = "form-data; filename*=utf-8''a%2522"
    expect(parseDisposition(extended)).toMatchObject({ fileName: 'a%22' })
  })

  it('loses no byte of a name without quotes', () => {
    for (const name of ['à', 'aà', 'à ', 'Ơ', '\u00a0'])
      expect(parseDisposition(onTheWire(`form-data; filename=${name}`))?.fileName).toBe(
        name === 'à ' ? 'à' : name,
      )
  })

  it('says whether it is of a file', () => {
    expect(parseDisposition('form-data; name="filename"')).toMatchObject({ isFile: false })
    expect(parseDisposition('form-data; filename=""')).toMatchObject({ isFile: true, fileName: '' })
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
