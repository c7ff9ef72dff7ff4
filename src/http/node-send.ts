// Sends pieces of a file to a Node response. Large files are decided by how few copies and wake-ups
// each MiB costs: our own read loop with reused buffers that grow while the client keeps up takes
// about half of the CPU of createReadStream (bench/results/large.md).

import { read as readDescriptor } from 'node:fs'
import { TitofistoError } from '../errors.ts'
import { giveBuffer, takeLargeBuffers, takeSmallBuffer } from './send-buffers.ts'
import type { ByteSource, ByteSpan } from './exchange.ts'
import type { ServerResponse } from 'node:http'
import type { NodeResponse } from './node.ts'

/** A client that has taken this much, with this much to come, is worth large buffers. */
const growAfterBytes = 1024 * 1024

/**
 * Writes pieces and ends the response; settles once all is handed to the system or the client is
 * gone. Doesn't close the source, but nothing reads it any more.
 *
 * @throws TitofistoError `storage-failed` when the source is shorter than its pieces.
 */
export async function sendPieces(
  res: NodeResponse,
  source: ByteSource,
  pieces: readonly (ByteSpan | Uint8Array)[],
): Promise<void> {
  for (const piece of pieces) {
    if (!(await sendPiece(res, source, piece))) return
  }
  res.end()
}

/** `false` when the client is gone. */
async function sendPiece(
  res: NodeResponse,
  source: ByteSource,
  piece: ByteSpan | Uint8Array,
): Promise<boolean> {
  if (piece instanceof Uint8Array) return write(res, piece)
  if (source.descriptor !== undefined) return sendDescriptor(res, source.descriptor, piece)
  for await (const chunk of source.chunks(piece.startByte, piece.endByte))
    if (!(await write(res, chunk))) return false
  return true
}

async function sendDescriptor(
  res: NodeResponse,
  descriptor: number,
  span: ByteSpan,
): Promise<boolean> {
  const slowEnd = Math.min(span.startByte + growAfterBytes, span.endByte)
  if (!(await sendSlowly(res, descriptor, { ...span, endByte: slowEnd }))) return false
  const rest = { startByte: slowEnd, endByte: span.endByte }
  if (rest.endByte - rest.startByte < growAfterBytes) return sendSlowly(res, descriptor, rest)
  const buffers = takeLargeBuffers()
  if (buffers === null) return sendSlowly(res, descriptor, rest)
  return sendFast(res, descriptor, rest, buffers)
}

/** One small buffer: all that a client which stalls ever holds. */
async function sendSlowly(res: NodeResponse, descriptor: number, span: ByteSpan): Promise<boolean> {
  const buffer = takeSmallBuffer()
  let position = span.startByte
  try {
    while (position < span.endByte) {
      const count = await readInto(buffer, descriptor, position, span.endByte)
      if (!(await write(res, buffer.subarray(0, count)))) return false
      position += count
    }
    return true
  } finally {
    giveBuffer(buffer)
  }
}

/** Two large buffers in turn: one is read into while the other is written. */
async function sendFast(
  res: NodeResponse,
  descriptor: number,
  span: ByteSpan,
  buffers: [Buffer, Buffer],
): Promise<boolean> {
  let [filling, draining] = buffers
  let position = span.startByte
  let written = Promise.resolve(true)
  try {
    while (position < span.endByte) {
      const count = await readInto(filling, descriptor, position, span.endByte)
      if (!(await written)) return false
      written = write(res, filling.subarray(0, count))
      position += count
      ;[filling, draining] = [draining, filling]
    }
    return await written
  } finally {
    // Both must be still before somebody else gets them.
    await written
    giveBuffer(filling)
    giveBuffer(draining)
  }
}

function readInto(
  buffer: Buffer,
  descriptor: number,
  position: number,
  endByte: number,
): Promise<number> {
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
      else resolve(count)
    })
  })
}

/** Resolves once the system has the bytes: `true`, or `false` when the client is gone. */
function write(res: NodeResponse, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (res.destroyed) {
      resolve(false)
      return
    }
    // Node calls back with an error when the connection breaks, also for what was still queued.
    // Both take a callback second; only their types don't agree.
    ;(res as ServerResponse).write(bytes, (error) => resolve(error === null || error === undefined))
  })
}
