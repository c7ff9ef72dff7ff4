// What browsers run scripts from, and how it never passes as anything else.

import { describe, expect, it } from 'vitest'
import { judge } from '../../../test/support/judge-type.ts'
import { trueFiles } from '../../../test/support/true-files.ts'

const undeclared = 'application/octet-stream'
const taken = /^(?:[a-z]+\/\S+|none)$/

function fileOf(type: string): Buffer {
  const file = trueFiles.find((one) => one.type === type)
  if (file === undefined) throw new Error(`There is no file of ${type}.`)
  return file.bytes
}

const png = fileOf('image/png')
const xml = fileOf('application/xml')
const page = Buffer.from('<!doctype html><script>alert(1)</script>')
const xhtml = Buffer.from('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>')
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')

const active: readonly (readonly [type: string, name: string, bytes: Buffer])[] = [
  ['text/html', 'a.html', page],
  ['text/html', 'a.html', Buffer.from('\ufeff \n<!-- hello --><HTML>')],
  ['text/html', 'a.html', Buffer.from('\ufeff<html><script>', 'utf16le')],
  // What the HTML Standard's tokenizer passes over: bogus comments, end tags of nothing.
  ['text/html', '.html', Buffer.from('\ufeff\ufeff<script>alert(1)</script>')],
  ['text/html', 'a.html', Buffer.from('<?x?><script>alert(1)</script>')],
  ['text/html', 'a.html', Buffer.from('<?x ><script>alert(1)</script><?x?>')],
  ['text/html', 'a.html', Buffer.from('<!x></y>\n<script>alert(1)</script>')],
  ['application/xhtml+xml', 'a.xhtml', xhtml],
  ['application/xhtml+xml', 'a.xht', Buffer.from('<?xml-stylesheet href="a"?><html xmlns="b"/>')],
  ['application/xml', 'a.xml', Buffer.from('<?xml-stylesheet type="text/xsl" href="a"?><a/>')],
  ['image/svg+xml', 'a.svg', svg],
  ['image/svg+xml', 'a.svg', Buffer.from('\ufeff<svg/>', 'utf16le')],
  ['image/svg+xml', 'a.svg', Buffer.from('\ufeff<?xml version="1.0"?><svg/>', 'utf16le').swap16()],
  [
    'image/svg+xml',
    'a.svg',
    Buffer.from('<\u00e9:svg xmlns:\u00e9="http://www.w3.org/2000/svg"/>'),
  ],
  ['image/svg+xml', 'a.svg', Buffer.from('\ufeff<\u{2f800}:svg>', 'utf16le')],
  [
    'text/html',
    'a.html',
    Buffer.from('<\u00e9:script xmlns:\u00e9="http://www.w3.org/1999/xhtml">'),
  ],
  [
    'application/xml',
    'a.xml',
    Buffer.from('<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="a"?><a/>'),
  ],
  [
    'application/x-mimearchive',
    'a.mht',
    Buffer.from(
      'From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=B\r\n\r\n--B\r\n',
    ),
  ],
  // A field of any name first, without a blank, and one that is folded (RFC 5322 2.2).
  [
    'application/x-mimearchive',
    'a.mht',
    Buffer.from(
      'X_1:a\r\nMIME-Version: 1.0\r\nContent-Type:\r\n multipart/related; boundary=B\r\n\r\n--B\r\n',
    ),
  ],
]

describe.each(active)('active content of %s in %s', (type, name, content) => {
  const harmless = [
    'text/plain',
    'text/csv',
    'image/png',
    'application/json',
    'application/zip',
    'video/mp4',
    'application/x-foo',
  ]

  it('is taken as what it is', async () => {
    expect(await judge([type], { type, name }, content)).toMatch(taken)
  })

  it('passes as nothing else, though that is taken, and so is it', async () => {
    for (const other of harmless) {
      expect(await judge([other], { type: other, name: null }, content)).not.toMatch(taken)
      expect(await judge([other, type], { type: other, name: null }, content)).not.toMatch(taken)
      expect(await judge([other], { type: undeclared, name: 'a.txt' }, content)).not.toMatch(taken)
    }
    for (const suffix of ['.txt', '.csv', '.png', '.foo'])
      expect(await judge([suffix], { type: undeclared, name: `a${suffix}` }, content)).not.toMatch(
        taken,
      )
  })

  it('does not lend its name to a picture', async () => {
    expect(await judge(['image/png'], { type: 'image/png', name }, png)).not.toMatch(taken)
  })
})

describe('a page behind NUL, which HTML passes over', () => {
  it.each(['\0<script>', '\0\0<script>', '\n\0<script>', '\ufeff\0\n<script>'])(
    'passes as nothing: %j',
    async (markup) => {
      for (const encoding of ['utf8', 'utf16le'] as const)
        for (const accept of ['application/octet-stream', '.foo', 'video/mp4', 'application/zip'])
          expect(
            await judge(
              [accept],
              { type: undeclared, name: 'a.foo' },
              Buffer.from(`${encoding === 'utf8' ? '' : '\ufeff'}${markup}`, encoding),
            ),
          ).not.toMatch(taken)
    },
  )
})

describe('a name that means XML of some kind, which browsers run scripts from as well', () => {
  const feed = Buffer.from('<a xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></a>')

  it.each(['a.rss', 'a.atom', 'a.xsl', 'a.rdf', 'a.mathml', 'a.kml', '.rss'])(
    'is refused for other files: %s',
    async (name) => {
      expect(await judge(['text/plain'], { type: 'text/plain', name }, feed)).not.toMatch(taken)
      expect(await judge(['image/png'], { type: 'image/png', name }, png)).not.toMatch(taken)
    },
  )

  it('is taken for what it means', async () => {
    for (const accept of ['.rss', 'application/xml'])
      expect(await judge([accept], { type: 'application/xml', name: 'a.rss' }, xml)).toMatch(taken)
    for (const accept of ['.rss', 'application/rss+xml'])
      expect(await judge([accept], { type: undeclared, name: 'a.rss' }, xml)).toMatch(taken)
  })
})

describe('a script that begins like a picture', () => {
  it.each(['GIF89a/*<svg onload=alert(1)>*/=1', 'BM<script>alert(1)</script>', '%!<script>'])(
    'is none: %s',
    async (polyglot) => {
      const content = Buffer.from(polyglot)
      for (const type of ['image/gif', 'image/bmp'])
        expect(await judge([type, 'image/*'], { type, name: null }, content)).not.toMatch(taken)
    },
  )

  it('packed as SVG is a packed file, and no picture', async () => {
    const svgz = fileOf('application/gzip')
    for (const accept of [['image/*'], ['image/svg+xml']])
      expect(await judge(accept, { type: 'image/svg+xml', name: 'a.svgz' }, svgz)).not.toMatch(
        taken,
      )
    expect(await judge(['.svgz'], { type: undeclared, name: 'a.svgz' }, svgz)).toMatch(taken)
  })
})
