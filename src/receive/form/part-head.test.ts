import { describe, expect, it } from 'vitest'
import { maxPartHeadBytes, maxPartHeadFields } from './form-head.ts'
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
    })
    const latin = headOf(
      'Content-Disposition: form-data; name=""',
      'Content-Type: text/plain; charset="iso-8859-1"',
    )
    expect(readPartHead(latin)).toEqual({ kind: 'field', fieldName: '', charset: 'iso-8859-1' })
  })

  it('names a file by its plain name before the extended one, which alone will do', () => {
    const both = "Content-Disposition: form-data; name=f; filename*=UTF-8''b; filename=a"
    expect(readPartHead(both)).toMatchObject({ originalName: 'a' })
    const lone = "Content-Disposition: form-data; name=f; filename*=UTF-8''b%c3%a9"
    expect(readPartHead(lone)).toMatchObject({ originalName: 'bé' })
  })

  it('makes a file of plain bytes without a name', () => {
    const head = headOf(
      'Content-Disposition: form-data; name="f"',
      'Content-Type: application/octet-stream',
    )
    expect(readPartHead(head)).toMatchObject({ kind: 'file', originalName: null })
  })

  it('may be folded, and hold fields of any token for a name', () => {
    const head = headOf(
      'Content-Disposition: form-data;',
      '\tname="f"',
      "__proto__!#$%&'*+.^_`|~: x",
    )
    expect(readPartHead(head)).toMatchObject({ kind: 'field', fieldName: 'f' })
  })

  it('may have as many fields and bytes as its limits say, and no more', () => {
    const others = Array.from({ length: maxPartHeadFields - 1 }, () => 'X: 1')
    expect(readPartHead(headOf(...others, disposition))).toMatchObject({ originalName: 'a' })
    expect(() => readPartHead(headOf(...others, 'X: 1', disposition))).toThrow(
      `more than ${maxPartHeadFields} header fields`,
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
