// Middleware of this year and of some years ago, and some that has no package, in front of our handler.

import type { IncomingMessage, ServerResponse } from 'node:http'
import polkaCompression from '@polka/compression'
import compression from 'compression'
import timeout from 'connect-timeout'
import cors from 'cors'
import express from 'express'
import session from 'express-session'
import helmet from 'helmet'
import httpCompression from 'http-compression'
import morgan from 'morgan'
import oldMorgan from 'morgan-1.10.0'
import onHeaders from 'on-headers'
import oldOnHeaders from 'on-headers-1.0'
import polka from 'polka'
import responseTime from 'response-time'
import favicon from 'serve-favicon'
import type { NodeHandler } from '../../src/http/node/node-types.ts'

export type Handler = (req: IncomingMessage, res: ServerResponse) => unknown

/** Puts something in front of a handler. */
export type Keeper = (handler: NodeHandler) => Handler

const quiet = { stream: { write() {} } }
const withSession = session({ secret: 's', resave: true, saveUninitialized: true })

/** A middleware as a keeper. */
function before(middleware: Middleware): Keeper {
  return (handler) => (req, res) =>
    middleware(req, res, (error) => {
      if (error === undefined) void handler(req, res)
    })
}

/** All of them, by name. */
export const zoo: Readonly<Record<string, Keeper>> = {
  nothing: (handler) => handler,
  compression: before(compression()),
  '@polka/compression': before(polkaCompression()),
  'http-compression': before(httpCompression()),
  helmet: before(helmet()),
  cors: before(cors({ origin: 'https://elsewhere.example' })),
  morgan: before(morgan('tiny', quiet)),
  'morgan 1.10.0': before(oldMorgan('tiny', quiet)),
  'express-session': before(withSession),
  'on-headers 1.1': before((_, res, next) => {
    onHeaders(res, function () {
      this.setHeader('X-Seen', 'yes')
    })
    next()
  }),
  'on-headers 1.0': before((_, res, next) => {
    oldOnHeaders(res, function () {
      this.setHeader('X-Seen', 'yes')
    })
    next()
  }),
  'response-time': before(responseTime()),
  'serve-favicon': before(favicon(Buffer.from('icon'))),
  'connect-timeout': before(timeout('60s')),
  'express.json and express.urlencoded': (handler) => {
    const app = express()
    app.use((express as unknown as Record<'json', () => Middleware>).json())
    app.use(handler)
    return app
  },
  'Express with all of them': (handler) => {
    const app = express()
    for (const middleware of [
      morgan('tiny', quiet),
      oldMorgan('tiny', quiet),
      helmet(),
      cors(),
      responseTime(),
      withSession,
      compression(),
      timeout('60s'),
    ])
      app.use(middleware)
    app.use('/media', handler)
    return app
  },
  polka: (handler) => polka().use('/media', handler).handler,
  'polka with its compression': (handler) => polka().use(polkaCompression(), handler).handler,
  'a middleware that reads and drops the body of a GET': before((req, _, next) => {
    if (req.method !== 'GET') return next()
    return req.on('end', () => next()).resume()
  }),
  'a write() that forgets to give its answer': before((_, res, next) => {
    const write = res.write.bind(res) as (...args: unknown[]) => boolean
    res.write = ((...args: unknown[]) => void write(...args)) as unknown as typeof res.write
    next()
  }),
  'a write() that drops callbacks': before((_, res, next) => {
    const write = res.write.bind(res)
    res.write = ((chunk: Buffer) => write(chunk)) as typeof res.write
    next()
  }),
  'an async write() and end()': before((_, res, next) => {
    const [write, end] = [res.write.bind(res), res.end.bind(res)]
    res.write = (async (chunk: Buffer) => write(chunk)) as unknown as typeof res.write
    res.end = (async (...args: Parameters<typeof end>) => end(...args)) as unknown as typeof res.end
    next()
  }),
  // As express-http-proxy and apicache do: all of it is kept, and goes out at the end.
  'a wrapper that keeps the whole answer': before((_, res, next) => {
    const end = res.end.bind(res)
    const kept: Buffer[] = []
    res.write = ((chunk: Buffer) => kept.push(Buffer.from(chunk)) > 0) as typeof res.write
    res.end = ((chunk?: Buffer) => {
      if (chunk !== undefined) kept.push(Buffer.from(chunk))
      return end(Buffer.concat(kept))
    }) as typeof res.end
    next()
  }),
  'a writeHead() that takes objects only': before((_, res, next) => {
    const writeHead = res.writeHead.bind(res)
    res.writeHead = ((status: number, headers: Record<string, string> = {}) => {
      for (const name of Object.keys(headers)) res.setHeader(name, headers[name] ?? '')
      return writeHead(status)
    }) as typeof res.writeHead
    next()
  }),
  'a Proxy around the response': (handler) => (req, res) =>
    handler(
      req,
      new Proxy(res, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key, target)
          return typeof value === 'function' ? value.bind(target) : value
        },
      }),
    ),
  'a request whose headers were copied': before((req, _, next) => {
    Object.defineProperty(req, 'headers', { value: { ...req.headers } })
    next()
  }),
  'a request that does not say whether it is complete': before((req, _, next) => {
    Object.defineProperty(req, 'complete', { value: undefined, writable: true })
    next()
  }),
  'headers set before': before((_, res, next) => {
    res.setHeader('Content-Type', 'text/html')
    res.setHeader('Content-Security-Policy', "default-src 'self'")
    res.setHeader('Cache-Control', 'public, max-age=31536000')
    res.setHeader('Set-Cookie', ['theirs=1', 'other=2'])
    next()
  }),
}
