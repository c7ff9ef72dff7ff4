// What a client without a token can make the server hold.

import { once } from 'node:events'
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { maxIdleBodies } from '../../src/http/fetch/idle-bodies.ts'
import { maxFilesPerSession } from '../../src/http/node/file-places.ts'
import { createTitofisto } from '../../src/index.ts'
import type { Storage } from '../../src/index.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { createDeferred } from '../support/deferred.ts'
import { countDescriptors, until } from '../support/descriptors.ts'
import { createGround, secret } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { startFileServer } from '../support/file-server.ts'
import type { FileServer } from '../support/file-server.ts'
import { exchange } from '../support/raw-http.ts'

const path = '/media/public/large.bin'
const largeBytes = Buffer.alloc(24 * 1024 * 1024, 7)

let ground: Ground
let files: Titofisto<LocalStorage>
let server: FileServer

beforeEach(async () => {
  ground = await createGround()
  await writeFile(join(ground.root, 'public/large.bin'), largeBytes)
  await writeFile(join(ground.root, 'public/middle.bin'), Buffer.alloc(100_000, 8))
  files = ground.create({ mediaUrl: 'http://x/media/', mountPath: '/media/' })
  server = await startFileServer((req, res) => void files.handler(req, res))
})

afterEach(async () => {
  await server.close()
  await until(() => countDescriptors(ground.root) === 0, 'all files are closed')
  await ground.remove()
})

describe('requests in line on one connection', () => {
  it.each(['', 'Range: bytes=0-9,2000000-20000000\r\n'])(
    'open a file only when their turn has come (%j)',
    async (headers) => {
      const socket = await server.open()
      socket.pause()
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`.repeat(500))
      await until(() => countDescriptors(ground.root) > 0, 'the first is open')
      // Those after it have been read by now, and this one is answered.
      expect((await server.get('/media/public/middle.bin')).body.length).toBe(100_000)
      expect(countDescriptors(ground.root)).toBe(1)
      socket.destroy()
    },
  )

  it('are all answered, in order', async () => {
    const socket = await server.open()
    const names = ['middle.bin', 'large.bin', 'open.txt', 'gone', 'middle.bin', 'middle.bin']
    const request = names.map((name) => `GET /media/public/${name} HTTP/1.1\r\nHost: x\r\n\r\n`)
    const { replies } = await exchange(
      socket,
      request.join(''),
      names.map(() => 'GET'),
    )
    expect(replies.map(({ status, body }) => [status, body.length])).toEqual([
      [200, 100_000],
      [200, largeBytes.length],
      [200, 12],
      [404, 10],
      [200, 100_000],
      [200, 100_000],
    ])
  })
})

describe('streams of one HTTP/2 session', () => {
  it('have so many files open and no more, the others come after them or leave', async () => {
    const http2 = createHttp2((req, res) => void files.handler(req, res)).listen(0, '127.0.0.1')
    await once(http2, 'listening')
    const origin = `http://127.0.0.1:${(http2.address() as AddressInfo).port}`
    const [greedy, modest] = [connectHttp2(origin), connectHttp2(origin)]
    try {
      const streams = Array.from({ length: maxFilesPerSession * 4 }, () => {
        const stream = greedy.request({ ':path': path })
        stream.on('error', () => {})
        return stream
      })
      await until(() => countDescriptors(ground.root) === maxFilesPerSession, 'its share is open')
      // Another session is not kept waiting.
      const other = modest.request({ ':path': '/media/public/middle.bin' })
      let length = 0
      other.on('data', (chunk: Buffer) => (length += chunk.length))
      await once(other, 'end')
      expect(length).toBe(100_000)
      expect(countDescriptors(ground.root)).toBe(maxFilesPerSession)
      // Those who leave the line make no place, those who had a place do.
      const last = streams.at(-1) ?? expect.unreachable()
      for (const stream of streams) if (stream !== last) stream.close(8)
      const [headers] = (await once(last, 'response')) as [Record<string, unknown>]
      expect(headers[':status']).toBe(200)
      await until(() => countDescriptors(ground.root) === 1, 'only the last is open')
    } finally {
      greedy.destroy()
      modest.destroy()
      http2.close()
    }
  })
})

