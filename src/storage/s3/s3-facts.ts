// What S3 says of an object, as facts. Its listings know less than its answers do: no version id, no
// metadata, and times to the millisecond where the others have seconds. So a version is made of what
// both tell: the ETag, which is another one for other bytes, the second of the last change, and the size,
// so that an answer that was cut short on its way, length and all, is of no version that we know.

import { TitofistoError } from '../../errors.ts'
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import type { FileName } from '../names/file-name.ts'
import type { FileFacts } from '../storage.ts'
import type { Place } from './bucket.ts'
import { fromKeptFields, type KeptFields } from './kept.ts'

/** What answers about an object have in common. */
export interface ObjectHead extends KeptFields {
  readonly ETag?: string | undefined
  readonly LastModified?: Date | undefined
  readonly VersionId?: string | undefined
}

/** What is known of an object. */
export interface KnownObject {
  readonly facts: FileFacts
  readonly place: Place
  /** Which version it is, in a bucket that keeps them. */
  readonly versionId: string | undefined
  readonly head: ObjectHead & Pick<HeadObjectCommandOutput, SystemField>
}

/** What S3 keeps besides, and hands out with the object. */
type SystemField = 'CacheControl' | 'ContentDisposition' | 'ContentEncoding' | 'ContentLanguage'

/** What a copy takes along of it. */
export function systemFieldsOf({
  head: { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage },
}: KnownObject): Partial<Record<SystemField, string | undefined>> {
  return { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage }
}

/** The facts of an object of so many bytes. @throws TitofistoError `storage-failed` where S3 leaves out what they are made of. */
export function factsOf(
  name: FileName,
  head: ObjectHead,
  sizeBytes: number | undefined,
): FileFacts {
  const { LastModified } = head
  const tag = tagOf(head)
  const seconds = LastModified === undefined ? NaN : Math.floor(LastModified.getTime() / 1000)
  if (tag === null || sizeBytes === undefined || !Number.isSafeInteger(seconds))
    throw new TitofistoError(
      'storage-failed',
      'S3 told of a file without its ETag, size or time of change.',
    )
  return {
    name,
    sizeBytes,
    mtimeMs: seconds * 1000,
    changedMs: seconds * 1000,
    version: `${tag}-${seconds.toString(36)}-${sizeBytes.toString(36)}`,
    etag: `"${tag}"`,
    ...fromKeptFields(head),
  }
}

/** The ETag without its quotes; `null` where it is missing, or can't stand in a header again. */
export function tagOf({ ETag = '' }: ObjectHead): string | null {
  const tag = ETag.replace(/^W\//, '').replaceAll('"', '')
  return /^[\x21\x23-\x7e]{1,256}$/.test(tag) ? tag : null
}

/** Of a bucket that keeps versions, which one this is; `undefined` elsewhere. */
export function versionIdOf({ VersionId }: ObjectHead): string | undefined {
  return VersionId === undefined || VersionId === '' || VersionId === 'null' ? undefined : VersionId
}
