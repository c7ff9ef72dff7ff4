// Requests and responses that no server of Node's made, or that reach us in another form.

import { once } from 'node:events'
import { createServer, IncomingMessage, ServerResponse } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { Writable } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { inject } from 'light-my-request'
import serverless from 'serverless-http'
import supertest from 'supertest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogEntry } from '../../src/log.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { countDescriptors, until } from '../support/descriptors.ts'
import { createGround } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { startFileServer } from '../support/file-server.ts'
import { exchange } from '../support/raw-http.ts'

let ground: Ground
let files: Titofisto<LocalStorage>
let entries: LogEntry[]
let uncaught: unknown[]
const note = (error: unknown) => uncaught.push(error)

beforeEach(async () => {
  ground = await createGround()
  entries = []
  uncaught = []
  process.on('unhandledRejection', note).on('uncaughtException', note)
  files = ground.create({ sweepSeconds: 0, log: (entry) => entries.push(entry) })
})

afterEach(async () => {
  await files.close()
  await until(() => countDescriptors(ground.root) === 0, 'all files are closed')
  process.off('unhandledRejection', note).off('uncaughtException', note)
  expect(uncaught).toEqual([])
  await ground.remove()
})

const safety = {
  'content-type': 'text/html; charset=utf-8',
  'content-disposition': 'attachment; filename="page.html"',
  'x-content-type-options': 'nosniff',
}

describe('light-my-request (Fastify’s inject)', () => {
  it('gets files small and large, ranges and refusals', async () => {
    const handler = (req: unknown, res: unknown) =>
      void files.handler(req as IncomingMessage, res as ServerResponse)
    const page = await inject(handler, { url: '/media/public/page.html' })
    expect(page.headers).toMatchObject(safety)
    expect(page.payload).toBe('<h1>page</h1>')
    const url = await files.url('big.bin')
    const big = await inject(handler, { url })
    expect(big.rawPayload.equals(ground.bigBytes)).toBe(true)
    const part = await inject(handler, { url, headers: { range: 'bytes=5-99999' } })
    expect(part.statusCode).toBe(206)
    expect(part.rawPayload.equals(ground.bigBytes.subarray(5, 100_000))).toBe(true)
    expect((await inject(handler, { url: `${url}x` })).statusCode).toBe(404)
    expect((await inject(handler, { url, method: 'HEAD' })).payload).toBe('')
  })

  it('uploads', async () => {
    const kind = files.slot('upload', { handler: ({ file }) => file.sizeBytes })
    const reply = await inject(
      (req: unknown, res: unknown) =>
        void files.handler(req as IncomingMessage, res as ServerResponse),
      { url: await kind.url(), method: 'PUT', payload: ground.bigBytes },
    )
    expect([reply.statusCode, reply.payload]).toEqual([200, String(ground.bigBytes.length)])
  })
})

describe('serverless-http', () => {
  const event = (path: string, more: object = {}) => {
    const { pathname, searchParams } = new URL(path, 'http://x')
    const queryStringParameters = Object.fromEntries(searchParams)
    return { httpMethod: 'GET', path: pathname, queryStringParameters, headers: {}, ...more }
  }

  it.each(['bare', 'in Express'])('gets files small and large, and uploads (%s)', async (way) => {
    const app = express()
    app.use(files.handler)
    const call = serverless(way === 'bare' ? (req, res) => files.handler(req, res) : app, {
      binary: () => true,
    })
    const page = await call(event('/media/public/page.html'), {})
    expect(page.headers).toMatchObject(safety)
    expect(Buffer.from(page.body, 'base64').toString()).toBe('<h1>page</h1>')
    const big = await call(event(await files.url('big.bin')), {})
    expect(Buffer.from(big.body, 'base64').equals(ground.bigBytes)).toBe(true)
    const kind = files.slot(`upload-${way.replace(' ', '-').toLowerCase()}`, {
      handler: ({ file }) => file.sizeBytes,
    })
    const upload = { httpMethod: 'PUT', body: 'hello', headers: { 'content-length': '5' } }
    const reply = await call(event(await kind.url(), upload), {})
    expect([reply.statusCode, Buffer.from(reply.body, 'base64').toString()]).toEqual([200, '5'])
  })
})

