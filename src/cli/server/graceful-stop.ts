// Stops a server so that running downloads finish, within a limit. http's own close() can't be used:
// it takes a connection as idle, and cuts it, once the response was ended, however many of its bytes
// still wait for a slow client.

import { Server as NetServer, type Socket } from 'node:net'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/** A server's connections, watched from its start. */
export interface WatchedServer {
  /** How many requests are running. */
  runningCount(): number
  /**
   * Stops listening, ends idle connections, waits for running requests, and after `limitMs` cuts
   * those that are left. Gives the number that it cut.
   */
  stop(limitMs: number): Promise<number>
}

/** Watches a server's connections; call it before the server listens and before handlers are added. */
export function watchServer(server: Server, isTls: boolean): WatchedServer {
  /** Open connections, each with its number of running requests. */
  const running = new Map<Socket, number>()
  let stopping = false

  server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
    running.set(socket, 0)
    socket.once('close', () => running.delete(socket))
  })
  server.on('request', watch)
  server.on('checkContinue', watch)

  function watch(req: IncomingMessage, res: ServerResponse): void {
    const { socket } = req
    add(socket, 1)
    // A response closes once all its bytes are with the system, or its client is gone.
    res.once('close', () => {
      add(socket, -1)
      if (stopping && running.get(socket) === 0) socket.end()
    })
  }

  function add(socket: Socket, count: number): void {
    const before = running.get(socket)
    if (before !== undefined) running.set(socket, before + count)
  }

  function runningCount(): number {
    let sum = 0
    for (const count of running.values()) sum += count
    return sum
  }

  async function stop(limitMs: number): Promise<number> {
    stopping = true
    const closed = new Promise<void>((resolve) => {
      NetServer.prototype.close.call(server, () => resolve())
    })
    for (const [socket, count] of running) if (count === 0) socket.destroy()
    let cutCount = 0
    const timer = setTimeout(() => {
      cutCount = runningCount()
      for (const socket of running.keys()) socket.destroy()
    }, limitMs)
    await closed
    clearTimeout(timer)
    return cutCount
  }

  return { runningCount, stop }
}
