// Saving what a URL leads to: only from the public internet, however an address is dressed up, and all
// of it or nothing. Against real servers, all of them on loopback.

import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import http, {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import https, { createServer as createSecureServer } from 'node:https'
import { connect, createServer as createRawServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createLocalStorage,
  isOptionError,
  isTitofistoError,
  withFileVerbs,
} from '../../src/index.ts'
import type { FileVerbs, SaveFromUrlOptions, Storage } from '../../src/index.ts'
import type { LookupAll } from '../../src/storage/url/guarded-lookup.ts'
import { urlBytes } from '../../src/storage/url/url-bytes.ts'
import { checkUrl } from '../../src/storage/url/url-rule.ts'
import { createDeferred } from '../support/deferred.ts'
import { createSelfSigned } from '../support/self-signed.ts'
import { MapStorage } from '../contracts/map-storage.ts'

let folder = ''
let storage: Storage & FileVerbs
const ends: (() => void)[] = []
const secretPath = '/secret-path?key=secret-query'
const privateHosts = ['127.0.0.1']

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'titofisto-from-url-'))
  storage = createLocalStorage({ root: folder, durable: false })
})

afterEach(async () => {
  for (const end of ends.splice(0)) end()
  await rm(folder, { recursive: true, force: true })
})

interface Site {
  /** With a path and a query that nobody else shall see. */
  readonly url: string
  readonly port: number
  readonly server: Server
  readonly requests: IncomingMessage[]
  connections(): number
}

async function serve(answer: RequestListener): Promise<Site> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  let connections = 0
  server.on('connection', () => connections++)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  ends.push(
    () => server.closeAllConnections(),
    () => server.close(),
  )
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}${secretPath}`
  return { url, port, server, requests, connections: () => connections }
}

/** A server that answers with these very bytes and ends the connection, or leaves it open. */
async function serveRaw(answer: string, isEnded = true): Promise<string> {
  const server = createRawServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => (isEnded ? socket.end(answer) : socket.write(answer)))
    ends.push(() => socket.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  ends.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${secretPath}`
}

/** Saves, and gives the error that comes instead; nothing may stay, and no word of the URL be said. */
async function failToSave(url: string, options: SaveFromUrlOptions = { privateHosts }) {
  const error: unknown = await storage.saveFromUrl('f', url, options).then(
    (name) => {
      throw new Error(`It was saved as ${name}.`)
    },
    (reason: unknown) => reason,
  )
  expect(await storage.list()).toEqual({ files: [], next: null })
  expect(await unfinished()).toEqual([])
  if (!isTitofistoError(error)) throw error
  expect(JSON.stringify({ ...error, message: error.message })).not.toMatch(/secret/)
  return error
}

async function unfinished(): Promise<string[]> {
  return readdir(join(folder, '.titofisto/tmp')).catch(() => [])
}

