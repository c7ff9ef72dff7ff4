import { describe, expect, it } from 'vitest'
import { maxPartHeadBytes, maxPartHeadLines } from './form-head.ts'
import { readPartHead } from './part-head.ts'

const disposition = 'Content-Disposition: form-data; name="f"; filename="a"'

function headOf(...lines: readonly string[]): string {
  return lines.join('\r\n')
}

describe('the header of a part', () => {
  it('says that it is a file', () => {
    const head = headOf(
      'Content-Disposition: form-data; name="f"; filename="a.PNG"',
      'CONTENT-TYPE:Image/PNG',
    )
    expect(readPartHead(head)).toEqual({
      kind: 'file',
      fieldName: 'f',
      originalName: 'a.PNG',
      type: 'image/png',
    })
  })

  it('says that it is text, and in which charset', () => {
    expect(readPartHead('Content-Disposition: form-data; name="__proto__"')).toEqual({
      kind: 'field',
      fieldName: '__proto__',
      charset: null,
      isJson: false,
    })
    const latin = headOf(
      'Content-Disposition: form-data; name=""',
      'Content-Type: text/plain; charset="iso-8859-1"',
    )
    expect(readPartHead(latin)).toEqual({
      kind: 'field',
      fieldName: '',
      charset: 'iso-8859-1',
      isJson: false,
    })
  })

  it('names a file by its extended name before the plain one, which alone will do', () => {
    const both = "Content-Disposition: form-data; name=f; filename*=UTF-8''b%c3%a9; filename=a"
    expect(readPartHead(both)).toMatchObject({ originalName: 'bé' })
    const plain = 'Content-Disposition: form-data; name=f; filename=a'
    expect(readPartHead(plain)).toMatchObject({ originalName: 'a' })
  })

  it('makes a file of what has a name that nobody can read', () => {
    const head = "Content-Disposition: form-data; name=f; filename*=UTF-8''%zz"
    expect(readPartHead(head)).toMatchObject({ kind: 'file', originalName: null })
  })

  const unnamed = 'Content-Disposition: form-data; name="f"'

  it.each(['application/octet-stream', 'image/png', 'application/pdf', 'text/csv', 'video/mp4'])(
    'makes a file of %s without a name',
    (type) => {
      const head = headOf(unnamed, `Content-Type: ${type}`)
      expect(readPartHead(head)).toMatchObject({ kind: 'file', originalName: null, type })
    },
  )

  it.each(['text/plain', 'Text/Plain; charset=UTF-8'])(
    'makes a field of %s without a name',
    (type) => {
      const head = headOf(unnamed, `Content-Type: ${type}`)
      expect(readPartHead(head)).toMatchObject({ kind: 'field', isJson: false })
    },
  )

  it.each([
    '',
    ' ',
    'text/plain charset=utf-8',
    'png',
    'multipart/form-data',
    'Multipart/Form-Data; charset=UTF-8',
  ])('makes a field of what has no name, and no media type of its own: %s', (type) => {
    const head = headOf(unnamed, `Content-Type: ${type}`)
    expect(readPartHead(head)).toMatchObject({ kind: 'field', isJson: false })
    const named = headOf(`${unnamed}; filename="a"`, `Content-Type: ${type}`)
    expect(readPartHead(named)).toMatchObject({ kind: 'file', type: 'application/octet-stream' })
  })

  it('has parts of its own where it says what parts them', () => {
    for (const type of [
      'multipart/mixed',
      'multipart/form-data; boundary=b',
      "multipart/form-data; boundary*=utf-8''b",
      'multipart/form-data; x="; boundary=b',
      'multipart/mixed, boundary=b',
    ])
      expect(() => readPartHead(headOf(unnamed, `Content-Type: ${type}`))).toThrow(
        'parts of its own',
      )
  })

  it.each(['application/json', 'application/json; charset=utf-8', 'application/ld+json'])(
    'makes a field of JSON of %s without a name, and a file with one',
    (type) => {
      const head = headOf(unnamed, `Content-Type: ${type}`)
      expect(readPartHead(head)).toMatchObject({ kind: 'field', isJson: true })
      const named = headOf(`${unnamed}; filename="a.json"`, `Content-Type: ${type}`)
      expect(readPartHead(named)).toMatchObject({ kind: 'file', originalName: 'a.json' })
    },
  )

  it('may be folded, and hold fields of any token for a name', () => {
    const head = headOf(
      'Content-Disposition: form-data;',
      '\tname="f"',
      "__proto__!#$%&'*+.^_`|~: x",
    )
    expect(readPartHead(head)).toMatchObject({ kind: 'field', fieldName: 'f' })
  })

  it('may have as many fields and bytes as its limits say, and no more', () => {
    const others = Array.from({ length: maxPartHeadLines - 1 }, () => 'X: 1')
    expect(readPartHead(headOf(...others, disposition))).toMatchObject({ originalName: 'a' })
    const folded = Array.from({ length: maxPartHeadLines }, () => ' x')
    expect(() => readPartHead(headOf(disposition, ...folded))).toThrow('header lines')
    expect(() => readPartHead(headOf(...others, 'X: 1', disposition))).toThrow(
      `more than ${maxPartHeadLines} header lines`,
    )
    const padding = 'x'.repeat(maxPartHeadBytes - headOf(disposition, 'X: ').length)
    expect(readPartHead(headOf(`X: ${padding}`, disposition))).toMatchObject({ originalName: 'a' })
    expect(() => readPartHead(headOf(`X: ${padding}x`, disposition))).toThrow(
      `more than ${maxPartHeadBytes} bytes`,
    )
  })

  it.each([
    ['nothing in it', ''],
    ['no name', 'Content-Disposition: form-data; filename="a"'],
    ['another kind', 'Content-Disposition: attachment; name="a"'],
    ['two of one', headOf(disposition, 'content-disposition: form-data; name="b"')],
    ['an encoding', headOf(disposition, 'Content-Transfer-Encoding: base64')],
    [
      'parts of its own',
      headOf(
        'Content-Disposition: form-data; name="a"',
        'Content-Type: multipart/mixed; boundary=x',
      ),
    ],
    ['a line without a colon', headOf(disposition, 'X')],
    ['a line without a name', headOf(disposition, ': x')],
    ['a blank before a colon', headOf(disposition, 'Content-Transfer-Encoding : base64')],
    [
      'a line break of another kind',
      headOf(disposition, 'X: y\nContent-Transfer-Encoding: base64'),
    ],
    ['a NUL', headOf(disposition, 'X: \0')],
    ['a DEL', headOf(disposition, 'X: \x7f')],
    ['a lone carriage return', headOf(disposition, 'X: y\rContent-Transfer-Encoding: base64')],
    ['a first line that continues nothing', headOf(' x: y', disposition)],
  ])('is refused with %s', (_, head) => {
    expect(() => readPartHead(head)).toThrow(expect.objectContaining({ code: 'upload-malformed' }))
  })
})
