import { lstat, unlink } from 'node:fs/promises'
import type { FileName } from '../names/file-name.ts'
import { folderOf, lastPartOf } from '../names/name-parts.ts'
import { isAbsence, isDenial, systemCodeOf, toStorageError } from '../system-error.ts'
import { openLocalFolder } from './local-folder.ts'
import type { LocalRoot } from './local-root.ts'

/**
 * Removes a file, or a link; `false` where there was none.
 *
 * @throws TitofistoError `storage-failed`
 */
export async function removeFile(
  root: LocalRoot,
  name: FileName,
  durable: boolean,
): Promise<boolean> {
  const folder = await openLocalFolder(root, folderOf(name))
  if (folder === null) return false
  try {
    const path = folder.entryPath(lastPartOf(name))
    const stats = await lstat(path)
    if (!stats.isFile() && !stats.isSymbolicLink()) return false
    await unlink(path)
    if (durable) await folder.flush()
    return true
  } catch (error) {
    if (isAbsence(error) && !isDenial(error) && systemCodeOf(error) !== 'EISDIR') return false
    throw toStorageError(error, 'remove a file')
  } finally {
    folder.close()
  }
}
