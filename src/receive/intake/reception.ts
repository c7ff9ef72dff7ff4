// What stands between the ways in (multipart, raw, tus) and the slot they fill: the limits an
// upload must keep, where its bytes go, and what has come in when it is whole.

import type { StopSign } from './stop-sign.ts'

/** The limits of one upload, resolved; every number is enforced while bytes pass. */
export interface ReceiveLimits {
  /** The most bytes one file may have. */
  readonly maxBytes: number
  /** The fewest bytes each file must have. */
  readonly minBytes: number
  readonly maxFiles: number
  /** The most bytes of all files together; `null`: what `maxFiles` files of `maxBytes` make. */
  readonly maxTotalBytes: number | null
  /** The most text fields of a form, and the most bytes each may have. */
  readonly maxFields: number
  readonly maxFieldBytes: number
  /** Media types, families and suffixes taken; `null` takes all. */
  readonly accept: readonly string[] | null
  /** The longest silence of a sender, and the longest a whole request may take. */
  readonly idleTimeoutMs: number
  readonly totalTimeoutMs: number
  /** The slowest average rate, looked at once the grace of `idleTimeoutMs` is over; 0 turns it off. */
  readonly minBytesPerSecond: number
}

/** What a way in needs to do its work. */
export interface Reception {
  readonly limits: ReceiveLimits
  /** Where only some fields of a form may bring files: the limits of each. Missing: `limits` are those of all. */
  readonly fieldLimits?: ReadonlyMap<string, ReceiveLimits>
  /** The fewest files that a form must bring. Missing: 1. */
  readonly minFiles?: number
  /** A private folder; every path an upload writes to is below it and begins with `spoolPrefix`. */
  readonly spoolFolder: string
  /** What no other upload's names begin with. */
  readonly spoolPrefix: string
  /** Whether bytes are flushed to the disk before the upload counts as whole. */
  readonly durable: boolean
  /** Given when the slot is revoked or the server stops. */
  readonly stopSign: StopSign
  /** Told as bytes pass; cheap. `totalBytes` is `null` where the request does not tell. */
  onProgress(receivedBytes: number, totalBytes: number | null): void
  /**
   * Checks the fields that came along, where a schema says what they must be.
   * @throws TitofistoError `upload-malformed`
   */
  checkFields(fields: readonly ReceivedField[]): Promise<void>
}

/** One file that came in whole and lies in the spool. */
export interface ReceivedFile {
  /** The form's field; `null` where the body was the file. */
  readonly fieldName: string | null
  /** What the client called it, as sent; `null` where it sent none. */
  readonly originalName: string | null
  /** {@link originalName} made harmless: base name, no controls or bidi overrides, at most 255 bytes; never empty. */
  readonly name: string
  /** The media type the client declared, lower case, without parameters. */
  readonly type: string
  /** The media type its bytes show; `null` where they show none. */
  readonly sniffedType: string | null
  readonly sizeBytes: number
  readonly path: string
}

/** A text field of a form; its value is marked where it was declared to be JSON. */
export type ReceivedField = readonly [name: string, value: string, type?: 'json']

/** All that one upload brought. */
export interface ReceivedUpload {
  readonly files: readonly ReceivedFile[]
  /** Text fields in the order they came. */
  readonly fields: readonly ReceivedField[]
  /**
   * Set where the client's own words are too long to stand in each revision of a record: the spooled
   * file that has them (spooled-details.ts). Fields, and the files' `fieldName`, `originalName` and
   * `type`, are empty then.
   */
  readonly detailsPath?: string
}

/** What takes the bytes of one upload. */
export interface UploadTaker {
  /** @throws TitofistoError where they are refused. */
  take(chunk: Buffer): void
  /**
   * Says that no more bytes come, and gives what was made of them, every file being closed.
   *
   * @throws TitofistoError for whatever is wrong with it; the disk's error.
   */
  end(): Promise<ReceivedUpload>
  /** Removes what was written. Never rejects. */
  discard(): Promise<void>
}
