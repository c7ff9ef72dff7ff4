// Files below a folder of this machine. Reading is in local-open.ts, writing in local-writer.ts,
// adopting in adopt-file.ts, listing in list-folder.ts; here they become one Storage.

import { resolve } from 'node:path'
import { fileUnreadable, type TitofistoError } from '../../errors.ts'
import { aBoolean, checkOption, checkOptions } from '../../options.ts'
import { createAdopter } from './adopt-file.ts'
import type { FileName } from '../names/file-name.ts'
import { listLevel, listNames } from './list-folder.ts'
import { createLocalOpener } from './local-open.ts'
import { localRules, type LocalStorageOptions } from './local-options.ts'
import { readLocalRoot } from './local-root.ts'
import { createLocalWriter } from './local-writer.ts'
import { moveFile } from './move-file.ts'
import { fileMissing, nameTaken } from '../names/put-under-name.ts'
import { removeFile } from './remove-file.ts'
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
import { checkListing, savingRules } from '../storage-options.ts'
import { sweepTemporaries } from './sweep-temporaries.ts'
import { toNamingError } from '../system-error.ts'
import { makePrivateFolder, privateFolderPath } from './temporary-files.ts'
import { withFileVerbs, type FileVerbs } from '../verbs/file-verbs.ts'
import { collectPage, toLevel } from '../verbs/folder-page.ts'
import type { Level, LevelEntry, ListFolderOptions } from '../verbs/folder-page.ts'

/** A {@link Storage} of files below a folder. */
export interface LocalStorage extends Storage, FileVerbs {
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
  checkOptions(where, options, localRules, ['root'])
  const { symlinks = 'inside', durable = true, fileMode = 0o640, folderMode = 0o750 } = options
  const { generateName = asGiven, randomSuffix } = options
  const root = readLocalRoot(where, options.root, symlinks)
  const opener = createLocalOpener(root)
  const writer = createLocalWriter(root, { fileMode, folderMode, durable, randomSuffix })
  const adoptSpooled = createAdopter(root, writer)

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
    // Before a large source is read for nothing.
    if (saving.onTaken === 'refuse' && (await exists(wanted))) throw nameTaken(wanted)
    return writer.save(wanted, source, saving)
  }

  async function adopt(
    name: string,
    spooledPath: string,
    adopting: AdoptOptions = {},
  ): Promise<string> {
    const { keepSpooled = false, ...saving } = adopting
    checkOption('adopt()', 'keepSpooled', keepSpooled, aBoolean)
    const wanted = checkTarget(name, saving)
    const path = resolve(spooledPath)
    if (!path.startsWith(`${privateFolderPath(root, 'spool')}/`))
      throw new TypeError('adopt() takes the path of a file in the spoolFolder.')
    saving.signal?.throwIfAborted()
    return adoptSpooled({ path, name: wanted, keepSpooled, options: saving })
  }

  async function remove(text: string): Promise<boolean> {
    const name = parseUserFileName(text)
    return name !== null && (await removeFile(root, name, durable))
  }

  async function list(listing: ListOptions = {}): Promise<FileList> {
    checkListing(listing)
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

  /** The verb of the same name with a look at one folder instead of all that is below it. */
  async function listFolder(folder = '', listing: ListFolderOptions = {}) {
    const level = toLevel(folder, listing)
    return collectPage(entriesOf(level), level.limit)
  }

  async function* entriesOf({ prefix, after, limit }: Level): AsyncGenerator<LevelEntry> {
    for await (const key of listLevel(root, { prefix, after, batchSize: limit + 1 })) {
      const isFolder = key.endsWith('/')
      const facts = isFolder ? null : await stat(key)
      if (facts !== null) yield facts
      else if (isFolder && (await hasFiles(key))) yield { folder: key }
    }
  }

  /** A folder stays on the disk when its last file goes; nobody shall see it. */
  async function hasFiles(prefix: string): Promise<boolean> {
    for await (const name of listNames(root, { prefix, after: '', batchSize: 1000 }))
      if (await exists(name)) return true
    return false
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
      const moved = await moveFile(root, name, wanted, writer.placingOf(wanted, saving))
      if (moved !== null) return moved
    } catch (error) {
      throw toNamingError(error, 'move a file', wanted)
    }
    // A link's content moves, not the link, which may mean nothing elsewhere.
    const copied = await copyAs(name, wanted, saving)
    if (await remove(name)) return copied
    // Another one was faster, and has moved or removed it.
    await remove(copied)
    throw fileMissing(from)
  }

  function absenceOf(name: string): TitofistoError {
    return opener.wasDenied(name) ? fileUnreadable(name) : fileMissing(name)
  }

  function checkTarget(name: string, saving: SaveOptions): FileName {
    checkOptions('save()', saving, savingRules)
    return checkUserFileName(generateName(name))
  }

  return withFileVerbs({
    root: root.path,
    open: opener.open,
    stat,
    exists,
    save,
    adopt,
    delete: remove,
    list,
    listFolder,
    copy,
    move,
    spoolFolder: privateFolderPath(root, 'spool'),
    makeSpoolFolder: () => void makePrivateFolder(root, 'spool'),
    isUnchanged: opener.isUnchanged,
    wasDenied: opener.wasDenied,
    removeStaleTemporaries: (olderThanMs: number) => sweepTemporaries(root, olderThanMs),
  })
}

function asGiven(name: string): string {
  return name
}
