// What bytes may be taken for: texts, PDFs and ZIP files.

import { describe, expect, it } from 'vitest'
import { judge } from '../../../test/support/judge-type.ts'
import { officeFile, selfNamedZip, zipOf } from '../../../test/support/true-files.ts'

const undeclared = 'application/octet-stream'
const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const taken = /^(?:[a-z]+\/\S+|none)$/

describe('a text', () => {
  it.each([
    'BMW;Audi\n1;2\n',
    'MZ,GIF\n',
    'GIF89a,b\n',
    'ID3 tags,1\n',
    'solid state,1\n',
    '%! a comment\n',
    'II*,MM\n',
    'FORM,ACT\n',
    'BEGIN:VCARD\n',
    '070707,1\n',
    'AC1015,1',
  ])('is not judged by its first letters: %s', async (content) => {
    for (const [type, name] of [
      ['text/csv', null],
      [undeclared, 'a.csv'],
    ] as const)
      expect(await judge(['text/csv'], { type, name }, Buffer.from(content))).toMatch(taken)
  })

  it.each<[string, Buffer]>([
    ['UTF-16 with its mark', Buffer.from('\ufeffa,é\n', 'utf16le')],
    ['windows-1252, as Excel writes it', Buffer.from('M\u00fcller,1\n', 'latin1')],
    ['nothing', Buffer.alloc(0)],
  ])('may be %s', async (_, content) => {
    expect(await judge(['text/csv'], { type: 'text/csv', name: null }, content)).toMatch(taken)
  })

  it.each<[string, Buffer]>([
    ['a NUL at its very end', Buffer.from(`${'a,b\n'.repeat(50_000)}\0`)],
    ['half a character of UTF-16', Buffer.from('fffe6100d8', 'hex')],
    ['a control character', Buffer.from('a\u0007b')],
  ])('has not %s', async (_, content) => {
    expect(await judge(['text/csv'], { type: 'text/csv', name: null }, content)).not.toMatch(taken)
  })
})

describe('a PDF', () => {
  it.each(['\n', '\r\n\r\n', '  ', '\ufeff', '\u001b%-12345X@PJL\n', 'x'.repeat(1000)])(
    'may have something before its header: %j',
    async (before) => {
      const pdf = Buffer.from(`${before}%PDF-1.4\n1 0 obj\n`)
      for (const type of ['application/pdf', undeclared])
        expect(await judge(['application/pdf'], { type, name: 'a.pdf' }, pdf)).toBe(
          'application/pdf',
        )
    },
  )

  it('has its header within 1,024 bytes', async () => {
    const late = Buffer.from(`${'x'.repeat(2000)}%PDF-1.4\n`)
    expect(
      await judge(['application/pdf'], { type: 'application/pdf', name: null }, late),
    ).not.toMatch(taken)
  })

  it('is not every text that has the word in it', async () => {
    const about = Buffer.from('A PDF begins with %PDF-1.4.')
    expect(await judge(['text/plain'], { type: 'text/plain', name: 'a.txt' }, about)).toBe('none')
  })
})

describe('a ZIP file', () => {
  it.each<[string, Buffer]>([
    ['first', officeFile(docx)],
    ['last', officeFile(docx, 'last')],
    ['last, without a directory', officeFile(docx, 'last').subarray(0, -200)],
  ])('is a document wherever its list of types stands: %s', async (_, content) => {
    expect(await judge([docx], { type: undeclared, name: null }, content)).toBe(docx)
  })

  it('may have sizes behind its data', async () => {
    const entries = [
      { name: 'word/document.xml', text: 'x', isUnsized: true },
      { name: '[Content_Types].xml', text: '<Types/>', isUnsized: true },
    ]
    expect(await judge([docx], { type: undeclared, name: null }, zipOf(entries))).toBe(docx)
  })

  it('is no book that only says so', async () => {
    const content = selfNamedZip('text/html')
    expect(await judge(null, { type: undeclared, name: null }, content)).toBe('application/zip')
  })
})
