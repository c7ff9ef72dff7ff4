// Files in a bucket of S3. Reading is in s3-open.ts and s3-file.ts, saving in save.ts and send.ts, copying
// in copy.ts, listing in list-objects.ts; here they become one Storage.

import type { S3Client } from '@aws-sdk/client-s3'
import { logErrorsToConsole } from '../../log.ts'
import { aBoolean, checkOption, checkOptions } from '../../options.ts'
import type { ReadAhead, RedirectTerms, RedirectUrl } from '../delivery.ts'
import type { FileName } from '../names/file-name.ts'
import { checkUserFileName, parseUserFileName } from '../names/reserved-name.ts'
import { listingRules, savingRules } from '../storage-options.ts'
import type { FileFacts, OpenedFile, Storage } from '../storage.ts'
import type {
  AdoptOptions,
  FileList,
  FileSource,
  ListOptions,
  SaveOptions,
} from '../storage-values.ts'
import { withFileVerbs, type FileVerbs } from '../verbs/file-verbs.ts'
import { collectPage, toLevel, type ListFolderOptions } from '../verbs/folder-page.ts'
import { placeOf, type Bucket } from './bucket.ts'
import { copyObject, removeKnown } from './copy.ts'
import { createEngineLook } from './engine.ts'
import { fileMissing } from '../names/put-under-name.ts'
import { contentTypeRule, metadataRule } from './kept.ts'
import { levelObjects, listObjects } from './list-objects.ts'
import { createPartMemory } from './part-memory.ts'
import { presign } from './redirect.ts'
import { findObject, openObject } from './s3-open.ts'
import { s3Rules, type S3StorageOptions } from './s3-options.ts'
import { toS3Error } from './s3-fault.ts'
import { adoptSpooled, checkSpooledPath, saveSource } from './save.ts'
import { abortUpload } from './abort-upload.ts'
import { openStateFolder } from './state-folder.ts'

/** A {@link Storage} of files in a bucket. */
export interface S3Storage extends Storage, FileVerbs {
  readonly bucket: string
  /** What the keys of all files begin with. */
  readonly prefix: string
  /**
   * Looks whether the bucket is there and what this S3 can do, by a few small requests; the first save
   * does it otherwise. Call it at the start, to hear of what is wrong before your users do.
   * @throws TitofistoError `storage-failed`, `storage-unavailable`
   * @example
   * import { S3Client } from '@aws-sdk/client-s3'
   * import { createS3Storage } from 'titofisto/s3'
   *
   * // Where nobody listens.
   * const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
   * const client = new S3Client({ endpoint: 'http://127.0.0.1:9', region: 'eu-central-1', credentials })
   * await createS3Storage({ client, bucket: 'letters' }).ready() //=> throws storage-unavailable
   */
  ready(): Promise<void>
  /**
   * Removes what saves have left that died with their process, here and at S3, not written to for
   * `olderThanMs` milliseconds, and gives their number. Choose more than any save may pause: a day.
   * @throws TitofistoError `storage-failed`
   * @example
   * import { S3Client } from '@aws-sdk/client-s3'
   * import { createS3Storage } from 'titofisto/s3'
   *
   * const client = new S3Client({ region: 'eu-central-1' })
   * const storage = createS3Storage({ client, bucket: 'letters' })
   * await storage.removeStaleTemporaries(86_400_000) //=> 0
   */
  removeStaleTemporaries(olderThanMs: number): Promise<number>
}

const savingRulesHere = { ...savingRules, contentType: contentTypeRule, metadata: metadataRule }

/**
 * Makes a storage of the files in a bucket of S3, or of what speaks S3's protocol; docs/s3.md has what
 * it needs. Nothing is asked of S3 before the first call.
 *
 * @throws TypeError, RangeError for wrong options, naming the option
 * @example
 * import { S3Client } from '@aws-sdk/client-s3'
 * import { createS3Storage } from 'titofisto/s3'
 *
 * const client = new S3Client({ region: 'eu-central-1' })
 * const storage = createS3Storage({ client, bucket: 'letters', prefix: 'media/' })
 * storage.prefix //=> 'media/'
 */
