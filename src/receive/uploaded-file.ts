// One uploaded file as our user's code sees it. Its bytes stay in the spool until that code has ended,
// saved or not: a slot's handler that fails, or dies, after it saved can be run again.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { TitofistoError, isTitofistoError } from '../errors.ts'
import type { SaveOptions, Storage } from '../storage/storage.ts'
import type { ReceivedFile } from './intake/reception.ts'
import type { SavedNames } from './saved-names.ts'

/** One uploaded file, whole. It lies in the spool until the handler, or what `receive()` calls, has ended; what is to stay is saved. */
export interface UploadedFile {
  /** The client's name for it, made harmless: no path, no controls, at most 255 bytes, never empty. */
  readonly name: string
  /** The client's name as it was sent; `null` where it sent none. */
  readonly originalName: string | null
  /** The form's field; `null` where the body was the file. */
  readonly fieldName: string | null
  /** How many bytes it has. */
  readonly sizeBytes: number
  /** The media type the client declared, lower case, without parameters. */
  readonly type: string
  /** The media type its bytes show; `null` where they show none. */
  readonly sniffedType: string | null
  /** Where it lies: for reading, until the handler, or what `receive()` calls, has ended. */
  readonly path: string
  /**
   * The SHA-256 of its bytes in hexadecimal, read when first asked for.
   * @example await file.sha256() //=> '185f8db32271fe25f561a6fc938b2e26…'
   */
  sha256(): Promise<string>
  /**
   * Its bytes as a stream; destroy it when you leave early.
   * @example await pipeline(file.stream(), createGzip(), createWriteStream('hello.gz'))
   */
  stream(): Readable
  /**
   * All its bytes at once.
   * @throws RangeError where there are more than `maxBytes`; default 16,777,216 (16 MiB).
   * @example
   * Buffer.from(await file.bytes()).toString() //=> 'Hello'
   * await file.bytes(4) //=> throws RangeError
   */
  bytes(maxBytes?: number): Promise<Uint8Array>
  /**
   * Saves it in the storage, and gives the name it really got there. The spooled file stays until the
   * handler has ended; a second name of it is made where the file system can, else a copy.
   * @throws TitofistoError `name-invalid`, `name-taken`, `storage-full`, `storage-failed`.
   * @example await file.save('inbox/hello.txt') //=> 'inbox/hello.txt'
   */
  save(name: string, options?: SaveOptions): Promise<string>
}

const maxBytesAtOnce = 16 * 1024 * 1024

/** Makes the view of a file in the spool. */
export function createUploadedFile(
  received: ReceivedFile,
  storage: Storage,
  saved: SavedNames,
): UploadedFile {
  const { path, sizeBytes } = received
  let digest: Promise<string> | null = null
  return {
    name: received.name,
    originalName: received.originalName,
    fieldName: received.fieldName,
    sizeBytes,
    type: received.type,
    sniffedType: received.sniffedType,
    path,
    sha256() {
      digest ??= sha256Of(path)
      return digest
    },
    stream: () => createReadStream(path),
    async bytes(maxBytes = maxBytesAtOnce) {
      if (sizeBytes > maxBytes)
        throw new RangeError(
          `This file has ${sizeBytes} bytes, more than the ${maxBytes} that bytes() takes at once; use stream().`,
        )
      return readFile(path)
    },
    async save(name, options) {
      try {
        const savedName = await storage.adopt(name, path, { ...options, keepSpooled: true })
        saved.add(savedName)
        return savedName
      } catch (cause) {
        if (!isTitofistoError(cause) || cause.code !== 'file-missing') throw cause
        throw new TitofistoError('storage-failed', 'The uploaded file is not there any more.', {
          cause,
        })
      }
    },
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), hash)
  return hash.digest('hex')
}
