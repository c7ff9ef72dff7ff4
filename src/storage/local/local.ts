// Files below a folder of this machine. Reading is in local-open.ts, writing in write-temporary.ts
// and place-file.ts, listing in list-folder.ts; here they become one Storage.

import { constants, fstatSync } from 'node:fs'
import { lstat, unlink } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileUnreadable } from '../../errors.ts'
import type { TitofistoError } from '../../errors.ts'
import { checkType } from '../../options.ts'
import { copyToTemporary } from './copy-file.ts'
import { pooledCalls, quickCalls } from './file-calls.ts'
import type { FileCalls } from './file-calls.ts'
import type { FileName } from '../names/file-name.ts'
import { listNames } from './list-folder.ts'
import { openLocalFolder } from './local-folder.ts'
import { createLocalOpener } from './local-open.ts'
import { checkLocalOptions } from './local-options.ts'
import type { LocalStorageOptions } from './local-options.ts'
import { folderPath, readLocalRoot } from './local-root.ts'
import { fileMissing, moveFile } from './move-file.ts'
import { folderOf, lastPartOf } from '../names/name-parts.ts'
import { nameTaken, placeFile } from './place-file.ts'
import type { Placing } from './placing.ts'
import { checkUserFileName, parseUserFileName } from '../names/reserved-name.ts'
import type {
  AdoptOptions,
  FileFacts,
  FileList,
  FileSource,
  ListOptions,
  SaveOptions,
  Storage,
} from '../storage.ts'
import { checkListOptions, checkSaveOptions } from '../storage-options.ts'
import { sweepTemporaries } from './sweep-temporaries.ts'
import {
  isAbsence,
  isDenial,
  systemCodeOf,
  toNamingError,
  toStorageError,
} from '../system-error.ts'
import { makePrivateFolder, privateFolderPath, removeQuietly } from './temporary-files.ts'
import { finishFile, writeTemporary } from './write-temporary.ts'

/** A {@link Storage} of files below a folder. */
export interface LocalStorage extends Storage {
  /** The root folder's real path. */
  readonly root: string
  /**
   * Removes unfinished files of saves that died with their process, not written to for
   * `olderThanMs` milliseconds, and gives their number. Choose more than any save may pause: a day.
   * @throws TitofistoError `storage-failed`
   * @example await storage.removeStaleTemporaries(86_400_000) //=> 0
   */
  removeStaleTemporaries(olderThanMs: number): Promise<number>
}

/**
 * Makes a storage of the files below a folder.
 *
 * It writes nothing before the first save, and keeps unfinished files in `.titofisto` below the
 * root; names with such a part are nobody's files.
 * @throws TypeError, RangeError for wrong options, naming the option
 * @example
 * import { createLocalStorage } from 'titofisto'
 *
 * const storage = createLocalStorage({ root: './media' })
 * await storage.save('letter.txt', 'Dear reader') //=> 'letter.txt'
 */
