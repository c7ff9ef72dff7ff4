// What a handler is given.

import type { Readable } from 'node:stream'
import type { SaveOptions } from '../../storage/storage.ts'
import type { SlotId } from '../record/slot.ts'

/** One uploaded file, whole and in the spool; it is gone once the handler has ended, unless saved. */
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
  /** Where it lies now: for reading, as long as the handler runs and has not saved it. */
  readonly path: string
  /** The SHA-256 of its bytes in hexadecimal, read when first asked for. */
  sha256(): Promise<string>
  /** Its bytes as a stream; destroy it when you leave early. */
  stream(): Readable
  /**
   * All its bytes at once.
   * @throws RangeError where there are more than `maxBytes`; default 16,777,216 (16 MiB).
   */
  bytes(maxBytes?: number): Promise<Uint8Array>
  /**
   * Moves it into the storage without copying, and gives the name it really got there.
   * @throws TitofistoError `name-invalid`, `name-taken`, `storage-full`, `storage-failed`.
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
export interface SlotCall<Args> {
  /** What was bound to the slot at minting. */
  readonly args: Args
  /** The first file, which is the only one unless the kind allows more. */
  readonly file: SlotFile
  readonly files: readonly SlotFile[]
  /** The form's text fields. */
  readonly fields: URLSearchParams
  /**
   * The request as the platform gave it, an `IncomingMessage` or a `Request`; `null` where the
   * handler runs after a restart. Its body has been read.
   */
  readonly request: unknown
  readonly slot: SlotFacts
  /** Aborts when the handler's time is up. */
  readonly signal: AbortSignal
}
