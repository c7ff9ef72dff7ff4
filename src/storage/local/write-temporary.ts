// Writes a source to a temporary file, whole or not at all.

import { constants } from 'node:fs'
import {
  closeDescriptor,
  closeQuietly,
  flushDescriptor,
  giveMode,
  openDescriptor,
  writeDescriptor,
} from './descriptor.ts'
import { pooledCalls, type FileCalls } from './file-calls.ts'
import type { LocalRoot } from './local-root.ts'
import { sourceChunks } from '../source-chunks.ts'
import type { FileSource } from '../storage.ts'
import { toStorageError } from '../system-error.ts'
import { newTemporaryPath, removeQuietly } from './temporary-files.ts'

/** How files are written. */
export interface Writing {
  /** Their exact mode, whatever the process's umask. */
  readonly fileMode: number
  /** Whether they are flushed to the disk. */
  readonly durable: boolean
}

/**
 * Writes all of a source to a new temporary file and gives its path; the caller removes it.
 *
 * @throws TitofistoError `storage-full`, `storage-failed`; what the source throws, and the signal's
 * reason. Nothing stays then.
 */
export async function writeTemporary(
  root: LocalRoot,
  source: FileSource,
  writing: Writing,
  signal?: AbortSignal,
): Promise<string> {
  const path = newTemporaryPath(root)
  const descriptor = await openDescriptor(path, asNewFile, writing.fileMode).catch(
    (error: unknown) => {
      throw toStorageError(error, 'make a temporary file')
    },
  )
  let isWhole = false
  try {
    for await (const chunk of gather(sourceChunks(source, signal)))
      await writeDescriptor(descriptor, chunk).catch((error: unknown) => {
        throw toStorageError(error, 'write a file')
      })
    signal?.throwIfAborted()
    await finishFile(descriptor, writing)
    isWhole = true
    return path
  } finally {
    // Only a network or another process would make closing wait; the thread pool costs 15 µs.
    if (root.localDevice === null) await closeDescriptor(descriptor)
    else closeQuietly(descriptor)
    if (!isWhole) await removeQuietly(path)
  }
}

const asNewFile = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** Gives an open file its final mode, and flushes it if that is wanted. */
export async function finishFile(
  descriptor: number,
  writing: Writing,
  calls: FileCalls = pooledCalls,
): Promise<void> {
  try {
    await giveMode(descriptor, writing.fileMode, (...asked) => calls.chmod(...asked))
    if (writing.durable) await flushDescriptor(descriptor)
  } catch (error) {
    throw toStorageError(error, 'finish a file')
  }
}

/** Pieces smaller than this are written together. */
const gatherBytes = 64 * 1024

/** Joins small pieces: a write costs 15 µs whatever its size. */
async function* gather(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = []
  let gatheredBytes = 0
  for await (const chunk of chunks) {
    if (gatheredBytes === 0 && chunk.length >= gatherBytes) {
      yield chunk
      continue
    }
    // A copy: the source may reuse its buffer once it is asked for more.
    gathered.push(Uint8Array.prototype.slice.call(chunk))
    gatheredBytes += chunk.length
    if (gatheredBytes < gatherBytes) continue
    yield Buffer.concat(gathered)
    gathered = []
    gatheredBytes = 0
  }
  if (gatheredBytes > 0) yield Buffer.concat(gathered)
}
