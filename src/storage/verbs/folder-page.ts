// One level of a storage: its files and its folders, a page at a time, in the order of list(). A folder
// is there as long as a file is somewhere in it, and sorts by its name with a slash behind.

import { checkOption, checkOptions, type OptionRules } from '../../options.ts'
import { maxNameBytes } from '../names/file-name.ts'
import { aString, listingRules } from '../storage-options.ts'
import type { FileFacts, ListOptions, Storage } from '../storage.ts'

/** How a folder is listed. */
export type ListFolderOptions = Omit<ListOptions, 'prefix'>

/** One page of a folder. */
export interface FolderPage {
  /** Those of this level, not of folders within it. */
  readonly files: readonly FileFacts[]
  /** Names of folders from the root on, with a slash at their end: `photos/2026/`. */
  readonly folders: readonly string[]
  /** Give it as `after` to get the next page; `null` on the last one. */
  readonly next: string | null
}

/** Which keys of a level are wanted: names of files, and of folders with a slash. */
export interface Level {
  /** `''` for the root, else with a slash at its end. */
  readonly prefix: string
  /** Keys are greater than this. */
  readonly after: string
  readonly limit: number
}

/** What is at one level. */
export type LevelEntry = FileFacts | { readonly folder: string }

/** Checks what listFolder() was given. @throws TypeError, RangeError */
export function toLevel(folder: string, options: ListFolderOptions): Level {
  checkOption('listFolder()', 'folder', folder, aString)
  checkOptions('listFolder()', options, rules)
  const { after = '', limit = 1000 } = options
  return { prefix: toPrefix(folder), after, limit }
}

/** What the names of a folder's files begin with; a folder may be named with or without its slash. */
export function toPrefix(folder: string): string {
  return folder === '' || folder.endsWith('/') ? folder : `${folder}/`
}

const rules: OptionRules<ListFolderOptions> = {
  after: listingRules.after,
  limit: listingRules.limit,
}

/** Collects a page of what is at a level, in order. */
export async function collectPage(
  entries: AsyncIterable<LevelEntry>,
  limit: number,
): Promise<FolderPage> {
  const files: FileFacts[] = []
  const folders: string[] = []
  let last: string | null = null
  for await (const entry of entries) {
    // One more than wanted: there is a next page.
    if (files.length + folders.length === limit) return { files, folders, next: last }
    if ('folder' in entry) folders.push(entry.folder)
    else files.push(entry)
    last = 'folder' in entry ? entry.folder : entry.name
  }
  return { files, folders, next: null }
}

/**
 * What is at a level of any storage, by its flat listing. What is in a folder is skipped, by listing
 * on behind the greatest name that can be in it.
 */
export async function* levelEntries(storage: Storage, level: Level): AsyncGenerator<LevelEntry> {
  const { prefix, limit } = level
  let lastKey = keyOf(level.after, prefix)
  let after = behindKey(lastKey, prefix)
  for (;;) {
    const firstKey = lastKey
    const page = await storage.list({ prefix, after, limit: Math.min(limit + 1, 10_000) })
    for (const facts of page.files) {
      const key = keyOf(facts.name, prefix)
      if (key === lastKey) continue
      lastKey = key
      yield key === facts.name ? facts : { folder: key }
    }
    if (page.next === null) return
    // Behind a name that is nearly as long as names may be, no text is greater than all that begin so.
    after = lastKey === firstKey ? page.next : behindKey(lastKey, prefix)
  }
}

/** A name's own key, or that of the folder of this level that it is in. */
function keyOf(name: string, prefix: string): string {
  if (!name.startsWith(prefix)) return name
  const slash = name.indexOf('/', prefix.length)
  return slash === -1 ? name : name.slice(0, slash + 1)
}

/** Behind a folder's key: a text greater than all names that begin so, and no longer than a name may be. */
export function behindKey(key: string, prefix: string): string {
  if (!key.endsWith('/') || key.length <= prefix.length) return key
  const room = Math.max(0, maxNameBytes - Buffer.byteLength(key))
  return key + greatestCharacter.repeat(room / 4)
}

/** Four bytes of UTF-8. */
const greatestCharacter = '\u{10ffff}'
