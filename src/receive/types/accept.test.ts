import { describe, expect, it } from 'vitest'
import { judge } from '../../../test/support/judge-type.ts'
import { officeFile, trueFiles } from '../../../test/support/true-files.ts'
import { formatAccept } from './accept-list.ts'
import { parseDeclaredType } from './accept.ts'

const undeclared = 'application/octet-stream'
const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const taken = /^(?:[a-z]+\/\S+|none)$/

function fileOf(type: string): Buffer {
  const file = trueFiles.find((one) => one.type === type)
  if (file === undefined) throw new Error(`There is no file of ${type}.`)
  return file.bytes
}

const png = fileOf('image/png')
const gif = fileOf('image/gif')
const zip = fileOf('application/zip')
const cfb = fileOf('application/x-cfb')
const xml = fileOf('application/xml')
const mp4 = fileOf('video/mp4')
const bytes = Buffer.from('0001020304050607', 'hex')
const text = Buffer.from('hello')
const script = Buffer.from('alert(1)')
const page = Buffer.from('<!doctype html><script>alert(1)</script>')
const xhtml = Buffer.from('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>')
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')
const csv = Buffer.from('a,b\n1,2\n')

describe('a declared type', () => {
  it('is taken in lower case, without its parameters', () => {
    expect(parseDeclaredType('Text/HTML; charset=utf-8')).toBe('text/html')
  })

  it.each([
    undefined,
    '',
    'jpeg',
    'image/',
    '/png',
    'image/png image/gif',
    'image/p ng',
    'image/*',
    '*/*',
    'image/*;q=0.8',
    'binary/octet-stream',
    'application/force-download',
    'multipart/form-data',
  ])(
    'says nothing where it is no media type, a family, or means that nothing is known: %s',
    (said) => {
      expect(parseDeclaredType(said)).toBe('application/octet-stream')
    },
  )
})

type Row = readonly [
  what: string,
  accept: readonly string[] | null,
  type: string,
  name: string | null,
  bytes: Buffer,
]

