// What is given to a storage, and what its listings are made of.

import type { FileFacts, FileMetadata } from './file-facts.ts'

/** What can be saved: bytes, text (as UTF-8), or anything that gives bytes piece by piece. */
export type FileSource =
  | Uint8Array
  | string
  | Blob
  | AsyncIterable<Uint8Array | string>
  | ReadableStream<Uint8Array>

/** How a file is saved. */
export interface SaveOptions {
  /**
   * What to do when the name is taken: `'rename'` (default) finds a free one beside it,
   * `'refuse'` throws `name-taken`, `'replace'` puts the new file in its place in one step.
   */
  readonly onTaken?: 'rename' | 'refuse' | 'replace'
  /** The longest name to give, in UTF-16 units; a renamed file's root is cut to fit. Default: no limit but the rule's. */
  readonly maxLength?: number
  /** Cancels the save; nothing of it stays. */
  readonly signal?: AbortSignal
  /** The file's media type. Only for storages that keep it: see {@link Storage.keeps}. */
  readonly contentType?: string
  /** A few words about the file. Only for storages that keep them: see {@link Storage.keeps}. */
  readonly metadata?: FileMetadata
}

/** How a spooled file is taken over. */
export interface AdoptOptions extends SaveOptions {
  /**
   * Whether the spooled path stays, for another use of the same bytes: as a second name of theirs
   * where the file system can, else they are copied. Default false.
   */
  readonly keepSpooled?: boolean
}

/** One page of a listing. */
export interface FileList {
  /** Sorted by name. */
  readonly files: readonly FileFacts[]
  /** Give it as `after` to get the next page; `null` on the last one. */
  readonly next: string | null
}

/** What to list. */
export interface ListOptions {
  /** Only names that start so; `photos/` for a folder. Default: all. */
  readonly prefix?: string
  /** The `next` of the page before. Default: from the start. */
  readonly after?: string
  /** How many files a page has at most, 1 to 10,000. Default 1,000. */
  readonly limit?: number
}