describe('a file that a URL leads to', () => {
  it('is saved, whatever says its length', async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, offset) => offset % 251))
    for (const isChunked of [false, true]) {
      const site = await serve((_, response) => {
        if (!isChunked) response.setHeader('Content-Length', bytes.length)
        response.write(bytes.subarray(0, 100_000))
        response.end(bytes.subarray(100_000))
      })
      const name = await storage.saveFromUrl('a/f.bin', site.url, { privateHosts })
      expect(bytes.equals((await storage.read(name)) ?? Buffer.alloc(0))).toBe(true)
    }
    expect((await storage.list()).files).toHaveLength(2)
  })

  it('may be empty', async () => {
    const site = await serve((_, response) => response.end())
    await storage.saveFromUrl('f', site.url, { privateHosts })
    expect(await storage.readText('f')).toBe('')
  })

  it('is saved by any storage, by the rules of save', async () => {
    storage = withFileVerbs(new MapStorage(join(folder, 'spool')))
    const site = await serve((_, response) => response.end('hello'))
    await storage.save('f.txt', 'first')
    expect(await storage.saveFromUrl('f.txt', new URL(site.url), { privateHosts })).toMatch(
      /^f_\w+\.txt$/,
    )
    const replacing = { privateHosts, onTaken: 'replace' } as const
    expect(await storage.saveFromUrl('f.txt', site.url, replacing)).toBe('f.txt')
    expect(await storage.readText('f.txt')).toBe('hello')
  })

  it('is asked for without cookies, credentials or a wish for packed bytes', async () => {
    const site = await serve((_, response) => {
      response.setHeader('Set-Cookie', 'a=b')
      response.end('hello')
    })
    for (const name of ['f', 'g']) await storage.saveFromUrl(name, site.url, { privateHosts })
    for (const { headers, method } of site.requests) {
      expect(method).toBe('GET')
      expect(Object.keys(headers).toSorted()).toEqual([
        'accept',
        'accept-encoding',
        'connection',
        'host',
        'user-agent',
      ])
      expect(headers['accept-encoding']).toBe('identity')
    }
  })

  it('is not asked for where it could not be saved', async () => {
    const site = await serve((_, response) => response.end('hello'))
    for (const name of ['', '../f', '.titofisto/f'])
      await expect(storage.saveFromUrl(name, site.url, { privateHosts })).rejects.toMatchObject({
        code: 'name-invalid',
      })
    await storage.save('f', 'x')
    const refusing = { privateHosts, onTaken: 'refuse' } as const
    await expect(storage.saveFromUrl('f', site.url, refusing)).rejects.toMatchObject({
      code: 'name-taken',
    })
    const wrong: readonly object[] = [
      { maxBytes: -1 },
      { timeoutSeconds: 0 },
      { privateHosts: 'localhost' },
      { onTaken: 'overwrite' },
      { timeout: 5 },
    ]
    for (const options of wrong)
      await expect(storage.saveFromUrl('g', site.url, options)).rejects.toSatisfy(isOptionError)
    expect(site.connections()).toBe(0)
  })
})

describe('a URL', () => {
  it.each([
    ['malformed', ['', 'file.txt', '/file.txt', '//host/file.txt', 'http://', 'http://a b/']],
    [
      'scheme',
      [
        'file:///etc/passwd',
        'ftp://host/f',
        'data:text/plain,x',
        'javascript:1',
        'blob:x',
        'ws://host/',
      ],
    ],
    [
      'credentials',
      ['http://user@127.0.0.1/', 'https://user:pass@127.0.0.1/', 'http://:pass@127.0.0.1/'],
    ],
  ])('that is %s is refused', async (reason, urls) => {
    for (const url of urls)
      expect(await failToSave(url), url).toMatchObject({ code: 'url-refused', status: 400, reason })
  })

  it('of a private address is refused however it is written, and nobody is connected to', async () => {
    const site = await serve((_, response) => response.end('private'))
    for (const host of [
      '127.0.0.1',
      '127.1',
      '0x7f.1',
      '0177.0.0.1',
      '2130706433',
      '127.0.0.1.',
      '１２７.0.0.1',
      'localhost',
      'LOCALHOST',
      '0.0.0.0',
      '0',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[64:ff9b::127.0.0.1]',
      '[::127.0.0.1]',
    ])
      expect(await failToSave(`http://${host}:${site.port}${secretPath}`, {}), host).toMatchObject({
        code: 'url-refused',
        reason: 'address',
      })
    expect(site.connections()).toBe(0)
  })

  it('of another host than those named is refused, and so is another port', async () => {
    const site = await serve((_, response) => response.end('private'))
    const options = { privateHosts: ['localhost', '127.0.0.1:1', '127.0.0', 'http://127.0.0.1'] }
    expect(await failToSave(site.url, options)).toMatchObject({ reason: 'address' })
    expect(site.connections()).toBe(0)
    const named = { privateHosts: [`127.0.0.1:${site.port}`] }
    expect(await storage.saveFromUrl('f', site.url, named)).toBe('f')
  })

  it('never leads from https to http', () => {
    const secure = new URL('https://files.example/a')
    expect(checkUrl('/b', secure).href).toBe('https://files.example/b')
    expect(checkUrl('https://other.example/', new URL('http://files.example/')).protocol).toBe(
      'https:',
    )
    expect(() => checkUrl('http://files.example/b', secure)).toThrow(
      expect.objectContaining({ code: 'url-refused', reason: 'scheme' }),
    )
  })
})

