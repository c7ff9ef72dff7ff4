// Servers with a door in them, and ways to ask them, for the battery of all doors.

import type { Server, ServerResponse } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import type { Http2Server } from 'node:http2'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { createAdaptorServer } from '@hono/node-server'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { exchange } from '../support/raw-http.ts'
import type { Door, DoorReply, DoorRequest } from './door.ts'

type Files = Titofisto<LocalStorage>

/** What the Node door answers where there is nobody to pass on to. */
export const ourNotFound = { status: 404, body: 'Not found\n' }
/** What the application of a test answers. */
export const theirs = { status: 418, body: 'somebody else answered' }

/** Answers as the application. */
export function answerTheirs(_: unknown, res: ServerResponse): void {
  res.writeHead(theirs.status).end(theirs.body)
}

/** Listens with a Fetch handler, by Hono's server for Node. */
export async function openFetch(
  files: Files,
  fetch: (request: Request) => Response | Promise<Response>,
  foreign: Door['foreign'],
): Promise<Door> {
  // Its type leaves open which of Node's servers it makes; without options it is this one.
  const server = createAdaptorServer({ fetch }) as Server
  return { ...(await openHttp1(files, server, foreign)), ownsConnection: false }
}

/** What of Node's servers is needed here. */
export type Http1Server = EventEmitter & {
  address(): unknown
  listen(port: number, host: string): unknown
  close(done: () => void): unknown
}

/** Listens with a server that speaks HTTP/1. */
export async function openHttp1(
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

/** Listens with a server that speaks HTTP/2. */
export async function openHttp2(
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
