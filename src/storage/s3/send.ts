// Puts a content under a key, whole or not at all. Small ones go in one request; larger ones in parts,
// several at once; and in one long request where parts could not be kept from overwriting.

import { PutObjectCommand } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { TitofistoError } from '../../errors.ts'
import { ask, sendingMs, type Bucket } from './bucket.ts'
import { digestBytes, digestContent, type Content, type Digests } from './content.ts'
import { attemptsOf, isConditionFailed, isConflict, isPassing, TimedOut } from './s3-fault.ts'
import { sendParts } from './send-parts.ts'
import { isOurs, sendsChecksums, signPayload } from './sending.ts'
import type { Outcome, Sending, SendingParts } from './sending.ts'

/** The largest object that one request may carry. */
export const maxPutBytes = 5 * 1024 ** 3

const maxAttempts = 3

/** Sends. @throws TitofistoError, and errors for `toS3Error`. Nothing of it stays then, as far as S3 can still be asked. */
export async function send(parts: SendingParts, sending: Sending): Promise<Outcome> {
  const { bucket, engine } = parts
  const { sizeBytes } = sending.content
  const isSmall = sizeBytes <= bucket.partBytes
  // Who overwrites needs nothing that an S3 may lack.
  const canComplete = !sending.ifFree || (await engine.ready()).completesIfFree
  for (let attempt = 1; ; attempt++) {
    try {
      if (isSmall) return await putWhole(parts, sending)
      return canComplete ? await sendParts(parts, sending) : await putStreamed(parts, sending)
    } catch (error) {
      // "On a 409 failure you should retry the upload": another one is being put there right now.
      if (!isConflict(error) || attempt === maxAttempts) throw error
      await pause(100 * attempt)
    }
  }
}

async function putWhole({ bucket, memory }: SendingParts, sending: Sending): Promise<Outcome> {
  const { content } = sending
  const { sizeBytes } = content
  return memory.use(sizeBytes, async (room) => {
    const bytes = await content.read(0, sizeBytes, room)
    const command = toPut(sending, bytes, await digestBytes(bytes), await sendsChecksums(bucket))
    return put(bucket, sending, command, { timeoutMs: sendingMs(bucket, sizeBytes) })
  })
}

async function putStreamed({ bucket }: SendingParts, sending: Sending): Promise<Outcome> {
  const { content } = sending
  if (content.sizeBytes > maxPutBytes)
    throw new TitofistoError(
      'storage-failed',
      'This S3 takes files of more than 5 GiB only where they may overwrite: it does not heed If-None-Match for files in parts.',
    )
  const digests = await digestContent(content)
  const withChecksums = await sendsChecksums(bucket)
  for (let attempt = 1; ; attempt++) {
    const stop = new AbortController()
    const body = streamContent(content, bucket.timeoutMs, () => stop.abort(new TimedOut()))
    try {
      const command = toPut(sending, body, digests, withChecksums)
      leaveUnsaid(command)
      const timeoutMs = sendingMs(bucket, content.sizeBytes)
      return await put(bucket, sending, command, { timeoutMs, stop })
    } catch (error) {
      // The client sends no stream twice.
      if (!isPassing(error) || attempt === maxAttempts) throw error
      await pause(200 * 2 ** attempt)
    } finally {
      body.destroy()
    }
  }
}

function toPut(
  { place, kept, content, ifFree }: Sending,
  Body: Buffer | Readable,
  digests: Digests,
  withChecksums: boolean,
): PutObjectCommand {
  const command = new PutObjectCommand({
    ...place,
    ...kept,
    Body,
    ContentLength: content.sizeBytes,
    ...(ifFree && { IfNoneMatch: '*' }),
    ...(withChecksums && { ChecksumCRC32: digests.crc32 }),
  })
  signPayload(command, digests)
  return command
}

/**
 * Keeps the SDK from saying on the console that it sends no stream twice: we do, and what fails for good is
 * told by whoever called. It says so where an application has set no logger, which is its "NoOpLogger".
 */
function leaveUnsaid(command: PutObjectCommand): void {
  command.middlewareStack.add(
    (next, context) => {
      if (context.logger?.constructor.name === 'NoOpLogger') context.logger = silent
      return next
    },
    { step: 'initialize', name: 'titofistoUnsaid' },
  )
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function put(
  bucket: Bucket,
  { place, saveId, signal }: Sending,
  command: PutObjectCommand,
  waiting: { readonly timeoutMs: number; readonly stop?: AbortController },
): Promise<Outcome> {
  try {
    await ask(bucket, (options) => bucket.client.send(command, options), { ...waiting, signal })
    return 'placed'
  } catch (error) {
    const isTaken = isConditionFailed(error)
    const mayBeOurs = isTaken ? attemptsOf(error) > 1 : isPassing(error)
    if (mayBeOurs && (await isOurs(bucket, place, saveId))) return 'placed'
    if (isTaken) return 'taken'
    throw error
  }
}

const streamStepBytes = 256 * 1024

/** A content as a stream; `onStall` is told when nobody has wanted more of it for a while. */
function streamContent(content: Content, stallMs: number, onStall: () => void): Readable {
  async function* pieces(): AsyncGenerator<Buffer> {
    const timer = setTimeout(onStall, stallMs)
    try {
      for (let position = 0; position < content.sizeBytes; position += streamStepBytes) {
        const endByte = Math.min(position + streamStepBytes, content.sizeBytes)
        // New memory each time: what was given may still be on its way.
        yield await content.read(position, endByte, Buffer.allocUnsafe(endByte - position))
        timer.refresh()
      }
    } finally {
      clearTimeout(timer)
    }
  }
  return Readable.from(pieces(), { objectMode: false, highWaterMark: streamStepBytes })
}
