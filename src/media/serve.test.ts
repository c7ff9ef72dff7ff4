import { describe, expect, it } from 'vitest'
import { formatHttpDate } from '../http/http-date.ts'
import type { Incoming, Reply } from '../http/exchange.ts'
import type { FileFacts } from '../storage/storage.ts'
import type { Policy } from '../token/policy.ts'
import { typeOfName } from '../http/media-type.ts'
import { makeFileHead } from './cache/file-head.ts'
import type { FileHead } from './cache/file-head.ts'
import { decideFileReply, formatTokenCacheControl } from './serve.ts'

const nowMs = 1_700_000_000_000
const plainHeads = { typeOf: typeOfName, ownHeadersOf: null }
/** Ten bytes that are their own offsets. */
const bytes = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
const facts: FileFacts = {
  name: 'folder/a.png',
  sizeBytes: 10,
  mtimeMs: 1_690_000_000_123,
  changedMs: 1_690_000_000_123,
  version: 'v',
  etag: '"tag"',
}

function headOf(name: string, policy: Policy = {}, changed: Partial<FileFacts> = {}) {
  return makeFileHead({ ...facts, name, ...changed }, policy, plainHeads, nowMs)
}

function ask(
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
  head = headOf('folder/a.png'),
) {
  const request: Incoming = {
    method,
    target: '/',
    origin: 'http://localhost',
    header: (name) => headers[name],
    platformRequest: null,
    body: () => {
      throw new Error('nothing to read')
    },
  }
  const cacheControl = 'private, max-age=5'
  const sharing = { resourcePolicy: 'same-site', isOpen: false }
  return decideFileReply(
    { head, bytes: { kind: 'bytes', bytes }, cacheControl, sharing },
    request,
    nowMs,
  )
}

function headersOf(reply: { readonly headers: readonly string[] }) {
  const all: Record<string, string> = {}
  for (let index = 0; index < reply.headers.length; index += 2) {
    const name = (reply.headers[index] ?? '').toLowerCase()
    // A header twice would be one for the guard and one for the browser.
    if (name in all) throw new Error(`${name} stands there twice`)
    all[name] = reply.headers[index + 1] ?? ''
  }
  return all
}

function bytesOf({ body }: Reply): number[] | null {
  return body.kind === 'bytes' ? [...body.bytes] : null
}

/** The header fields that every reply with this head has. */
function fieldsOf(head: FileHead) {
  return headersOf(ask({}, 'GET', head))
}

describe('the head of a file', () => {
  it('tells type, length, validators, and how to treat it', () => {
    expect(fieldsOf(headOf('folder/a.png'))).toEqual({
      'content-type': 'image/png',
      'content-length': '10',
      'accept-ranges': 'bytes',
      etag: '"tag"',
      'last-modified': 'Sat, 22 Jul 2023 04:26:40 GMT',
      'content-disposition': 'inline; filename="a.png"',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-site',
      'cache-control': 'private, max-age=5',
    })
  })

  it.each(['a.html', 'a.svg', 'a.xhtml', 'a.xml', 'a.js', 'a.css', 'a.zip', 'a', 'a.swf', 'a.md'])(
    '%s is an attachment, in a sandbox should a browser still show it (threat 16)',
    (name) => {
      const headers = fieldsOf(headOf(name))
      expect(headers['content-disposition']).toMatch(/^attachment; /)
      expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none';/)
    },
  )

  it('shows active content where the link says so, and then in a sandbox without scripts', () => {
    const headers = fieldsOf(headOf('a.html', { disposition: { kind: 'inline', fileName: null } }))
    expect(headers['content-disposition']).toBe('inline; filename="a.html"')
    expect(headers['content-security-policy']).toMatch(/^sandbox;/)
    expect(headers['content-security-policy']).not.toMatch(/allow-|script/)
  })

  it('takes the sandbox from the type that is sent, not from the name', () => {
    expect(fieldsOf(headOf('a.png', { contentType: 'text/html' }))).toMatchObject({
      'content-type': 'text/html',
      'content-disposition': 'attachment; filename="a.png"',
      'content-security-policy': expect.stringMatching(/^sandbox;/) as unknown,
    })
  })

  it('has the type that it was saved with, and by that type runs no script', () => {
    const kept = (contentType: string, policy: Policy = {}) =>
      fieldsOf(headOf('a.png', policy, { contentType }))
    expect(kept('image/webp')['content-disposition']).toBe('inline; filename="a.png"')
    expect(kept('text/html')['content-security-policy']).toMatch(/^sandbox;/)
    expect(headOf('a.png', {}, { contentType: 'image/webp' }).contentType).toBe('image/webp')
    expect(
      headOf('a.png', { contentType: 'image/gif' }, { contentType: 'image/webp' }).contentType,
    ).toBe('image/gif')
  })

  it('has the type that its name says where a storage gives what is no type', () => {
    for (const contentType of ['', 'png', 'image/png\r\nX-Evil: 1', 'image/p√g'])
      expect(headOf('a.png', {}, { contentType }).contentType, contentType).toBe('image/png')
  })

  it('gives a download the name of the link', () => {
    const policy: Policy = { disposition: { kind: 'attachment', fileName: 'Other.png' } }
    expect(fieldsOf(headOf('a.png', policy))['content-disposition']).toBe(
      'attachment; filename="Other.png"',
    )
  })

  it('never says that a file changed later than now (RFC 9110 8.8.2.1)', () => {
    const head = headOf('a', {}, { mtimeMs: nowMs + 5_000_000 })
    expect(fieldsOf(head)['last-modified']).toBe(formatHttpDate(nowMs))
  })

  it.each([
    ['before 1970', -1500, 'Wed, 31 Dec 1969 23:59:58 GMT'],
    ['in the year 1', -62_135_596_800_000, 'Mon, 01 Jan 0001 00:00:00 GMT'],
    // What `touch -d @-9e15` leaves on some file systems: no date has words for it.
    ['long before that', -(2 ** 62), 'Mon, 01 Jan 0001 00:00:00 GMT'],
  ])('dates a file from %s', (_, mtimeMs, date) =>
    expect(fieldsOf(headOf('a', {}, { mtimeMs }))['last-modified']).toBe(date),
  )
})