describe('types that are taken', () => {
  it.each<Row>([
    ['everything where no list is given', null, 'text/html', 'a.html', fileOf('application/x-elf')],
    ['everything where all is taken', ['*/*'], 'image/foo', null, page],
    ['the type itself', ['image/png'], 'image/png', null, png],
    ['any of a family', ['image/*'], 'image/webp', null, fileOf('image/webp')],
    ['what shows itself, though undeclared', ['image/png'], undeclared, null, png],
    ['another name of the type', ['image/jpeg'], 'image/jpg', null, fileOf('image/jpeg')],
    [
      'a picture in the form of many, of a kind of a kind',
      ['image/heif'],
      'image/heic-sequence',
      null,
      fileOf('image/heic-sequence'),
    ],
    ['a picture as any bytes', [undeclared], 'image/png', 'a.png', png],
    ['nameless CSV that Windows calls Excel', ['.csv'], 'application/vnd.ms-excel', null, csv],
    ['TypeScript by its suffix, which films have too', ['.ts'], 'video/mp2t', 'a.ts', script],
    ['a list of films, which is text', ['.asx'], undeclared, 'a.asx', text],
    ['a script of Windows by its suffix', ['.bat'], 'application/x-msdownload', 'a.bat', text],
    ['an animated PNG as PNG', ['image/png'], 'image/apng', 'a.png', fileOf('image/apng')],
    ['a text, which shows nothing', ['text/csv'], 'text/csv', null, text],
    ['a text without name or type as plain text', ['text/plain'], undeclared, null, text],
    ['an undeclared text by its suffix', ['text/csv'], undeclared, 'a.csv', csv],
    ['a document that shows its wrapping', [docx], docx, null, zip],
    ['a document with a password', [docx], docx, null, cfb],
    ['a document by its suffix', ['application/msword'], undeclared, 'a.doc', cfb],
    [
      'an .rtf that is called .doc',
      ['application/msword'],
      'application/msword',
      'a.doc',
      fileOf('application/rtf'),
    ],
    [
      'a document as the ZIP that it is',
      ['application/zip'],
      'application/zip',
      null,
      officeFile(docx),
    ],
    ['SVG', ['image/svg+xml'], 'image/svg+xml', 'a.svg', svg],
    ['SVG as one of its family', ['image/*'], 'image/svg+xml', null, svg],
    ['SVG as the XML that it is', ['text/xml'], 'application/xml', null, svg],
    ['a page', ['text/html'], 'text/html', 'a.html', page],
    ['a page as one of the texts', ['text/*'], 'text/html', 'a.htm', page],
    ['a page that declares nothing', ['text/html'], undeclared, null, page],
    ['XHTML as a page', ['text/html'], 'text/html', null, xhtml],
    ['another kind of XML', ['application/gpx+xml'], 'application/gpx+xml', 'a.gpx', xml],
    ['a picture under a name nobody knows', ['image/*'], 'image/foo', null, png],
    [
      'a picture nobody can see to be one, by its full name',
      ['image/x-tga'],
      'image/x-tga',
      null,
      bytes,
    ],
    ['such a picture beside a family', ['image/*', 'image/x-tga'], 'image/x-tga', null, bytes],
    ['any text of its family', ['text/*'], 'text/csv', null, text],
    ['XML as one of the texts', ['text/*'], 'text/xml', null, xml],
    ['a document of its family', ['application/*'], 'application/json', null, text],
    ['one picture that is called another, where both are', ['image/*'], 'image/gif', 'a.gif', png],
    ['sound in the wrapping of a film', ['audio/*'], 'audio/mp4', null, mp4],
    ['sound in a wrapping of its own', ['audio/*'], 'audio/ogg', null, fileOf('application/ogg')],
    ['sound by its suffix', ['audio/*'], undeclared, 'a.m4a', mp4],
    ['AVIF that begins as HEIF', ['image/avif'], undeclared, null, brands('mif1', 'mif1avif')],
    ['HEIC as HEIF', ['image/heif'], undeclared, null, brands('heic', 'mif1heic')],
    ['unknown bytes, where these are taken', [undeclared], undeclared, 'a.foo', png],
    ['CSV that Windows calls Excel', ['text/csv'], 'application/vnd.ms-excel', 'a.csv', csv],
    ['JSON that fetch calls plain text', ['application/json'], 'text/plain', 'a.json', text],
    ['a suffix', ['.csv'], 'application/x-whatever', 'List.CSV', csv],
    ['a suffix of several', ['.tar.gz'], undeclared, 'a.tar.gz', fileOf('application/gzip')],
    ['a suffix that nobody knows', ['.foo'], undeclared, 'a.foo', bytes],
    ['a suffix that means two things', ['.ts'], 'video/mp2t', 'a.ts', script],
    ['by its type what has no name', ['.csv'], 'text/csv', null, csv],
    [
      'Markdown that begins with HTML',
      ['text/markdown'],
      'text/markdown',
      'a.md',
      Buffer.from('<div align="center">\n# Hello'),
    ],
  ])('%s', async (_, accept, type, name, content) => {
    expect(await judge(accept, { type, name }, content)).toMatch(taken)
  })
})

