// Headers and media types that an application adds, over the Fetch door: what a browser gets of them.

import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LogEntry } from '../log.ts'
import { createLocalStorage } from '../storage/local/local.ts'
import { createTitofisto } from '../titofisto.ts'
import type { TitofistoOptions } from '../titofisto-options.ts'
import type { UrlOptions } from './link.ts'

let root = ''
let entries: LogEntry[] = []

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'titofisto-headers-'))
  await mkdir(join(root, 'public'))
  for (const name of ['a.txt', 'a.html', 'a.geo', 'public/a.txt']) {
    await writeFile(join(root, name), 'text')
    await utimes(join(root, name), 1_690_000_000, 1_690_000_000)
  }
})

afterAll(() => rm(root, { recursive: true, force: true }))

/** Options as JavaScript's callers give them. */
type Given = { readonly [Option in 'headers' | 'typeOf']?: unknown }

async function ask(
  given: Given,
  name = 'a.txt',
  { url: urlOptions, ...init }: RequestInit & { url?: UrlOptions } = {},
) {
  entries = []
  const files = createTitofisto({
    secret: 'a secret for tests, 32 bytes and more',
    storage: createLocalStorage({ root }),
    log: (entry) => entries.push(entry),
    ...(given as Partial<TitofistoOptions>),
  })
  const url = await files.url(name, urlOptions)
  const ask1 = () => files.fetch(new Request(`http://localhost${url}`, init))
  const first = await ask1()
  // Also of what is said once, the second time.
  await ask1()
  return first
}

describe('headers of an application', () => {
  it('come with a file, whole, in part, or not again, and with HEAD', async () => {
    const given = { headers: (facts: { name: string }) => ({ 'X-Name': facts.name, Vary: 'DPR' }) }
    for (const init of [
      {},
      { method: 'HEAD' },
      { headers: { Range: 'bytes=0-1' } },
      { headers: { 'If-None-Match': '*' } },
    ]) {
      const { headers } = await ask(given, 'a.txt', init)
      expect(headers.get('x-name')).toBe('a.txt')
      expect(headers.get('vary')).toBe('DPR')
    }
    expect(entries).toEqual([])
  })

  it('come with none of the answers that are no file', async () => {
    const given = { headers: () => ({ 'X-Own': 'yes' }) }
    for (const [status, headers] of [
      [412, { 'If-Match': '"x"' }],
      [416, { Range: 'bytes=99-' }],
    ] as const) {
      const answer = await ask(given, 'a.txt', { headers })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('x-own')).toBeNull()
    }
  })

  it('are asked for only once a link was found good', async () => {
    const asked: string[] = []
    const files = createTitofisto({
      secret: 'a secret for tests, 32 bytes and more',
      storage: createLocalStorage({ root }),
      headers: (facts) => void asked.push(facts.name),
    })
    const url = await files.url('a.txt')
    expect((await files.fetch(new Request(`http://localhost${url}x`))).status).toBe(404)
    expect(asked).toEqual([])
    expect((await files.fetch(new Request(`http://localhost${url}`))).status).toBe(200)
    expect(asked).toEqual(['a.txt'])
  })

  it.each([
    ['an object', { 'X-Own': 'yes' }],
    ['Headers', new Headers({ 'X-Own': 'yes' })],
    ['a Map', new Map([['X-Own', 'yes']])],
    ['pairs', [['X-Own', 'yes']]],
  ])('may be given as %s', async (_, given) => {
    const { headers } = await ask({ headers: () => given })
    expect(headers.get('x-own')).toBe('yes')
  })

  it.each([undefined, null, {}])('may be none: %j', async (given) => {
    expect((await ask({ headers: () => given })).status).toBe(200)
    expect(entries).toEqual([])
  })

  it.each([
    'Accept-Ranges',
    'Access-Control-Allow-Credentials',
    'Access-Control-Allow-Origin',
    'Age',
    'Cache-Control',
    'CDN-Cache-Control',
    'Connection',
    'Content-Disposition',
    'Content-Length',
    'Content-Range',
    'content-type',
    'Cross-Origin-Resource-Policy',
    'Date',
    'Edge-Control',
    'ETag',
    'Expires',
    'Keep-Alive',
    'Last-Modified',
    'Referrer-Policy',
    'Set-Cookie',
    'Surrogate-Control',
    'Trailer',
    'TRANSFER-ENCODING',
    'Upgrade',
    'X-Accel-Expires',
    'X-Content-Type-Options',
  ])('leave ours as it is, and say so once: %s', async (name) => {
    const plain = await ask({}, 'a.html')
    const own = await ask({ headers: () => ({ [name]: 'theirs', 'X-Own': 'yes' }) }, 'a.html')
    expect(own.headers.get('x-own')).toBe('yes')
    own.headers.delete('x-own')
    expect(Object.fromEntries(own.headers)).toEqual(Object.fromEntries(plain.headers))
    expect(entries).toMatchObject([{ level: 'warn', event: 'option-unfit' }])
    expect(entries[0]?.message).toContain(name)
    expect(entries[0]?.message).not.toContain('theirs')
  })

  it.each([
    ['a line break', { 'X-Own': 'a\r\nSet-Cookie: b' }],
    ['a control character', { 'X-Own': 'a\0' }],
    ['a letter beyond latin1', { 'X-Own': '密' }],
    ['no text', { 'X-Own': 5 }],
    ['a name that is none', { 'X Own': 'a' }],
    ['a name with a line break', { 'X-Own\r\nSet-Cookie': 'a' }],
    ['an empty name', { '': 'a' }],
    ['a name that is no text', new Map([[5, 'a']])],
    ['a promise', Promise.resolve({ 'X-Own': 'a' })],
    ['a text', 'X-Own: a'],
  ])('that are unfit, %s, are left out, and said once', async (_, given) => {
    const plain = await ask({})
    const own = await ask({ headers: () => given })
    expect(own.status).toBe(200)
    expect(Object.fromEntries(own.headers)).toEqual(Object.fromEntries(plain.headers))
    expect(entries).toMatchObject([{ level: 'warn', event: 'option-unfit' }])
  })

  it('can forbid more to an active page, and allow it nothing', async () => {
    const headers = () => ({ 'Content-Security-Policy': "script-src *; frame-ancestors 'self'" })
    expect((await ask({ headers }, 'a.html')).headers.get('content-security-policy')).toMatch(
      /^sandbox; default-src 'none'; [^,]*, script-src \*; frame-ancestors 'self'$/,
    )
    expect((await ask({ headers }, 'a.txt')).headers.get('content-security-policy')).toBe(
      "script-src *; frame-ancestors 'self'",
    )
  })

  it('say how long a public file may be kept', async () => {
    const headers = () => ({ 'cache-control': 'public, max-age=31536000, immutable' })
    expect((await ask({ headers }, 'public/a.txt')).headers.get('cache-control')).toBe(
      'public, max-age=31536000, immutable',
    )
    expect(entries).toEqual([])
    expect((await ask({ headers }, 'a.txt')).headers.get('cache-control')).toMatch(/^private/)
    expect(entries).toHaveLength(1)
  })

  it('that can not be had are a 500, and no file goes out without them', async () => {
    const headers = () => {
      throw new Error('no headers today')
    }
    const answer = await ask({ headers })
    expect(answer.status).toBe(500)
    expect(await answer.text()).toBe('Internal server error\n')
    expect(entries.map(({ level }) => level)).toEqual(['error', 'error'])
  })
})

