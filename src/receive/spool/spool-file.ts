// The system calls on files of the spool: how they are opened, written, taken back, and made to last.

import {
  close,
  closeSync,
  constants,
  ftruncate,
  openSync,
  write,
  writeFileSync,
  writev,
} from 'node:fs'
import { open as openHandle, unlink, type FileHandle } from 'node:fs/promises'
import { pooledCalls } from '../../storage/local/file-calls.ts'
import type { ByteSource } from '../types/zip-type.ts'

// No link that somebody placed is ever followed, and no file of another upload opened.
/** For a new file. */
export const createFlags =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
const appendFlags = constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0)

/**
 * How a file is opened to write to it from a position on. One that has bytes must be there: if it is
 * gone, somebody else has taken it over.
 */
export function openFlags(isAppending: boolean, startByte: number): number {
  if (!isAppending) return createFlags
  return startByte === 0 ? appendFlags | constants.O_CREAT : appendFlags
}

/**
 * Makes a file of these bytes in one go; its descriptor is closed, however it ends.
 *
 * @throws the system's error; `onOpened` was called if there is a file by then.
 */
export function writeWholeFile(path: string, bytes: Buffer, onOpened: () => void): void {
  const descriptor = openSync(path, createFlags, 0o600)
  onOpened()
  try {
    writeFileSync(descriptor, bytes)
  } finally {
    closeSync(descriptor)
  }
}

/** Writes all of these bytes from a position on, and calls back once, with the system's error or `null`. */
export function writeAll(
  descriptor: number,
  buffers: Buffer[],
  position: number,
  done: (error: unknown) => void,
): void {
  const onWritten = (error: unknown, writtenBytes: number): void => {
    if (error !== null) {
      done(error)
      return
    }
    // A disk that fills up takes a part first, and says why with the next write.
    const rest = restAfter(buffers, writtenBytes)
    if (rest.length === 0) done(null)
    else writeAll(descriptor, rest, position + writtenBytes, done)
  }
  const [only] = buffers
  if (only !== undefined && buffers.length === 1)
    write(descriptor, only, 0, only.length, position, onWritten)
  else writev(descriptor, buffers, position, onWritten)
}

function restAfter(buffers: Buffer[], writtenBytes: number): Buffer[] {
  let left = writtenBytes
  for (const [index, buffer] of buffers.entries()) {
    if (left < buffer.length) return [buffer.subarray(left), ...buffers.slice(index + 1)]
    left -= buffer.length
  }
  return []
}

/** Closes a file, cut to so many bytes first where they are given; `done` hears why it failed to close. */
export function closeFile(
  descriptor: number,
  cutToBytes: number | null,
  done: (error: unknown) => void,
): void {
  // By the descriptor: under the path there may be another's file by now.
  if (cutToBytes === null) close(descriptor, done)
  else ftruncate(descriptor, cutToBytes, () => close(descriptor, done))
}

const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)

/** Opens a file to look into it, and closes it again. Rejects with the system's error. */
export async function withByteSource<T>(
  path: string,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  const handle = await openHandle(path, readFlags)
  try {
    return await use(toByteSource(handle, (await handle.stat()).size))
  } finally {
    await handle.close()
  }
}

/** An open file as something to be looked into. */
export function toByteSource(handle: FileHandle, sizeBytes: number): ByteSource {
  return {
    sizeBytes,
    async read(position, lengthBytes) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(lengthBytes, sizeBytes - position)))
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, position)
      return bytes.subarray(0, bytesRead)
    },
  }
}

/** Removes a file, whatever stands in the way: what stays, the sweep removes. */
export async function removeQuietly(path: string): Promise<void> {
  await unlink(path).catch(() => {})
}

/** Makes a folder's new names outlive a power cut, where the file system can. */
export function flushFolder(path: string): Promise<boolean> {
  return pooledCalls.flushFolder(path)
}
