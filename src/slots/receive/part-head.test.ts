import { describe, expect, it } from 'vitest'
import { readPartHead as readHead } from './part-head.ts'
import type { PartHead } from './part-head.ts'

function readPartHead(header: Readonly<Record<string, readonly string[]>>): PartHead {
  return readHead(new Map(Object.entries(header)))
}

describe('the header of a part', () => {
  it('says that it is a file', () => {
    const header = {
      'content-disposition': ['form-data; name="f"; filename="a.PNG"'],
      'content-type': ['Image/PNG'],
    }
    expect(readPartHead(header)).toEqual({
      kind: 'file',
      fieldName: 'f',
      originalName: 'a.PNG',
      type: 'image/png',
    })
  })

  it('says that it is text, and in which charset', () => {
    expect(readPartHead({ 'content-disposition': ['form-data; name="__proto__"'] })).toEqual({
      kind: 'field',
      fieldName: '__proto__',
      charset: null,
    })
    const latin = {
      'content-disposition': ['form-data; name=""'],
      'content-type': ['text/plain; charset="iso-8859-1"'],
    }
    expect(readPartHead(latin)).toEqual({ kind: 'field', fieldName: '', charset: 'iso-8859-1' })
  })

  it('names a file by its plain name before the extended one, which alone will do', () => {
    const both = "form-data; name=f; filename*=UTF-8''b; filename=a"
    expect(readPartHead({ 'content-disposition': [both] })).toMatchObject({ originalName: 'a' })
    const lone = "form-data; name=f; filename*=UTF-8''b%c3%a9"
    expect(readPartHead({ 'content-disposition': [lone] })).toMatchObject({ originalName: 'bé' })
  })

  it('makes a file of plain bytes without a name', () => {
    const header = {
      'content-disposition': ['form-data; name="f"'],
      'content-type': ['application/octet-stream'],
    }
    expect(readPartHead(header)).toMatchObject({ kind: 'file', originalName: null })
  })

  it.each([
    ['none at all', {}],
    ['no name', { 'content-disposition': ['form-data; filename="a"'] }],
    ['another kind', { 'content-disposition': ['attachment; name="a"'] }],
    ['two of one', { 'content-disposition': ['form-data; name="a"', 'form-data; name="b"'] }],
    [
      'an encoding',
      { 'content-disposition': ['form-data; name="a"'], 'content-transfer-encoding': ['base64'] },
    ],
    [
      'parts of its own',
      {
        'content-disposition': ['form-data; name="a"'],
        'content-type': ['multipart/mixed; boundary=x'],
      },
    ],
  ])('is refused with %s', (_, header) => {
    expect(() => readPartHead(header)).toThrow(
      expect.objectContaining({ code: 'upload-malformed' }),
    )
  })
})
