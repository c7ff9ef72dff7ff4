// Gives a file another name without copying it.

import { lstat } from 'node:fs/promises'
import type { FileName } from './file-name.ts'
import { openLocalFolder } from './local-folder.ts'
import type { LocalRoot } from './local-root.ts'
import { folderOf, lastPartOf } from './name-parts.ts'
import { placeFile } from './place-file.ts'
import type { Placing } from './place-file.ts'
import type { SaveOptions } from './storage.ts'

/**
 * Moves a regular file to another name, or to a free one beside it, and gives the name; `null`
 * where there is no regular file, but a link, say.
 *
 * @throws as {@link placeFile}
 */
export async function moveFile(
  root: LocalRoot,
  from: FileName,
  to: FileName,
  placing: Placing,
  options: SaveOptions,
): Promise<FileName | null> {
  const folder = await openLocalFolder(root, folderOf(from))
  if (folder === null) return null
  try {
    const path = folder.entryPath(lastPartOf(from))
    if (!(await lstat(path)).isFile()) return null
    const moved = await placeFile(root, path, to, placing, options)
    if (placing.durable) await folder.flush()
    return moved
  } finally {
    folder.close()
  }
}
