// Everything that can be saved, as one kind of stream: bytes piece by piece, asked for one at a
// time, so that a fast source waits for a slow disk.

import { Readable } from 'node:stream'
import type { FileSource } from './storage.ts'

/**
 * The bytes of a source. Ended early, it tells the source to free what it holds.
 *
 * @throws TypeError where the source is none; the signal's reason; and what the source throws.
 */
export async function* sourceChunks(
  source: FileSource,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted()
  if (typeof source === 'string' || source instanceof Uint8Array) {
    yield toBytes(source)
    return
  }
  const wasRead = isDisturbed(source)
  const reader = openReader(source)
  let isDone = false
  let isEmpty = true
  try {
    for (;;) {
      const piece = await abortable(reader.next(), signal)
      if (piece.done === true) {
        isDone = true
        // Whoever read it before has the bytes, and an empty file would pass for them.
        if (isEmpty && wasRead)
          throw new TypeError('This stream was read to its end before: it has no file to give.')
        return
      }
      isEmpty = false
      yield toBytes(piece.value)
    }
  } finally {
    // Not awaited: a source that hangs is left, not waited for.
    if (!isDone) reader.leave(signal?.aborted === true ? signal.reason : undefined)
  }
}

interface SourceReader {
  next(): Promise<IteratorResult<unknown>>
  /** Says that nothing more is wanted. */
  leave(reason: unknown): void
}

function openReader(source: Exclude<FileSource, string | Uint8Array>): SourceReader {
  if (source instanceof Blob) return openStreamReader(source.stream())
  if (source instanceof ReadableStream) return openStreamReader(source)
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source)
    return openIteratorReader(source)
  throw new TypeError(
    'A file can be saved from a Uint8Array, a string, a Blob, a ReadableStream, a Node stream or an async iterable.',
  )
}

/** Whether somebody has read of a stream, of Node's or the web's, which Node's types don't tell. */
function isDisturbed(source: unknown): boolean {
  return Readable.isDisturbed(source as Readable)
}

function openStreamReader(stream: ReadableStream<Uint8Array>): SourceReader {
  const reader = stream.getReader()
  return {
    next: async () => {
      const { done, value } = await reader.read()
      return done ? { done, value: undefined } : { done, value }
    },
    // Unlike an iterator's return(), this also ends a read that is under way.
    leave: (reason) => void reader.cancel(reason).catch(() => {}),
  }
}

function openIteratorReader(source: AsyncIterable<unknown>): SourceReader {
  const iterator = source[Symbol.asyncIterator]()
  return {
    next: () => iterator.next(),
    leave: () => {
      // A Node stream's return() waits for the read under way; destroy() doesn't.
      if ('destroy' in source && typeof source.destroy === 'function') source.destroy()
      void iterator.return?.().catch(() => {})
    },
  }
}

function toBytes(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece
  if (typeof piece === 'string') return Buffer.from(piece)
  throw new TypeError('A source of a file must give Uint8Arrays or strings.')
}

/** Waits for a promise, but no longer than until the signal. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
