// What a storage of files can do, and the values it speaks in.
// Absence is `null`, not an error; what a caller can act on is a TitofistoError.

import type { FileFacts } from './file-facts.ts'
import type { Delivery, ReadAhead, RedirectTerms, RedirectUrl } from './delivery.ts'
import type {
  AdoptOptions,
  FileList,
  FileSource,
  ListOptions,
  SaveOptions,
} from './storage-values.ts'

export type { AdoptOptions, FileFacts, FileList, FileSource, ListOptions, SaveOptions }

/** A file held open: every byte comes from what `facts` describe. Whoever opened it closes it. */
export interface OpenedFile {
  readonly facts: FileFacts
  /** The operating system's descriptor, where there is one: the Node door reads from it directly. */
  readonly descriptor?: number
  /**
   * The bytes from `startByte` up to, not including, `endByte`.
   *
   * Each chunk is the receiver's to keep. Leaving the loop early frees what it holds, but does not
   * close the file.
   * @throws TitofistoError `storage-failed` when the file is shorter than `endByte` by now.
   * @example
   * const opened = await storage.open('report.pdf')
   * if (opened === null) throw new Error('It is gone.')
   * for await (const chunk of opened.chunks(0, 3)) {
   *   Buffer.from(chunk).toString() //=> 'A r'
   * }
   * await opened.close()
   */
  chunks(startByte: number, endByte: number): AsyncIterable<Uint8Array>
  /**
   * Reads the file's first bytes into the whole of `bytes`, in as few steps as it can. Where this is
   * missing, `chunks` is asked.
   * @throws TitofistoError `storage-failed` when the file is shorter than `bytes` by now.
   * @example
   * const opened = await storage.open('report.pdf')
   * const first = Buffer.alloc(3)
   * await opened?.readInto?.(first)
   * first.toString() //=> 'A r'
   * await opened?.close()
   */
  readInto?(bytes: Uint8Array): Promise<void>
  /**
   * Frees the descriptor. May be called twice. Never rejects.
   * @example
   * const opened = await storage.open('report.pdf')
   * await opened?.close()
   */
  close(): Promise<void>
}

/**
 * Where files are; docs/storages.md has the suite that each must pass. Names obey `file-name.ts` everywhere; one that doesn't is `null` to the readers
 * and `name-invalid` to the writers.
 */
