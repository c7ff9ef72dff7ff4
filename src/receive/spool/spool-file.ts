// How files of the spool are opened, taken back, and made to last.

import { close, constants, fsync, open, unlink } from 'node:fs'
import { open as openHandle } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { systemCodeOf } from '../../storage/system-error.ts'
import type { ByteSource } from '../types/zip-type.ts'

// No link that somebody placed is ever followed, and no file of another upload opened.
/** For a new file. */
export const createFlags =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
/** For a file that must be there already: one that is gone has been taken over by somebody else. */
export const appendFlags = constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0)
/** For a file that may be there already, with nothing in it yet. */
export const beginFlags = appendFlags | constants.O_CREAT

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
export function removeQuietly(path: string): Promise<void> {
  return new Promise((resolve) => {
    unlink(path, () => resolve())
  })
}

/**
 * Makes sure that a folder's new names outlive a power cut. Rejects with the system's error.
 */
export function flushFolder(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    open(path, constants.O_RDONLY, (openError, descriptor) => {
      if (openError !== null) {
        reject(openError)
        return
      }
      fsync(descriptor, (error) => {
        close(descriptor, () => {
          // Some network file systems can't flush a folder.
          if (error === null || systemCodeOf(error) === 'EINVAL') resolve()
          else reject(error)
        })
      })
    })
  })
}
