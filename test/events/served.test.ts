// What is told of downloads, and when: at the end of each answer, whole or not, through every door.

import { once } from 'node:events'
import { truncate, writeFile } from 'node:fs/promises'
import { createServer, request as requestOf } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import path from 'node:path'
import compression from 'compression'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { createGround, settle, tenBytes } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { exchange } from '../support/raw-http.ts'
import { EventRecorder } from './event-recorder.ts'

/** More than all buffers between a server and a client that doesn't read. */
const hugeBytes = 256 * 1024 * 1024

let ground: Ground
let recorder: EventRecorder
let files: Titofisto<LocalStorage>
const closing: (() => unknown)[] = []

beforeEach(async () => {
  ground = await createGround()
  recorder = new EventRecorder()
  files = ground.create({ onEvent: recorder.onEvent })
  await writeFile(path.join(ground.root, 'huge.bin'), '')
  await truncate(path.join(ground.root, 'huge.bin'), hugeBytes)
})

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
  await files.close()
  await ground.remove()
})

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

async function ask(
  port: number,
  target: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number | undefined; body: Buffer }> {
  const request = requestOf({
    port,
    host: '127.0.0.1',
    path: target,
    method,
    headers,
    agent: false,
  })
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const body = Buffer.concat(await response.toArray())
  return { status: response.statusCode, body }
}

/** Asks, reads a little of the answer, and leaves. */
async function askAndLeave(port: number, target: string): Promise<void> {
  const request = requestOf({ port, host: '127.0.0.1', path: target, agent: false })
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  await once(response, 'readable')
  response.destroy()
}

