// What goes wrong while files are sent: the file, the client, the disk.

import { once } from 'node:events'
import { closeSync, copyFileSync, openSync } from 'node:fs'
import { chmod, copyFile, rename, truncate, writeFile } from 'node:fs/promises'
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { giveBuffer, maxLargeBuffers, takeLargeBuffer } from '../../src/http/node/send-buffers.ts'
import { TitofistoError } from '../../src/errors.ts'
import type { LogEntry } from '../../src/log.ts'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import type { TitofistoOptions } from '../../src/titofisto-options.ts'
import { collectGarbage } from '../support/collect-garbage.ts'
import { countDescriptors, until } from '../support/descriptors.ts'
import { createGround, settle, tenBytes } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { startFileServer } from '../support/file-server.ts'
import type { FileServer } from '../support/file-server.ts'
import { exchange, parseReplies } from '../support/raw-http.ts'

let ground: Ground
let files: Titofisto<LocalStorage>
let server: FileServer
let entries: LogEntry[]

beforeEach(async () => {
  ground = await createGround()
  await start()
})

afterEach(async () => {
  await server.close()
  await ground.remove()
})

async function start(options: Partial<TitofistoOptions> = {}) {
  entries = []
  files = ground.create({ log: (entry) => entries.push(entry), ...options })
  server = await startFileServer((req, res) => void files.handler(req, res))
}

async function restart(options: Partial<TitofistoOptions>) {
  await server.close()
  await start(options)
}

/** Asks for a file and reads nothing of it: the server stalls once the kernel's buffers are full. */
async function stall(path: string) {
  const socket = await server.open()
  socket.pause()
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  return socket
}

/** A file far larger than what the kernel takes for a client that doesn't read, all of one byte. */
async function makeHuge(name: string, byte: number) {
  const path = join(ground.root, name)
  await writeFile(path, Buffer.alloc(48 * 1024 * 1024, byte))
  return path
}

describe('a file cut short while it is sent', () => {
  it('breaks the connection, and no wrong byte goes out (promise 4)', async () => {
    const path = await makeHuge('huge.bin', 0x61)
    const socket = await stall(await files.url('huge.bin'))
    await until(() => countDescriptors(ground.root) === 1, 'the file is open')
    await truncate(path, 100_000)
    const { replies, isBroken } = await exchange(socket, '')
    expect(isBroken).toBe(true)
    const [reply] = replies
    expect(reply?.status).toBe(200)
    expect(reply?.body.length).toBeLessThan(48 * 1024 * 1024)
    expect(reply?.body.every((byte) => byte === 0x61)).toBe(true)
    await until(() => countDescriptors(ground.root) === 0, 'the file is closed')
    expect(entries.filter(({ level }) => level === 'error')).toMatchObject([
      { event: 'send-failed' },
    ])
  })

  it('breaks the stream over HTTP/2 too', async () => {
    const path = await makeHuge('huge.bin', 0x61)
    const http2 = createHttp2((req, res) => void files.handler(req, res)).listen(0, '127.0.0.1')
    await once(http2, 'listening')
    const session = connectHttp2(`http://127.0.0.1:${(http2.address() as AddressInfo).port}`)
    try {
      const stream = session.request({ ':path': await files.url('huge.bin') })
      await once(stream, 'response')
      await truncate(path, 100_000)
      let length = 0
      stream.on('data', (chunk: Buffer) => (length += chunk.length))
      await expect(once(stream, 'end').then(() => length)).rejects.toThrow()
      expect(length).toBeLessThan(48 * 1024 * 1024)
      await until(() => countDescriptors(ground.root) === 0, 'the file is closed')
    } finally {
      session.destroy()
      http2.close()
    }
  })

  it('leaves other downloads alone', async () => {
    const path = await makeHuge('huge.bin', 0x61)
    const socket = await stall(await files.url('huge.bin'))
    await until(() => countDescriptors(ground.root) === 1, 'the file is open')
    await truncate(path, 0)
    const reply = await server.get(await files.url('big.bin'))
    expect(reply.body.equals(ground.bigBytes)).toBe(true)
    expect((await exchange(socket, '')).isBroken).toBe(true)
  })
})

