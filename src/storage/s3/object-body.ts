// The bytes of one answer of S3's. They are counted and timed: an answer that is shorter than it said,
// breaks off or pauses for too long is an error, and never passes for a whole one.

import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import { TitofistoError, isTitofistoError } from '../../errors.ts'
import type { ByteSpan } from '../../http/exchange.ts'
import type { Bucket } from './bucket.ts'
import { BrokenOff, TimedOut } from './s3-fault.ts'

/** The body of an answer, still to be read. Whoever has it reads it or leaves it. */
export interface ObjectBody {
  readonly span: ByteSpan
  readonly stream: Readable
  /** Ends the request. */
  readonly stop: AbortController
  readonly timeoutMs: number
}

/** Takes the body of an answer over. */
export function toBody(
  bucket: Bucket,
  { Body }: GetObjectCommandOutput,
  span: ByteSpan,
  stop: AbortController,
): ObjectBody {
  // On Node the SDK gives a Node stream, whatever its type allows.
  const stream = Body instanceof Readable ? Body : Readable.from([])
  // It may break off before anybody reads it; who reads it is told then.
  stream.on('error', () => {})
  return { span, stream, stop, timeoutMs: bucket.timeoutMs }
}

/** Ends a body, and the connection that it comes by. */
export function breakOff({ stream, stop }: ObjectBody, reason?: Error): void {
  stop.abort(reason)
  stream.destroy(reason)
}

/** Less than this is read to its end instead of giving the connection up, which costs a new one. */
const drainBytes = 64 * 1024

/** Frees a body that nobody will read. */
export function leaveBody(body: ObjectBody): void {
  const { span, stream, timeoutMs } = body
  if (stream.destroyed || span.endByte - span.startByte > drainBytes) return breakOff(body)
  const timer = setTimeout(() => breakOff(body), timeoutMs).unref()
  stream.once('close', () => clearTimeout(timer)).resume()
}

/**
 * The bytes of a body up to `endByte`, which is no later than its own end.
 *
 * Pauses of whoever reads are not S3's, and take as long as they like.
 * @throws TimedOut, BrokenOff; TitofistoError `storage-failed` for a wrong length.
 */
export async function* readBody(body: ObjectBody, endByte: number): AsyncGenerator<Uint8Array> {
  const { stream, span, stop, timeoutMs } = body
  let position = span.startByte
  let isWaiting = true
  const timer = setTimeout(() => {
    if (isWaiting) breakOff(body, new TimedOut())
  }, timeoutMs)
  try {
    for await (const chunk of flow(stream)) {
      isWaiting = false
      const rest = endByte - position
      position += chunk.length
      if (position > span.endByte)
        throw new TitofistoError('storage-failed', 'S3 sent more of a file than it said.')
      yield chunk.length > rest ? chunk.subarray(0, rest) : chunk
      if (position >= endByte && endByte < span.endByte) break
      isWaiting = true
      timer.refresh()
    }
    if (position < endByte)
      throw new TitofistoError('storage-failed', 'S3 sent less of a file than it said.')
  } catch (error) {
    if (stop.signal.reason instanceof TimedOut) throw stop.signal.reason
    // At its very end it can only be the SDK's check of the whole content's checksum.
    throw isTitofistoError(error) || position >= span.endByte ? error : new BrokenOff(error)
  } finally {
    clearTimeout(timer)
    if (position < span.endByte) breakOff(body)
  }
}

/** So much of what came waits for its reader; then the stream is stopped. */
const mostWaitingBytes = 128 * 1024

/**
 * The chunks of a stream, as they come. Read by its own iterator it would keep each in a buffer of its
 * own, and stop and start its socket for each.
 */
async function* flow(stream: Readable): AsyncGenerator<Uint8Array> {
  const waiting: Uint8Array[] = []
  let waitingBytes = 0
  let wake = (): void => {}
  function take(chunk: Uint8Array): void {
    waiting.push(chunk)
    waitingBytes += chunk.length
    if (waitingBytes >= mostWaitingBytes) stream.pause()
    wake()
  }
  const hear = (): void => wake()
  stream.on('data', take).on('end', hear).on('close', hear)
  try {
    while (true) {
      const chunk = waiting.shift()
      if (chunk !== undefined) {
        waitingBytes -= chunk.length
        if (waitingBytes < mostWaitingBytes && stream.isPaused()) stream.resume()
        yield chunk
      } else if (stream.readableEnded) {
        return
      } else if (stream.destroyed) {
        throw stream.errored ?? new Error('The stream was closed before its end.')
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    stream.off('data', take).off('end', hear).off('close', hear)
  }
}

/** What of the object an answer holds (RFC 9110 14.4), and how large the object is. */
export function spanOf({ ContentRange, ContentLength }: GetObjectCommandOutput): {
  readonly span: ByteSpan
  readonly sizeBytes: number
} {
  if (ContentLength === undefined) throw unclear()
  if (ContentRange === undefined)
    return { span: { startByte: 0, endByte: ContentLength }, sizeBytes: ContentLength }
  const [, first = '', last = '', size = ''] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(ContentRange) ?? []
  const span = { startByte: Number(first), endByte: Number(last) + 1 }
  if (size === '' || span.endByte - span.startByte !== ContentLength) throw unclear()
  return { span, sizeBytes: Number(size) }
}

function unclear(): TitofistoError {
  return new TitofistoError('storage-failed', 'S3 did not say which bytes of a file it sent.')
}
