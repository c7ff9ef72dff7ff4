// A storage of ours as a driver of FlyDrive: its disks, and Adonis's, then save whole files or none,
// read ranges, and make links and places for uploads that work for a while.

import type { DriveDirectory, DriveFile } from 'flydrive'
import type { DriverContract, ObjectVisibility, WriteOptions } from 'flydrive/types'
import { Readable } from 'node:stream'
import { TitofistoError } from '../errors.ts'
import { typeOfName } from '../http/media-type.ts'
import { collectPage, levelEntries, toLevel } from '../storage/verbs/folder-page.ts'
import type { FolderPage, ListFolderOptions } from '../storage/verbs/folder-page.ts'
import type { FileVerbs } from '../storage/verbs/file-verbs.ts'
import type { FileFacts, FileSource, OpenedFile, SaveOptions, Storage } from '../storage/storage.ts'
import type { Titofisto } from '../titofisto-api.ts'
import { toSpan, type DriveReadOptions } from './flydrive-range.ts'
import {
  createDriveUrls,
  isPublicKey,
  type DriveOptions,
  type DriveUrlOptions,
} from './flydrive-urls.ts'

/** What is listed; as FlyDrive's drivers of buckets have it. */
export interface DriveListOptions {
  /** Whether the folders below are listed, too. Default false. */
  readonly recursive?: boolean
  /** The `paginationToken` of the page before. Default: from the start. */
  readonly paginationToken?: string
  /** How many objects a page has at most, 1 to 10,000. Default 1,000. */
  readonly maxResults?: number
}

/** A driver for FlyDrive 1.3 and 2. */
export interface TitofistoDriver extends DriverContract {
  getStream(key: string, options?: DriveReadOptions): Promise<Readable>
  getBytes(key: string, options?: DriveReadOptions): Promise<Uint8Array>
  /** A page of a folder, or with `recursive` of all below it; of 1,000, unless `maxResults` says so. */
  listAll(prefix: string, options?: DriveListOptions): ReturnType<DriverContract['listAll']>
  /** There are no buckets here. @throws Error */
  bucket(bucket: string): TitofistoDriver
}

/** FlyDrive's own classes: what it lists must be made of them, and this package does not load it. */
export interface DriveClasses {
  readonly DriveFile: typeof DriveFile
  readonly DriveDirectory: typeof DriveDirectory
}

/**
 * Makes a driver of the storage behind `files`.
 *
 * @throws TypeError, RangeError for wrong options, or where another disk has the same `kind`.
 * @example
 * import { createDriveDriver } from 'titofisto/flydrive'
 */
export function createDriveDriver(
  files: Titofisto,
  classes: DriveClasses,
  options: DriveOptions = {},
): TitofistoDriver {
  const { storage } = files
  const urls = createDriveUrls(files, options)

  async function write(key: string, source: FileSource, writeOptions: WriteOptions = {}) {
    await checkVisibility(files, key, writeOptions.visibility)
    await storage.save(key, source, toSaveOptions(files, writeOptions))
  }

  const driver: TitofistoDriver = {
    exists: (key) => storage.exists(key),
    get: async (key) => Buffer.from(await driver.getBytes(key)).toString(),
    async getBytes(key, { range } = {}) {
      const opened = await openFile(files, key)
      try {
        const { startByte, endByte } = toSpan(range, opened.facts.sizeBytes)
        const bytes = new Uint8Array(endByte - startByte)
        let at = 0
        for await (const chunk of opened.chunks(startByte, endByte)) {
          bytes.set(chunk, at)
          at += chunk.length
        }
        return bytes
      } finally {
        await opened.close()
      }
    },
    async getStream(key, { range } = {}) {
      const opened = await openFile(files, key)
      try {
        const { startByte, endByte } = toSpan(range, opened.facts.sizeBytes)
        const stream = Readable.from(opened.chunks(startByte, endByte), { objectMode: false })
        return stream.once('close', () => void opened.close())
      } catch (error) {
        await opened.close()
        throw error
      }
    },
    async getMetaData(key) {
      const facts = await storage.stat(key)
      if (facts === null) throw fileMissing(key)
      return toMetaData(facts)
    },
    getVisibility: async (key) => ((await isPublicKey(files, key)) ? 'public' : 'private'),
    setVisibility: (key, visibility) => checkVisibility(files, key, visibility),
    getUrl: (key) => urls.generateURL(key),
    getSignedUrl: (key, urlOptions) => urls.generateSignedURL(key, '', withDefaultEnd(urlOptions)),
    async getSignedUploadUrl(key, urlOptions) {
      if (urls.generateSignedUploadURL === undefined)
        throw new Error('Signed uploads are switched off: the option "uploads" is false.')
      return urls.generateSignedUploadURL(key, '', withDefaultEnd(urlOptions))
    },
    put: write,
    putStream(key, contents, writeOptions) {
      // It may fail before it is read, and would end the process if nobody listened.
      contents.once('error', () => {})
      return write(key, contents, writeOptions)
    },
    async copy(source, destination, writeOptions) {
      await checkTarget(files, destination, writeOptions)
      await storage.copy(source, destination, toSaveOptions(files, writeOptions))
    },
    async move(source, destination, writeOptions) {
      await checkTarget(files, destination, writeOptions)
      await storage.move(source, destination, toSaveOptions(files, writeOptions))
    },
    delete: async (key) => void (await storage.delete(key)),
    async deleteAll(prefix) {
      for await (const { name } of listBelow(files, folderOf(prefix))) await storage.delete(name)
    },
    async listAll(prefix, { recursive = false, paginationToken, maxResults } = {}) {
      const folder = folderOf(prefix)
      const listing = {
        ...(paginationToken !== undefined && { after: paginationToken }),
        ...(maxResults !== undefined && { limit: maxResults }),
      }
      const page: Omit<FolderPage, 'folders'> & Partial<FolderPage> = recursive
        ? await storage.list({ prefix: folder, ...listing })
        : await listFolder(files, folder, listing)
      const { files: found, folders = [], next } = page
      const inFolder = found.map(
        (facts) => new classes.DriveFile(facts.name, driver, toMetaData(facts)),
      )
      const below = folders.map((name) => new classes.DriveDirectory(name.slice(0, -1)))
      return {
        objects: [...below, ...inFolder],
        ...(next !== null && { paginationToken: next }),
      }
    },
    bucket() {
      throw new Error('A storage of titofisto has no buckets.')
    },
  }
  return driver
}

