// Where an open descriptor really is. Asked after opening, so nothing can be swapped between the
// check and the use, unlike with realpath.

import { readlinkSync, realpathSync, statSync } from 'node:fs'

/**
 * The real path of what a descriptor holds open, or `null` where it can't be told.
 *
 * On Linux the kernel says it from memory, without touching the disk; a removed file's path ends
 * with ` (deleted)`. Elsewhere the path is resolved again and must lead to the same inode.
 */
export function readDescriptorPlace(
  descriptor: number,
  openedPath: string,
  inode: { readonly dev: bigint; readonly ino: bigint },
): string | null {
  if (!descriptorFolderExists) return findSameInode(openedPath, inode)
  try {
    return readlinkSync(descriptorFolder + descriptor)
  } catch {
    // A path over 4,096 bytes; our names can't make one.
    return null
  }
}

/** A path that leads to a descriptor's folder, even if the folder is moved. */
export function descriptorPath(descriptor: number, realPath: string): string {
  return descriptorFolderExists ? descriptorFolder + descriptor : realPath
}

/** What {@link readDescriptorPlace} does without /proc: resolves the path and compares. */
export function findSameInode(
  openedPath: string,
  inode: { readonly dev: bigint; readonly ino: bigint },
): string | null {
  try {
    const realPath = realpathSync(openedPath)
    const stats = statSync(realPath, { bigint: true })
    return stats.dev === inode.dev && stats.ino === inode.ino ? realPath : null
  } catch {
    return null
  }
}

const descriptorFolder = '/proc/self/fd/'

const descriptorFolderExists = isProcMounted()

function isProcMounted(): boolean {
  if (process.platform !== 'linux') return false
  try {
    // Standard input may be closed; the folder's own entry in /proc never is.
    return readlinkSync('/proc/self').length > 0 && statSync(descriptorFolder).isDirectory()
  } catch {
    return false
  }
}