describe('media types of an application', () => {
  const typeOf = (name: string) => (name.endsWith('.geo') ? 'image/png' : undefined)

  it('are those of the names that it says', async () => {
    const { headers } = await ask({ typeOf }, 'a.geo')
    expect(headers.get('content-type')).toBe('image/png')
    expect(headers.get('content-disposition')).toBe('inline; filename="a.geo"')
    expect(headers.get('content-security-policy')).toBeNull()
    expect((await ask({ typeOf })).headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  it('give way to the one that a link says', async () => {
    const { headers } = await ask({ typeOf }, 'a.geo', { url: { contentType: 'text/plain' } })
    expect(headers.get('content-type')).toBe('text/plain')
  })

  it.each(['text/html', 'image/svg+xml; charset=utf-8', 'application/x-own'])(
    'that could run scripts, or are not known, are a download in a sandbox: %s',
    async (type) => {
      const { headers } = await ask({ typeOf: () => type })
      expect(headers.get('content-type')).toBe(type)
      expect(headers.get('content-disposition')).toMatch(/^attachment;/)
      expect(headers.get('content-security-policy')).toMatch(/^sandbox;/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    },
  )

  it.each(['png', '', 'text/html\r\nX: y', 5, {}, Promise.resolve('image/png')])(
    'that are none are left out, and said once: %j',
    async (type) => {
      const { headers } = await ask({ typeOf: () => type })
      expect(headers.get('content-type')).toBe('text/plain; charset=utf-8')
      expect(entries).toMatchObject([{ level: 'warn', event: 'option-unfit' }])
    },
  )
})
