// A plain server over a ground, for suites that are not about doors.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { exchange } from './raw-http.ts'
import type { RawReply } from './raw-http.ts'

/** A running server and ways to talk to it. */
export interface FileServer {
  readonly server: Server
  readonly origin: string
  /** A connected socket; destroyed at the latest with the server. */
  open(): Promise<Socket>
  /** One GET on a connection of its own. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<RawReply>
  close(): Promise<void>
}

/** Starts a server on a free port. */
export async function startFileServer(handler: RequestListener): Promise<FileServer> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const sockets = new Set<Socket>()

  async function open(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1')
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    await once(socket, 'connect')
    return socket
  }

  async function get(path: string, headers: Readonly<Record<string, string>> = {}) {
    const socket = await open()
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const { replies } = await exchange(
      socket,
      `GET ${path} HTTP/1.1\r\nHost: x\r\n${lines.join('')}\r\n`,
    )
    socket.destroy()
    const [reply] = replies
    if (reply === undefined) throw new Error('The connection ended without an answer.')
    return reply
  }

  return {
    server,
    origin: `http://127.0.0.1:${port}`,
    open,
    get,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
