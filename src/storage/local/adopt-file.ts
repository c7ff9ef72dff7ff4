// Takes finished files of the spool over, without copying where it can. No two names that were given
// share their bytes: who writes into one file must not change the other.

import { constants, fstatSync } from 'node:fs'
import { basename } from 'node:path'
import type { FileName } from '../names/file-name.ts'
import type { SaveOptions } from '../storage.ts'
import { isAbsence, toNamingError, toStorageError } from '../system-error.ts'
import { copyToTemporary } from './copy-file.ts'
import type { FileCalls } from './file-calls.ts'
import type { LocalRoot } from './local-root.ts'
import type { LocalWriter } from './local-writer.ts'
import { fileMissing } from '../names/put-under-name.ts'
import { placeFile } from './place-file.ts'
import { removeQuietly } from './temporary-files.ts'
import { finishFile, type Writing } from './write-temporary.ts'

/** A file of the spool, and what it is to be called. */
export interface Adoption {
  readonly path: string
  readonly name: FileName
  /** Whether the path stays. */
  readonly keepSpooled: boolean
  readonly options: SaveOptions
}

/** Far more than are handled at once. */
const maxLinkedPaths = 10_000

/** Makes what takes spooled files over, and gives the name that each really got. */
export function createAdopter(
  root: LocalRoot,
  writer: LocalWriter,
): (adoption: Adoption) => Promise<FileName> {
  const underWay = new Map<string, Promise<unknown>>()
  const linked = new Set<string>()

  /** One call for a spooled file after the other: each sees which names the last one gave it. */
  async function inTurn(adoption: Adoption): Promise<FileName> {
    const { path } = adoption
    const work = (): Promise<FileName> => adopt(adoption)
    const last = underWay.get(path)
    const turn = last === undefined ? work() : last.then(work, work)
    underWay.set(path, turn)
    try {
      return await turn
    } finally {
      if (underWay.get(path) === turn) underWay.delete(path)
    }
  }

  async function adopt({ path, name, keepSpooled, options }: Adoption): Promise<FileName> {
    const placing = writer.placingOf(name, options)
    const nameCount = await finishSpooled(path, writer.writing, placing.calls)
    try {
      if (nameCount > 1 || linked.has(path)) {
        // A file that was saved has these very bytes.
        const copyPath = await copyToTemporary(root, path, placing.durable)
        const given = await writer.place(copyPath, name, options)
        if (!keepSpooled) await removeQuietly(path)
        return given
      }
      const source = keepSpooled ? 'kept' : 'given'
      const placed = await placeFile(root, path, name, { ...placing, source })
      if (keepSpooled) noteLinked(path)
      return placed.name
    } catch (error) {
      throw toNamingError(error, 'put a file in place', name)
    }
  }

  /** Some of FUSE say that a file has one name, whatever it has. */
  function noteLinked(path: string): void {
    linked.add(path)
    const [oldest] = linked
    if (linked.size > maxLinkedPaths && oldest !== undefined) linked.delete(oldest)
  }

  return inTurn
}

/**
 * A spooled file was made with whatever mode; its bytes may be in memory only. Gives how many names
 * it has.
 */
async function finishSpooled(path: string, writing: Writing, calls: FileCalls): Promise<number> {
  const descriptor = await openSpooled(path, calls)
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) throw fileMissing(basename(path))
    await finishFile(descriptor, writing, calls)
    return stats.nlink
  } finally {
    await calls.close(descriptor)
  }
}

const asSpooled = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW

async function openSpooled(path: string, calls: FileCalls): Promise<number> {
  try {
    return await calls.open(path, asSpooled)
  } catch (error) {
    throw isAbsence(error)
      ? fileMissing(basename(path), error)
      : toStorageError(error, 'open a spooled file')
  }
}
