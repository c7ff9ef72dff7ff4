// The steps that give a file a name, each of them one that the file system makes whole or not at
// all: a second name by link(), which never overwrites; a rename over what is there; and, for file
// systems that know no second names, a rename over a placeholder that was made for it.

import { randomUUID } from 'node:crypto'
import { lstat, open, rename } from 'node:fs/promises'
import type { Placing } from './placing.ts'
import { isUnsupported, systemCodeOf } from '../system-error.ts'
import { removeQuietly } from './temporary-files.ts'

/** Gives the file at `path` the path `target`, if that is free, and says what became of it. */
export async function placeIfFree(
  { calls, source }: Placing,
  path: string,
  target: string,
): Promise<'linked' | 'renamed' | 'taken'> {
  try {
    await calls.link(path, target)
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return 'taken'
    const isLinkless = isUnsupported(error) || systemCodeOf(error) === 'EMLINK'
    if (isLinkless && source !== 'kept') return renameIfFree(path, target)
    throw error
  }
  if (source !== 'given') return 'linked'
  try {
    await calls.unlink(path)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') {
      await removeQuietly(target)
      throw error
    }
  }
  return 'linked'
}

/**
 * For file systems that know no hard links: takes the name with an empty file, then renames over it.
 * Readers may see the empty file for a moment, and a crash between the two leaves it there; nothing
 * better is to be had without `renameat2`, which Node lacks.
 */
async function renameIfFree(path: string, target: string): Promise<'renamed' | 'taken'> {
  // Told before the name is taken: a name that this file system refuses must not be left behind.
  await lstat(path)
  try {
    const placeholder = await open(target, 'wx')
    await placeholder.close()
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return 'taken'
    throw error
  }
  try {
    await rename(path, target)
    return 'renamed'
  } catch (error) {
    await removeQuietly(target)
    throw error
  }
}

/** Gives the file at `path` the path `target` in one step, in place of what is there. */
export async function placeOver(
  { calls, source }: Placing,
  path: string,
  target: string,
): Promise<void> {
  if (source !== 'kept') {
    await rename(path, target)
    return
  }
  const second = `${path}.${randomUUID()}`
  await calls.link(path, second)
  try {
    await rename(second, target)
  } finally {
    // rename() does nothing where both names are of one file already.
    await removeQuietly(second)
  }
}
