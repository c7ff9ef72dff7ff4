// One bucket as the rest of this room sees it: names and keys, and requests that end in time.

import type { S3Client } from '@aws-sdk/client-s3'
import type { Log } from '../../log.ts'
import { maxNameBytes, type FileName } from '../names/file-name.ts'
import { parseUserFileName } from '../names/reserved-name.ts'
import { TimedOut } from './s3-fault.ts'

/** A bucket, and how it is asked. */
export interface Bucket {
  readonly client: S3Client
  readonly name: string
  /** `''`, or what all keys begin with, to a slash. */
  readonly prefix: string
  readonly timeoutMs: number
  readonly partBytes: number
  readonly maxPartsAtOnce: number
  readonly log: Log
}

/** A file's place. */
export interface Place {
  readonly Bucket: string
  readonly Key: string
}

/** Where a file of this name is; `null` where its key would be too long for S3. */
export function placeOf(bucket: Bucket, name: FileName): Place | null {
  const key = bucket.prefix + name
  return Buffer.byteLength(key) > maxNameBytes ? null : { Bucket: bucket.name, Key: key }
}

/** Whose file is at a key; `null` where it is nobody's, such as a folder's marker. */
export function nameOf(bucket: Bucket, key: string): FileName | null {
  return key.startsWith(bucket.prefix) ? parseUserFileName(key.slice(bucket.prefix.length)) : null
}

/** How long to wait for an answer, and what else ends the waiting. */
export interface Waiting {
  /** Default: the bucket's. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
  /** Stays the caller's after the answer's head: for a body that is still to come. */
  readonly stop?: AbortController
}

/**
 * What a call gives, if it does in time; the client's own pauses between its attempts count too.
 *
 * @throws TimedOut; the signal's reason; what the call throws.
 */
export async function ask<Output>(
  bucket: Bucket,
  call: (options: { readonly abortSignal: AbortSignal }) => Promise<Output>,
  { timeoutMs = bucket.timeoutMs, signal, stop = new AbortController() }: Waiting = {},
): Promise<Output> {
  signal?.throwIfAborted()
  const cancel = (): void => stop.abort(signal?.reason)
  signal?.addEventListener('abort', cancel, { once: true })
  const timer = setTimeout(() => stop.abort(new TimedOut()), timeoutMs)
  let hear = (): void => undefined
  const stopped = new Promise<never>((_, reject) => {
    hear = () => reject(stop.signal.reason)
    stop.signal.addEventListener('abort', hear, { once: true })
  })
  try {
    return await Promise.race([call({ abortSignal: stop.signal }), stopped])
  } catch (error) {
    // What the client makes of it is an error of its own.
    throw stop.signal.aborted ? stop.signal.reason : error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', cancel)
    stop.signal.removeEventListener('abort', hear)
  }
}

/** No slower than this is a connection that sends a file: 64 KiB a second. */
const slowestBytesPerMs = 64

/** How long sending so many bytes may take, with the answer. */
export function sendingMs(bucket: Bucket, sizeBytes: number): number {
  return bucket.timeoutMs + Math.ceil(sizeBytes / slowestBytesPerMs)
}
