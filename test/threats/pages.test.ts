// Promise 16: what anybody says is text in our pages, wherever it stands. That browsers see it so, too,
// and run nothing, is shown in test/browser/.

import { hash } from 'node:crypto'
import { array, assert, constantFrom, oneof, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Incoming } from '../../src/http/exchange.ts'
import { createPages } from '../../src/pages/pages.ts'
import type { PageReply } from '../../src/pages/document.ts'

const incoming: Incoming = {
  method: 'GET',
  target: '/',
  origin: 'http://x',
  platformRequest: null,
  header: () => undefined,
  body() {
    throw new Error('Nobody reads it.')
  },
}

/** Texts that would be markup if they could, among any others. */
const said = oneof(
  string({ unit: 'binary', minLength: 1, maxLength: 80 }),
  array(
    constantFrom(
      '<',
      '>',
      '"',
      "'",
      '`',
      '&',
      '=',
      '/',
      '</title>',
      '</style>',
      '</script>',
      '<script>',
      '<!--',
      '-->',
      ']]>',
      ' onload=',
      '&lt;',
      '{',
      '}',
      '\n',
      ' ',
      'a',
    ),
    { minLength: 1, maxLength: 12 },
  ).map((parts) => parts.join('')),
)

/** Every page, with a text in each place where somebody else's stands. */
function pagesWith(text: string): readonly PageReply[] {
  // Where a text is needed, blanks are none.
  const word = text.trim() === '' ? 'x' : text
  const pages = createPages({ name: word, texts: { en: { send: word, gone: word } } })
  if (pages === null) throw new Error('There are pages.')
  const limits = { maxBytes: 10, minBytes: 1, maxFiles: 3, maxTotalBytes: 20, isFormOnly: true }
  const field = { name: 'note', label: word }
  return [
    pages.gone(incoming),
    pages.problem(incoming, 422, { code: 'upload-rejected', detail: text }),
    pages.problem(incoming, 415, { code: 'upload-type-refused', accept: [text] }),
    pages.receipt(incoming, [{ name: text, sizeBytes: 5 }]),
    pages.upload(incoming, {
      ...limits,
      title: word,
      // Paragraphs are ours.
      message: word.replaceAll(/\s+/g, ' '),
      fields: [field, { ...field, name: 'more', type: 'textarea' }],
      accept: [text],
      expiresMs: 0,
    }),
  ]
}

const textOf = ({ body }: PageReply) =>
  body.kind === 'bytes' ? Buffer.from(body.bytes).toString() : ''

/** The tags of a page, with the names of their attributes: what a parser makes elements of. */
function skeletonOf(reply: PageReply): readonly string[] {
  const markup = textOf(reply).replaceAll(/<(style|script)>[^]*?<\/\1>/g, '<$1></$1>')
  return (markup.match(/<[^>]*>/g) ?? []).map((tag) => tag.replaceAll(/"[^"]*"/g, '""'))
}

describe('promise 16: a page', () => {
  it('has the same elements and attributes, whatever is said in it', () => {
    const plain = pagesWith('x').map(skeletonOf)
    assert(
      property(said, (text) => {
        expect(pagesWith(text).map(skeletonOf)).toEqual(plain)
      }),
    )
  })

  it('names in its policy each style and script that stands in it, and there is one of each at most', () => {
    for (const reply of pagesWith('</style><script>')) {
      const { headers } = reply
      const policy = headers[headers.indexOf('Content-Security-Policy') + 1] ?? ''
      const markup = textOf(reply)
      for (const name of ['style', 'script']) {
        const found = [...markup.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, 'g'))]
        expect(found.length).toBeLessThanOrEqual(1)
        for (const [, text = ''] of found)
          expect(policy).toContain(`${name}-src 'sha256-${hash('sha256', text, 'base64')}'`)
        if (found.length === 0) expect(policy).not.toContain(`${name}-src`)
      }
      expect(policy).toMatch(/^default-src 'none';/)
      expect(policy).not.toMatch(/unsafe|\*|https?:/)
    }
  })
})
