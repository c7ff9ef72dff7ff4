// Unfinished files: in a private folder on the root's own file system, from which a link puts them
// in place. Nothing here is ever visible under a name; what a crash leaves is swept.

import { randomUUID } from 'node:crypto'
import { constants, mkdirSync, statSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { lstat, opendir, readlink, rename, symlink, unlink } from 'node:fs/promises'
import { openDescriptor } from './descriptor.ts'
import type { LocalFolder } from './local-folder.ts'
import type { LocalRoot } from './local-root.ts'
import { privateFolderName, privateNamePrefix } from './reserved-name.ts'
import { isUnsupported, systemCodeOf, toStorageError } from './system-error.ts'

/** A file being written. Whoever opened it closes the descriptor and removes the path. */
export interface TemporaryFile {
  readonly path: string
  readonly descriptor: number
}

/** Where the private folder of that name is, or would be: `spool`, `tmp`. */
export function privateFolderPath(root: LocalRoot, name: string): string {
  return `${root.prefix}${privateFolderName}/${name}`
}

/** The private folder of that name, made if it is missing. */
export function makePrivateFolder(root: LocalRoot, name: string): string {
  const path = privateFolderPath(root, name)
  // Asked before each upload: a look costs a third of a vain attempt.
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return path
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw toStorageError(error, 'make its private folder')
  }
  return path
}

/** Opens a new temporary file for reading and writing. */
export async function openTemporary(root: LocalRoot, mode: number): Promise<TemporaryFile> {
  const path = `${privateFolderPath(root, 'tmp')}/${randomUUID()}`
  try {
    return { path, descriptor: await openDescriptor(path, asNewFile, mode) }
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error
    makePrivateFolder(root, 'tmp')
    return { path, descriptor: await openDescriptor(path, asNewFile, mode) }
  }
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
  const id = randomUUID()
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

/**
 * Removes temporary files that nobody has written to for that long, and gives their number.
 *
 * @throws TitofistoError `storage-failed`
 */
export async function sweepTemporaries(root: LocalRoot, olderThanMs: number): Promise<number> {
  const folder = privateFolderPath(root, 'tmp')
  const staleMs = Date.now() - olderThanMs
  let removed = 0
  try {
    for await (const { name } of await opendir(folder))
      if (await removeStale(`${folder}/${name}`, staleMs)) removed++
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw toStorageError(error, 'sweep temporary files')
  }
  return removed
}

/** Removes a file that may be gone already. One that can't be removed is left to the sweep. */
export async function removeQuietly(path: string): Promise<void> {
  await unlink(path).catch(() => {})
}

const asNewFile = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

async function removeStale(path: string, staleMs: number): Promise<boolean> {
  try {
    const stats = await lstat(path)
    if (stats.mtimeMs >= staleMs || stats.isDirectory()) return false
    if (stats.isSymbolicLink()) await unlink(await readlink(path)).catch(ignoreMissing)
    await unlink(path)
    return true
  } catch (error) {
    // Finished by its owner, or by another sweep, since the folder was read.
    ignoreMissing(error)
    return false
  }
}

function ignoreMissing(error: unknown): void {
  if (systemCodeOf(error) !== 'ENOENT') throw error
}
