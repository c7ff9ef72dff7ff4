// A local file held open: reading it piece by piece, and closing it at the right moment.

import { closeSync } from 'node:fs'
import { TitofistoError } from '../errors.ts'
import { closeDescriptor, readDescriptor } from './descriptor.ts'
import type { FileFacts, OpenedFile } from './storage.ts'
import { toStorageError } from './system-error.ts'

/**
 * Takes a descriptor over as an opened file.
 *
 * `closesAtOnce` says that closing can't wait for a network or another process.
 */
export function createLocalFile(
  descriptor: number,
  facts: FileFacts,
  closesAtOnce: boolean,
): OpenedFile {
  let closing: Promise<void> | null = null
  let readsUnderWay = 0
  let resume: (() => void) | null = null

  async function readSome(bytes: Uint8Array, position: number): Promise<number> {
    // The number may be another file's by now.
    if (closing !== null)
      throw new TitofistoError('storage-failed', 'This file was closed while it was read.')
    readsUnderWay++
    try {
      return await readDescriptor(descriptor, bytes, position)
    } catch (error) {
      throw toStorageError(error, 'read a file')
    } finally {
      readsUnderWay--
      if (readsUnderWay === 0) resume?.()
    }
  }

  async function* chunks(startByte: number, endByte: number): AsyncGenerator<Uint8Array> {
    let chunkBytes = firstChunkBytes
    for (let position = startByte; position < endByte;) {
      // Slow allocation takes no share of a pool that a kept chunk would then hold in memory.
      const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, endByte - position))
      const bytesRead = await readSome(buffer, position)
      if (bytesRead === 0)
        throw new TitofistoError(
          'storage-failed',
          `This file ended at byte ${position} while ${endByte} were promised: it was cut short while it was read.`,
        )
      yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead)
      position += bytesRead
      chunkBytes = laterChunkBytes
    }
  }

  async function closeOnce(): Promise<void> {
    // A read waits in the thread pool with the bare number: closing first would let it read
    // whatever file is opened next under that number.
    if (readsUnderWay > 0)
      await new Promise<void>((resolve) => {
        resume = resolve
      })
    if (!closesAtOnce) return closeDescriptor(descriptor)
    closeQuietly(descriptor)
  }

  return {
    facts,
    descriptor,
    chunks,
    close: () => (closing ??= closeOnce()),
  }
}

/** Closes a descriptor at once; an error tells of nothing we could act on. */
export function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor)
  } catch {
    // EIO after reading: the descriptor is gone all the same.
  }
}

const firstChunkBytes = 64 * 1024
const laterChunkBytes = 256 * 1024
