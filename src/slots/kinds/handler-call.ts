// What a handler is given.

import type { Readable } from 'node:stream'
import type { SaveOptions } from '../../storage/storage.ts'
import type { SlotId } from '../record/slot.ts'

/** One uploaded file, whole. It lies in the spool until the handler has ended; what is to stay is saved. */
export interface SlotFile {
  /** The client's name for it, made harmless: no path, no controls, at most 255 bytes, never empty. */
  readonly name: string
  /** The client's name as it was sent; `null` where it sent none. */
  readonly originalName: string | null
  /** The form's field; `null` where the body was the file. */
  readonly fieldName: string | null
  readonly sizeBytes: number
  /** The media type the client declared, lower case, without parameters. */
  readonly type: string
  /** The media type its bytes show; `null` where they show none. */
  readonly sniffedType: string | null
  /** Where it lies: for reading, until the handler has ended. */
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

/** What a handler may know of its slot. */
export interface SlotFacts {
  /** The same for every run of the handler: a key for work that must not be done twice. */
  readonly id: SlotId
  readonly kind: string
  /** 1 for the first run of the handler. */
  readonly attempt: number
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** What a handler is called with. */
export interface SlotCall<Args, Fields = URLSearchParams> {
  /** What was bound to the slot at minting. */
  readonly args: Args
  /** The first file, which is the only one unless the kind allows more. */
  readonly file: SlotFile
  readonly files: readonly SlotFile[]
  /** What the kind's schema of fields made of what came beside the files; without one, the form's text fields. */
  readonly fields: Fields
  /**
   * The request as the platform gave it, an `IncomingMessage` or a `Request`; `null` where the
   * handler runs after a restart. Its body has been read.
   */
  readonly request: unknown
  readonly slot: SlotFacts
  /** Aborts when the handler's time is up. */
  readonly signal: AbortSignal
}
