// Gives a finished file its name: a new one, which never overwrites, so that no two savers lose one
// and no reader sees half a file; or, where it was asked to replace, the one that is there.

import { copyBeside } from './copy-file.ts'
import type { FileName } from '../names/file-name.ts'
import { openOrMakeLocalFolder } from './local-folder.ts'
import type { LocalFolder } from './held-folder.ts'
import type { LocalRoot } from './local-root.ts'
import { folderOf, lastPartOf } from '../names/name-parts.ts'
import { nameTaken, putUnderName } from '../names/put-under-name.ts'
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

/** A file to be put in place, in its folder. */
interface PlacingTask {
  readonly folder: LocalFolder
  readonly path: string
  readonly name: FileName
  readonly placing: Placing
}

async function placeInFolder({ folder, path, name, placing }: PlacingTask): Promise<Placed> {
  const naming = { ...placing.options, randomSuffix: placing.randomSuffix }
  const placed = await putUnderName(name, naming, async (candidate, ifFree) => {
    const target = folder.entryPath(lastPartOf(candidate))
    if (!ifFree) return replace(placing, path, target, name)
    const taking = await placeIfFree(placing, path, target)
    return taking === 'taken' ? null : { wasRenamed: taking === 'renamed' }
  })
  return { name: placed.name, ...placed.put }
}

async function replace(placing: Placing, path: string, target: string, name: FileName) {
  try {
    await placeOver(placing, path, target)
  } catch (error) {
    if (['EISDIR', 'ENOTEMPTY', 'EEXIST'].includes(systemCodeOf(error)))
      throw nameTaken(name, error)
    throw error
  }
  return { wasRenamed: placing.source !== 'kept' }
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
