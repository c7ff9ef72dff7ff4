// Listings. S3 lists in the order of the keys' UTF-8 bytes, at most 1,000 a page. Keys that are no names
// of ours, such as folder markers, are nobody's files and left out.

import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import { maxNameBytes } from '../names/file-name.ts'
import { compareNames } from '../names/name-order.ts'
import { parseUserFileName } from '../names/reserved-name.ts'
import type { FileFacts } from '../storage.ts'
import type { FileList } from '../storage-values.ts'
import type { Level, LevelEntry } from '../verbs/folder-page.ts'
import { behindKey } from '../verbs/folder-page.ts'
import { ask, nameOf, type Bucket } from './bucket.ts'
import { toS3Error } from './s3-fault.ts'
import { factsOf } from './s3-facts.ts'

/** S3's limit. */
const maxPageSize = 1000

/** Lists files by name, one page of them. */
export async function listObjects(
  bucket: Bucket,
  { prefix, after, limit }: Level,
): Promise<FileList> {
  const files: FileFacts[] = []
  for await (const entry of entriesOf(bucket, { prefix, after, limit }, undefined)) {
    if ('folder' in entry) continue
    // One more than wanted: there is a next page.
    if (files.length === limit) return { files, next: files.at(-1)?.name ?? null }
    files.push(entry)
  }
  return { files, next: null }
}

/** What is at one level: S3 itself skips what is in its folders. */
export function levelObjects(bucket: Bucket, level: Level): AsyncGenerator<LevelEntry> {
  return entriesOf(bucket, level, '/')
}

async function* entriesOf(
  bucket: Bucket,
  { prefix, after: given, limit }: Level,
  delimiter: '/' | undefined,
): AsyncGenerator<LevelEntry> {
  if (!mayBeginNames(prefix)) return
  const last = given.toWellFormed()
  let after = delimiter === undefined ? last : behindKey(last, prefix)
  for (;;) {
    const page = await fetchPage(bucket, { prefix, after, limit }, delimiter)
    const entries = toEntries(bucket, page)
    for (const entry of entries) if (compareNames(keyOf(entry), last) > 0) yield entry
    const next = lastKeyOf(bucket, page)
    if (page.IsTruncated !== true || next === null) return
    after = delimiter === undefined ? next : behindKey(next, prefix)
  }
}

async function fetchPage(
  bucket: Bucket,
  { prefix, after, limit }: Level,
  Delimiter: '/' | undefined,
): Promise<ListObjectsV2CommandOutput> {
  const startAfter = cutToFit(bucket.prefix + after)
  const command = new ListObjectsV2Command({
    Bucket: bucket.name,
    Prefix: bucket.prefix + prefix,
    // Before all names, nothing is to be skipped.
    ...(after !== '' && { StartAfter: startAfter }),
    Delimiter,
    // XML can't carry all that keys can.
    EncodingType: 'url',
    MaxKeys: Math.min(limit + 1, maxPageSize),
  })
  try {
    return await ask(bucket, (options) => bucket.client.send(command, options))
  } catch (error) {
    throw toS3Error(error, 'list files')
  }
}

function toEntries(
  bucket: Bucket,
  { Contents = [], CommonPrefixes = [] }: ListObjectsV2CommandOutput,
): LevelEntry[] {
  const files = Contents.flatMap((object) => {
    const name = nameOf(bucket, decodeKey(object.Key))
    return name === null ? [] : factsOf(name, object, object.Size)
  })
  const folders = CommonPrefixes.flatMap(({ Prefix }) => {
    const folder = decodeKey(Prefix).slice(bucket.prefix.length)
    return parseUserFileName(folder.slice(0, -1)) === null ? [] : { folder }
  })
  return [...files, ...folders].toSorted((left, right) => compareNames(keyOf(left), keyOf(right)))
}

function keyOf(entry: LevelEntry): string {
  return 'folder' in entry ? entry.folder : entry.name
}

/** Behind which the next page begins; also of keys that are nobody's. */
function lastKeyOf(
  bucket: Bucket,
  { Contents = [], CommonPrefixes = [] }: ListObjectsV2CommandOutput,
): string | null {
  const keys = [Contents.at(-1)?.Key, CommonPrefixes.at(-1)?.Prefix].flatMap((key) =>
    key === undefined ? [] : decodeKey(key).slice(bucket.prefix.length),
  )
  return keys.toSorted(compareNames).at(-1) ?? null
}

/** Of `EncodingType: 'url'`: some engines write a blank as `+`, and all write `+` as `%2B`. */
function decodeKey(key = ''): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    // No engine encodes UTF-8 wrongly; a key that is none is nobody's file.
    return ''
  }
}

/** Whether any name can begin so: what is at other keys need not be asked for. */
function mayBeginNames(prefix: string): boolean {
  if (prefix === '') return true
  const whole = prefix.endsWith('/') ? `${prefix}x` : prefix
  // The last part may go on: `a/.` begins `a/.b`.
  return parseUserFileName(/(?:^|\/)\.{1,2}$/.test(whole) ? `${whole}x` : whole) !== null
}

/** S3 takes no longer keys. What is cut off lies before what was asked for, and is left out again. */
function cutToFit(key: string): string {
  if (Buffer.byteLength(key) <= maxNameBytes) return key
  return Buffer.from(key)
    .subarray(0, maxNameBytes)
    .toString()
    .replace(/\ufffd+$/, '')
}