describe('types that are refused', () => {
  it.each<Row>([
    ['what is declared otherwise', ['image/png'], 'text/html', null, text],
    ['what shows itself otherwise', ['image/png'], 'image/png', null, fileOf('application/x-elf')],
    ['a script that calls itself a picture', ['image/*'], 'image/png', null, script],
    ['a script that calls itself an unknown picture', ['image/*'], 'image/foo', null, script],
    ['a script that calls itself SVG', ['image/*'], 'image/svg+xml', null, script],
    ['a page in XML that calls itself SVG', ['image/*'], 'image/svg+xml', null, xhtml],
    ['a script that calls itself sound', ['audio/*'], 'audio/x-foo', null, script],
    ['a script that calls itself a film', ['video/*'], 'video/x-foo', null, script],
    ['a script that calls itself a font', ['font/*'], 'font/foo', null, script],
    ["an archive in a picture's name", ['image/*'], 'image/foo+zip', null, zip],
    ["XML in a picture's name", ['image/*'], 'image/foo+xml', null, xml],
    ['a picture that calls itself a text', ['text/*'], 'text/plain', null, png],
    ['what neither declares nor shows itself', ['image/png'], undeclared, null, bytes],
    ['a mere beginning of a family', ['image/*'], 'imagery/png', null, png],
    ['an archive that calls itself a text', ['text/plain'], 'text/plain', null, zip],
    ['a wrapping that nobody declared', ['application/epub+zip'], undeclared, null, zip],
    [
      'another document in the same wrapping',
      ['application/epub+zip'],
      'application/epub+zip',
      null,
      officeFile(docx),
    ],
    ['text that calls itself an archive', ['application/zip'], 'application/zip', 'a.zip', text],
    ['text that calls itself sound', ['audio/mpeg'], 'audio/mpeg', 'a.mp3', text],
    ['a true .xls as CSV', ['text/csv'], 'application/vnd.ms-excel', 'a.xls', cfb],
    [
      'JSON that is no UTF-8',
      ['application/json'],
      'application/json',
      null,
      Buffer.from('"\u00e9"', 'latin1'),
    ],
    ['a suffix that is not there', ['.csv'], 'text/csv', 'a.txt', csv],
    ['a suffix that its bytes belie', ['.png'], 'image/png', 'a.png', text],
    ['plain text that is not called JSON', ['application/json'], 'text/plain', 'a.txt', text],
    ['text that is called a film by its suffix alone', ['.mp4'], undeclared, 'a.mp4', script],
    ['text that is called sound by its suffix alone', ['.mp3'], 'audio/mpeg', 'a.mp3', script],
    ['text that is called an archive by its suffix alone', ['.tar'], undeclared, 'a.tar', script],
    ['text that is called a font by its suffix alone', ['.ttf'], 'font/ttf', 'a.ttf', script],
    ['a style of XML as any bytes', [undeclared], 'text/xsl', null, text],
    [
      'pages that replace each other as any bytes',
      [undeclared],
      'multipart/x-mixed-replace',
      null,
      text,
    ],
    ['a page as any bytes', [undeclared], 'text/html', 'a.html', page],
    ['a page that calls itself a picture as any bytes', [undeclared], 'image/png', 'a.png', page],
    ['a page that plain text is called', ['text/html'], 'text/plain', 'a.html', page],
    ['a suffix on what is declared as a page', ['.txt'], 'text/html', 'a.txt', text],
    ['what is declared of a suffix, and belied', ['.png'], 'image/gif', 'a.png', gif],
  ])('%s', async (_, accept, type, name, content) => {
    const refusal = await judge(accept, { type, name }, content)
    expect(refusal).not.toMatch(taken)
    expect(refusal).toContain(accept?.[0])
  })
})

describe.each([
  ['image', 'image/png'],
  ['audio', 'audio/mpeg'],
  ['video', 'video/mp4'],
  ['font', 'font/woff'],
])('a family that is declared: %s/*', (family, ofType) => {
  const type = parseDeclaredType(`${family}/*`)

  it.each([
    ['a script', script],
    ['bytes that nobody knows', bytes],
    ['a page', page],
  ])('is no door for %s', async (_, content) => {
    expect(await judge([`${family}/*`], { type, name: null }, content)).not.toMatch(taken)
  })

  it('is as good as nothing for what shows itself', async () => {
    for (const entry of [ofType, `${family}/*`])
      expect(await judge([entry], { type, name: null }, fileOf(ofType))).toMatch(taken)
  })
})

describe('what is taken, in an Accept field', () => {
  it('has suffixes as the types they mean, each once', () => {
    expect(formatAccept(['image/*', '.csv', 'text/csv', '.png'])).toBe(
      'image/*, text/csv, image/png',
    )
  })
})

function brands(major: string, compatible: string): Buffer {
  const head = Buffer.alloc(16)
  head.writeUInt32BE(16 + compatible.length, 0)
  head.write(`ftyp${major}`, 4)
  return Buffer.concat([head, Buffer.from(compatible), Buffer.alloc(100)])
}
