import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Incoming } from '../../http/exchange.ts'
import { createDigestCheck, decodeBase64, readDigests } from './digest.ts'
import { parseDictionary } from '../../http/structured-dictionary.ts'

function withHeaders(headers: Record<string, string>): Incoming {
  return {
    method: 'PUT',
    target: '/',
    origin: 'http://localhost',
    header: (name) => headers[name],
    platformRequest: null,
    body() {
      throw new Error('Nothing here reads a body.')
    },
  }
}

const sha256 = createHash('sha256').update('hello').digest('base64')
const sha512 = createHash('sha512').update('hello').digest('base64')
const md5 = createHash('md5').update('hello').digest('base64')

describe('digests that are sent', () => {
  it.each([
    { 'content-digest': `sha-256=:${sha256}:` },
    { 'content-digest': `sha-512=:${sha512}:, sha-256=:${sha256}:` },
    { 'repr-digest': `sha-256=:${sha256}:;note="x"` },
    { 'content-digest': `unixsum=30637, sha-256=:${sha256}:` },
    { 'content-md5': md5 },
  ])('fit the bytes they were made of, and no others: %o', (headers) => {
    const expected = readDigests(withHeaders(headers))
    expect(expected).not.toHaveLength(0)

    const right = createDigestCheck(expected)
    right?.take(Buffer.from('hel'))
    right?.take(Buffer.from('lo'))
    expect(() => right?.verify()).not.toThrow()

    const wrong = createDigestCheck(expected)
    wrong?.take(Buffer.from('hell'))
    expect(() => wrong?.verify()).toThrow('that was sent')
  })

  it('cost nothing where none is sent, or none that is known', () => {
    expect(createDigestCheck(readDigests(withHeaders({})))).toBeNull()
    expect(
      createDigestCheck(readDigests(withHeaders({ 'content-digest': 'crc32c=:AAAAAA==:' }))),
    ).toBeNull()
  })

  it('of the whole are not read where only a piece comes', () => {
    const incoming = withHeaders({ 'repr-digest': `sha-256=:${sha256}:` })
    expect(readDigests(incoming, { isPiece: true })).toHaveLength(0)
  })

  it.each([
    { 'content-digest': `sha-256=${sha256}` },
    { 'content-digest': `sha-256=:${sha256}` },
    { 'content-digest': `sha-256=:${sha256}:,` },
    { 'content-digest': `sha-256=:${sha256}: sha-512=:${sha512}:` },
    { 'content-digest': 'sha-256=:AAAA:' },
    { 'content-digest': 'sha-256' },
    { 'content-digest': 'SHA-256=:AAAA:' },
    { 'content-digest': `sha-256=:${sha256.replace('=', '')}:` },
    { 'content-md5': 'AAAA' },
    { 'content-md5': 'not base64' },
  ])("are refused where they can't be read: %o", (headers) => {
    expect(() => readDigests(withHeaders(headers))).toThrow(
      expect.objectContaining({ code: 'upload-malformed' }),
    )
  })
})

describe('base64', () => {
  it('is taken in its one canonical form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64')
        expect(decodeBase64(text)).toEqual(Buffer.from(bytes))
      }),
    )
    for (const text of ['AB==', 'AA=', 'A', 'AA==AA==', 'A-_A', ' AAAA', 'AAAA\n'])
      expect(decodeBase64(text)).toBeNull()
  })
})

describe('a structured dictionary', () => {
  it('has members of every type', () => {
    const text =
      'a=1, b=-1.5;q=0.1, c="x, \\"y\\"", d=tok/en, e=:AAAA:, f=?0, g, h=(1 "2" x;y);z, i=@1700000000'
    const members = parseDictionary(text)
    expect([...(members?.keys() ?? [])].join('')).toBe('abcdefghi')
    expect(members?.get('c')).toBe('"x, \\"y\\""')
    expect(members?.get('g')).toBe('?1')
  })

  it('keeps the last of two members of one key', () => {
    expect(parseDictionary('a=1,a=2')?.get('a')).toBe('2')
  })

  it.each([
    'a=',
    '=1',
    'a=1,,b=2',
    'a=1 b=2',
    'A=1',
    'a="x',
    'a=(1',
    'a=:*:',
    'a=1.',
    'a=\u00e9',
    ',a',
  ])('is refused whole for one mistake: %s', (text) => {
    expect(parseDictionary(text)).toBeNull()
  })

  it('takes no longer for hostile text than for any other', () => {
    const hostile = [
      `a=(${' '.repeat(16_000)}x`,
      `a${';b '.repeat(5000)}!`,
      `a="${'\\"'.repeat(8000)}`,
    ]
    for (const text of hostile) expect(parseDictionary(text)).toBeNull()
  }, 1000)

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseDictionary(text)))
  })
})
