// A content in parts (S3's multipart upload): nobody sees anything of it before the last step, which
// puts it in place whole. A note on this machine's disk leads to what a crash leaves behind at S3.

import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3'
import type { ByteSpan } from '../../http/exchange.ts'
import { mapAtOnce } from '../map-at-once.ts'
import { abortUpload } from './abort-upload.ts'
import { ask, sendingMs, type Bucket } from './bucket.ts'
import { digestBytes } from './content.ts'
import { isConditionFailed, isMissing, isPassing } from './s3-fault.ts'
import { isOurs, sendsChecksums, signPayload } from './sending.ts'
import type { Outcome, Sending, SendingParts } from './sending.ts'
import type { UnfinishedUpload } from './state-folder.ts'

/** S3's limit. */
const maxPartCount = 10_000
const mebibyte = 1024 * 1024

/** Sends a content in parts. @throws as `send` */
export async function sendParts(parts: SendingParts, sending: Sending): Promise<Outcome> {
  const { bucket } = parts
  const withChecksums = await sendsChecksums(bucket)
  const spans = spansOf(sending.content.sizeBytes, bucket.partBytes)
  return inParts(parts, sending, async (upload) =>
    mapAtOnce(spans, bucket.maxPartsAtOnce, (span) =>
      sendPart(parts, sending, upload, { ...span, withChecksums }),
    ),
  )
}

/** The parts of so many bytes, all but the last of one size. */
export function spansOf(sizeBytes: number, wantedBytes: number): (ByteSpan & { number: number })[] {
  const leastBytes = Math.ceil(sizeBytes / maxPartCount / mebibyte) * mebibyte
  const partBytes = Math.max(wantedBytes, leastBytes)
  return Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, index) => ({
    number: index + 1,
    startByte: index * partBytes,
    endByte: Math.min((index + 1) * partBytes, sizeBytes),
  }))
}

/** Begins an upload in parts, has its parts made, and puts it in place; whatever goes wrong, nothing stays. */
export async function inParts(
  { bucket, state }: Pick<SendingParts, 'bucket' | 'state'>,
  sending: Omit<Sending, 'content'>,
  makeParts: (upload: UnfinishedUpload) => Promise<CompletedPart[]>,
): Promise<Outcome> {
  const { client } = bucket
  const { place, kept, signal } = sending
  const created = await ask(
    bucket,
    (options) => client.send(new CreateMultipartUploadCommand({ ...place, ...kept }), options),
    { signal },
  )
  const upload = { ...place, UploadId: created.UploadId ?? '' }
  const note = await state.note(upload)
  let outcome: Outcome | null = null
  try {
    const made = await makeParts({ ...upload, renew: note.renew })
    outcome = await complete(bucket, sending, upload, made)
    return outcome
  } finally {
    if (outcome === 'placed' || (await abortUpload(bucket, upload))) await note.forget()
  }
}

async function sendPart(
  { bucket, memory }: SendingParts,
  { content, signal }: Sending,
  upload: UnfinishedUpload,
  part: ByteSpan & { readonly number: number; readonly withChecksums: boolean },
): Promise<CompletedPart> {
  const { startByte, endByte, number, withChecksums } = part
  const sizeBytes = endByte - startByte
  return memory.use(sizeBytes, async (room) => {
    const bytes = await content.read(startByte, endByte, room)
    const digests = await digestBytes(bytes)
    const { Bucket, Key, UploadId } = upload
    const command = new UploadPartCommand({
      Bucket,
      Key,
      UploadId,
      PartNumber: number,
      Body: bytes,
      ContentLength: sizeBytes,
      ...(withChecksums && { ChecksumCRC32: digests.crc32 }),
    })
    signPayload(command, digests)
    const timeoutMs = sendingMs(bucket, sizeBytes)
    const { ETag, ChecksumCRC32 } = await ask(
      bucket,
      (options) => bucket.client.send(command, options),
      { timeoutMs, signal },
    )
    await upload.renew?.()
    return { PartNumber: number, ETag, ChecksumCRC32 }
  })
}

async function complete(
  bucket: Bucket,
  { place, saveId, ifFree, signal }: Omit<Sending, 'content'>,
  upload: { readonly UploadId: string },
  made: CompletedPart[],
): Promise<Outcome> {
  const command = new CompleteMultipartUploadCommand({
    ...place,
    ...upload,
    MultipartUpload: { Parts: made },
    ...(ifFree && { IfNoneMatch: '*' }),
  })
  // S3 looks at every part again, which takes it a while where they are many.
  const timeoutMs = bucket.timeoutMs + 100 * made.length
  try {
    await ask(bucket, (options) => bucket.client.send(command, options), { timeoutMs, signal })
    return 'placed'
  } catch (error) {
    const mayBeOurs = isConditionFailed(error) || isPassing(error) || isMissing(error)
    if (mayBeOurs && (await isOurs(bucket, place, saveId))) return 'placed'
    if (isConditionFailed(error)) return 'taken'
    throw error
  }
}