describe("of a download through Node's door is told", () => {
  let port: number

  beforeEach(async () => {
    port = await listen(createServer(files.handler))
  })

  it('what was served, how much of it, from where and for how long', async () => {
    await ask(port, await files.url('ten.bin'))
    const { seconds, ...event } = await recorder.only('file-served')
    expect(event).toEqual({
      type: 'file-served',
      name: 'ten.bin',
      public: false,
      method: 'GET',
      status: 200,
      part: 'whole',
      from: 'storage',
      bytes: 10,
      sizeBytes: 10,
      aborted: false,
    })
    expect(seconds).toBeGreaterThan(0)
  })

  it('all bytes of a file that is sent in pieces', async () => {
    const { body } = await ask(port, await files.url('big.bin'))
    expect(body.length).toBe(ground.bigBytes.length)
    expect(await recorder.only('file-served')).toMatchObject({
      bytes: ground.bigBytes.length,
      sizeBytes: ground.bigBytes.length,
      part: 'whole',
      aborted: false,
    })
  })

  it.each([
    ['a range', { Range: 'bytes=2-4' }, { status: 206, part: 'range', bytes: 3 }],
    ['a range that is none', { Range: 'bytes=99-' }, { status: 416, part: 'none', bytes: 0 }],
    ['what has not changed', { 'If-None-Match': '*' }, { status: 304, part: 'none', bytes: 0 }],
    ['a condition that fails', { 'If-Match': '"no"' }, { status: 412, part: 'none', bytes: 0 }],
  ])('%s', async (_, headers, expected) => {
    const { status } = await ask(port, await files.url('ten.bin'), { headers })
    expect(status).toBe(expected.status)
    expect(await recorder.only('file-served')).toMatchObject({
      ...expected,
      sizeBytes: 10,
      aborted: false,
    })
  })

  it('the length of several ranges with what stands between them', async () => {
    const headers = { Range: 'bytes=0-1,5-6' }
    const { body } = await ask(port, await files.url('big.bin'), { headers })
    expect(await recorder.only('file-served')).toMatchObject({ part: 'range', bytes: body.length })
  })

  it('HEAD, which brings no bytes', async () => {
    await ask(port, await files.url('big.bin'), { method: 'HEAD' })
    expect(await recorder.only('file-served')).toMatchObject({
      method: 'HEAD',
      status: 200,
      part: 'none',
      bytes: 0,
      aborted: false,
    })
  })

  it('that a public file needed no token', async () => {
    await ask(port, await files.url('public/open.txt'))
    expect(await recorder.only('file-served')).toMatchObject({ public: true, status: 200 })
  })

  it('that a client left in the middle, with what it had taken by then', async () => {
    await askAndLeave(port, await files.url('huge.bin'))
    const event = await recorder.only('file-served')
    expect(event).toMatchObject({ status: 200, aborted: true, sizeBytes: hugeBytes })
    expect(event.bytes).toBeLessThan(hugeBytes)
  })

  it('each of two requests that came at once, also where their client left before', async () => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const huge = await files.url('huge.bin')
    const small = await files.url('ten.bin')
    for (const target of [huge, small]) socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await once(socket, 'readable')
    socket.destroy()
    // The second waits for its turn, which never comes: of a file that was never opened nothing is told.
    expect(await recorder.wait('file-served')).toMatchObject([{ name: 'huge.bin', aborted: true }])
  })

  it('each of many on one connection', async () => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const target = await files.url('ten.bin')
    const requests = `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(5)
    const { replies } = await exchange(
      socket,
      requests,
      Array.from({ length: 5 }, () => 'GET'),
    )
    socket.destroy()
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    const events = await recorder.wait('file-served', 5)
    expect(events.map(({ bytes, aborted }) => [bytes, aborted])).toEqual(
      Array.from({ length: 5 }, () => [10, false]),
    )
  })

  it('nothing of a path that is not ours, or a method that is none for files', async () => {
    await ask(port, '/elsewhere')
    await ask(port, await files.url('ten.bin'), { method: 'POST' })
    await ask(port, await files.url('ten.bin'))
    await recorder.only('file-served')
    expect(recorder.events.map(({ type }) => type)).toEqual([
      'link-made',
      'link-made',
      'file-served',
    ])
  })
})

describe('a file that is kept in memory', () => {
  it('is told to come from the storage when it was read, and from memory afterwards', async () => {
    const storage = settle(ground.create().storage)
    const kept = ground.create({ storage, cacheBytes: 1024 * 1024, onEvent: recorder.onEvent })
    const port = await listen(createServer(kept.handler))
    const target = await kept.url('ten.bin')
    await expect
      .poll(async () => {
        const { body } = await ask(port, target)
        expect(body.equals(tenBytes)).toBe(true)
        return recorder.of('file-served').at(-1)
      })
      .toMatchObject({ from: 'memory', bytes: 10, aborted: false })
    expect(recorder.of('file-served')[0]).toMatchObject({ from: 'storage', bytes: 10 })
  })
})

describe('through HTTP/2 is told', () => {
  async function openSession() {
    const server = createHttp2(files.handler)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    closing.push(
      () => server.close(),
      () => session.destroy(),
    )
    return session
  }

  it.each([
    ['GET', 'ten.bin', 10],
    ['GET', 'big.bin', 3 * 1024 * 1024],
    ['HEAD', 'ten.bin', 0],
  ])('a %s of %s that went out whole', async (method, name, bytes) => {
    const session = await openSession()
    const stream = session.request({ ':path': await files.url(name), ':method': method })
    stream.resume()
    await once(stream, 'close')
    expect(await recorder.only('file-served')).toMatchObject({ method, bytes, aborted: false })
  })

  it('a stream that its client reset', async () => {
    const session = await openSession()
    const stream = session.request({ ':path': await files.url('huge.bin') })
    await once(stream, 'readable')
    stream.close(8)
    expect(await recorder.only('file-served')).toMatchObject({ aborted: true })
  })
})

describe("behind other people's middleware is told", () => {
  const listener: RequestListener = (req, res) => {
    compression({ threshold: 0 })(req, res, () => void files.handler(req, res))
  }

  it('how many bytes were handed on, before they were compressed', async () => {
    const port = await listen(createServer(listener))
    const headers = { 'Accept-Encoding': 'gzip' }
    await ask(port, await files.url('folder/inner.txt'), { headers })
    expect(await recorder.only('file-served')).toMatchObject({ bytes: 6, aborted: false })
  })

  it('that the client left', async () => {
    const port = await listen(createServer(listener))
    await askAndLeave(port, await files.url('huge.bin'))
    expect(await recorder.only('file-served')).toMatchObject({ aborted: true })
  })
})

describe('through the Fetch door is told', () => {
  async function get(name: string, init: RequestInit = {}): Promise<Response> {
    return files.fetch(new Request(new URL(await files.url(name), 'http://x'), init))
  }

  it('a body that was read to its end', async () => {
    await (await get('big.bin')).arrayBuffer()
    expect(await recorder.only('file-served')).toMatchObject({
      bytes: ground.bigBytes.length,
      aborted: false,
    })
  })

  it('a body that was cancelled, with what was read of it', async () => {
    const reader = (await get('huge.bin')).body?.getReader()
    const first = await reader?.read()
    await reader?.cancel()
    const event = await recorder.only('file-served')
    expect(event).toMatchObject({ aborted: true })
    expect(event.bytes).toBeGreaterThanOrEqual(first?.value?.length ?? 0)
    expect(event.bytes).toBeLessThan(hugeBytes)
  })

  it.each([
    ['HEAD', {}, 200],
    ['GET', { 'If-None-Match': '*' }, 304],
  ])('a %s without a body, at once', async (method, headers, status) => {
    await get('big.bin', { method, headers })
    expect(recorder.of('file-served')).toMatchObject([{ status, bytes: 0, aborted: false }])
  })
})

describe('a refusal', () => {
  it.each([
    ['another name', 'bad-signature', (url: string) => url.replace('ten', 'big'), 'big.bin'],
    ['no token', 'malformed', (url: string) => url.replace(/\?.*/, ''), undefined],
    ['half a token', 'malformed', (url: string) => url.slice(0, -9), 'ten.bin'],
  ])('is told with its reason: %s', async (_, reason, change, name) => {
    const url = new URL(change(await files.url('ten.bin')), 'http://x')
    expect((await files.fetch(new Request(url))).status).toBe(404)
    const about = name === undefined ? {} : { name }
    expect(recorder.of('file-refused')).toEqual([{ type: 'file-refused', reason, ...about }])
  })

  it('of a missing file is told as such', async () => {
    const url = await files.url('ten.bin')
    await files.storage.delete('ten.bin')
    await files.fetch(new Request(new URL(url, 'http://x')))
    expect(recorder.of('file-refused')).toMatchObject([{ reason: 'file-missing', name: 'ten.bin' }])
  })

  it('shows nothing of a token that a link encoded once too often has in its name', async () => {
    const log: unknown[] = []
    const logged = ground.create({ onEvent: recorder.onEvent, log: (entry) => log.push(entry) })
    const url = await logged.url('ten.bin')
    const [, token = ''] = url.split('=')
    const target = `${url.replace('?', '%3F').replace('=', '%3D')}?titofisto_token=${token}`
    await logged.fetch(new Request(new URL(target, 'http://x')))
    const name = 'ten.bin?titofisto_token=[token]'
    expect(recorder.of('file-refused')).toMatchObject([{ reason: 'file-missing', name }])
    expect(log).toMatchObject([{ reason: 'file-missing', name }])
  })
})

describe('a link', () => {
  it.each([
    ['an ordinary one', 'ten.bin', {}, { tokenFormat: 'native', lifeSeconds: 3600, bound: false }],
    ['one with a life', 'ten.bin', { expiresIn: 60 }, { lifeSeconds: 60 }],
    ['one for a user', 'ten.bin', { bind: 'ann' }, { bound: true }],
    ['one of a public file', 'public/open.txt', {}, { tokenFormat: null, lifeSeconds: null }],
  ])('is told when it is made: %s', async (_, name, options, expected) => {
    await files.url(name, options)
    expect(await recorder.only('link-made')).toMatchObject({ name, ...expected })
  })

  it('for ever has no number of seconds', async () => {
    const forever = ground.create({ timeoutSeconds: Infinity, onEvent: recorder.onEvent })
    await forever.url('ten.bin')
    expect(await recorder.only('link-made')).toMatchObject({ lifeSeconds: null })
  })

  it("of Django's is told as such", async () => {
    const django = ground.create({ interop: 'django', onEvent: recorder.onEvent })
    await django.url('ten.bin')
    expect(await recorder.only('link-made')).toMatchObject({ tokenFormat: 'django' })
  })

  it('that could not be made is not', async () => {
    await expect(files.url('none.bin')).rejects.toThrow()
    expect(recorder.events).toEqual([])
  })
})

describe('a hook that throws', () => {
  it('is told as a failure, and without what it threw', async () => {
    const bound = ground.create({
      onEvent: recorder.onEvent,
      bindOf: () => {
        throw new Error('canary')
      },
    })
    const url = new URL(await bound.url('ten.bin', { bind: 'ann' }), 'http://x')
    expect((await bound.fetch(new Request(url))).status).toBe(500)
    expect(recorder.of('file-failed')).toEqual([
      { type: 'file-failed', name: 'ten.bin', reason: 'bind-failed' },
    ])
  })
})