describe('a file that was asked for', () => {
  it('is sent whole', () => {
    const reply = ask()
    expect(reply.status).toBe(200)
    expect(headersOf(reply)).toMatchObject({
      'content-length': '10',
      'cache-control': 'private, max-age=5',
    })
    expect(bytesOf(reply)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('is sent in part (RFC 9110 15.3.7)', () => {
    const reply = ask({ range: 'bytes=2-4' })
    expect(reply.status).toBe(206)
    expect(headersOf(reply)).toMatchObject({
      'content-length': '3',
      'content-range': 'bytes 2-4/10',
      'content-type': 'image/png',
      etag: '"tag"',
    })
    expect(bytesOf(reply)).toEqual([2, 3, 4])
  })

  it('is sent whole to HEAD, whose Range means nothing (RFC 9110 14.2; threat 19)', () => {
    const reply = ask({ range: 'bytes=2-4' }, 'HEAD')
    expect(reply.status).toBe(200)
    expect(headersOf(reply)).toEqual(headersOf(ask()))
  })

  it('is sent in part only while If-Range holds', () => {
    expect(ask({ range: 'bytes=2-4', 'if-range': '"tag"' }).status).toBe(206)
    expect(ask({ range: 'bytes=2-4', 'if-range': 'Sat, 22 Jul 2023 04:26:40 GMT' }).status).toBe(
      206,
    )
    expect(ask({ range: 'bytes=2-4', 'if-range': '"old"' }).status).toBe(200)
    expect(ask({ range: 'bytes=2-4', 'if-range': 'W/"tag"' }).status).toBe(200)
    expect(ask({ 'if-range': '"tag"' }).status).toBe(200)
  })

  it('is not sent again to who has it: 304 (RFC 9110 15.4.5)', () => {
    const reply = ask({ 'if-none-match': '"tag"', range: 'bytes=99-' })
    expect(reply.status).toBe(304)
    const headers = headersOf(reply)
    expect(headers).toMatchObject({ etag: '"tag"', 'cache-control': 'private, max-age=5' })
    expect(headers).not.toHaveProperty('content-length')
    expect(headers).not.toHaveProperty('content-type')
    expect(reply.body.kind).toBe('empty')
  })

  it('is not sent where a precondition fails: 412 before 416 (RFC 9110 13.2.2)', () => {
    const reply = ask({ 'if-match': '"old"', range: 'bytes=99-' })
    expect(reply.status).toBe(412)
    expect(headersOf(reply)).toMatchObject({ 'content-length': '0', 'cache-control': 'no-store' })
    expect(reply.body.kind).toBe('empty')
  })

  it('has nothing for a range past its end: 416 with its length (RFC 9110 15.5.17)', () => {
    const reply = ask({ range: 'bytes=10-' })
    expect(reply.status).toBe(416)
    expect(headersOf(reply)).toMatchObject({
      'content-length': '0',
      'content-range': 'bytes */10',
      'cache-control': 'no-store',
    })
  })
})

describe('the caching of what a token opens (threat 15)', () => {
  it('is private, and ends with the token', () =>
    expect(formatTokenCacheControl(600)).toBe('private, max-age=600, immutable'))

  it.each([31_536_001, 1e10, Infinity])('is a year at most: %d seconds', (seconds) =>
    expect(formatTokenCacheControl(seconds)).toBe('private, max-age=31536000, immutable'),
  )
})
