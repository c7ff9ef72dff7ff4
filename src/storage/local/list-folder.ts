// Listings: sorted by the names' UTF-8 bytes, a page at a time, with no more in memory than a page
// needs, however many files a folder has. Links to folders are not followed, so every file is
// listed under the path where it is, and loops end.

import { opendir } from 'node:fs/promises'
import { openLocalFolder } from './local-folder.ts'
import type { LocalRoot } from './local-root.ts'
import { compareNames } from '../names/name-order.ts'
import { folderOf } from '../names/name-parts.ts'
import { isReservedName, parseUserFileName } from '../names/reserved-name.ts'
import { systemCodeOf, toStorageError } from '../system-error.ts'

/** Where a listing goes on, and what it is confined to. */
export interface Listing {
  /** Names begin so. */
  readonly prefix: string
  /** Names are greater than this. */
  readonly after: string
  /** About how many names the caller wants: so many are read from a folder at once. */
  readonly batchSize: number
}

/** The names of everything below the root that may be a file, in order. Open each to see what it is. */
export async function* listNames(root: LocalRoot, listing: Listing): AsyncGenerator<string> {
  const folder = folderOf(listing.prefix)
  // A prefix that could begin no name lists nothing.
  if (folder !== '' && parseUserFileName(folder) === null) return
  yield* listFolder(root, folder, listing)
}

/**
 * The keys of one level behind `after`, in order, as {@link readKeys} has them; nothing for a prefix
 * that is no folder's name with a slash, or empty.
 */
export async function* listLevel(root: LocalRoot, listing: Listing): AsyncGenerator<string> {
  const folder = listing.prefix.slice(0, -1)
  if (listing.prefix !== '' && parseUserFileName(folder) === null) return
  yield* listKeys(root, folder, { ...listing, after: '' }, listing.after)
}

async function* listFolder(
  root: LocalRoot,
  folder: string,
  listing: Listing,
): AsyncGenerator<string> {
  for await (const key of listKeys(root, folder, listing, ''))
    if (key.endsWith('/')) yield* listFolder(root, key.slice(0, -1), listing)
    else yield key
}

async function* listKeys(
  root: LocalRoot,
  folder: string,
  listing: Listing,
  behind: string,
): AsyncGenerator<string> {
  for (let cursor = behind; ;) {
    const keys = await readKeys(root, folder, listing, cursor)
    yield* keys
    const last = keys.at(-1)
    if (last === undefined || keys.length < listing.batchSize) return
    cursor = last
  }
}

/**
 * The first `batchSize` keys of a folder behind `cursor`, in order: names of files, and names of
 * folders with a slash at their end, so that a folder sorts where the files in it do.
 */
async function readKeys(
  root: LocalRoot,
  folder: string,
  listing: Listing,
  cursor: string,
): Promise<string[]> {
  const opened = await openLocalFolder(root, folder, 'refuse')
  if (opened === null) return []
  let keys: string[] = []
  try {
    for await (const entry of await opendir(opened.path, { bufferSize: 512 })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      const key = entry.isDirectory() ? `${name}/` : name
      if (!(entry.isDirectory() || entry.isFile() || entry.isSymbolicLink())) continue
      if (compareNames(key, cursor) <= 0 || !isWanted(key, listing)) continue
      if (isReservedName(name)) continue
      keys.push(key)
      // Twice the batch, then cut: sorting stays cheap, memory bounded.
      if (keys.length >= listing.batchSize * 2) keys = firstInOrder(keys, listing.batchSize)
    }
  } catch (error) {
    // A folder removed while it is read has nothing more to list.
    if (systemCodeOf(error) !== 'ENOENT') throw toStorageError(error, 'list a folder')
  } finally {
    opened.close()
  }
  return firstInOrder(keys, listing.batchSize)
}

function isWanted(key: string, { prefix, after }: Listing): boolean {
  if (!key.startsWith(prefix) && !(key.endsWith('/') && prefix.startsWith(key))) return false
  if (compareNames(key, after) > 0) return true
  // A folder that `after` is in has greater names in it.
  return key.endsWith('/') && after.startsWith(key)
}

function firstInOrder(keys: string[], count: number): string[] {
  const sorted = keys.sort(compareNames)
  // Two names that aren't UTF-8 may read as the same text.
  const unique = sorted.filter((key, index) => key !== sorted[index - 1])
  return unique.slice(0, count)
}