async function openFile(files: Titofisto, key: string): Promise<OpenedFile> {
  const opened = await files.storage.open(key)
  if (opened === null) throw fileMissing(key)
  return opened
}

function fileMissing(fileName: string): TitofistoError {
  return new TitofistoError('file-missing', 'There is no regular file of this name.', { fileName })
}

function toMetaData({ name, sizeBytes, etag, mtimeMs, contentType }: FileFacts) {
  return {
    contentType: (contentType ?? typeOfName(name)).replace(/;.*$/s, ''),
    contentLength: sizeBytes,
    etag,
    lastModified: new Date(mtimeMs),
  }
}

/** FlyDrive's drivers end links after this, where nothing is said. */
function withDefaultEnd(options: DriveUrlOptions = {}): DriveUrlOptions {
  return { ...options, expiresIn: options.expiresIn ?? '30 mins' }
}

/** Whether a file is public, its name says: what says otherwise would be a promise that is not kept. */
async function checkVisibility(
  files: Titofisto,
  key: string,
  wanted: ObjectVisibility | undefined,
): Promise<void> {
  if (wanted === undefined || (wanted === 'public') === (await isPublicKey(files, key))) return
  throw new Error(
    `This file can't be ${wanted} under its name: files are public below publicNamespace, and only there.`,
  )
}

async function checkTarget(
  files: Titofisto,
  destination: string,
  options: WriteOptions = {},
): Promise<void> {
  if (options['destinationBucket'] !== undefined)
    throw new Error('A storage of titofisto has no buckets.')
  await checkVisibility(files, destination, options.visibility)
}

/** FlyDrive's `/` is all; `a/b` is the folder, and not `a/bc`. */
function folderOf(prefix: string): string {
  const folder = withoutOuterSlashes(prefix)
  return folder === '' ? '' : `${folder}/`
}

async function* listBelow({ storage }: Titofisto, prefix: string): AsyncGenerator<FileFacts> {
  for (let after: string | null = ''; after !== null;) {
    const page = await storage.list(after === '' ? { prefix } : { prefix, after })
    yield* page.files
    after = page.next
  }
}

/** One level, by the storage's own verb where it has one. */
function listFolder(
  { storage }: Titofisto,
  folder: string,
  listing: ListFolderOptions,
): Promise<FolderPage> {
  const { listFolder: list } = storage as Storage & Partial<FileVerbs>
  if (list !== undefined) return list.call(storage, folder, listing)
  const level = toLevel(folder, listing)
  return collectPage(levelEntries(storage, level), level.limit)
}

/** What of FlyDrive's options a save can keep: others a plain disk has no place for. */
function toSaveOptions({ storage }: Titofisto, options: WriteOptions = {}): SaveOptions {
  const { contentType, signal } = options as WriteOptions & { readonly signal?: AbortSignal }
  const isKept = contentType !== undefined && storage.keeps?.includes('contentType') === true
  return {
    onTaken: 'replace',
    ...(isKept && { contentType }),
    ...(signal !== undefined && { signal }),
  }
}

/** By hand: a pattern for the end would look at each of many slashes in the middle again and again. */
function withoutOuterSlashes(text: string): string {
  let start = 0
  let end = text.length
  while (text[start] === '/') start += 1
  while (end > start && text[end - 1] === '/') end -= 1
  return text.slice(start, end)
}
