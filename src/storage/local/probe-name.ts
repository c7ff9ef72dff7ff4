// Tells a name that the file system refuses from a folder in which nothing can be made. The error
// alone does not: FAT, NTFS and SMB drivers say `EINVAL`, `EPERM`, `EACCES` or `ENOENT` to `a:b`.

import { randomUUID } from 'node:crypto'
import { lstat, open } from 'node:fs/promises'
import type { LocalFolder } from './held-folder.ts'
import { privateNamePrefix } from '../names/reserved-name.ts'
import { systemCodeOf } from '../system-error.ts'
import { removeQuietly } from './temporary-files.ts'

/** Whether nothing of this name is there or can be made in a folder, where other names can. */
export async function isNameRefused(
  folder: LocalFolder,
  entryName: string,
  error: unknown,
): Promise<boolean> {
  if (!mayMeanTheName(error)) return false
  return !(await isThere(folder.entryPath(entryName))) && (await canMakeOthers(folder))
}

function mayMeanTheName(error: unknown): boolean {
  const code = systemCodeOf(error)
  if (code !== 'ENOENT') return ['EINVAL', 'EPERM', 'EACCES'].includes(code)
  // Of a link or a rename it means the other name, which somebody has removed.
  const { syscall } = error as { readonly syscall?: unknown }
  return syscall === 'open' || syscall === 'mkdir'
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch {
    return false
  }
}

async function canMakeOthers(folder: LocalFolder): Promise<boolean> {
  const path = folder.entryPath(privateNamePrefix + randomUUID())
  try {
    const probe = await open(path, 'wx')
    await probe.close()
    return true
  } catch {
    return false
  } finally {
    await removeQuietly(path)
  }
}