describe('supertest', () => {
  it('gets files and uploads, by handler and by app', async () => {
    const app = express()
    app.use('/media', files.handler)
    const kind = files.slot('upload', { handler: ({ file }) => file.sizeBytes })
    for (const target of [files.handler, app]) {
      const big = await supertest(target)
        .get(await files.url('big.bin'))
        .responseType('blob')
      expect(ground.bigBytes.equals(big.body as Buffer)).toBe(true)
      const sent = await supertest(target)
        .put(await kind.url())
        .send('hello')
      expect([sent.status, sent.body]).toEqual([200, 5])
    }
  })
})

describe('a response that never gets a socket', () => {
  function make(path: string, socket: object | null = null) {
    const req = new IncomingMessage(socket as unknown as Socket)
    Object.assign(req, { method: 'GET', url: path, headers: { host: 'x' } })
    const res = new ServerResponse(req)
    return { req, res }
  }

  it.each([null, {}, { encrypted: true, readable: false, end() {}, destroy() {} }])(
    'is written, small and large, and nothing is thrown (%j)',
    async (socket) => {
      for (const path of ['/media/x', await files.url('ten.bin'), await files.url('big.bin')]) {
        const { req, res } = make(path, socket)
        await files.handler(req, res)
        expect(res.writableEnded).toBe(true)
        expect(res.statusCode).toBe(path === '/media/x' ? 404 : 200)
      }
    },
  )

  it('may stand in for one that has: an adapter that keeps the answer', async () => {
    const server = await startFileServer((req, res) => {
      const kept = new ServerResponse(req)
      void files.handler(req, kept).then(() => res.end(String(kept.statusCode)))
    })
    expect((await server.get(await files.url('big.bin'))).body.toString()).toBe('200')
    await server.close()
  })
})

describe('an upload whose body was read before', () => {
  it('is a 500 and a log entry that says so; the slot is open still', async () => {
    const kind = files.slot('upload', { handler: ({ file }) => file.sizeBytes })
    const url = await kind.url()
    const server = await startFileServer((req, res) => {
      if (req.headers['x-read'] === undefined) return void files.handler(req, res)
      req.resume().on('end', () => void files.handler(req, res))
    })
    const put = (headers: Record<string, string>) =>
      fetch(server.origin + url, { method: 'PUT', body: 'hello', headers })
    expect((await put({ 'x-read': 'yes' })).status).toBe(500)
    expect(entries).toContainEqual(expect.objectContaining({ reason: 'upload-already-read' }))
    expect(await (await put({})).json()).toBe(5)
    await server.close()
  })

  it('is refused by the Fetch door, too', async () => {
    const kind = files.slot('upload', { handler: ({ file }) => file.sizeBytes })
    const request = new Request(`http://x${await kind.url()}`, { method: 'PUT', body: 'hello' })
    await request.text()
    expect((await files.fetch(request)).status).toBe(500)
    expect(entries).toContainEqual(expect.objectContaining({ reason: 'upload-already-read' }))
  })
})

