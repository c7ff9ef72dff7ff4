// Where URLs begin, asked of real requests: whoever writes Host must not decide where a mailed link leads.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchange } from '../test/support/raw-http.ts'
import type { LogEntry } from './log.ts'
import { createLocalStorage } from './storage/local/local.ts'
import { createTitofisto } from './titofisto.ts'
import type { TitofistoOptions } from './titofisto-options.ts'

let root = ''
let entries: LogEntry[] = []

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'titofisto-origin-'))
  await writeFile(join(root, 'a.txt'), 'text')
})

afterAll(() => rm(root, { recursive: true, force: true }))

function create(options: Partial<TitofistoOptions> = {}) {
  entries = []
  const files = createTitofisto({
    secret: 'a secret for tests, 32 bytes and more',
    storage: createLocalStorage({ root, durable: false }),
    sweepSeconds: 0,
    log: (entry) => entries.push(entry),
    ...options,
  })
  return { files, kind: files.slot('inbox', { handler: () => {} }) }
}

/** What a URL begins with: its origin, and the path without the name of a file. */
function beginOf(url: string): string {
  return url.replace(/(\/media\/).*/, '$1')
}

describe('an origin that is told', () => {
  it.each([
    [{}, 'https://app.example/media/'],
    [{ mediaUrl: 'https://files.example:8443/x/media/' }, 'https://app.example/x/media/'],
    [{ interop: 'django' as const }, 'https://app.example/media/'],
  ])('begins the URLs of files and slots, with %j', async (options, begin) => {
    const { files, kind } = create(options)
    const origin = 'HTTPS://App.example:443'
    const { url } = await kind.create(undefined, { origin })
    const minted = await files.slots.mint('inbox', undefined, { origin })
    const urls = [
      await files.url('a.txt', { origin }),
      await kind.url(undefined, { origin }),
      url,
      minted.url,
    ]
    for (const each of urls) expect(beginOf(each)).toBe(begin)
    for (const each of urls) expect((await files.explain(each)).works).toBe(true)
  })

  it('changes nothing of what is signed', async () => {
    const { files } = create({ now: () => 1_700_000_000_000 })
    const url = await files.url('a.txt')
    expect(await files.url('a.txt', { origin: 'https://app.example' })).toBe(
      `https://app.example${url}`,
    )
  })

  it.each([
    'app.example',
    'https://app.example/',
    'https://app.example/path',
    'https://user@app.example',
    'ftp://app.example',
    '',
    5,
    null,
    {},
    [],
    new URL('https://app.example'),
  ])('that is none, %j, is a TypeError, and no slot is made', async (wrong) => {
    const { files, kind } = create({ origins: ['https://app.example'] })
    const origin = wrong as string
    async function countSlots() {
      let count = 0
      for await (const _ of files.slots.list()) count += 1
      return count
    }
    const slotsBefore = await countSlots()
    const words = /option "origin" must be an origin such as "https:\/\/app\.example"/
    for (const make of [
      () => files.url('a.txt', { origin }),
      () => kind.url(undefined, { origin }),
      () => files.slots.mint('inbox', undefined, { origin }),
    ]) {
      await expect(make()).rejects.toThrow(TypeError)
      await expect(make()).rejects.toThrow(words)
    }
    expect(await countSlots()).toBe(slotsBefore)
  })
})