export function createLocalStorage(options: LocalStorageOptions): LocalStorage {
  const where = 'createLocalStorage()'
  checkLocalOptions(where, options)
  const { symlinks = 'inside', durable = true, fileMode = 0o640, folderMode = 0o750 } = options
  const { generateName = keepName, randomSuffix } = options
  const root = readLocalRoot(where, options.root, symlinks)
  const opener = createLocalOpener(root)
  const writing = { fileMode, durable }
  const adoptions = new Map<string, Promise<unknown>>()
  const linked = new Set<string>()

  /** Calls in a folder that was seen on this machine, with nothing to flush, wait for no disk. */
  function placingAs(name: FileName): Placing {
    const isQuick = !durable && root.seenFolders.isLocal(folderPath(root, folderOf(name)))
    const calls = isQuick ? quickCalls : pooledCalls
    return { folderMode, durable, randomSuffix, calls, source: 'given' }
  }

  async function stat(name: string): Promise<FileFacts | null> {
    const opened = await opener.open(name)
    if (opened === null) return null
    await opened.close()
    return opened.facts
  }

  async function exists(name: string): Promise<boolean> {
    return (await stat(name)) !== null
  }

  async function save(name: string, source: FileSource, saving: SaveOptions = {}): Promise<string> {
    return saveAs(checkTarget(name, saving), source, saving)
  }

  async function saveAs(
    wanted: FileName,
    source: FileSource,
    saving: SaveOptions,
  ): Promise<FileName> {
    await refuseEarly(wanted, saving)
    return placeTemporary(
      await writeTemporary(root, source, writing, saving.signal),
      wanted,
      saving,
    )
  }

  async function placeTemporary(
    path: string,
    wanted: FileName,
    saving: SaveOptions,
  ): Promise<FileName> {
    try {
      const placing = { ...placingAs(wanted), options: saving }
      return (await placeFile(root, path, wanted, placing)).name
    } catch (error) {
      await removeQuietly(path)
      throw toNamingError(error, 'put a file in place')
    }
  }

  async function adopt(
    name: string,
    spooledPath: string,
    adopting: AdoptOptions = {},
  ): Promise<string> {
    const { keepSpooled = false, ...saving } = adopting
    checkType('adopt()', 'keepSpooled', keepSpooled, 'boolean')
    const wanted = checkTarget(name, saving)
    const path = resolve(spooledPath)
    if (!path.startsWith(`${privateFolderPath(root, 'spool')}/`))
      throw new TypeError('adopt() takes the path of a file in the spoolFolder.')
    saving.signal?.throwIfAborted()
    return inTurn(path, () => adoptNow(path, wanted, keepSpooled, saving))
  }

  /** One call for a spooled file after the other: each sees which names the last one gave it. */
  async function inTurn<Value>(path: string, work: () => Promise<Value>): Promise<Value> {
    const last = adoptions.get(path)
    const turn = last === undefined ? work() : last.then(work, work)
    adoptions.set(path, turn)
    try {
      return await turn
    } finally {
      if (adoptions.get(path) === turn) adoptions.delete(path)
    }
  }

  async function adoptNow(
    path: string,
    wanted: FileName,
    keepSpooled: boolean,
    saving: SaveOptions,
  ): Promise<FileName> {
    const placing = { ...placingAs(wanted), options: saving }
    const nameCount = await finishSpooled(path, placing.calls)
    try {
      if (nameCount > 1 || linked.has(path)) {
        // A file that was saved has these very bytes. Two files never share them: who writes into
        // one must not change the other.
        const name = await placeTemporary(
          await copyToTemporary(root, path, durable),
          wanted,
          saving,
        )
        if (!keepSpooled) await removeQuietly(path)
        return name
      }
      const source = keepSpooled ? 'kept' : 'given'
      const { name } = await placeFile(root, path, wanted, { ...placing, source })
      if (keepSpooled) noteLinked(path)
      return name
    } catch (error) {
      throw toNamingError(error, 'put a file in place')
    }
  }

  /** Some of FUSE say that a file has one name, whatever it has. */
  function noteLinked(path: string): void {
    linked.add(path)
    const [oldest] = linked
    if (linked.size > maxLinkedPaths && oldest !== undefined) linked.delete(oldest)
  }

  /**
   * A spooled file was made with whatever mode; its bytes may be in memory only. Gives how many names
   * it has.
   */
  async function finishSpooled(path: string, calls: FileCalls): Promise<number> {
    const descriptor = await openSpooled(path, calls)
    try {
      const stats = fstatSync(descriptor)
      if (!stats.isFile()) throw fileMissing()
      await finishFile(descriptor, writing, calls)
      return stats.nlink
    } finally {
      await calls.close(descriptor)
    }
  }

  async function remove(text: string): Promise<boolean> {
    const name = parseUserFileName(text)
    if (name === null) return false
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

  async function list(listing: ListOptions = {}): Promise<FileList> {
    checkListOptions(listing)
    const { prefix = '', after = '', limit = 1000 } = listing
    const files: FileFacts[] = []
    for await (const name of listNames(root, { prefix, after, batchSize: limit + 1 })) {
      const facts = await stat(name)
      if (facts === null) continue
      // One more than wanted: there is a next page.
      if (files.length === limit) return { files, next: files.at(-1)?.name ?? null }
      files.push(facts)
    }
    return { files, next: null }
  }

  async function copy(from: string, to: string, saving: SaveOptions = {}): Promise<string> {
    return copyAs(from, checkTarget(to, saving), saving)
  }

  async function copyAs(from: string, wanted: FileName, saving: SaveOptions): Promise<FileName> {
    const opened = await opener.open(from)
    if (opened === null) throw absenceOf(from)
    try {
      return await saveAs(wanted, opened.chunks(0, opened.facts.sizeBytes), saving)
    } finally {
      await opened.close()
    }
  }

  async function move(from: string, to: string, saving: SaveOptions = {}): Promise<string> {
    const wanted = checkTarget(to, saving)
    saving.signal?.throwIfAborted()
    const name = parseUserFileName(from)
    if (name === null || !(await exists(name))) throw absenceOf(from)
    if (name === wanted) return name
    try {
      const moved = await moveFile(root, name, wanted, { ...placingAs(wanted), options: saving })
      if (moved !== null) return moved
    } catch (error) {
      throw toNamingError(error, 'move a file')
    }
    // A link's content moves, not the link, which may mean nothing elsewhere.
    const copied = await copyAs(name, wanted, saving)
    if (await remove(name)) return copied
    // Another one was faster, and has moved or removed it.
    await remove(copied)
    throw fileMissing()
  }

  function absenceOf(name: string): TitofistoError {
    return opener.wasDenied(name) ? fileUnreadable() : fileMissing()
  }

  function checkTarget(name: string, saving: SaveOptions): FileName {
    checkSaveOptions(saving)
    return checkUserFileName(generateName(name))
  }

  /** Says that a name is taken before a large source is read for nothing. */
  async function refuseEarly(name: FileName, { onTaken }: SaveOptions): Promise<void> {
    if (onTaken === 'refuse' && (await exists(name))) throw nameTaken()
  }

  return {
    root: root.path,
    open: opener.open,
    stat,
    exists,
    save,
    adopt,
    delete: remove,
    list,
    copy,
    move,
    get spoolFolder() {
      return makePrivateFolder(root, 'spool')
    },
    isUnchanged: opener.isUnchanged,
    wasDenied: opener.wasDenied,
    removeStaleTemporaries: (olderThanMs) => sweepTemporaries(root, olderThanMs),
  }
}

const asSpooled = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW

async function openSpooled(path: string, calls: FileCalls): Promise<number> {
  try {
    return await calls.open(path, asSpooled)
  } catch (error) {
    throw isAbsence(error) ? fileMissing(error) : toStorageError(error, 'open a spooled file')
  }
}

/** Far more than are handled at once. */
const maxLinkedPaths = 10_000

function keepName(name: string): string {
  return name
}
