// The operating system's file descriptors as promises, without FileHandle: a handle costs an object
// with listeners per file, and the fast path wants the bare number anyway. Whoever opens closes.

import { close, fchmod, fstat, fstatSync, fsync, open, read, write } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { promisify } from 'node:util'
import { isUnsupported } from '../system-error.ts'

/** Opens a path and gives its descriptor. */
export function openDescriptor(path: string, flags: number, mode?: number): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, mode, (error, descriptor) => {
      if (error) reject(error)
      else resolve(descriptor)
    })
  })
}

/** What the descriptor is, with nanoseconds. */
export function statDescriptor(descriptor: number): Promise<BigIntStats> {
  return new Promise((resolve, reject) => {
    fstat(descriptor, { bigint: true }, (error, stats) => {
      if (error) reject(error)
      else resolve(stats)
    })
  })
}

/** Reads into the whole of `bytes` from `position` on, as far as one call goes; 0 at the end. */
export function readDescriptor(
  descriptor: number,
  bytes: Uint8Array,
  position: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, bytes, 0, bytes.length, position, (error, bytesRead) => {
      if (error) reject(error)
      else resolve(bytesRead)
    })
  })
}

/** Writes all of `bytes` at the descriptor's own position. */
export async function writeDescriptor(descriptor: number, bytes: Uint8Array): Promise<void> {
  // One write takes less than it was given when a disk runs full or a signal comes.
  for (let offset = 0; offset < bytes.length;)
    offset += await writeSome(descriptor, bytes.subarray(offset, offset + maxWriteBytes))
}

/** Closes a descriptor off the main thread. An error tells of nothing we could act on. */
export function closeDescriptor(descriptor: number): Promise<void> {
  return new Promise((resolve) => {
    close(descriptor, () => resolve())
  })
}

/** Flushes a file's bytes to the disk. */
export const flushDescriptor = promisify(fsync)

/**
 * Flushes a folder's list of names to the disk. Where the file system can't (SMB, many of FUSE say
 * `EINVAL`), what is in the folder is as safe as that file system makes it.
 */
export async function flushFolder(descriptor: number): Promise<void> {
  await flushDescriptor(descriptor).catch(unlessUnsupported)
}

/**
 * Gives an open file or folder its exact mode, `chmod` meaning how. A mount that has its modes from
 * its options denies that: what is there keeps the mode that the mount gives it.
 */
export async function giveMode(
  descriptor: number,
  mode: number,
  chmod: (descriptor: number, mode: number) => Promise<void> | void = chmodDescriptor,
): Promise<void> {
  // Made with this mode, of which the umask may have taken some: a look is cheaper.
  if ((fstatSync(descriptor).mode & 0o7777) === mode) return
  try {
    await chmod(descriptor, mode)
  } catch (error) {
    unlessUnsupported(error)
  }
}

const chmodDescriptor = promisify(fchmod)

function unlessUnsupported(error: unknown): void {
  if (!isUnsupported(error)) throw error
}

/** Well under the 2 GiB that one call may take, and soon enough done for a cancellation. */
const maxWriteBytes = 8 * 1024 * 1024

function writeSome(descriptor: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, 0, bytes.length, null, (error, bytesWritten) => {
      if (error) reject(error)
      else resolve(bytesWritten)
    })
  })
}