export interface Storage {
  /**
   * Opens a regular file, or gives `null` for anything else: missing, a folder, a pipe, outside the root.
   * `ahead` is what will be read first: a storage that is asked over a network may ask for both at
   * once, and others need not look at it.
   * @throws TitofistoError `storage-failed`, `storage-unavailable`.
   * @example
   * const opened = await storage.open('report.pdf')
   * opened?.facts //=> { name: 'report.pdf', sizeBytes: 8, … }
   * await opened?.close()
   * await storage.open('none.pdf') //=> null
   */
  open(name: string, ahead?: ReadAhead): Promise<OpenedFile | null>
  /**
   * What {@link open} would say of the file, without keeping it open.
   * @example await storage.stat('report.pdf') //=> { name: 'report.pdf', sizeBytes: 8, … }
   */
  stat(name: string): Promise<FileFacts | null>
  /**
   * Whether {@link open} would give a file.
   * @example
   * await storage.exists('report.pdf') //=> true
   * await storage.exists('none.pdf') //=> false
   */
  exists(name: string): Promise<boolean>
  /**
   * Saves a file and gives the name it really got. Readers see all of it or nothing.
   * @throws TitofistoError `name-invalid`, `name-taken`, `storage-full`, `storage-failed`, `storage-unavailable`.
   * @throws TypeError, RangeError for wrong options.
   * @example
   * await storage.save('notes/a.txt', 'One') //=> 'notes/a.txt'
   * await storage.save('notes/a.txt', 'Two') //=> 'notes/a_….txt'
   * await storage.save('notes/a.txt', 'Three', { onTaken: 'refuse' }) //=> throws name-taken
   */
  save(name: string, source: FileSource, options?: SaveOptions): Promise<string>
  /**
   * Takes a finished file of {@link spoolFolder} over as `name`, without copying where it can, and
   * gives the name it really got. The spooled path is gone afterwards, unless it was to be kept. No two
   * names that were given share their bytes: the second use of a spooled file is a copy of it.
   * @throws TitofistoError `file-missing` where the spooled file is gone, and as {@link save}
   * @example
   * storage.makeSpoolFolder?.()
   * const spooled = `${storage.spoolFolder}/import-1`
   * await writeFile(spooled, 'Hello')
   * await storage.adopt('hello.txt', spooled) //=> 'hello.txt'
   */
  adopt(name: string, spooledPath: string, options?: AdoptOptions): Promise<string>
  /**
   * Removes a file; `false` where there was none.
   * @example
   * await storage.delete('report.pdf') //=> true
   * await storage.delete('report.pdf') //=> false
   */
  delete(name: string): Promise<boolean>
  /**
   * Lists files by name, one page of them.
   * @example
   * const { files: found, next } = await storage.list({ prefix: 'photos/', limit: 1 })
   * found //=> [{ name: 'photos/cat.jpg', sizeBytes: 5, … }]
   * await storage.list({ prefix: 'photos/', after: next ?? '' }) //=> { files: [{ name: 'photos/dog.jpg', … }], next: null }
   */
  list(options?: ListOptions): Promise<FileList>
  /**
   * Copies a file and gives the name the copy really got.
   * @throws TitofistoError `file-missing` and as {@link save}
   * @example await storage.copy('report.pdf', 'archive/report.pdf') //=> 'archive/report.pdf'
   */
  copy(from: string, to: string, options?: SaveOptions): Promise<string>
  /**
   * Renames a file and gives the name it really got.
   * @throws TitofistoError `file-missing` and as {@link save}
   * @example
   * await storage.move('report.pdf', 'archive/report.pdf') //=> 'archive/report.pdf'
   * await storage.exists('report.pdf') //=> false
   */
  move(from: string, to: string, options?: SaveOptions): Promise<string>
  /**
   * What it keeps of a file besides its bytes, by the names of {@link save}'s options, also in copies.
   * What is not named here is a TypeError as an option. Left out where it keeps neither, as a folder.
   */
  readonly keeps?: readonly ('contentType' | 'metadata')[]
  /** The path of a private folder for unfinished files, from which {@link adopt} can take without copying. */
  readonly spoolFolder: string
  /**
   * Makes the {@link spoolFolder} where it is missing; called before each upload. Left out where
   * making a plain folder of mode 0700 once is enough.
   * @throws TitofistoError `storage-failed`
   * @example storage.makeSpoolFolder?.()
   */
  makeSpoolFolder?(): void
  /**
   * Removes unfinished files of saves that died with their process, not written to for `olderThanMs`
   * milliseconds, and gives their number; the sweep of slots calls it, with a day. Left out where a
   * save leaves nothing.
   * @throws TitofistoError `storage-failed`
   * @example await storage.removeStaleTemporaries?.(86_400_000) //=> 0
   */
  removeStaleTemporaries?(olderThanMs: number): Promise<number>
  /**
   * Whether the name still leads to the very file these facts were read from, told at once.
   * `undefined`: can't be told without a risk of blocking the process; ask {@link open}. Looks with the
   * same number of a `turn` of the event loop may share what they found out about folders.
   * @example
   * const facts = await storage.stat('report.pdf')
   * await storage.save('report.pdf', 'Another report', { onTaken: 'replace' })
   * facts !== null && storage.isUnchanged?.(facts) //=> false
   */
  isUnchanged?(facts: FileFacts, turn?: number): boolean | undefined
  /**
   * Whether {@link open} or {@link stat} gave `null` for this name a moment ago because we may not read
   * what is there: for those who ask why, since nobody outside may know.
   * @example
   * await storage.stat('none.pdf') //=> null
   * storage.wasDenied?.('none.pdf') //=> false
   */
  wasDenied?(name: string): boolean
  /** Whether {@link open} makes use of its `ahead`. Left out where it would gain nothing, as on a disk. */
  readonly readsAhead?: true
  /** How files are delivered whose links say nothing of it. Default `'proxy'`. */
  readonly delivery?: Delivery
  /**
   * A URL of the storage's own server for the file that these facts are of. Left out where it has none:
   * then all files are sent by this one.
   * @throws TitofistoError `storage-failed`, `storage-unavailable`
   * @example
   * const facts = await storage.stat('report.pdf')
   * facts === null || storage.redirectUrl === undefined //=> true
   */
  redirectUrl?(facts: FileFacts, terms: RedirectTerms): Promise<RedirectUrl>
}
