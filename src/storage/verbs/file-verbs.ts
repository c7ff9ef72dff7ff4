// What people do with files all day, made of the few calls that every storage has. A storage's writer
// needs none of it; decisions/034 says why.

import type { Readable } from 'node:stream'
import type { Storage } from '../storage.ts'
import { deleteFolder, type DeleteFolderOptions } from './delete-folder.ts'
import { streamFile, type StreamOptions } from './file-stream.ts'
import { collectPage, levelEntries, toLevel } from './folder-page.ts'
import type { FolderPage, ListFolderOptions } from './folder-page.ts'
import { readFile, readText, type ReadOptions, type ReadTextOptions } from './read-file.ts'
import { saveFromUrl, type SaveFromUrlOptions } from './save-from-url.ts'

/** What {@link withFileVerbs} gives a storage; a local one has it from the start. */
export interface FileVerbs {
  /**
   * Reads a file, or a span of it, into memory; `null` where there is none. A span is cut to what the
   * file has.
   * @throws TitofistoError `file-too-large` for more than `maxBytes` (default 16 MiB), `storage-failed`.
   * @throws TypeError, RangeError for wrong options.
   * @example
   * const bytes = await storage.read('report.pdf', { endByte: 3 })
   * Buffer.from(bytes ?? []).toString() //=> 'A r'
   * await storage.read('none.pdf') //=> null
   */
  read(name: string, options?: ReadOptions): Promise<Uint8Array | null>
  /**
   * Reads a file of text, as UTF-8; `null` where there is none. What is no UTF-8 becomes U+FFFD, and a
   * byte order mark is dropped, as by `Response.text()`.
   * @throws TitofistoError `file-too-large` for more than `maxBytes` (default 16 MiB), `storage-failed`.
   * @throws TypeError, RangeError for wrong options.
   * @example
   * await storage.readText('report.pdf') //=> 'A report'
   * await storage.readText('report.pdf', { maxBytes: 5 }) //=> throws file-too-large
   */
  readText(name: string, options?: ReadTextOptions): Promise<string | null>
  /**
   * A file, or a span of it, as a Node stream; `null` where there is none. Its bytes are of one
   * content, whoever replaces the file meanwhile. The file is closed when the stream ends, fails or is
   * destroyed: read it to its end or destroy it. `Readable.toWeb()` makes a web stream of it.
   * @throws TitofistoError `storage-failed`, also as the stream's error.
   * @throws TypeError, RangeError for wrong options.
   * @example
   * const stream = await storage.stream('report.pdf')
   * if (stream !== null) await pipeline(stream, createWriteStream('copy.pdf'))
   */
  stream(name: string, options?: StreamOptions): Promise<Readable | null>
  /**
   * Lists one level: the files of a folder and the folders in it, one page of them; `''` for the root.
   * @throws TitofistoError `storage-failed`.
   * @throws TypeError, RangeError for wrong options.
   * @example
   * await storage.listFolder() //=> { files: [{ name: 'report.pdf', … }], folders: ['photos/'], next: null }
   * await storage.listFolder('photos', { limit: 1 })
   * //=> { files: [{ name: 'photos/cat.jpg', … }], folders: [], next: 'photos/cat.jpg' }
   */
  listFolder(folder?: string, options?: ListFolderOptions): Promise<FolderPage>
  /**
   * Removes all files of a folder, and of those in it, and gives their number. What was interrupted, or
   * failed, is called again: it goes on. Files that are saved there meanwhile may stay.
   * @throws TitofistoError `name-invalid`, also for the root, and `storage-failed`.
   * @example
   * await storage.deleteFolder('photos') //=> 2
   * await storage.deleteFolder('photos') //=> 0
   */
  deleteFolder(folder: string, options?: DeleteFolderOptions): Promise<number>
  /**
   * Saves what a public server gives for a URL, and gives the name it really got. Private addresses are
   * refused, wherever a name or a redirect leads; nothing stays of what is too large, too slow or cut short.
   * @throws TitofistoError `url-refused`, `url-failed`, `url-timeout`, `file-too-large`, and as `save`.
   * @throws TypeError, RangeError for wrong options.
   * @example
   * const url = origin + (await files.url('report.pdf'))
   * await storage.saveFromUrl('copy.pdf', url) //=> throws url-refused
   * const privateHosts = ['127.0.0.1'] // for a test, or an intranet
   * await storage.saveFromUrl('copy.pdf', url, { maxBytes: 5_000_000, privateHosts }) //=> 'copy.pdf'
   */
  saveFromUrl(name: string, url: string | URL, options?: SaveFromUrlOptions): Promise<string>
}

/**
 * Gives a storage of your own the verbs of {@link FileVerbs}, as methods of the very object; those it
 * has already stay, since it may know a better way.
 * @example
 * import { createLocalStorage, withFileVerbs, type Storage } from 'titofisto'
 *
 * const yours: Storage = createLocalStorage({ root: './media' }) // or what you wrote
 * const storage = withFileVerbs(yours)
 * await storage.save('letter.txt', 'Dear reader')
 * await storage.readText('letter.txt') //=> 'Dear reader'
 */
export function withFileVerbs<S extends Storage>(storage: S): S & FileVerbs {
  const verbs: FileVerbs = {
    read: (name, options = {}) => readFile(storage, name, options),
    readText: (name, options = {}) => readText(storage, name, options),
    stream: (name, options = {}) => streamFile(storage, name, options),
    async listFolder(folder = '', options = {}) {
      const level = toLevel(folder, options)
      return collectPage(levelEntries(storage, level), level.limit)
    },
    deleteFolder: (folder, options = {}) => deleteFolder(storage, folder, options),
    saveFromUrl: (name, url, options = {}) => saveFromUrl(storage, { name, url }, options),
  }
  const missing = Object.entries(verbs).filter(([verb]) => !(verb in storage))
  // Whatever is missing is added.
  return Object.assign(storage, Object.fromEntries(missing)) as S & FileVerbs
}