describe('a file replaced while it is sent', () => {
  it('is the old one whole; the old link is dead, the new one gives the new file', async () => {
    await makeHuge('huge.bin', 0x61)
    const next = await makeHuge('next.bin', 0x62)
    const oldUrl = await files.url('huge.bin')
    const socket = await stall(oldUrl)
    await until(() => countDescriptors(ground.root) === 1, 'the file is open')
    await rename(next, join(ground.root, 'huge.bin'))
    const { replies, isBroken } = await exchange(socket, '')
    expect(isBroken).toBe(false)
    expect(replies[0]?.body.every((byte) => byte === 0x61)).toBe(true)
    expect((await server.get(oldUrl)).status).toBe(404)
    const reply = await server.get(await files.url('huge.bin'))
    expect(reply.body.every((byte) => byte === 0x62)).toBe(true)
  })

  it('while others replace it all the time is old or new whole, never a mix', async () => {
    await restart({ storage: settle(createLocalStorage({ root: ground.root, durable: false })) })
    const path = join(ground.root, 'public/swapped.bin')
    const variants = [0x61, 0x62].map((byte) => Buffer.alloc(300_000 + byte, byte))
    const small = [0x63, 0x64].map((byte) => Buffer.alloc(20_000 + byte, byte))
    let turn = 0
    for (const contents of [variants, small]) {
      const sources = contents.map((_, index) => join(ground.folder, `variant-${index}`))
      for (const [index, source] of sources.entries())
        await writeFile(source, contents[index] ?? '')
      copyFileSync(sources[0] ?? '', path)
      for (let round = 0; round < 60; round++) {
        const asked = Promise.all([1, 2, 3].map(() => server.get('/media/public/swapped.bin')))
        await copyFile(sources[turn++ % 2] ?? '', `${path}.new`)
        await rename(`${path}.new`, path)
        for (const reply of await asked) {
          expect(reply.status).toBe(200)
          expect(contents.some((content) => content.equals(reply.body))).toBe(true)
        }
      }
    }
  })
})

describe('a client that vanishes', () => {
  it.each([0, 1, 200, 70_000, 2_000_000, 3_145_000])(
    'after %d bytes leaves no descriptor open',
    async (bytes) => {
      const url = await files.url('big.bin')
      for (const headers of ['', 'Range: bytes=0-99,200000-2999999,-5\r\n']) {
        const socket = await server.open()
        socket.write(`GET ${url} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`)
        let got = 0
        if (bytes > 0)
          for await (const chunk of socket) {
            got += (chunk as Buffer).length
            // The ranges together are a little shorter than the file.
            if (got >= Math.min(bytes, 2_700_000)) break
          }
        socket.destroy()
      }
      await until(() => countDescriptors(ground.root) === 0, 'all files are closed')
      expect((await server.get(url)).status).toBe(200)
    },
  )

  it('in the middle of its request leaves nothing open', async () => {
    const url = await files.url('big.bin')
    const request = `GET ${url} HTTP/1.1\r\nHost: x\r\nRange: bytes=0-\r\n\r\n`
    for (let cut = 1; cut < request.length; cut += 7) {
      const socket = await server.open()
      socket.end(request.slice(0, cut))
      socket.destroy()
    }
    expect((await server.get(url)).status).toBe(200)
    await until(() => countDescriptors(ground.root) === 0, 'all files are closed')
  })

  it('with requests in line behind a stalled one leaves no descriptor open', async () => {
    await makeHuge('huge.bin', 0x61)
    const url = await files.url('huge.bin')
    const socket = await stall(url)
    const request = `GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`
    socket.write(request.repeat(3))
    await until(() => countDescriptors(ground.root) === 1, 'the first is open')
    socket.destroy()
    await until(() => countDescriptors(ground.root) === 0, 'all files are closed')
  })

  it('over HTTP/2 leaves no descriptor open, by stream or by connection', async () => {
    await makeHuge('huge.bin', 0x61)
    const url = await files.url('huge.bin')
    const http2 = createHttp2((req, res) => void files.handler(req, res)).listen(0, '127.0.0.1')
    await once(http2, 'listening')
    const session = connectHttp2(`http://127.0.0.1:${(http2.address() as AddressInfo).port}`)
    session.on('error', () => {})
    try {
      const streams = [1, 2, 3, 4].map(() => session.request({ ':path': url }))
      for (const stream of streams) stream.on('error', () => {})
      await Promise.all(streams.map((stream) => once(stream, 'response')))
      streams[0]?.close()
      streams[1]?.close(8)
      await until(() => countDescriptors(ground.root) === 2, 'two files are closed')
      session.destroy()
      await until(() => countDescriptors(ground.root) === 0, 'all files are closed')
    } finally {
      session.destroy()
      http2.close()
    }
  })
})

