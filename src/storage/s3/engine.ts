// What this S3 can do, found out by trying: there are many, and what they leave out they rarely say.
// Saving stands on one thing, a write that fails where the name is taken; without it two servers would
// overwrite each other's files, so there is no saving then. The rest can be worked around.

import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { randomUUID } from 'node:crypto'
import { TitofistoError } from '../../errors.ts'
import { privateFolderName } from '../names/reserved-name.ts'
import { ask, type Bucket, type Place } from './bucket.ts'
import { abortUpload } from './abort-upload.ts'
import { isConditionFailed, isPassing, isUnsupported, statusOf, toS3Error } from './s3-fault.ts'
import type { StateFolder } from './state-folder.ts'

/** What an S3 can do. */
export interface Engine {
  /** Whether a file that is sent in parts can be put under a name only if that is free. */
  readonly completesIfFree: boolean
}

/** Finds out what an S3 can do, once. */
export interface EngineLook {
  /** @throws TitofistoError `storage-failed`, `storage-unavailable`; the next call looks again then. */
  ready(): Promise<Engine>
}

/** A trial, and what it may have left at S3. */
interface Trial {
  readonly place: Place
  /** Gives the upload up that it has begun, as far as S3 can be told so. Never rejects. */
  giveUp: () => Promise<void>
}

/** Makes it. What a trial begins at S3 is noted in the state folder, should this process die. */
export function createEngineLook(bucket: Bucket, state: StateFolder): EngineLook {
  let found: Promise<Engine> | null = null
  /** A trial that has failed; what it has left, or S3 has done late, the next one takes away. */
  let left: Trial | null = null

  async function lookAnew(): Promise<Engine> {
    await checkIsThere(bucket)
    if (left !== null) {
      await left.giveUp()
      await remove(bucket, left.place)
    }
    // A new one each time: what S3 does late of an earlier trial must not mislead this one.
    const Key = `${bucket.prefix}${privateFolderName}/probe-${randomUUID()}`
    const trial = { place: { Bucket: bucket.name, Key }, giveUp: async () => {} }
    left = trial
    const engine = await look(bucket, state, trial)
    left = null
    return engine
  }

  return {
    ready() {
      found ??= lookAnew().catch((error: unknown) => {
        found = null
        throw toS3Error(error, 'be tried out')
      })
      return found
    },
  }
}

async function checkIsThere(bucket: Bucket): Promise<void> {
  await ask(bucket, (options) =>
    bucket.client.send(new HeadBucketCommand({ Bucket: bucket.name }), options),
  ).catch((error: unknown) => {
    if (statusOf(error) !== 404) throw error
    throw new TitofistoError('storage-failed', 'There is no such bucket.', { cause: error })
  })
}

async function look(bucket: Bucket, state: StateFolder, trial: Trial): Promise<Engine> {
  const { place } = trial
  let completesIfFree: boolean
  try {
    await checkPutsIfFree(bucket, place)
    completesIfFree = await tryCompleting(bucket, state, trial)
    await remove(bucket, place)
  } catch (error) {
    await remove(bucket, place).catch(() => {})
    throw error
  }
  if (!completesIfFree)
    bucket.log({
      level: 'warn',
      event: 's3-engine',
      message:
        'This S3 completes uploads in parts over what is there, whatever their If-None-Match says: files that must not overwrite are sent in one piece, up to 5 GiB.',
    })
  return { completesIfFree }
}

/** Whoever may not delete can save all the same: then it stays. */
async function remove(bucket: Bucket, place: Place): Promise<void> {
  try {
    await ask(bucket, (options) => bucket.client.send(new DeleteObjectCommand(place), options))
  } catch (error) {
    if (isPassing(error)) throw error
  }
}

async function checkPutsIfFree(bucket: Bucket, place: Place): Promise<void> {
  const put = (): Promise<unknown> =>
    ask(bucket, (options) =>
      bucket.client.send(
        new PutObjectCommand({ ...place, Body: Buffer.from('1'), IfNoneMatch: '*' }),
        options,
      ),
    )
  try {
    await put()
  } catch (error) {
    // An earlier attempt of the client's own, whose answer was lost, has put it there.
    if (isConditionFailed(error)) return
    throw isUnsupported(error) ? overwrites(error) : error
  }
  try {
    await put()
  } catch (error) {
    if (isConditionFailed(error)) return
    throw error
  }
  throw overwrites()
}

function overwrites(cause?: unknown): TitofistoError {
  return new TitofistoError(
    'storage-failed',
    'This S3 does not heed If-None-Match when it stores a file, so that nothing would keep two servers from overwriting a file. Take one that does; reading, and saving with onTaken "replace", work with this one.',
    { cause },
  )
}

/** The place is taken when this is called. */
async function tryCompleting(bucket: Bucket, state: StateFolder, trial: Trial): Promise<boolean> {
  const { client } = bucket
  const { place } = trial
  const created = await ask(bucket, (options) =>
    client.send(new CreateMultipartUploadCommand(place), options),
  )
  const upload = { ...place, UploadId: created.UploadId ?? '' }
  // Without a place for notes all goes on: only what a crash leaves here would stay.
  const note = await state.note(upload).catch(() => null)
  trial.giveUp = async () => {
    if (await abortUpload(bucket, upload)) await note?.forget()
  }
  try {
    const body = { ...upload, PartNumber: 1, Body: Buffer.from('2') }
    const part = await ask(bucket, (options) => client.send(new UploadPartCommand(body), options))
    const Parts = [{ PartNumber: 1, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 }]
    const completion = { ...upload, MultipartUpload: { Parts }, IfNoneMatch: '*' }
    await ask(bucket, (options) =>
      client.send(new CompleteMultipartUploadCommand(completion), options),
    )
    await note?.forget()
    return false
  } catch (error) {
    await trial.giveUp()
    if (isPassing(error)) throw error
    return isConditionFailed(error)
  }
}
