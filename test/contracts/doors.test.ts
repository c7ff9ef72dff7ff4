// Every way to hang titofisto into a server, under one battery.

import { createServer, request as requestOf } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import {
  connect as connectHttp2,
  createSecureServer,
  createServer as createHttp2,
} from 'node:http2'
import type { Http2Server } from 'node:http2'
import { createServer as createHttps } from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { serveFiles } from '../../src/adapters/hono.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { exchange } from '../support/raw-http.ts'
import { createSelfSigned } from '../support/self-signed.ts'
import { describeDoor } from './door-contract.ts'
import type { Door, DoorReply, DoorRequest } from './door-contract.ts'

type Files = Titofisto<LocalStorage>
const ourNotFound = { status: 404, body: 'Not found\n' }
const theirs = { status: 418, body: 'somebody else answered' }

function answerTheirs(_: unknown, res: ServerResponse): void {
  res.writeHead(theirs.status).end(theirs.body)
}

describeDoor('node:http', async (create) => {
  const files = create()
  return openHttp1(files, createServer(files.handler), ourNotFound)
})

describeDoor('node:http under a deeper prefix', async (create) => {
  const files = create({ mediaUrl: '/m/%C3%A9/' })
  return openHttp1(files, createServer(files.handler), ourNotFound)
})

describeDoor('node:https', async (create) => {
  const files = create()
  return openHttp1(files, createHttps(await createSelfSigned(), files.handler), ourNotFound, 'tls')
})

describeDoor('node:http2 in clear text', async (create) => {
  const files = create()
  return openHttp2(files, createHttp2(files.handler), 'http')
})

describeDoor('node:http2 over TLS', async (create) => {
  const files = create()
  return openHttp2(files, createSecureServer(await createSelfSigned(), files.handler), 'https')
})

describeDoor('node:http2 over TLS, spoken to in HTTP/1', async (create) => {
  const files = create()
  const server = createSecureServer(
    { ...(await createSelfSigned()), allowHTTP1: true },
    files.handler,
  )
  return openHttp1(files, server, ourNotFound, 'tls')
})

describeDoor('a chain of (req, res, next)', async (create) => {
  const files = create()
  const server = createServer(
    (req, res) => void files.handler(req, res, () => answerTheirs(req, res)),
  )
  return openHttp1(files, server, theirs)
})

describeDoor('Express at the root', async (create) => {
  const files = create()
  const app = express()
  app.use(files.handler)
  app.use(answerTheirs)
  return openHttp1(files, createServer(app), theirs)
})

describeDoor('Express under its mount point', async (create) => {
  const files = create()
  const app = express()
  app.use('/media', files.handler)
  app.use(answerTheirs)
  return openHttp1(files, createServer(app), theirs)
})

describeDoor('Express under another mount point than mountPath', async (create) => {
  const files = create({ mediaUrl: '/app/files/', mountPath: '/media/' })
  const app = express()
  app.use('/app/files', files.handler)
  app.use(answerTheirs)
  return openHttp1(files, createServer(app), theirs)
})

describeDoor('Express in a router under a mount point', async (create) => {
  const files = create({ mediaUrl: '/app/media/' })
  const router = express.Router()
  router.use('/media', files.handler)
  const app = express()
  app.use('/app', router)
  app.use(answerTheirs)
  return openHttp1(files, createServer(app), theirs)
})

describeDoor('node:http behind a proxy that cuts a prefix', async (create) => {
  const files = create({ mediaUrl: '/app/media/', mountPath: '/media/' })
  const behind = await openHttp1(files, createServer(files.handler), ourNotFound)
  const { port } = behind.server.address() as AddressInfo
  const proxy = createServer((req, res) => passOn(req, res, port))
  const front = await openHttp1(files, proxy, theirs)
  return {
    ...front,
    connect: null,
    ownsConnection: false,
    async close() {
      await front.close()
      await behind.close()
    },
  }
})

describeDoor('the Fetch door in @hono/node-server', async (create) => {
  const files = create()
  return openFetch(files, files.fetch, ourNotFound)
})

describeDoor('the Fetch door in a Hono app, mounted', async (create) => {
  const files = create({ mountPath: '/' })
  const app = new Hono()
  app.mount('/media', files.fetch)
  app.notFound((context) => context.text(theirs.body, 418))
  return openFetch(files, app.fetch, theirs)
})

describeDoor('the Fetch door in a Hono app, as a route', async (create) => {
  const files = create()
  const app = new Hono()
  app.all('/media/*', (context) => files.fetch(context.req.raw))
  app.notFound((context) => context.text(theirs.body, 418))
  return openFetch(files, app.fetch, theirs)
})

describeDoor('titofisto/hono as middleware', async (create) => {
  const files = create()
  const app = new Hono()
  app.use(serveFiles(files))
  app.notFound((context) => context.text(theirs.body, 418))
  return openFetch(files, app.fetch, theirs)
})