describe('an upload that code before us has eaten', () => {
  const json = { type: 'application/json', body: '{"a":1}' }
  const pairs = { type: 'application/x-www-form-urlencoded', body: 'a=b' }
  const multipart = {
    type: 'multipart/form-data; boundary=B',
    body: '--B\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nx\r\n--B--\r\n',
  }
  /** Reads as multer does: through a pipe, and goes on once all is read. */
  const eatForms: express.RequestHandler = (req, _res, next) => {
    req.pipe(
      new Writable({ write: (_chunk, _encoding, done) => done() }).on('finish', () => next()),
    )
  }
  /** Waits for something else first, while the bytes run by. */
  const watchBytes: express.RequestHandler = (req, _res, next) => {
    req.once('data', () => setImmediate(next))
  }

  it.each([
    ['express.json()', express.json(), json],
    ['express.urlencoded()', express.urlencoded({ extended: true }), pairs],
    ['express.raw()', express.raw({ type: '*/*' }), json],
    ['express.text()', express.text({ type: '*/*' }), json],
    ['what is like multer', eatForms, multipart],
    ['a look at its bytes', watchBytes, multipart],
  ])('is told as such, by Node and by inject: %s', async (_, eat, { type, body }) => {
    const kind = files.slot('upload', { handler: ({ file }) => file.sizeBytes })
    const app = express()
    app.use(eat)
    app.use((req: IncomingMessage, res: ServerResponse) => void files.handler(req, res))
    const server = await startFileServer(app)
    const ways = {
      node: async (url: string) => {
        const headers = { 'content-type': type }
        return (await fetch(server.origin + url, { method: 'POST', body, headers })).status
      },
      inject: async (url: string) => {
        const headers = { 'content-type': type, 'content-length': String(body.length) }
        return (
          await inject((req, res) => app(req, res), {
            method: 'POST',
            url,
            payload: body,
            headers,
          })
        ).statusCode
      },
    }
    for (const [way, send] of Object.entries(ways)) {
      entries.length = 0
      const { url, id } = await kind.create()
      expect([way, await send(url)]).toEqual([way, 500])
      expect(entries).toEqual([
        expect.objectContaining({
          reason: 'upload-already-read',
          message: expect.stringContaining('Put titofisto before') as string,
        }),
      ])
      expect((await kind.status(id))?.state).toBe('open')
    }
    await server.close()
  })

  it.each<[string, (request: Request) => unknown]>([
    ['read', (request) => request.arrayBuffer()],
    ['being read', (request) => request.body?.getReader().read()],
    ['locked', (request) => request.body?.getReader()],
    [
      'left out of a new request',
      ({ url, method, headers }) => new Request(url, { method, headers }),
    ],
  ])('is told as such by the Fetch door: %s', async (_, eat) => {
    const kind = files.slot('upload', { handler: ({ file }) => file.sizeBytes })
    const { url, id } = await kind.create()
    const headers = { 'content-type': json.type, 'content-length': String(json.body.length) }
    const request = new Request(`http://x${url}`, { method: 'POST', body: json.body, headers })
    const eaten = await eat(request)
    const response = await files.fetch(eaten instanceof Request ? eaten : request)
    expect(response.status).toBe(500)
    expect(entries).toEqual([
      expect.objectContaining({
        reason: 'upload-already-read',
        message: expect.stringContaining('unread') as string,
      }),
    ])
    expect((await kind.status(id))?.state).toBe('open')
  })

  it('is told as such behind Hono, and a clone is as good as the request', async () => {
    const kind = files.slot('upload', { handler: ({ file }) => file.sizeBytes })
    const app = new Hono()
    app.use('*', async (c, next) => {
      const isCloned = c.req.header('x-clone') !== undefined
      if (isCloned) await c.req.raw.clone().arrayBuffer()
      else await c.req.parseBody()
      await next()
    })
    app.all('*', (c) => files.fetch(c.req.raw))
    const server = createServer(getRequestListener(app.fetch)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const headers = { 'content-type': multipart.type }
    const init = { method: 'POST', body: multipart.body, headers }
    expect((await fetch(origin + (await kind.url()), init)).status).toBe(500)
    expect(entries).toEqual([expect.objectContaining({ reason: 'upload-already-read' })])
    const cloned = { ...init, headers: { ...headers, 'x-clone': 'yes' } }
    expect(await (await fetch(origin + (await kind.url()), cloned)).json()).toBe(1)
    server.closeAllConnections()
    server.close()
  })
})

describe("HTTP/2's compatibility API", () => {
  it('sends each cookie of an answer', async () => {
    const kind = files.slot('answer', {
      handler() {
        const headers = new Headers()
        for (const cookie of ['a=1', 'b=2']) headers.append('set-cookie', cookie)
        return new Response('x', { headers })
      },
    })
    const server = createHttp2((req, res) => {
      res.setHeader('Set-Cookie', 'theirs=1')
      void files.handler(req, res)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = client.request({ ':path': await kind.url(), ':method': 'POST' })
    stream.end('x')
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
    expect(headers['set-cookie']).toEqual(['theirs=1', 'a=1', 'b=2'])
    client.destroy()
    server.close()
  })
})

describe('Expect: 100-continue', () => {
  it.each([
    ['1.0', [200]],
    ['1.1', [100, 200]],
  ])('over HTTP/%s is answered %j (RFC 9110 10.1.1)', async (version, statuses) => {
    const kind = files.slot('upload', { handler: () => 'ok' })
    const server = createServer().listen(0, '127.0.0.1')
    server.on('request', files.handler).on('checkContinue', files.handler)
    await once(server, 'listening')
    const { connect } = await import('node:net')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const request = `POST ${await kind.url()} HTTP/${version}\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx`
    const { replies } = await exchange(socket, request, ['POST'])
    expect(replies.map(({ status }) => status)).toEqual(statuses)
    socket.destroy()
    server.close()
  })
})