describe('200 stalled downloads', () => {
  it('hold little memory each, and stop nobody (promise 6)', async () => {
    await makeHuge('huge.bin', 0x61)
    const url = await files.url('huge.bin')
    // Warm: what the first download brings into memory stays once.
    await server.get(await files.url('big.bin'))
    await collectGarbage()
    const before = process.memoryUsage()
    const sockets = await Promise.all(Array.from({ length: 200 }, () => stall(url)))
    await until(() => countDescriptors(ground.root) === 200, 'all 200 files are open')
    // Three more go through while they stand.
    for (let round = 0; round < 3; round++)
      expect((await server.get(await files.url('big.bin'))).body.equals(ground.bigBytes)).toBe(true)
    await collectGarbage()
    const after = process.memoryUsage()
    // `arrayBuffers` counts in `external` too.
    const heldBytes =
      (after.external + after.arrayBuffers - before.external - before.arrayBuffers) / 2
    // Both ends of 200 connections are in this process: a small buffer at ours, a chunk at theirs.
    const eachBytes = (64 + 64 + 12) * 1024
    expect(heldBytes).toBeLessThan(200 * eachBytes + maxLargeBuffers * 512 * 1024)
    for (const socket of sockets) socket.destroy()
    await until(() => countDescriptors(ground.root) === 0, 'all files are closed')
    // Broken off or not, all have given up the large buffers that they shared.
    const buffers = Array.from({ length: maxLargeBuffers }, takeLargeBuffer)
    expect(buffers).not.toContain(null)
    for (const buffer of buffers) if (buffer !== null) giveBuffer(buffer)
  })
})

describe('a disk that fails', () => {
  it('before the first byte is a 500 that tells nothing, and a log entry with the cause', async () => {
    const storage = createLocalStorage({ root: ground.root })
    const cause = Object.assign(new Error(`EIO: read ${ground.root}`), { code: 'EIO' })
    await restart({
      storage: {
        ...storage,
        spoolFolder: ground.folder,
        open: (name) =>
          name === 'ten.bin'
            ? Promise.reject(
                new TitofistoError('storage-failed', 'Could not open a file.', { cause }),
              )
            : storage.open(name),
      },
    })
    const reply = await server.get(await files.url('ten.bin'))
    expect(reply.status).toBe(500)
    expect(reply.body.toString()).toBe('Internal server error\n')
    expect(reply.header('cache-control')).toBe('no-store')
    expect(JSON.stringify(reply.headers)).not.toContain(ground.root)
    expect(entries).toMatchObject([
      {
        level: 'error',
        event: 'storage-failed',
        name: 'ten.bin',
        cause: { cause: { code: 'EIO' } },
      },
    ])
    expect((await server.get(await files.url('big.bin'))).status).toBe(200)
  })

  it('after the first byte breaks the connection, and is logged', async () => {
    const storage = createLocalStorage({ root: ground.root })
    await restart({
      storage: {
        ...storage,
        spoolFolder: ground.folder,
        async open(name) {
          const opened = await storage.open(name)
          if (opened === null) return null
          return {
            facts: opened.facts,
            async *chunks() {
              yield ground.bigBytes.subarray(0, 1000)
              throw new TitofistoError('storage-failed', 'The disk is gone.')
            },
            close: () => opened.close(),
          }
        },
      },
    })
    const socket = await stall(await files.url('big.bin'))
    const { replies, isBroken } = await exchange(socket, '')
    expect(isBroken).toBe(true)
    expect(replies[0]?.body.equals(ground.bigBytes.subarray(0, 1000))).toBe(true)
    expect(entries).toMatchObject([{ level: 'error', event: 'send-failed' }])
    await until(() => countDescriptors(ground.root) === 0, 'the file is closed')
  })

  it('for lack of permission is a 500 too: the file is there, and we are at fault', async ({
    skip,
  }) => {
    if (process.getuid?.() === 0) skip('root may read everything')
    const url = await files.url('ten.bin')
    await chmod(join(ground.root, 'ten.bin'), 0)
    const reply = await server.get(url)
    expect(reply.status).toBe(500)
    expect(entries).toMatchObject([{ level: 'error', name: 'ten.bin' }])
  })

  it('for lack of descriptors is a 500, and served again afterwards', async () => {
    const url = await files.url('big.bin')
    const storage = createLocalStorage({ root: ground.root })
    await restart({ storage })
    const limit = openUntilFull(join(ground.root, 'ten.bin'))
    // The connection needs a descriptor as well: one is left over for it.
    limit.giveBack(3)
    const socket = await server.open().catch(() => null)
    limit.fill()
    try {
      if (socket !== null) {
        const { replies } = await exchange(socket, `GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`)
        expect(replies[0]?.status).toBe(500)
        expect(replies[0]?.body.toString()).toBe('Internal server error\n')
      }
    } finally {
      limit.giveBack(Infinity)
    }
    expect(entries.some(({ level }) => level === 'error')).toBe(true)
    expect((await server.get(url)).status).toBe(200)
  })
})