describeDoor('titofisto/hono as middleware, straight to Node', async (create) => {
  const files = create()
  const app = new Hono()
  app.use(serveFiles(files, { direct: true }))
  app.notFound((context) => context.text(theirs.body, 418))
  return openFetch(files, app.fetch, theirs)
})

describeDoor('titofisto/hono in an application of its own, routed', async (create) => {
  const files = create({ mediaUrl: '/app/files/', mountPath: '/media/' })
  const app = new Hono()
  app.route('/app/files', new Hono().use(serveFiles(files)))
  app.notFound((context) => context.text(theirs.body, 418))
  return openFetch(files, app.fetch, theirs)
})

describeDoor('titofisto/hono, mounted', async (create) => {
  const files = create({ mediaUrl: '/app/files/' })
  const app = new Hono()
  app.mount('/app/files', serveFiles(files))
  app.notFound((context) => context.text(theirs.body, 418))
  return openFetch(files, app.fetch, theirs)
})

async function openFetch(
  files: Files,
  fetch: (request: Request) => Response | Promise<Response>,
  foreign: Door['foreign'],
): Promise<Door> {
  // Its type leaves open which of Node's servers it makes; without options it is this one.
  const server = createAdaptorServer({ fetch }) as Server
  return { ...(await openHttp1(files, server, foreign)), ownsConnection: false }
}

type Http1Server = EventEmitter & {
  address(): unknown
  listen(port: number, host: string): unknown
  close(done: () => void): unknown
}

async function openHttp1(
  files: Files,
  server: Http1Server,
  foreign: Door['foreign'],
  wire: 'plain' | 'tls' = 'plain',
): Promise<Door & { server: Http1Server }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const sockets = new Set<Duplex>()

  async function open(): Promise<Duplex> {
    const socket =
      wire === 'tls'
        ? connectTls({
            port,
            host: '127.0.0.1',
            rejectUnauthorized: false,
            ALPNProtocols: ['http/1.1'],
          })
        : connect(port, '127.0.0.1')
    await once(socket, wire === 'tls' ? 'secureConnect' : 'connect')
    sockets.add(socket)
    return socket
  }

  async function ask({ method = 'GET', path, headers = {}, body }: DoorRequest) {
    const socket = await open()
    const length = body === undefined ? {} : { 'content-length': String(body.length) }
    const all = { host: 'files.example', connection: 'close', ...length, ...headers }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
    const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
    const request = body === undefined ? head : Buffer.concat([head, body])
    const { replies, isBroken } = await exchange(socket, request, [method])
    socket.destroy()
    const reply = replies.at(-1)
    if (reply === undefined || isBroken) throw new Error('The connection broke.')
    return { status: reply.status, headers: toHeaders(reply.headers), body: reply.body }
  }

  return {
    files,
    ask,
    connect: open,
    ownsConnection: true,
    foreign,
    server,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(() => resolve(null)))
    },
  }
}

async function openHttp2(
  files: Files,
  server: Http2Server,
  scheme: 'http' | 'https',
): Promise<Door> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const session = connectHttp2(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false })
  await once(session, 'connect')

  async function ask({
    method = 'GET',
    path,
    headers = {},
    body,
  }: DoorRequest): Promise<DoorReply> {
    const stream = session.request({ ':method': method, ':path': path, ...headers })
    stream.on('error', () => {})
    stream.end(body)
    const chunks: Buffer[] = []
    const [got] = (await once(stream, 'response')) as [Record<string, string | number>]
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const all = Object.entries(got).map(([name, value]) => [name, String(value)] as const)
    return {
      status: Number(got[':status']),
      headers: toHeaders(all.filter(([name]) => !name.startsWith(':'))),
      body: Buffer.concat(chunks),
    }
  }

  return {
    files,
    ask,
    connect: null,
    ownsConnection: false,
    foreign: ourNotFound,
    async close() {
      session.destroy()
      await new Promise((resolve) => server.close(() => resolve(null)))
    },
  }
}

/** Without what belongs to a moment or a hop; a header twice is a mistake of ours. */
function toHeaders(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of pairs) {
    if (['date', 'connection', 'keep-alive', 'transfer-encoding'].includes(name)) continue
    if (name in headers) throw new Error(`Header ${name} came twice.`)
    headers[name] = value
  }
  return headers
}

/** As `location /app/ { proxy_pass http://127.0.0.1:port/; }` does. */
function passOn(req: IncomingMessage, res: ServerResponse, port: number): void {
  if (!req.url?.startsWith('/app/')) return answerTheirs(req, res)
  const { method, headers } = req
  const onward = requestOf({ port, host: '127.0.0.1', path: req.url.slice(4), method, headers })
  onward.on('response', (answer) => {
    res.writeHead(answer.statusCode ?? 500, answer.rawHeaders)
    answer.pipe(res)
  })
  onward.on('error', () => res.destroy())
  req.pipe(onward)
}
