// An object held open: a promise to read one content and no other.

import { GetObjectCommand } from '@aws-sdk/client-s3'
import { TitofistoError, isTitofistoError } from '../../errors.ts'
import type { ByteSpan } from '../../http/exchange.ts'
import type { FileFacts, OpenedFile } from '../storage.ts'
import { ask, type Bucket } from './bucket.ts'
import { breakOff, leaveBody, readBody, spanOf, toBody, type ObjectBody } from './object-body.ts'
import { isConditionFailed, isMissing, isPassing, toS3Error } from './s3-fault.ts'
import { tagOf, type KnownObject } from './s3-facts.ts'

/** How often a read that breaks off goes on from where it was. */
const maxResumes = 2

/** An open object. */
export class S3File implements OpenedFile {
  readonly facts: FileFacts
  readonly #bucket: Bucket
  readonly #known: KnownObject
  /** What came with the facts, until somebody reads it. */
  #ahead: ObjectBody | null
  #isClosed = false
  /** Bodies that are being read. */
  readonly #live = new Set<ObjectBody>()

  constructor(bucket: Bucket, known: KnownObject, ahead: ObjectBody | null) {
    this.facts = known.facts
    this.#bucket = bucket
    this.#known = known
    this.#ahead = ahead
  }

  /** Which version it is, in a bucket that keeps them. */
  get versionId(): string | undefined {
    return this.#known.versionId
  }

  async *chunks(startByte: number, endByte: number): AsyncGenerator<Uint8Array> {
    if (endByte > this.facts.sizeBytes)
      throw new TitofistoError(
        'storage-failed',
        'The file is shorter than what is to be read of it.',
      )
    let position = startByte
    for (let resumes = 0; position < endByte; resumes++) {
      try {
        const body = this.#takeAhead(position, endByte) ?? (await this.#get(position, endByte))
        this.#live.add(body)
        try {
          for await (const chunk of readBody(body, endByte)) {
            position += chunk.length
            yield chunk
          }
        } finally {
          this.#live.delete(body)
        }
      } catch (error) {
        const isPassed = !isTitofistoError(error) && isPassing(error)
        const mayGoOn = isPassed && resumes < maxResumes && !this.#isClosed
        if (!mayGoOn) throw toS3Error(error, 'read a file to its end')
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#ahead !== null) leaveBody(this.#ahead)
    this.#ahead = null
    for (const body of this.#live) breakOff(body)
  }

  /** What came with the facts, where it is what is wanted now. */
  #takeAhead(startByte: number, endByte: number): ObjectBody | null {
    const ahead = this.#ahead
    if (ahead === null || ahead.span.startByte !== startByte || ahead.span.endByte < endByte)
      return null
    this.#ahead = null
    return ahead
  }

  /** Asks for a span of this very content. */
  async #get(startByte: number, endByte: number): Promise<ObjectBody> {
    const { versionId } = this.#known
    const { etag } = this.facts
    try {
      return await this.#getWith({ IfMatch: etag }, { startByte, endByte })
    } catch (error) {
      if (!isConditionFailed(error) && !isMissing(error)) throw error
      // Of a bucket that keeps versions the old one is still to be had.
      if (versionId === undefined) throw changed(error)
      return this.#getWith({ VersionId: versionId }, { startByte, endByte }).catch(
        (cause: unknown) => {
          throw isMissing(cause) ? changed(cause) : cause
        },
      )
    }
  }

  async #getWith(
    which: { readonly IfMatch?: string; readonly VersionId?: string },
    span: ByteSpan,
  ): Promise<ObjectBody> {
    const { client } = this.#bucket
    const stop = new AbortController()
    const command = new GetObjectCommand({
      ...this.#known.place,
      ...which,
      Range: `bytes=${span.startByte}-${span.endByte - 1}`,
    })
    const answer = await ask(this.#bucket, (options) => client.send(command, options), { stop })
    const body = toBody(this.#bucket, answer, span, stop)
    const given = spanOf(answer)
    const isWanted =
      tagOf(answer) === tagOf({ ETag: this.facts.etag }) &&
      given.sizeBytes === this.facts.sizeBytes &&
      given.span.startByte === span.startByte &&
      given.span.endByte === span.endByte
    if (isWanted) return body
    // An engine, or a cache before it, that looks at no condition, or at no range.
    breakOff(body)
    throw new TitofistoError('storage-failed', 'S3 sent other bytes than it was asked for.')
  }
}

function changed(cause: unknown): TitofistoError {
  return new TitofistoError(
    'storage-failed',
    'The file was replaced or removed while it was read.',
    {
      cause,
    },
  )
}
