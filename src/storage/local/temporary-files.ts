// Unfinished files: in a private folder on the root's own file system, from which a link puts them
// in place. Nothing here is ever visible under a name; what a crash leaves is swept.

import { randomUUID } from 'node:crypto'
import { lstatSync, mkdirSync, type BigIntStats } from 'node:fs'
import { lstat, rename, symlink, unlink } from 'node:fs/promises'
import { TitofistoError } from '../../errors.ts'
import type { LocalFolder } from './held-folder.ts'
import type { LocalRoot } from './local-root.ts'
import { privateFolderName, privateNamePrefix } from '../names/reserved-name.ts'
import { isUnsupported, systemCodeOf, toStorageError } from '../system-error.ts'

/** Where the private folder of that name is, or would be: `spool`, `tmp`. */
export function privateFolderPath(root: LocalRoot, name: string): string {
  return `${ownFolderPath(root)}/${name}`
}

/**
 * The private folder of that name, made if it is missing.
 *
 * @throws TitofistoError `storage-failed`, also where a link stands in its place or on the way: that
 * may have come with the root, in an archive or by git, and lead anywhere.
 */
export function makePrivateFolder(root: LocalRoot, name: string): string {
  const path = privateFolderPath(root, name)
  // Called before each upload: looking first costs a third of trying to make a folder that is there.
  if (hasPrivateFolder(root, path)) return path
  try {
    for (const folder of [ownFolderPath(root), path])
      if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() !== true)
        mkdirSync(folder, { recursive: true, mode: 0o700 })
      else
        throw new TitofistoError(
          'storage-failed',
          `A symbolic link stands in the place of the storage's private folder ${privateFolderName}, or of one in it. Remove it.`,
        )
  } catch (error) {
    throw toStorageError(error, 'make its private folder')
  }
  return path
}

function ownFolderPath(root: LocalRoot): string {
  return root.prefix + privateFolderName
}

/** Whether the private folder of this path is there, and no link is in its place or on the way. */
export function hasPrivateFolder(root: LocalRoot, path: string): boolean {
  return isFolder(path) && isFolder(ownFolderPath(root))
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** A path for a new temporary file; whoever makes the file removes it. @throws as {@link makePrivateFolder} */
export function newTemporaryPath(root: LocalRoot): string {
  return `${makePrivateFolder(root, 'tmp')}/${randomUUID()}`
}

/** The name of a temporary file that lies beside its target, and the note that leads a sweep to it. */
export interface NotedName {
  readonly name: string
  /** Drops the note, once the file is gone. */
  forget(): Promise<void>
}

/**
 * Gives a name for a temporary file in a folder of the root that is on another file system.
 *
 * A link in the private folder notes where it is, so that a sweep need not search the root.
 */
export async function noteTemporary(root: LocalRoot, folderName: string): Promise<NotedName> {
  const id = randomUUID()
  const name = privateNamePrefix + id
  const notePath = `${makePrivateFolder(root, 'tmp')}/${id}`
  const target = root.prefix + (folderName === '' ? name : `${folderName}/${name}`)
  await symlink(target, notePath).catch((error: unknown) => {
    // FAT knows no links: what a crash leaves there stays, hidden by its name.
    if (!isUnsupported(error)) throw error
  })
  return { name, forget: () => removeQuietly(notePath) }
}

/**
 * Begins the names of files that were taken away from their own name in the middle of a move. A sweep
 * leaves them, however old: they are whole, and may be the only copy of somebody's bytes.
 */
export const takenNamePrefix = 'taken-'

/** A file that has lost its name. */
export interface TakenFile {
  /** Where it is now: a private path. */
  readonly path: string
  readonly stats: BigIntStats
}

/**
 * Takes what a folder has under this name away, in one step, so that only one of many can; `null`
 * where there is nothing.
 */
export async function takeAway(
  root: LocalRoot,
  folder: LocalFolder,
  entryName: string,
): Promise<TakenFile | null> {
  const id = takenNamePrefix + randomUUID()
  const from = folder.entryPath(entryName)
  let path = `${makePrivateFolder(root, 'tmp')}/${id}`
  try {
    await rename(from, path).catch(async (error: unknown) => {
      // Another file system is mounted inside the root.
      if (systemCodeOf(error) !== 'EXDEV') throw error
      path = folder.entryPath(privateNamePrefix + id)
      await rename(from, path)
    })
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
  return { path, stats: await lstat(path, { bigint: true }) }
}

/** Removes a file that may be gone already. One that can't be removed is left to the sweep. */
export async function removeQuietly(path: string): Promise<void> {
  await unlink(path).catch(() => {})
}
