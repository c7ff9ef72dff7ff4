// Puts a finished file in place under its name: by a link, which never overwrites, so that no two
// savers lose one and no reader sees half a file. Only `replace` renames over what is there.

import { randomUUID } from 'node:crypto'
import { constants, fsync } from 'node:fs'
import { copyFile, open, rename } from 'node:fs/promises'
import { promisify } from 'node:util'
import { TitofistoError } from '../errors.ts'
import { closeDescriptor, openDescriptor } from './descriptor.ts'
import type { FileName } from './file-name.ts'
import { freeNames } from './free-name.ts'
import { openOrMakeLocalFolder } from './local-folder.ts'
import type { FolderMaking, LocalFolder } from './local-folder.ts'
import type { LocalRoot } from './local-root.ts'
import { folderOf, lastPartOf } from './name-parts.ts'
import type { SaveOptions } from './storage.ts'
import { systemCodeOf } from './system-error.ts'
import { noteTemporary, removeQuietly } from './temporary-files.ts'

/** How files are put in place. */
export interface Placing extends FolderMaking {
  /** Whether the file keeps its old path too, instead of being moved. */
  readonly keepsSource: boolean
  readonly randomSuffix?: (() => string) | undefined
}

/**
 * Gives the file at `path` this name or, where it may, a free one beside it, and says which.
 *
 * The file must be whole, with its final mode, and flushed if that is wanted.
 * @throws TitofistoError `name-invalid`, `name-taken`, and system errors
 */
export async function placeFile(
  root: LocalRoot,
  path: string,
  name: FileName,
  placing: Placing,
  options: SaveOptions,
): Promise<FileName> {
  const folderName = folderOf(name)
  const folder = await openOrMakeLocalFolder(root, folderName, placing)
  try {
    const placed = await placeInFolder(folder, path, name, placing, options).catch(
      async (error: unknown) => {
        if (!isCopyNeeded(error, placing)) throw error
        return placeCopy(root, folderName, folder, path, name, placing, options)
      },
    )
    if (placing.durable) await folder.flush()
    return placed
  } finally {
    folder.close()
  }
}

/** The most names to try. Random ones collide about once in 3.5 million million times. */
const maxAttempts = 100

const fsyncDescriptor = promisify(fsync)

async function placeInFolder(
  folder: LocalFolder,
  path: string,
  name: FileName,
  placing: Placing,
  { onTaken = 'rename', maxLength = Infinity }: SaveOptions,
): Promise<FileName> {
  if (onTaken === 'rename') {
    let attempts = 0
    for (const candidate of freeNames(name, { maxLength, randomSuffix: placing.randomSuffix })) {
      if (await placeIfFree(placing, path, folder.entryPath(lastPartOf(candidate))))
        return candidate
      if (++attempts === maxAttempts) break
    }
    throw new TitofistoError(
      'name-taken',
      `This file name and ${maxAttempts - 1} beside it are taken. Choose another one.`,
    )
  }
  if (name.length > maxLength)
    throw new TitofistoError(
      'name-invalid',
      `This file name is longer than ${maxLength} characters.`,
    )
  const target = folder.entryPath(lastPartOf(name))
  if (onTaken === 'replace') await replace(placing, path, target)
  else if (!(await placeIfFree(placing, path, target))) throw nameTaken()
  return name
}

/** The error for a name that is taken, where no other one may be given. */
export function nameTaken(cause?: unknown): TitofistoError {
  return new TitofistoError('name-taken', 'This file name is taken.', { cause })
}

/** What file systems say that know no hard links, such as FAT. */
const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'])

/** Where another file system is mounted inside the root, or one name is all that a file can have. */
function isCopyNeeded(error: unknown, { keepsSource }: Placing): boolean {
  const code = systemCodeOf(error)
  return code === 'EXDEV' || (keepsSource && withoutLinks.has(code))
}

async function placeIfFree(
  { calls, keepsSource }: Placing,
  path: string,
  target: string,
): Promise<boolean> {
  try {
    await calls.link(path, target)
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'EEXIST') return false
    if (withoutLinks.has(code) && !keepsSource) return moveWithoutLinks(path, target)
    throw error
  }
  if (keepsSource) return true
  try {
    await calls.unlink(path)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') {
      await removeQuietly(target)
      throw error
    }
  }
  return true
}

/**
 * For file systems that know no hard links: takes the name with an empty file, then
 * renames over it. Readers may see the empty file for a moment; nothing better is to be had there.
 */
async function moveWithoutLinks(path: string, target: string): Promise<boolean> {
  try {
    const placeholder = await open(target, 'wx')
    await placeholder.close()
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false
    throw error
  }
  try {
    await rename(path, target)
    return true
  } catch (error) {
    await removeQuietly(target)
    throw error
  }
}

async function replace(
  { calls, keepsSource }: Placing,
  path: string,
  target: string,
): Promise<void> {
  if (!keepsSource) {
    await renameOver(path, target)
    return
  }
  const second = `${path}.${randomUUID()}`
  await calls.link(path, second)
  try {
    await renameOver(second, target)
  } finally {
    // rename() leaves both names where they are one file already.
    await removeQuietly(second)
  }
}

async function renameOver(path: string, target: string): Promise<void> {
  try {
    await rename(path, target)
  } catch (error) {
    switch (systemCodeOf(error)) {
      case 'EISDIR':
      case 'ENOTEMPTY':
      case 'EEXIST':
        throw nameTaken(error)
      default:
        throw error
    }
  }
}

async function placeCopy(
  root: LocalRoot,
  folderName: string,
  folder: LocalFolder,
  path: string,
  name: FileName,
  placing: Placing,
  options: SaveOptions,
): Promise<FileName> {
  const noted = await noteTemporary(root, folderName)
  const copyPath = folder.entryPath(noted.name)
  try {
    // Keeps the mode; shares blocks where the file system can.
    await copyFile(path, copyPath, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    if (placing.durable) await flushFile(copyPath)
    const moving = { ...placing, keepsSource: false }
    const placed = await placeInFolder(folder, copyPath, name, moving, options)
    if (!placing.keepsSource) await removeQuietly(path)
    return placed
  } finally {
    await removeQuietly(copyPath)
    await noted.forget()
  }
}

async function flushFile(path: string): Promise<void> {
  const descriptor = await openDescriptor(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    await fsyncDescriptor(descriptor)
  } finally {
    await closeDescriptor(descriptor)
  }
}
