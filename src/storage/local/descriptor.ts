// The operating system's file descriptors as promises, without FileHandle: a handle costs an object
// with listeners per file, and the fast path wants the bare number anyway. Whoever opens closes.

import { close, closeSync, fchmod, fstat, fstatSync, fsync, open, read, write } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { promisify } from 'node:util'
import { isUnsupported } from '../system-error.ts'

/** Opens a path and gives its descriptor. */
export const openDescriptor: (path: string, flags: number, mode?: number) => Promise<number> =
  promisify(open)

/** What the descriptor is, with nanoseconds. */
export function statDescriptor(descriptor: number): Promise<BigIntStats> {
  return pooledStat(descriptor, nanoseconds)
}

const pooledStat = promisify(fstat)
const nanoseconds = { bigint: true } as const

/** Reads into the whole of `bytes` from `position` on, as far as one call goes; 0 at the end. */
export async function readDescriptor(
  descriptor: number,
  bytes: Uint8Array,
  position: number,
): Promise<number> {
  return (await pooledRead(descriptor, bytes, 0, bytes.length, position)).bytesRead
}

const pooledRead = promisify(read)

/** Writes all of `bytes` at the descriptor's own position. */
export async function writeDescriptor(descriptor: number, bytes: Uint8Array): Promise<void> {
  // One write takes less than it was given when a disk runs full or a signal comes.
  for (let offset = 0; offset < bytes.length;)
    offset += (await pooledWrite(descriptor, bytes.subarray(offset, offset + maxWriteBytes)))
      .bytesWritten
}

const pooledWrite = promisify(write)

/** Closes a descriptor off the main thread. An error tells of nothing we could act on. */
export function closeDescriptor(descriptor: number): Promise<void> {
  return new Promise((resolve) => {
    close(descriptor, () => resolve())
  })
}

/** Closes a descriptor at once; an error tells of nothing we could act on. */
export function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor)
  } catch {
    // EIO after reading: the descriptor is gone all the same.
  }
}

/** Flushes a file's bytes to the disk. */
export const flushDescriptor = promisify(fsync)

/**
 * Flushes a folder's list of names to the disk; `false` where the file system can't (SMB, many of
 * FUSE): what is in the folder is then as safe as that file system makes it.
 */
export async function flushFolder(descriptor: number): Promise<boolean> {
  try {
    await flushDescriptor(descriptor)
    return true
  } catch (error) {
    if (!isUnsupported(error)) throw error
    return false
  }
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
    if (!isUnsupported(error)) throw error
  }
}

const chmodDescriptor = promisify(fchmod)

/** Well under the 2 GiB that one call may take, and soon enough done for a cancellation. */
const maxWriteBytes = 8 * 1024 * 1024
