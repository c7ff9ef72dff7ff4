// Opens objects. Facts and first bytes come of one request; each later one names the content that it
// means, so that no answer is ever put together of two.

import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { ReadAhead } from '../delivery.ts'
import type { FileName } from '../names/file-name.ts'
import { parseUserFileName } from '../names/reserved-name.ts'
import { ask, placeOf, type Bucket, type Place } from './bucket.ts'
import { leaveBody, spanOf, toBody } from './object-body.ts'
import { S3File } from './s3-file.ts'
import { isMissing, isOutOfRange, toS3Error } from './s3-fault.ts'
import { factsOf, versionIdOf, type KnownObject } from './s3-facts.ts'

/** Looks for an object; `null` where there is none. */
export async function findObject(bucket: Bucket, text: string): Promise<KnownObject | null> {
  const name = parseUserFileName(text)
  const place = name === null ? null : placeOf(bucket, name)
  if (name === null || place === null) return null
  try {
    const head = await ask(bucket, (options) =>
      bucket.client.send(new HeadObjectCommand(place), options),
    )
    return {
      facts: factsOf(name, head, head.ContentLength),
      place,
      versionId: versionIdOf(head),
      head,
    }
  } catch (error) {
    if (isMissing(error)) return null
    throw toS3Error(error, 'look for a file')
  }
}

/** Opens an object, with what will be read of it first, or without; `null` where there is none. */
export async function openObject(
  bucket: Bucket,
  text: string,
  ahead: ReadAhead | undefined,
): Promise<S3File | null> {
  const name = parseUserFileName(text)
  const place = name === null ? null : placeOf(bucket, name)
  if (name === null || place === null) return null
  if (ahead !== undefined) {
    const opened = await openAhead(bucket, name, place, ahead)
    if (opened !== 'out-of-range') return opened
  }
  const known = await findObject(bucket, name)
  return known === null ? null : new S3File(bucket, known, null)
}

async function openAhead(
  bucket: Bucket,
  name: FileName,
  place: Place,
  ahead: ReadAhead,
): Promise<S3File | null | 'out-of-range'> {
  const stop = new AbortController()
  const range = formatRange(ahead)
  try {
    const head = await ask(
      bucket,
      (options) => bucket.client.send(new GetObjectCommand({ ...place, ...range }), options),
      { stop },
    )
    const { span, sizeBytes } = spanOf(head)
    const body = toBody(bucket, head, span, stop)
    try {
      const facts = factsOf(name, head, sizeBytes)
      return new S3File(bucket, { facts, place, versionId: versionIdOf(head), head }, body)
    } catch (error) {
      leaveBody(body)
      throw error
    }
  } catch (error) {
    if (isOutOfRange(error)) return 'out-of-range'
    if (isMissing(error)) return null
    stop.abort()
    throw toS3Error(error, 'open a file')
  }
}

/** All of a file is asked for without a range: then the SDK checks its checksum, and it may be empty. */
function formatRange(ahead: ReadAhead): { readonly Range?: string } {
  if ('lastBytes' in ahead) return { Range: `bytes=-${ahead.lastBytes}` }
  const { startByte, endByte } = ahead
  if (startByte === 0 && endByte === undefined) return {}
  return { Range: `bytes=${startByte}-${endByte === undefined ? '' : endByte - 1}` }
}