/** Fetches with a resolver of the test's own, as a name server could answer. */
async function fetchVia(url: string, lookupAll: LookupAll, hosts: readonly string[] = []) {
  const { signal } = new AbortController()
  const task = { url, fileName: 'f', maxBytes: 100, privateHosts: hosts, signal, lookupAll }
  const chunks: Uint8Array[] = []
  for await (const chunk of urlBytes(task)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('promise 13: a name', () => {
  it.each([
    ['a private address', ['10.0.0.1']],
    ['loopback', ['127.0.0.1']],
    ['a public and a private address', ['8.8.8.8', '127.0.0.1']],
    ['a mapped address', ['::ffff:127.0.0.1']],
    ['a NAT64 address', ['64:ff9b::a00:1']],
    ['no text that is an address', ['here']],
  ])('that stands for %s is refused', async (_, addresses) => {
    const site = await serve((_request, response) => response.end('private'))
    const lookupAll: LookupAll = (_host, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    await expect(fetchVia(`http://public.example:${site.port}/`, lookupAll)).rejects.toMatchObject({
      code: 'url-refused',
      reason: 'address',
      host: 'public.example',
    })
    expect(site.connections()).toBe(0)
  })

  it('that has no address fails', async () => {
    const none: LookupAll = (_host, _options, callback) => callback(null, [])
    await expect(fetchVia('http://public.example/', none)).rejects.toMatchObject({
      code: 'url-failed',
    })
    const unknown: LookupAll = (_host, _options, callback) =>
      callback(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), [])
    await expect(fetchVia('http://public.example/', unknown)).rejects.toMatchObject({
      code: 'url-failed',
      cause: { code: 'ENOTFOUND' },
    })
  })

  it('is asked again for each hop, and believed for that connection alone (DNS rebinding)', async () => {
    let asked = 0
    const lookupAll: LookupAll = (_host, _options, callback) => {
      asked++
      callback(null, [{ address: '127.0.0.1', family: 4 }])
    }
    const inner = await serve((_, response) => response.end('private'))
    const outer = await serve((_, response) => {
      response.writeHead(302, { Location: `http://public.example:${inner.port}/` }).end()
    })
    await expect(fetchVia(outer.url, lookupAll, [`127.0.0.1:${outer.port}`])).rejects.toMatchObject(
      {
        code: 'url-refused',
        reason: 'address',
      },
    )
    expect(asked).toBe(1)
    expect(inner.connections()).toBe(0)
  })
})

describe("the process's own agent", () => {
  it('is not asked, which may lead to a proxy that looks names up itself', async () => {
    const site = await serve((_request, response) => response.end('by the proxy'))
    const lookupAll: LookupAll = (_host, _options, callback) =>
      callback(null, [{ address: '10.0.0.1', family: 4 }])
    for (const { module, scheme } of [
      { module: http, scheme: 'http' },
      { module: https, scheme: 'https' },
    ]) {
      const usual = module.globalAgent
      class ProxyAgent extends module.Agent {
        createConnection() {
          return connect(site.port, '127.0.0.1')
        }
      }
      Reflect.set(module, 'globalAgent', new ProxyAgent())
      try {
        await expect(fetchVia(`${scheme}://public.example/`, lookupAll)).rejects.toMatchObject({
          code: 'url-refused',
          reason: 'address',
        })
      } finally {
        Reflect.set(module, 'globalAgent', usual)
      }
    }
    expect(site.connections()).toBe(0)
  })
})

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('by %i is followed', async (status) => {
    const site = await serve((request, response) => {
      if (request.url === '/there/ü%20?x=1'.replace('ü', '%C3%BC')) response.end('hello')
      else
        response
          .writeHead(status, { Location: Buffer.from('/there/ü ?x=1').toString('latin1') })
          .end('elsewhere')
    })
    await storage.saveFromUrl('f', site.url, { privateHosts })
    expect(await storage.readText('f')).toBe('hello')
  })

  it('is followed five times, and no more', async () => {
    const site = await serve((request, response) => {
      const left = Number(new URL(request.url ?? '', 'http://host').searchParams.get('left'))
      if (left === 0) response.end('hello')
      else response.writeHead(302, { Location: `?left=${left - 1}` }).end()
    })
    const url = `http://127.0.0.1:${site.port}/secret`
    expect(await failToSave(`${url}?left=6`)).toMatchObject({
      code: 'url-refused',
      reason: 'redirects',
    })
    expect(await storage.saveFromUrl('f', `${url}?left=5`, { privateHosts })).toBe('f')
  })

  it.each([
    ['a private address', 'address', (port: number) => `http://127.0.0.1:${port}/`],
    ['a private name', 'address', (port: number) => `//localhost:${port}/`],
    ['a file', 'scheme', () => 'file:///etc/passwd'],
    ['a URL with credentials', 'credentials', () => 'http://user:pass@127.0.0.1/'],
    ['nowhere', 'malformed', () => 'http://'],
  ])('to %s is refused', async (_, reason, locationOf) => {
    const inner = await serve((_request, response) => response.end('private'))
    const outer = await serve((_request, response) => {
      response.writeHead(302, { Location: locationOf(inner.port) }).end()
    })
    const options = { privateHosts: [`127.0.0.1:${outer.port}`] }
    expect(await failToSave(outer.url, options)).toMatchObject({ code: 'url-refused', reason })
    expect(inner.connections()).toBe(0)
  })
})

