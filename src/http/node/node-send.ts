// Sends pieces of a file to a response of Node's own, the fast way. For large files what counts is how
// few copies and wake-ups each MiB costs: our own read loop with large, reused buffers takes about half of the CPU of
// createReadStream (bench/results/large.md).

import { read as readDescriptor } from 'node:fs'
import { TitofistoError } from '../../errors.ts'
import { isHttp2 } from './node-response.ts'
import { dropBuffer, giveBuffer, takeLargeBuffer, takeSmallBuffer } from './send-buffers.ts'
import type { ByteSource, ByteSpan } from '../exchange.ts'
import type { ClientWatch } from './node-client.ts'
import type { ServerResponse } from 'node:http'
import type { NodeResponse } from './node-types.ts'

/**
 * With less to send, large buffers don't pay. There are few of them, so a crowd of clients that never
 * read soon holds small ones only. (Giving large ones only to clients that were seen to read was
 * tried: the system's buffers take a megabyte for anybody, and ranges of 1 MiB got slow.)
 */
const largeSpanBytes = 128 * 1024

/**
 * Writes pieces; settles once all is handed to the system: `true`, or the client is gone: `false`.
 * Doesn't close the source, but nothing reads it any more.
 *
 * @throws TitofistoError `storage-failed` when the source is shorter than its pieces.
 */
export async function sendPieces(
  to: Receiver,
  source: ByteSource,
  pieces: readonly (ByteSpan | Uint8Array)[],
): Promise<boolean> {
  for (const piece of pieces) if (!(await sendPiece(to, source, piece))) return false
  return true
}

/** Whom it is sent to. */
export interface Receiver {
  readonly res: NodeResponse
  readonly client: ClientWatch
  /** How much of the body was handed on. */
  sentBytes: number
}

/** `false` when the client is gone. */
async function sendPiece(
  to: Receiver,
  source: ByteSource,
  piece: ByteSpan | Uint8Array,
): Promise<boolean> {
  if (piece instanceof Uint8Array) return write(to, piece)
  if (source.descriptor !== undefined) return sendDescriptor(to, source.descriptor, piece)
  for await (const chunk of source.chunks(piece.startByte, piece.endByte))
    if (!(await write(to, chunk))) return false
  return true
}

/**
 * Reads into one large buffer while another is written. Each is given back as soon as it is written,
 * so that on a busy server the next read finds it in the processor's cache. Once the large ones are
 * taken, one small buffer is all that a client holds.
 */
async function sendDescriptor(to: Receiver, descriptor: number, span: ByteSpan): Promise<boolean> {
  // Over HTTP/2 we can't see how much of a piece was sent, so a slow client must not get large ones.
  const isLargeGood = !isHttp2(to.res)
  let position = span.startByte
  let written = Promise.resolve(true)
  let small: Buffer | null = null
  try {
    while (position < span.endByte) {
      const large =
        isLargeGood && span.endByte - position >= largeSpanBytes ? takeLargeBuffer() : null
      if (large === null) {
        if (!(await written)) return false
        small ??= takeSmallBuffer()
        const bytes = await readInto(small, descriptor, position, span.endByte)
        written = write(to, bytes)
        position += bytes.length
      } else {
        const bytes = await readOrGive(large, descriptor, position, span.endByte)
        if (!(await written)) {
          giveBuffer(large)
          return false
        }
        written = writeAndGive(to, large, bytes)
        position += bytes.length
      }
    }
    return await written
  } finally {
    const isStill = await written
    if (small !== null) (isStill ? giveBuffer : dropBuffer)(small)
  }
}

async function readOrGive(
  buffer: Buffer,
  descriptor: number,
  position: number,
  endByte: number,
): Promise<Uint8Array> {
  try {
    return await readInto(buffer, descriptor, position, endByte)
  } catch (error) {
    giveBuffer(buffer)
    throw error
  }
}

/** `false` when the client is gone. */
async function writeAndGive(to: Receiver, buffer: Buffer, bytes: Uint8Array): Promise<boolean> {
  const isStill = await write(to, bytes)
  if (isStill) giveBuffer(buffer)
  else dropBuffer(buffer)
  return isStill
}

function readInto(
  buffer: Buffer,
  descriptor: number,
  position: number,
  endByte: number,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const wanted = Math.min(buffer.length, endByte - position)
    readDescriptor(descriptor, buffer, 0, wanted, position, (cause, count) => {
      if (cause !== null)
        reject(new TitofistoError('storage-failed', 'The file could not be read.', { cause }))
      else if (count === 0)
        reject(
          new TitofistoError(
            'storage-failed',
            'The file is shorter than it was when it was opened.',
          ),
        )
      else resolve(buffer.subarray(0, count))
    })
  })
}

/**
 * Resolves once the system has the bytes: `true`; or `false` when the client is gone, and then the
 * bytes may still be in use: HTTP/2 sends frames of a stream that was closed meanwhile.
 */
function write(to: Receiver, bytes: Uint8Array): Promise<boolean> {
  const { res, client } = to
  return new Promise((resolve) => {
    // Other code, such as a timeout's, may have ended the response meanwhile.
    if (client.isGone || res.writableEnded) {
      resolve(false)
      return
    }
    client.onGone = () => resolve(false)
    client.waits()
    // Node calls back with an error when the connection breaks, but not for what is in line behind
    // another response, nor on a stream that the client closed.
    // Both take a callback second; only their types don't agree.
    ;(res as ServerResponse).write(bytes, (error) => {
      client.took()
      const isTaken = error === null || error === undefined
      if (isTaken) to.sentBytes += bytes.length
      resolve(isTaken)
    })
  })
}
