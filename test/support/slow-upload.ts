// A client that reads nothing before it has written all of its body, slower than some servers wait:
// many are like that (python-requests, Ruby, wget), and lose an answer whose connection is closed
// while they write.

import type { Duplex } from 'node:stream'
import { exchange, type Exchange } from './raw-http.ts'

/** What such a client sends. */
export interface SlowUpload {
  /** Ends with its empty line. */
  readonly head: string
  readonly body: Uint8Array
  /** Another request, to be sent on the same connection after the body. */
  readonly next?: string
}

/** In how many pieces a body goes out, and with what pauses; Hono's server, for one, waits for 500 ms. */
const pieceCount = 10
const pauseMs = 100

/** Sends an upload, and only then reads the answers. Ends the connection. */
export async function uploadSlowly(socket: Duplex, upload: SlowUpload): Promise<Exchange> {
  // Where the server closes it: what had come by then is read all the same.
  socket.on('error', () => {})
  socket.write(upload.head)
  const pieceBytes = Math.ceil(upload.body.length / pieceCount)
  for (let from = 0; from < upload.body.length && socket.writable; from += pieceBytes) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    const isTaken = socket.write(upload.body.subarray(from, from + pieceBytes))
    if (!isTaken) await drainOrClose(socket)
  }
  if (socket.destroyed) throw new Error('The server closed the connection of a client that writes.')
  const methods = upload.next === undefined ? ['PUT'] : ['PUT', 'GET']
  const all = await exchange(socket, upload.next ?? '', methods)
  socket.destroy()
  return all
}

function drainOrClose(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      socket.off('drain', end).off('close', end)
      resolve()
    }
    socket.on('drain', end).on('close', end)
    if (socket.destroyed) end()
  })
}