describe('a server', () => {
  it.each([201, 204, 206, 300, 304, 400, 401, 403, 404, 410, 500, 503])(
    'that answers %i has no file to give',
    async (status) => {
      const site = await serve((_, response) => response.writeHead(status).end())
      expect(await failToSave(site.url)).toMatchObject({
        code: 'url-failed',
        status: 502,
        remoteStatus: status,
      })
    },
  )

  it('that redirects nowhere has none either', async () => {
    const site = await serve((_, response) => response.writeHead(302).end())
    expect(await failToSave(site.url)).toMatchObject({ code: 'url-failed', remoteStatus: 302 })
  })

  it.each([
    ['cuts the file short', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'],
    [
      'cuts the file short, in chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
    ],
    ['cuts a chunk short', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello'],
    ['does not say where the file ends', 'HTTP/1.1 200 OK\r\n\r\nhello'],
    ['speaks HTTP/1.0 without a length', 'HTTP/1.0 200 OK\r\n\r\nhello'],
    ['packs the transfer', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['says two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    [
      'says a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['says no number', 'HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello'],
    [
      'switches protocols',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    ],
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['says nothing', ''],
  ])('that %s fails, and nothing is saved', async (_, answer) => {
    expect(await failToSave(await serveRaw(answer))).toMatchObject({
      code: 'url-failed',
      status: 502,
    })
  })

  it('that speaks HTTP/1.0 with a length is read', async () => {
    const url = await serveRaw('HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello')
    await storage.saveFromUrl('f', url, { privateHosts })
    expect(await storage.readText('f')).toBe('hello')
  })

  it('that says in its own spelling that it packs nothing is read', async () => {
    const site = await serve((_, response) => {
      response.writeHead(200, { 'Content-Encoding': ' Identity' }).end('hello')
    })
    await storage.saveFromUrl('f', site.url, { privateHosts })
    expect(await storage.readText('f')).toBe('hello')
  })

  it('that packs the file though asked not to fails: its bytes would not be the file’s', async () => {
    const site = await serve((_, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('hello'))
    })
    expect(await failToSave(site.url)).toMatchObject({ code: 'url-failed' })
  })

  it('that nobody listens at fails', async () => {
    const site = await serve(() => {})
    site.server.close()
    await once(site.server, 'close')
    expect(await failToSave(site.url)).toMatchObject({
      code: 'url-failed',
      cause: { code: 'ECONNREFUSED' },
    })
  })

  it('whose certificate nobody vouches for fails', async () => {
    const server = createSecureServer(await createSelfSigned(), (_, response) =>
      response.end('hello'),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    ends.push(
      () => server.closeAllConnections(),
      () => server.close(),
    )
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}${secretPath}`
    expect(await failToSave(url)).toMatchObject({ code: 'url-failed' })
  })
})

describe('the size', () => {
  it('is looked at before the first byte, where it is declared', async () => {
    const site = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': 11 })
      response.flushHeaders()
    })
    expect(await failToSave(site.url, { privateHosts, maxBytes: 10 })).toMatchObject({
      code: 'file-too-large',
      status: 413,
      fileName: 'f',
      limit: 10,
      actual: 11,
    })
  })

  it('is counted, and ends the connection of who sends without an end', async () => {
    const closed = createDeferred()
    const site = await serve((_, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(1000)), 1)
      response.on('close', () => {
        clearInterval(timer)
        closed.resolve()
      })
    })
    expect(await failToSave(site.url, { privateHosts, maxBytes: 100_000 })).toMatchObject({
      code: 'file-too-large',
      limit: 100_000,
    })
    await closed.promise
  })

  it('may be just what is taken', async () => {
    const site = await serve((_, response) => response.end('0123456789'))
    expect(await storage.saveFromUrl('f', site.url, { privateHosts, maxBytes: 10 })).toBe('f')
  })
})

describe('the time', () => {
  const hasty = { privateHosts, timeoutSeconds: 0.2 }
  const timeout = { code: 'url-timeout', status: 504, limit: 0.2 }

  it('ends who takes a connection and says nothing', async () => {
    const site = await serve(() => {})
    expect(await failToSave(site.url, hasty)).toMatchObject(timeout)
  })

  it('ends who stops in the middle', async () => {
    const url = await serveRaw('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello', false)
    expect(await failToSave(url, hasty)).toMatchObject(timeout)
  })

  it('ends who never stops, a byte at a time', async () => {
    const site = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 5)
      response.on('close', () => clearInterval(timer))
    })
    expect(await failToSave(site.url, hasty)).toMatchObject(timeout)
  })

  it('ends a name server that says nothing', async () => {
    const reason = new Error('the time is up')
    const cancellation = new AbortController()
    const lookupAll: LookupAll = () => cancellation.abort(reason)
    const { signal } = cancellation
    const task = { fileName: 'f', maxBytes: 1, privateHosts: [], signal, lookupAll }
    await expect(urlBytes({ ...task, url: 'http://public.example/' }).next()).rejects.toBe(reason)
  })

  it('is up when the caller says so, with the caller’s reason', async () => {
    const cancellation = new AbortController()
    const { signal } = cancellation
    const reason = new Error('no longer wanted')
    const site = await serve(() => cancellation.abort(reason))
    await expect(storage.saveFromUrl('f', site.url, { privateHosts, signal })).rejects.toBe(reason)
    await expect(storage.saveFromUrl('f', site.url, { privateHosts, signal })).rejects.toBe(reason)
    expect(site.requests).toHaveLength(1)
    expect(await unfinished()).toEqual([])
  })
})