describe('Responses of the Fetch door', () => {
  const ask = (headers: Record<string, string> = {}) =>
    files.fetch(new Request(`http://x${path}`, { headers }))

  it('that nobody reads hold few files, and none after a while', async () => {
    for (let index = 0; index < 200; index++) await ask()
    expect(countDescriptors(ground.root)).toBeLessThanOrEqual(maxIdleBodies)
    await until(() => countDescriptors(ground.root) === 0, 'all are given up')
  })

  it('that somebody began to read and dropped hold few files, too', async () => {
    for (let index = 0; index < 100; index++) {
      const reader = (await ask()).body?.getReader()
      await reader?.read()
    }
    expect(countDescriptors(ground.root)).toBeLessThanOrEqual(maxIdleBodies)
  })

  it('are whole however late and however slowly they are read', async () => {
    const replies = []
    for (let index = 0; index < maxIdleBodies * 2; index++)
      replies.push(await ask({ range: 'bytes=5-1000004,2000000-2500000' }))
    const first = replies[0] ?? expect.unreachable()
    const reader = first.body?.getReader() ?? expect.unreachable()
    let length = 0
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      length += step.value.length
      // Others push it out between any two reads.
      for (let index = 0; index <= maxIdleBodies; index++) await ask({ range: 'bytes=0-' })
    }
    expect(length).toBe(Number(first.headers.get('content-length')))
    const whole = await ask()
    for (let index = 0; index <= maxIdleBodies; index++) await ask()
    expect(Buffer.from(await whole.arrayBuffer()).equals(largeBytes)).toBe(true)
  })

  it('break off where the file was replaced before they were read: never a mix (promise 4)', async () => {
    const late = await ask()
    for (let index = 0; index <= maxIdleBodies; index++) await ask()
    const next = join(ground.root, 'next.bin')
    await writeFile(next, Buffer.alloc(largeBytes.length, 9))
    await rename(next, join(ground.root, 'public/large.bin'))
    await expect(late.arrayBuffer()).rejects.toThrow('changed')
  })

  it('break off also where the other file has the same size and the same times', async () => {
    const original = join(ground.root, 'public/large.bin')
    await utimes(original, 1_690_000_000, 1_690_000_000)
    const late = await ask()
    for (let index = 0; index <= maxIdleBodies; index++) await ask()
    const next = join(ground.root, 'next.bin')
    await writeFile(next, Buffer.alloc(largeBytes.length, 9))
    await utimes(next, 1_690_000_000, 1_690_000_000)
    await rename(next, original)
    await expect(late.arrayBuffer()).rejects.toThrow('changed')
  })

  it('that are cancelled while their file is opened again close it', async () => {
    const isAsked = createDeferred()
    const mayOpen = createDeferred()
    let isLate = false
    const storage: Storage = {
      ...files.storage,
      async open(name) {
        if (isLate) {
          isAsked.resolve()
          await mayOpen.promise
        }
        return files.storage.open(name)
      },
    }
    const slow = createTitofisto({ secret, storage, durable: false })
    const askSlowly = () => slow.fetch(new Request(`http://x${path}`))
    const reader = (await askSlowly()).body?.getReader() ?? expect.unreachable()
    for (let index = 0; index <= maxIdleBodies; index++) await askSlowly()
    isLate = true
    const read = reader.read()
    await isAsked.promise
    await reader.cancel()
    mayOpen.resolve()
    expect((await read).done).toBe(true)
    await until(() => countDescriptors(ground.root) === 0, 'all are closed')
    await slow.close()
  })

  it('that are cancelled close their file, as do 304 and HEAD', async () => {
    await (await ask()).body?.cancel()
    const etag = (await ask()).headers.get('etag') ?? ''
    expect((await ask({ 'if-none-match': etag })).status).toBe(304)
    await files.fetch(new Request(`http://x${path}`, { method: 'HEAD' }))
    await until(() => countDescriptors(ground.root) === 0, 'all are closed')
  })
})
