// Gives a finished file its name: a new one, which never overwrites, so that no two savers lose one
// and no reader sees half a file; or, where it was asked to replace, the one that is there.

import { TitofistoError } from '../../errors.ts'
import { copyBeside } from './copy-file.ts'
import type { FileName } from '../names/file-name.ts'
import { freeNames } from '../names/free-name.ts'
import { openOrMakeLocalFolder } from './local-folder.ts'
import type { LocalFolder } from './held-folder.ts'
import type { LocalRoot } from './local-root.ts'
import { folderOf, lastPartOf } from '../names/name-parts.ts'
import type { Placed, Placing, Source } from './placing.ts'
import { isNameRefused } from './probe-name.ts'
import { isUnsupported, nameRefused, systemCodeOf } from '../system-error.ts'
import { placeIfFree, placeOver } from './take-name.ts'
import { removeQuietly } from './temporary-files.ts'

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
): Promise<Placed> {
  const folder = await openOrMakeLocalFolder(root, folderOf(name), placing)
  const task = { folder, path, name, placing }
  try {
    const placed = await placeInFolder(task).catch(async (error: unknown) => {
      if (!isCopyNeeded(error, placing.source)) throw error
      return placeCopy(root, task)
    })
    if (placing.durable) await folder.flush()
    return placed
  } catch (error) {
    throw (await isNameRefused(folder, lastPartOf(name), error)) ? nameRefused(error, name) : error
  } finally {
    folder.close()
  }
}

/** The error for a name that is taken, where no other one may be given. */
export function nameTaken(fileName: string, cause?: unknown): TitofistoError {
  return new TitofistoError('name-taken', 'This file name is taken.', { fileName, cause })
}

/** The most names to try. Random ones collide about once in 3.5 million million times. */
const maxAttempts = 100

/** A file to be put in place, in its folder. */
interface PlacingTask {
  readonly folder: LocalFolder
  readonly path: string
  readonly name: FileName
  readonly placing: Placing
}

async function placeInFolder({ folder, path, name, placing }: PlacingTask): Promise<Placed> {
  const { onTaken = 'rename', maxLength = Infinity } = placing.options
  if (onTaken === 'rename') {
    let attempts = 0
    for (const candidate of freeNames(name, { maxLength, randomSuffix: placing.randomSuffix })) {
      const taking = await placeIfFree(placing, path, folder.entryPath(lastPartOf(candidate)))
      if (taking !== 'taken') return { name: candidate, wasRenamed: taking === 'renamed' }
      if (++attempts === maxAttempts) break
    }
    throw new TitofistoError(
      'name-taken',
      `This file name and ${maxAttempts - 1} beside it are taken. Choose another one.`,
      { fileName: name },
    )
  }
  if (name.length > maxLength)
    throw new TitofistoError(
      'name-invalid',
      `This file name is longer than ${maxLength} characters.`,
      { fileName: name },
    )
  const target = folder.entryPath(lastPartOf(name))
  if (onTaken === 'refuse') {
    const taking = await placeIfFree(placing, path, target)
    if (taking === 'taken') throw nameTaken(name)
    return { name, wasRenamed: taking === 'renamed' }
  }
  try {
    await placeOver(placing, path, target)
  } catch (error) {
    if (['EISDIR', 'ENOTEMPTY', 'EEXIST'].includes(systemCodeOf(error)))
      throw nameTaken(name, error)
    throw error
  }
  return { name, wasRenamed: placing.source !== 'kept' }
}

/**
 * Where a link can't be made: another file system is mounted inside the root, or a file can have one
 * name only, or no more of them, and must keep the one it has.
 */
function isCopyNeeded(error: unknown, source: Source): boolean {
  const code = systemCodeOf(error)
  return code === 'EXDEV' || (source === 'kept' && (isUnsupported(error) || code === 'EMLINK'))
}

async function placeCopy(root: LocalRoot, task: PlacingTask): Promise<Placed> {
  const { folder, path, name, placing } = task
  const copy = await copyBeside(root, { path, folder, folderName: folderOf(name) }, placing.durable)
  try {
    const placed = await placeInFolder({
      ...task,
      path: copy.path,
      placing: { ...placing, source: 'given' },
    })
    if (placing.source === 'given') await removeQuietly(path)
    return { name: placed.name, wasRenamed: false }
  } finally {
    await copy.remove()
  }
}