export function createS3Storage(options: S3StorageOptions): S3Storage {
  checkOptions('createS3Storage()', options, s3Rules, ['client', 'bucket'])
  const { delivery = 'proxy', redirectSeconds = 300, stateFolder = '.titofisto' } = options
  const { generateName = (name: string) => name, randomSuffix } = options
  const bucket: Bucket = {
    // Checked as far as a type can be told: who has another one hears it at the first call.
    client: options.client as unknown as S3Client,
    name: options.bucket,
    prefix: options.prefix ?? '',
    timeoutMs: (options.timeoutSeconds ?? 10) * 1000,
    partBytes: options.partBytes ?? 5 * 1024 * 1024,
    maxPartsAtOnce: options.maxPartsAtOnce ?? 3,
    log: options.log ?? logErrorsToConsole,
  }
  const state = openStateFolder(stateFolder)
  const engine = createEngineLook(bucket, state)
  const memory = createPartMemory(bucket.partBytes, bucket.maxPartsAtOnce)
  const parts = { bucket, engine, memory, state }
  const presigning = {
    client: (options.redirectClient ?? options.client) as unknown as S3Client,
    redirectSeconds,
  }
  /** Which version facts are of, for URLs: the facts themselves are plain. */
  const versionIds = new WeakMap<FileFacts, string>()

  async function open(name: string, ahead?: ReadAhead): Promise<OpenedFile | null> {
    const opened = await openObject(bucket, name, ahead)
    if (opened?.versionId !== undefined) versionIds.set(opened.facts, opened.versionId)
    return opened
  }

  async function stat(name: string): Promise<FileFacts | null> {
    const known = await findObject(bucket, name)
    if (known?.versionId !== undefined) versionIds.set(known.facts, known.versionId)
    return known?.facts ?? null
  }

  async function save(name: string, source: FileSource, saving: SaveOptions = {}): Promise<string> {
    return saveSource(parts, checkTarget(name, saving), source, { ...saving, randomSuffix })
  }

  async function adopt(
    name: string,
    spooledPath: string,
    adopting: AdoptOptions = {},
  ): Promise<string> {
    const { keepSpooled = false, ...saving } = adopting
    checkOption('adopt()', 'keepSpooled', keepSpooled, aBoolean)
    const wanted = checkTarget(name, saving)
    const path = checkSpooledPath(state.spoolFolder, spooledPath)
    saving.signal?.throwIfAborted()
    return adoptSpooled(parts, wanted, { path, keepSpooled }, { ...saving, randomSuffix })
  }

  async function remove(name: string): Promise<boolean> {
    const known = await findObject(bucket, name)
    if (known === null) return false
    await removeKnown(bucket, known, 'whatever-is-there').catch((error: unknown) => {
      throw toS3Error(error, 'remove a file')
    })
    return true
  }

  async function list(listing: ListOptions = {}): Promise<FileList> {
    checkOptions('list()', listing, listingRules)
    const { prefix = '', after = '', limit = 1000 } = listing
    return listObjects(bucket, { prefix, after, limit })
  }

  async function listFolder(folder = '', listing: ListFolderOptions = {}) {
    const level = toLevel(folder, listing)
    return collectPage(levelObjects(bucket, level), level.limit)
  }

  async function copy(from: string, to: string, saving: SaveOptions = {}): Promise<string> {
    const wanted = checkTarget(to, saving)
    saving.signal?.throwIfAborted()
    return copyObject(parts, await findSource(from), wanted, { ...saving, randomSuffix })
  }

  async function move(from: string, to: string, saving: SaveOptions = {}): Promise<string> {
    const wanted = checkTarget(to, saving)
    saving.signal?.throwIfAborted()
    const source = await findSource(from)
    if (from === wanted) return from
    const given = await copyObject(parts, source, wanted, { ...saving, randomSuffix })
    await removeKnown(bucket, source, 'this-content').catch((error: unknown) => {
      throw toS3Error(error, 'remove a file that was moved')
    })
    return given
  }

  async function findSource(name: string) {
    const known = await findObject(bucket, name)
    if (known === null) throw fileMissing(typeof name === 'string' ? name : '')
    return known
  }

  function checkTarget(name: string, saving: SaveOptions): FileName {
    checkOptions('save()', saving, savingRulesHere)
    return checkUserFileName(generateName(name))
  }

  async function redirectUrl(facts: FileFacts, terms: RedirectTerms): Promise<RedirectUrl> {
    const name = parseUserFileName(facts.name)
    const place = name === null ? null : placeOf(bucket, name)
    if (place === null) throw fileMissing(facts.name)
    return presign(presigning, place, versionIds.get(facts), terms)
  }

  return withFileVerbs({
    bucket: bucket.name,
    prefix: bucket.prefix,
    delivery,
    readsAhead: true as const,
    keeps: ['contentType', 'metadata'] as const,
    open,
    stat,
    exists: async (name: string) => (await findObject(bucket, name)) !== null,
    save,
    adopt,
    delete: remove,
    list,
    listFolder,
    copy,
    move,
    redirectUrl,
    spoolFolder: state.spoolFolder,
    makeSpoolFolder: () => state.make(),
    removeStaleTemporaries: (olderThanMs: number) =>
      state.sweep(olderThanMs, async (upload) => {
        // A note that came with a folder from elsewhere must not end other people's uploads.
        const isOurs = upload.Bucket === bucket.name && upload.Key.startsWith(bucket.prefix)
        return !isOurs || abortUpload(bucket, upload)
      }),
    ready: async () => void (await engine.ready()),
  })
}