describe('an origin by a request', () => {
  const origins = ['https://app.example', 'http://intern.example:8080', 'https://shop.example']

  /** What a URL for a request with these fields begins with, in a server of Node's. */
  async function beginOverHttp(fields: string, options: Partial<TitofistoOptions> = { origins }) {
    const { files } = create(options)
    const server = createServer(async (req, res) => {
      const url = await files.url('a.txt', { origin: req }).catch((error: Error) => error.message)
      res.end(url)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const { replies } = await exchange(
      socket,
      `GET / HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`,
    )
    await new Promise((resolve) => server.close(resolve))
    return beginOf(replies[0]?.body.toString() ?? '')
  }

  it.each([
    ['Host: app.example\r\n', 'https://app.example/media/'],
    ['Host: APP.example\r\n', 'https://app.example/media/'],
    ['Host: app.example:443\r\n', 'https://app.example/media/'],
    ['Host: intern.example:8080\r\n', 'http://intern.example:8080/media/'],
    ['Host: shop.example\r\n', 'https://shop.example/media/'],
  ])('is the one of "origins" that it came to: %j', async (fields, begin) => {
    expect(await beginOverHttp(fields)).toBe(begin)
    expect(entries).toEqual([])
  })

  it.each([
    'Host: evil.example\r\n',
    'Host: app.example.evil.example\r\n',
    'Host: app.example@evil.example\r\n',
    'Host: app.example:8443\r\n',
    'Host: evil.example\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n',
    'Host: app.example/x\r\n',
    'Host: \r\n',
  ])('never is what a client writes: %j', async (fields) => {
    expect(await beginOverHttp(fields)).toBe('https://app.example/media/')
    expect(entries).toMatchObject([{ level: 'warn', event: 'origin-unknown' }])
    expect(JSON.stringify(entries)).not.toContain('evil')
  })

  it('is not taken from what a proxy, or anybody else, says of it', async () => {
    const forwarded = 'X-Forwarded-Host: shop.example\r\nX-Forwarded-Proto: http\r\n'
    expect(await beginOverHttp(`Host: app.example\r\n${forwarded}`)).toBe(
      'https://app.example/media/',
    )
  })

  const bothSchemes = ['http://app.example', 'https://app.example']
  it.each([
    ['Host: app.intern:3000\r\nX-Forwarded-Host: shop.example\r\n', origins],
    ['Host: app.intern:3000\r\nForwarded: for=192.0.2.1;host="SHOP.example"\r\n', origins],
    ['Host: app.example\r\nX-Forwarded-Host: shop.example, proxy.intern\r\n', origins],
    ['Host: app.example\r\nX-Forwarded-Proto: https\r\n', bothSchemes],
    ['Host: app.example\r\nForwarded: proto=https, for=10.0.0.1\r\n', bothSchemes],
  ])('says that a proxy is not heard, where that names another one: %j', async (fields, listed) => {
    expect(await beginOverHttp(fields, { origins: listed })).toBe(`${listed[0]}/media/`)
    expect(entries).toMatchObject([{ level: 'warn', event: 'forwarded-unheard' }])
    expect(JSON.stringify(entries)).not.toMatch(/shop|intern/i)
  })

  it.each([
    ['Host: app.example\r\nX-Forwarded-Host: app.example\r\nX-Forwarded-Proto: https\r\n'],
    ['Host: app.example\r\nX-Forwarded-Host: evil.example\r\n'],
    ['Host: app.example\r\nX-Forwarded-Proto: gopher\r\n'],
    ['Host: app.example\r\nX-Forwarded-Host: \r\nForwarded: for=192.0.2.1\r\n'],
    ['Host: app.example\r\nForwarded: ;;=;host\r\n'],
  ])('says nothing of a proxy that names the same, or none of them: %j', async (fields) => {
    expect(await beginOverHttp(fields)).toBe('https://app.example/media/')
    expect(entries).toEqual([])
  })

  it('says so once, and of an unknown host besides', async () => {
    const { files } = create({ origins })
    for (const host of ['shop.example', 'shop.example', 'evil.example']) {
      const headers = { 'x-forwarded-host': host }
      const origin = new Request('http://app.intern/', { headers })
      expect(beginOf(await files.url('a.txt', { origin }))).toBe('https://app.example/media/')
    }
    expect(entries.map(({ event }) => event)).toEqual(['forwarded-unheard', 'origin-unknown'])
  })

  it('is refused where no "origins" are named, in words that say so', async () => {
    expect(await beginOverHttp('Host: app.example\r\n', {})).toBe(
      'url(): option "origin" is a request, whose Host any client can write; to choose by it needs option "origins".',
    )
  })

  it('leaves a mediaUrl that is whole as it is: the files are there, wherever the request came to', async () => {
    const mediaUrl = 'https://files.example/media/'
    for (const options of [{ mediaUrl }, { mediaUrl, origins }])
      expect(await beginOverHttp('Host: app.example\r\n', options)).toBe(mediaUrl)
  })

  it('of two schemes for one host takes the one that the request came by', async () => {
    const { files } = create({ origins: ['http://app.example', 'https://app.example'] })
    for (const scheme of ['http', 'https']) {
      const origin = new Request(`${scheme}://app.example/somewhere?x`)
      expect(beginOf(await files.url('a.txt', { origin }))).toBe(`${scheme}://app.example/media/`)
    }
  })

  it('is read of a Request of Fetch, for files and slots', async () => {
    const { files, kind } = create({ origins })
    const origin = new Request('http://shop.example/')
    expect(beginOf(await files.url('a.txt', { origin }))).toBe('https://shop.example/media/')
    expect(beginOf(await kind.url(undefined, { origin }))).toBe('https://shop.example/media/')
  })

  it('is read of a request of HTTP/2', async () => {
    const { files } = create({ origins })
    const server = createHttp2(async (req, res) => {
      res.end(await files.url('a.txt', { origin: req }))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = session.request({ ':authority': 'shop.example' })
    let said = ''
    for await (const chunk of stream) said += String(chunk)
    expect(beginOf(said)).toBe('https://shop.example/media/')
    session.close()
    await new Promise((resolve) => server.close(resolve))
  })

  it('says once, and no more, that requests come by other hosts', async () => {
    const { files } = create({ origins })
    for (const host of ['one', 'two', 'three'])
      await files.url('a.txt', { origin: new Request(`http://${host}.example/`) })
    expect(entries).toHaveLength(1)
  })
})
