// Whatever other people's code makes of request and response: the handler never throws, its promise
// never rejects, nothing is left open, and the process lives.

import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogEntry } from '../../src/log.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { countDescriptors, until } from '../support/descriptors.ts'
import { createGround } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { startFileServer } from '../support/file-server.ts'
import type { FileServer } from '../support/file-server.ts'
import { exchange } from '../support/raw-http.ts'

let ground: Ground
let files: Titofisto<LocalStorage>
let server: FileServer
let entries: LogEntry[]
let uncaught: unknown[]
/** What is done to the objects before our handler gets them. */
let spoil: (req: IncomingMessage, res: ServerResponse) => void
let next: (() => unknown) | undefined
let settled: Promise<unknown>[]
const note = (error: unknown) => uncaught.push(error)

beforeEach(async () => {
  ground = await createGround()
  entries = []
  uncaught = []
  settled = []
  next = undefined
  spoil = () => {}
  process.on('unhandledRejection', note).on('uncaughtException', note)
  files = ground.create({ sweepSeconds: 0, log: (entry) => entries.push(entry) })
  server = await startFileServer((req, res) => {
    spoil(req, res)
    settled.push(files.handler(req, res, next))
  })
})

afterEach(async () => {
  await until(() => countDescriptors(ground.root) === 0, 'all files are closed')
  await server.close()
  await files.close()
  process.off('unhandledRejection', note).off('uncaughtException', note)
  expect(uncaught).toEqual([])
  await ground.remove()
})

/** Asks and lets the answer be whatever it is. */
async function ask(path: string): Promise<{ statuses: number[]; isBroken: boolean }> {
  const socket = await server.open()
  const { replies, isBroken } = await exchange(socket, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  socket.destroy()
  await Promise.all(settled)
  return { statuses: replies.map(({ status }) => status), isBroken }
}

function throwing(what: string) {
  return () => {
    throw new Error(`${what} threw`)
  }
}

const spoilers: Readonly<Record<string, typeof spoil>> = {
  'a url that throws': (req) => Object.defineProperty(req, 'url', { get: throwing('url') }),
  'an originalUrl that throws': (req) =>
    Object.defineProperty(req, 'originalUrl', { get: throwing('originalUrl') }),
  'a setHeader() that throws': (_, res) => (res.setHeader = throwing('setHeader')),
  'a writeHead() that throws': (_, res) => (res.writeHead = throwing('writeHead')),
  'a write() and end() that throw': (_, res) =>
    Object.assign(res, { write: throwing('write'), end: throwing('end') }),
  'a write() and end() that reject': (_, res) =>
    Object.assign(res, {
      write: () => Promise.reject(new Error('write rejected')),
      end: () => Promise.reject(new Error('end rejected')),
    }),
  'an on() that throws': (_, res) =>
    Object.assign(res, { on: throwing('on'), write: res.write.bind(res) }),
  'a headersSent that throws': (_, res) =>
    Object.defineProperty(res, 'headersSent', { get: throwing('headersSent') }),
}

describe.each(Object.entries(spoilers))('%s', (_, spoiler) => {
  it.each(['ten.bin', 'big.bin', 'gone.bin'])(
    'ends the connection of %s and no more',
    async (name) => {
      const url = name === 'gone.bin' ? '/media/gone.bin?titofisto_token=x' : await files.url(name)
      spoil = spoiler
      const { statuses, isBroken } = await ask(url)
      // Node's own pieces may still do: then the answer is whole.
      expect(isBroken || statuses.length === 1).toBe(true)
      if (isBroken)
        expect(entries).toContainEqual(expect.objectContaining({ event: 'send-failed' }))
      spoil = () => {}
      expect((await server.get('/media/public/open.txt')).status).toBe(200)
    },
  )
})

describe('a response that others answer', () => {
  it.each(['ten.bin', 'big.bin'])('before us is theirs (%s)', async (name) => {
    const url = await files.url(name)
    spoil = (_, res) => void res.writeHead(418).end()
    expect((await ask(url)).statuses).toEqual([418])
    expect(entries).toContainEqual(expect.objectContaining({ event: 'answered-by-others' }))
  })

  it.each(['ten.bin', 'big.bin'])('while we look for the file is theirs (%s)', async (name) => {
    const url = await files.url(name)
    spoil = (_, res) => process.nextTick(() => res.writeHead(503).end())
    expect((await ask(url)).statuses).toEqual([503])
  })

  it.each([false, true])('in the middle breaks off: wrapped %s', async (isWrapped) => {
    spoil = (_, res) => {
      if (isWrapped) {
        const write = res.write.bind(res)
        res.write = ((chunk: Buffer) => write(chunk)) as typeof res.write
      }
      const write: unknown = Reflect.get(res, 'write')
      let calls = 0
      Object.defineProperty(res, 'write', {
        get: () => {
          // Read for the check, and for each write.
          if (++calls > 4 && res.headersSent) res.end()
          return write
        },
      })
    }
    const { statuses, isBroken } = await ask(await files.url('big.bin'))
    expect(statuses).toEqual([200])
    expect(isBroken).toBe(true)
  })
})

describe('next()', () => {
  it.each([throwing('next'), () => Promise.reject(new Error('next rejected'))])(
    'that fails is answered with a 500 and logged',
    async (failing) => {
      next = failing
      expect((await ask('/elsewhere')).statuses).toEqual([500])
      expect(entries).toContainEqual(expect.objectContaining({ event: 'next-failed' }))
    },
  )
})

describe('a log that throws', () => {
  it('ends no answer', async () => {
    files = ground.create({ log: throwing('log') })
    spoil = (_, res) => (res.write = throwing('write'))
    expect((await ask(await files.url('big.bin'))).isBroken).toBe(true)
  })
})

describe("a handler's stream whose cancel() throws", () => {
  it('ends nothing when the client leaves', async () => {
    const cancelled = { count: 0 }
    const kind = files.slot('stream', {
      handler: () =>
        new Response(
          new ReadableStream({
            pull: (controller) => controller.enqueue(new Uint8Array(70_000)),
            cancel() {
              cancelled.count++
              throw new Error('user code')
            },
          }),
        ),
    })
    const socket = await server.open()
    socket.write(`POST ${await kind.url()} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx`)
    await once(socket, 'readable')
    socket.destroy()
    await until(() => cancelled.count === 1, 'the stream is cancelled')
    await Promise.all(settled)
  })
})
