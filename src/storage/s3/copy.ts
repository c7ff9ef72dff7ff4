// Copies objects, by S3 itself where it can do so without overwriting: its plain copy can't be kept from
// that by every engine, but an upload whose parts are copied can. Small ones are read and sent again.

import { CopyObjectCommand, DeleteObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3'
import type { CompletedPart } from '@aws-sdk/client-s3'
import { TitofistoError } from '../../errors.ts'
import { encodeStrictly } from '../../http/percent.ts'
import { mapAtOnce } from '../map-at-once.ts'
import type { FileName } from '../names/file-name.ts'
import { ask, type Bucket, type Place } from './bucket.ts'
import { putUnder } from './free-place.ts'
import { nameTaken } from '../names/put-under-name.ts'
import { newSaveId, toKeptFields } from './kept.ts'
import { saveSource, type Saving } from './save.ts'
import { S3File } from './s3-file.ts'
import { isConditionFailed, isMissing, toS3Error } from './s3-fault.ts'
import { findObject } from './s3-open.ts'
import { systemFieldsOf, type KnownObject } from './s3-facts.ts'
import { inParts, spansOf } from './send-parts.ts'
import { maxPutBytes } from './send.ts'
import type { Outcome, SendingParts } from './sending.ts'

/** Of so little, reading and sending takes fewer requests. */
const smallBytes = 1024 * 1024

/** What one request copies of a large object. */
const copyPartBytes = 512 * 1024 * 1024

/** No slower than this does S3 copy within itself: 4 MiB a second. */
const slowestCopyBytesPerMs = 4096

/** Copies an object under a name by the rules of `save`, with all that is kept of it. */
export async function copyObject(
  parts: SendingParts,
  source: KnownObject,
  name: FileName,
  saving: Saving,
): Promise<FileName> {
  const { facts } = source
  const { contentType, metadata } = facts
  const options: Saving = {
    ...(contentType !== undefined && { contentType }),
    ...(metadata !== undefined && { metadata }),
    ...saving,
  }
  if (options.onTaken !== 'replace') {
    const isSmall = facts.sizeBytes <= smallBytes
    if (isSmall || !(await parts.engine.ready()).completesIfFree)
      return sendAgain(parts, source, name, options)
    if (options.onTaken === 'refuse' && (await findObject(parts.bucket, name)) !== null)
      throw nameTaken(name)
  }
  try {
    return await putUnder(parts.bucket, name, options, (place, ifFree) =>
      !ifFree && facts.sizeBytes <= maxPutBytes
        ? copyOver(parts.bucket, source, place, options)
        : copyInParts(parts, source, { place, ifFree }, options),
    )
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason
    throw toS3Error(error, 'copy a file')
  }
}

/** By way of this process. */
async function sendAgain(
  parts: SendingParts,
  source: KnownObject,
  name: FileName,
  options: Saving,
): Promise<FileName> {
  const opened = new S3File(parts.bucket, source, null)
  try {
    return await saveSource(parts, name, opened.chunks(0, source.facts.sizeBytes), options)
  } finally {
    await opened.close()
  }
}

async function copyOver(
  bucket: Bucket,
  source: KnownObject,
  place: Place,
  options: Saving,
): Promise<Outcome> {
  const command = new CopyObjectCommand({
    ...place,
    ...systemFieldsOf(source),
    ...toKeptFields(options, newSaveId()),
    MetadataDirective: 'REPLACE',
    ...sourceFields(source),
  })
  await ask(bucket, ({ abortSignal }) => bucket.client.send(command, { abortSignal }), {
    timeoutMs: copyingMs(bucket, source.facts.sizeBytes),
    signal: options.signal,
  }).catch((error: unknown) => {
    throw isConditionFailed(error) ? changed(error) : error
  })
  return 'placed'
}

async function copyInParts(
  parts: SendingParts,
  source: KnownObject,
  { place, ifFree }: { readonly place: Place; readonly ifFree: boolean },
  options: Saving,
): Promise<Outcome> {
  const { bucket } = parts
  const saveId = newSaveId()
  const kept = { ...systemFieldsOf(source), ...toKeptFields(options, saveId) }
  const { signal } = options
  return inParts(parts, { place, kept, saveId, ifFree, signal }, ({ UploadId, renew }) =>
    mapAtOnce(
      spansOf(source.facts.sizeBytes, copyPartBytes),
      bucket.maxPartsAtOnce,
      async (span) => {
        const command = new UploadPartCopyCommand({
          ...place,
          UploadId,
          PartNumber: span.number,
          CopySourceRange: `bytes=${span.startByte}-${span.endByte - 1}`,
          ...sourceFields(source),
        })
        const timeoutMs = copyingMs(bucket, span.endByte - span.startByte)
        const { CopyPartResult } = await ask(
          bucket,
          (asking) => bucket.client.send(command, asking),
          { timeoutMs, signal },
        ).catch((error: unknown) => {
          throw isConditionFailed(error) ? changed(error) : error
        })
        await renew?.()
        const part: CompletedPart = {
          PartNumber: span.number,
          ETag: CopyPartResult?.ETag,
          ChecksumCRC32: CopyPartResult?.ChecksumCRC32,
        }
        return part
      },
    ),
  )
}

/** The one content that is copied; not all engines look at the condition. */
function sourceFields({ place, versionId, facts }: KnownObject): {
  readonly CopySource: string
  readonly CopySourceIfMatch: string
} {
  const path = [place.Bucket, ...place.Key.split('/')].map(encodeStrictly).join('/')
  const version = versionId === undefined ? '' : `?versionId=${encodeStrictly(versionId)}`
  return { CopySource: path + version, CopySourceIfMatch: facts.etag }
}

function copyingMs(bucket: Bucket, sizeBytes: number): number {
  return bucket.timeoutMs + Math.ceil(sizeBytes / slowestCopyBytesPerMs)
}

function changed(cause: unknown): TitofistoError {
  return new TitofistoError('storage-failed', 'The file was replaced while it was copied.', {
    cause,
  })
}

/**
 * Removes an object that was looked at; with `this-content`, unless it is another one by now.
 * @throws for `toS3Error`
 */
export async function removeKnown(
  bucket: Bucket,
  { place, facts }: KnownObject,
  which: 'this-content' | 'whatever-is-there',
): Promise<void> {
  const remove = (condition: { readonly IfMatch?: string }): Promise<unknown> =>
    ask(bucket, (options) =>
      bucket.client.send(new DeleteObjectCommand({ ...place, ...condition }), options),
    )
  if (which === 'whatever-is-there') return void (await remove({}))
  try {
    await remove({ IfMatch: facts.etag })
  } catch (error) {
    if (isMissing(error)) return
    // Some engines know no condition here, or none in quotes.
    const now = await findObject(bucket, facts.name)
    if (now === null || now.facts.version !== facts.version) return
    await remove({})
  }
}