describe("our own user's code that fails", () => {
  it.each(['from the disk', 'from memory'])(
    'is a 500, not the end of the process: %s',
    async (way) => {
      let isBroken = false
      await restart({
        storage: settle(createLocalStorage({ root: ground.root })),
        cacheBytes: way === 'from memory' ? 1e6 : 0,
        versionOf(facts) {
          if (isBroken) throw new Error('a bug in versionOf')
          return facts.version
        },
      })
      const url = await files.url('ten.bin')
      expect((await server.get(url)).body).toEqual(tenBytes)
      isBroken = true
      expect((await server.get(url)).status).toBe(500)
      expect(entries).toMatchObject([{ level: 'error', cause: { message: 'a bug in versionOf' } }])
      isBroken = false
      expect((await server.get(url)).status).toBe(200)
    },
  )

  it('in bindOf is a 500 as well', async () => {
    await restart({
      bindOf() {
        throw new Error('a bug in bindOf')
      },
    })
    expect((await server.get(await files.url('ten.bin', { bind: 'x' }))).status).toBe(500)
    expect(entries).toMatchObject([{ level: 'error', event: 'bind-failed' }])
  })
})

describe('a disk that stalls', () => {
  it('holds up those who wait for it, and nobody else', async () => {
    const storage = settle(createLocalStorage({ root: ground.root }))
    let release = () => {}
    const stalled = new Promise<void>((resolve) => {
      release = resolve
    })
    await restart({
      storage: {
        ...storage,
        spoolFolder: ground.folder,
        async open(name) {
          if (name === 'picture.png') await stalled
          return storage.open(name)
        },
      },
    })
    const [slow, hot, cold] = await Promise.all(
      ['picture.png', 'ten.bin', 'big.bin'].map((name) => files.url(name)),
    )
    await server.get(hot ?? '')
    const waiting = Array.from({ length: 64 }, () => server.get(slow ?? ''))
    for (let round = 0; round < 20; round++) {
      expect((await server.get(hot ?? '')).body).toEqual(tenBytes)
      expect((await server.get(cold ?? '')).body.equals(ground.bigBytes)).toBe(true)
    }
    release()
    for (const reply of await Promise.all(waiting)) expect(reply.body).toEqual(tenBytes)
  })
})

describe('the test of broken answers', () => {
  it('knows a broken one from a whole one', () => {
    const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc'
    expect(parseReplies(Buffer.from(whole), ['GET'], true).isWhole).toBe(true)
    expect(parseReplies(Buffer.from(whole.slice(0, -1)), ['GET'], true).isWhole).toBe(false)
  })
})

/** Opens a file over and over until the system refuses. */
function openUntilFull(path: string) {
  const descriptors: number[] = []
  function fill() {
    try {
      for (;;) descriptors.push(openSync(path, 'r'))
    } catch {
      // EMFILE: that is what it is for.
    }
  }
  function giveBack(count: number) {
    for (const descriptor of descriptors.splice(0, Math.min(count, descriptors.length)))
      closeSync(descriptor)
  }
  fill()
  return { fill, giveBack }
}
