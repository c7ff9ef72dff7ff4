// A local file held open: reading it piece by piece, and closing it at the right moment.

import { closeSync, readSync } from 'node:fs'
import { TitofistoError } from '../../errors.ts'
import { closeDescriptor, readDescriptor } from './descriptor.ts'
import type { QuickCalls } from './sync-gate.ts'
import type { FileFacts, OpenedFile } from '../storage.ts'
import { toStorageError } from '../system-error.ts'

/** How a file is read in one piece. */
export interface SmallReads {
  /** Set where the file was read lately, and is likely in the system's memory still. */
  readonly quickReads: QuickCalls | null
  /** Told once all that was wanted was read. */
  readonly onRead: () => void
}

/**
 * Takes a descriptor over as an opened file.
 *
 * `closesAtOnce` says that closing can't wait for a network or another process.
 */
export function createLocalFile(
  descriptor: number,
  facts: FileFacts,
  closesAtOnce: boolean,
  { quickReads, onRead }: SmallReads,
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
      if (bytesRead === 0) throw cutShort(position, endByte)
      yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead)
      position += bytesRead
      chunkBytes = laterChunkBytes
    }
  }

  async function readInto(bytes: Uint8Array): Promise<void> {
    let position = quickReads?.mayCall() === true ? readIntoQuickly(bytes, quickReads) : 0
    while (position < bytes.length) {
      const bytesRead = await readSome(position === 0 ? bytes : bytes.subarray(position), position)
      if (bytesRead === 0) throw cutShort(position, bytes.length)
      position += bytesRead
    }
    onRead()
  }

  /** Gives how much one synchronous call read. */
  function readIntoQuickly(bytes: Uint8Array, calls: QuickCalls): number {
    if (closing !== null) return 0
    try {
      return calls.time(() => readSync(descriptor, bytes, 0, bytes.length, 0))
    } catch (error) {
      throw toStorageError(error, 'read a file')
    }
  }

  function closeOnce(): Promise<void> {
    if (readsUnderWay > 0) return closeAfterReads()
    if (!closesAtOnce) return closeDescriptor(descriptor)
    closeQuietly(descriptor)
    return closed
  }

  /**
   * A read waits in the thread pool with the bare number: closing first would let it read whatever
   * file is opened next under that number.
   */
  async function closeAfterReads(): Promise<void> {
    await new Promise<void>((resolve) => {
      resume = resolve
    })
    if (closesAtOnce) closeQuietly(descriptor)
    else await closeDescriptor(descriptor)
  }

  return {
    facts,
    descriptor,
    chunks,
    readInto,
    close: () => (closing ??= closeOnce()),
  }
}

const closed = Promise.resolve()

function cutShort(position: number, endByte: number): TitofistoError {
  return new TitofistoError(
    'storage-failed',
    `This file ended at byte ${position} while ${endByte} were promised: it was cut short while it was read.`,
  )
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
