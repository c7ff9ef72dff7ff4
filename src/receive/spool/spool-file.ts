// How files of the spool are opened, taken back, and made to last.

import { constants, unlink } from 'node:fs'
import { pooledCalls } from '../../storage/local/file-calls.ts'

// No link that somebody placed is ever followed, and no file of another upload opened.
/** For a new file. */
export const createFlags =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
/** For a file that must be there already: one that is gone has been taken over by somebody else. */
export const appendFlags = constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0)
/** For a file that may be there already, with nothing in it yet. */
export const beginFlags = appendFlags | constants.O_CREAT

/** Removes a file, whatever stands in the way: what stays, the sweep removes. */
export function removeQuietly(path: string): Promise<void> {
  return new Promise((resolve) => {
    unlink(path, () => resolve())
  })
}

/** Makes a folder's new names outlive a power cut, where the file system can. */
export function flushFolder(path: string): Promise<boolean> {
  return pooledCalls.flushFolder(path)
}
