// Takes a request's body as it comes: bytes to a taker, waits when told to, and ends in exactly one
// way: whole, or with the reason why not. However it ends, every listener and timer is gone.

import type { Readable } from 'node:stream'
import { TitofistoError } from '../../errors.ts'
import type { Incoming } from '../../http/exchange.ts'
import { startPace, type Pace } from './sender-pace.ts'
import { keepFreedMemory } from './freed-memory.ts'
import { avoidFullCollections } from './full-collections.ts'
import type { PausableSender } from '../spool/backlog.ts'
import type { Reception } from './reception.ts'
import { uploadStopped } from './stop-sign.ts'

/** What reading a body needs, wherever its bytes go. */
export type BodyReception = Pick<Reception, 'limits' | 'stopSign' | 'onProgress'>

/** The body of a request that nobody has begun to read, on its way in. */
export class Inflow implements PausableSender {
  readonly #incoming: Incoming
  readonly #reception: BodyReception
  #body: Readable | null = null
  #pace: Pace | null = null
  #receivedBytes = 0
  #nextRoomAtBytes = mebibyte
  #failure: { readonly error: unknown } | null = null
  #onFail: ((error: unknown) => void) | null = null

  constructor(incoming: Incoming, reception: BodyReception) {
    this.#incoming = incoming
    this.#reception = reception
  }

  /**
   * Reads all of the body, and gives its length in bytes. What takes its bytes throws to end it all.
   *
   * @throws TitofistoError `upload-incomplete`, `upload-too-slow`, `upload-stopped`; what the taker
   * throws and {@link fail} was given. The rest of the body is then the door's to throw away.
   */
  read(taker: (chunk: Buffer) => void): Promise<number> {
    const { limits, stopSign } = this.#reception
    return new Promise((resolve, reject) => {
      // What failed before it began (a stop, a disk) must not start to read.
      if (stopSign.reason !== null) {
        reject(uploadStopped(stopSign.reason))
        return
      }
      if (this.#failure !== null) {
        reject(this.#failure.error)
        return
      }
      const isHere = this.#incoming.isBodyHere?.() === true
      const body = this.#incoming.body()
      if (isHere) {
        const receivedBytes = this.#takeWhole(body, taker)
        // Node says that the request has ended later in this turn. Answered before, it would have to
        // be answered in two pieces.
        setImmediate(() => resolve(receivedBytes))
        return
      }
      const totalBytes = this.#declaredBytes()
      const pace = startPace(limits, fail)
      const onData = (bytes: Uint8Array): void => {
        // Node's own doors give buffers; a body made of a web stream gives plain arrays.
        const chunk = Buffer.isBuffer(bytes)
          ? bytes
          : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        this.#receivedBytes += chunk.length
        pace.received(chunk.length)
        try {
          if (this.#receivedBytes >= this.#nextRoomAtBytes) this.#makeRoom()
          taker(chunk)
          this.#reception.onProgress(this.#receivedBytes, totalBytes)
        } catch (error) {
          fail(error)
        }
      }
      const onEnd = (): void => {
        const reason = this.#whyIncomplete(body)
        if (reason !== null) fail(incomplete(reason, this.#receivedBytes))
        else {
          stop()
          resolve(this.#receivedBytes)
        }
      }
      const onGone = (cause?: unknown): void => {
        fail(incomplete(brokenOff(this.#receivedBytes), this.#receivedBytes, cause))
      }
      const stop = (): void => {
        this.#onFail = null
        pace.stop()
        stopSign.onStop = null
        body.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
        // A connection that breaks later must not end the process.
        body.on('error', ignore)
      }
      function fail(error: unknown): void {
        stop()
        reject(error)
      }

      this.#body = body
      this.#pace = pace
      this.#onFail = fail
      stopSign.onStop = (reason) => fail(uploadStopped(reason))
      body.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
      // Gone or read by another before we came: no event would ever tell.
      if (body.destroyed || body.readableEnded) onGone()
    })
  }

  /** Takes a body that has come already: within this turn there is nothing to listen or wait for. */
  #takeWhole(body: Readable, taker: (chunk: Buffer) => void): number {
    body.on('error', ignore)
    const totalBytes = this.#declaredBytes()
    for (let chunk = readBytes(body); chunk !== null; chunk = readBytes(body)) {
      this.#receivedBytes += chunk.length
      taker(chunk)
      this.#reception.onProgress(this.#receivedBytes, totalBytes)
      // What takes the bytes may say so instead of throwing.
      if (this.#failure !== null) throw this.#failure.error
    }
    const reason = this.#whyIncomplete(body)
    if (reason !== null) throw incomplete(reason, this.#receivedBytes)
    // Its end may still be to come, and must be taken for the next request to be heard.
    body.resume()
    return this.#receivedBytes
  }

  #makeRoom(): void {
    this.#nextRoomAtBytes = this.#receivedBytes + mebibyte
    keepFreedMemory()
    avoidFullCollections()
  }

  /** Ends the reading from outside, as when the disk is full. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#onFail?.(error)
  }

  pause(): void {
    this.#body?.pause()
    this.#pace?.pause()
  }

  resume(): void {
    // Once it has ended in a refusal, the body is the door's.
    if (this.#onFail === null) return
    this.#pace?.resume()
    this.#body?.resume()
  }

  /** Why a body that came to its end is not whole all the same; `null` where it is. */
  #whyIncomplete(body: Readable): string | null {
    // HTTP/2's compatibility API ends a body that was in truth broken off, and only `aborted` tells.
    if ((body as { readonly aborted?: boolean }).aborted === true)
      return brokenOff(this.#receivedBytes)
    const declared = this.#declaredBytes()
    if (declared === null || declared === this.#receivedBytes) return null
    return `The upload ended after ${this.#receivedBytes} of its ${declared} bytes. Send all of it.`
  }

  #declaredBytes(): number | null {
    const declared = this.#incoming.header('content-length')
    return declared === undefined ? null : Number(declared)
  }
}

const mebibyte = 1024 * 1024

function readBytes(body: Readable): Buffer | null {
  const bytes: unknown = body.read()
  return Buffer.isBuffer(bytes) ? bytes : null
}

function brokenOff(receivedBytes: number): string {
  return `The upload broke off after ${receivedBytes} bytes. Send all of it.`
}

function incomplete(reason: string, actual: number, cause?: unknown): TitofistoError {
  return new TitofistoError('upload-incomplete', reason, { actual, cause })
}

function ignore(): void {}
