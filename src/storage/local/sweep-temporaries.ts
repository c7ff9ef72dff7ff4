// Removes the unfinished files that a crash has left.

import { lstat, opendir, readlink, unlink } from 'node:fs/promises'
import { openLocalFolder } from './local-folder.ts'
import type { LocalRoot } from './local-root.ts'
import { privateNamePrefix } from '../names/reserved-name.ts'
import { systemCodeOf, toStorageError } from '../system-error.ts'
import { hasPrivateFolder, privateFolderPath, takenNamePrefix } from './temporary-files.ts'

/**
 * Removes temporary files that nobody has written to for that long, and gives their number.
 *
 * @throws TitofistoError `storage-failed`
 */
export async function sweepTemporaries(root: LocalRoot, olderThanMs: number): Promise<number> {
  const folder = privateFolderPath(root, 'tmp')
  const staleMs = Date.now() - olderThanMs
  let removed = 0
  if (!hasPrivateFolder(root, folder)) return removed
  try {
    for await (const { name } of await opendir(folder))
      if (await removeStale(root, name, staleMs)) removed++
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw toStorageError(error, 'sweep temporary files')
  }
  return removed
}

async function removeStale(root: LocalRoot, name: string, staleMs: number): Promise<boolean> {
  const path = `${privateFolderPath(root, 'tmp')}/${name}`
  if (name.startsWith(takenNamePrefix)) return false
  try {
    const stats = await lstat(path)
    if (stats.mtimeMs >= staleMs || stats.isDirectory()) return false
    if (stats.isSymbolicLink()) await removeNoted(root, name, await readlink(path))
    await unlink(path)
    return true
  } catch (error) {
    // Finished by its owner, or by another sweep, since the folder was read.
    ignoreMissing(error)
    return false
  }
}

/** Removes what a note leads to, where it is what {@link noteTemporary} notes: not all links are ours. */
async function removeNoted(root: LocalRoot, id: string, target: string): Promise<void> {
  const name = privateNamePrefix + id
  if (!target.startsWith(root.prefix) || !target.endsWith(`/${name}`)) return
  const folder = await openLocalFolder(root, target.slice(root.prefix.length, -name.length - 1))
  try {
    if (folder !== null) await unlink(folder.entryPath(name))
  } catch (error) {
    ignoreMissing(error)
  } finally {
    folder?.close()
  }
}

function ignoreMissing(error: unknown): void {
  if (systemCodeOf(error) !== 'ENOENT') throw error
}
