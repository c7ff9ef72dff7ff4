// Every way to hang titofisto into a server, under one battery.

import { createServer, request as requestOf } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSecureServer, createServer as createHttp2 } from 'node:http2'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Hono } from 'hono'
import { serveFiles } from '../../src/adapters/hono.ts'
import { createSelfSigned } from '../support/self-signed.ts'
import { describeDoor } from './door-contract.ts'
import { describeDoorInMatrix } from './more-doors.ts'
import { answerTheirs, openFetch, openHttp1, openHttp2, ourNotFound, theirs } from './open-door.ts'

describeDoor('node:http', async (create) => {
  const files = create()
  return openHttp1(files, createServer(files.handler), ourNotFound)
})

describeDoorInMatrix('node:http under a deeper prefix', async (create) => {
  const files = create({ mediaUrl: '/m/%C3%A9/' })
  return openHttp1(files, createServer(files.handler), ourNotFound)
})

describeDoorInMatrix('node:https', async (create) => {
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

describeDoorInMatrix('node:http2 over TLS, spoken to in HTTP/1', async (create) => {
  const files = create()
  const server = createSecureServer(
    { ...(await createSelfSigned()), allowHTTP1: true },
    files.handler,
  )
  return openHttp1(files, server, ourNotFound, 'tls')
})

describeDoorInMatrix('a chain of (req, res, next)', async (create) => {
  const files = create()
  const server = createServer(
    (req, res) => void files.handler(req, res, () => answerTheirs(req, res)),
  )
  return openHttp1(files, server, theirs)
})

describeDoorInMatrix('Express at the root', async (create) => {
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

describeDoorInMatrix('Express under another mount point than mountPath', async (create) => {
  const files = create({ mediaUrl: '/app/files/', mountPath: '/media/' })
  const app = express()
  app.use('/app/files', files.handler)
  app.use(answerTheirs)
  return openHttp1(files, createServer(app), theirs)
})

describeDoorInMatrix('Express in a router under a mount point', async (create) => {
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

describeDoorInMatrix('the Fetch door in a Hono app, mounted', async (create) => {
  const files = create({ mountPath: '/' })
  const app = new Hono()
  app.mount('/media', files.fetch)
  app.notFound((context) => context.text(theirs.body, 418))
  return openFetch(files, app.fetch, theirs)
})

describeDoorInMatrix('the Fetch door in a Hono app, as a route', async (create) => {
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

describeDoorInMatrix('titofisto/hono in an application of its own, routed', async (create) => {
  const files = create({ mediaUrl: '/app/files/', mountPath: '/media/' })
  const app = new Hono()
  app.route('/app/files', new Hono().use(serveFiles(files)))
  app.notFound((context) => context.text(theirs.body, 418))
  return openFetch(files, app.fetch, theirs)
})

describeDoorInMatrix('titofisto/hono, mounted', async (create) => {
  const files = create({ mediaUrl: '/app/files/' })
  const app = new Hono()
  app.mount('/app/files', serveFiles(files))
  app.notFound((context) => context.text(theirs.body, 418))
  return openFetch(files, app.fetch, theirs)
})

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
