// Gives a file another name without copying it. Of any number of moves and removals of one name at
// once, in any number of processes, exactly one wins: the one that takes the old name away, in one
// rename to a private path. What was taken is then looked at, so that a file which came under the
// old name meanwhile is not lost.

import { lstat } from 'node:fs/promises'
import type { BigIntStats } from 'node:fs'
import type { FileName } from '../names/file-name.ts'
import { openLocalFolder } from './local-folder.ts'
import type { LocalFolder } from './held-folder.ts'
import type { LocalRoot } from './local-root.ts'
import { folderOf, lastPartOf } from '../names/name-parts.ts'
import { fileMissing } from '../names/put-under-name.ts'
import { placeFile } from './place-file.ts'
import type { Placed, Placing } from './placing.ts'
import { orNull, systemCodeOf } from '../system-error.ts'
import { removeQuietly, takeAway } from './temporary-files.ts'

/** How a file is moved. */
export type Moving = Omit<Placing, 'source'>

/**
 * Moves a regular file to another name, or to a free one beside it, and gives the name; `null`
 * where there is no regular file, but a link, say.
 *
 * @throws TitofistoError `file-missing` where another one took it first, and as {@link placeFile}
 */
export async function moveFile(
  root: LocalRoot,
  from: FileName,
  to: FileName,
  moving: Moving,
): Promise<FileName | null> {
  const folder = await openLocalFolder(root, folderOf(from))
  if (folder === null) return null
  try {
    const source = await lookAt(folder, from)
    if (source === null) throw fileMissing(from)
    if (!source.isFile()) return null
    const placed = await placeShared(root, { folder, from, to }, moving)
    const name = placed.wasRenamed
      ? await dropSecondName(root, { from, source, placed }, moving)
      : await dropOldName(root, { folder, from, source, placed }, moving)
    if (moving.durable) await folder.flush()
    return name
  } finally {
    folder.close()
  }
}

async function placeShared(
  root: LocalRoot,
  { folder, from, to }: { folder: LocalFolder; from: FileName; to: FileName },
  moving: Moving,
): Promise<Placed> {
  const path = folder.entryPath(lastPartOf(from))
  try {
    return await placeFile(root, path, to, { ...moving, source: 'shared' })
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' && (await lookAt(folder, from)) === null)
      throw fileMissing(from, error)
    throw error
  }
}

/** rename() does nothing where both names are of one file already. */
async function dropSecondName(
  root: LocalRoot,
  { from, source, placed }: { from: FileName; source: BigIntStats; placed: Placed },
  moving: Moving,
): Promise<FileName> {
  // Two spellings that the file system takes for one name are not two names.
  if (source.nlink > 1n && foldCase(from) !== foldCase(placed.name))
    await removeIfSame(root, from, source, moving)
  return placed.name
}

function foldCase(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase()
}

/** The file has its new name too by now: takes the old one away, or finds that another did. */
async function dropOldName(
  root: LocalRoot,
  at: { folder: LocalFolder; from: FileName; source: BigIntStats; placed: Placed },
  moving: Moving,
): Promise<FileName> {
  const { name } = at.placed
  const target = await lookUp(root, name)
  const taken = await takeAway(root, at.folder, lastPartOf(at.from))
  if (taken === null) {
    if (target !== null) await removeIfSame(root, name, target, moving)
    throw fileMissing(at.from)
  }
  if (isSame(taken.stats, at.source) || isSame(taken.stats, target)) {
    await removeQuietly(taken.path)
    return name
  }
  // Another file came under the old name meanwhile: it is the one that moves.
  if (target !== null) await removeIfSame(root, name, target, moving)
  return putBack(root, taken.path, name, moving)
}

/** Removes a name, unless it leads to another file by now. */
async function removeIfSame(
  root: LocalRoot,
  name: FileName,
  stats: BigIntStats,
  moving: Moving,
): Promise<void> {
  const folder = await openLocalFolder(root, folderOf(name))
  if (folder === null) return
  try {
    const taken = await takeAway(root, folder, lastPartOf(name))
    if (taken === null) return
    if (isSame(taken.stats, stats)) await removeQuietly(taken.path)
    else await putBack(root, taken.path, name, moving)
  } finally {
    folder.close()
  }
}

/** Gives a file that was taken away a name again: this one, or a free one beside it. */
async function putBack(
  root: LocalRoot,
  path: string,
  name: FileName,
  moving: Moving,
): Promise<FileName> {
  const options = { ...moving.options, onTaken: 'rename' as const }
  return (await placeFile(root, path, name, { ...moving, source: 'given', options })).name
}

async function lookUp(root: LocalRoot, name: FileName): Promise<BigIntStats | null> {
  const folder = await openLocalFolder(root, folderOf(name))
  if (folder === null) return null
  try {
    return await lookAt(folder, name)
  } finally {
    folder.close()
  }
}

async function lookAt(folder: LocalFolder, name: FileName): Promise<BigIntStats | null> {
  return orNull(['ENOENT'], () => lstat(folder.entryPath(lastPartOf(name)), { bigint: true }))
}

function isSame(stats: BigIntStats, other: BigIntStats | null): boolean {
  return other !== null && stats.ino === other.ino && stats.dev === other.dev
}
