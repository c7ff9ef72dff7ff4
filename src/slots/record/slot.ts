// What a slot is: one promise to take one upload, of this kind, with these arguments, until then.
// A record is plain JSON, so that every store can take it; nothing in it is ever changed in place.
// Only the moves of this folder (lifecycle.ts) make the next record from the last.

import type { JsonValue } from './json-value.ts'
import type { ReceivedUpload } from '../../receive/intake/reception.ts'

declare const slotId: unique symbol

/** 128 random bits as 22 characters of base64url: as much a secret as the slot's URL. */
export type SlotId = string & { readonly [slotId]: true }

/** Takes a text as a slot's id, or gives `null` where it is none. What passes is safe in file names. */
export function parseSlotId(text: string): SlotId | null {
  return isSlotId(text) ? text : null
}

function isSlotId(text: string): text is SlotId {
  // The last character of 128 bits carries two of them: only these four are canonical.
  return /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text)
}

/** What was promised to the uploader at minting; the kind's other limits are the server's own. */
export interface SlotPolicy {
  readonly maxBytes: number
  readonly minBytes: number
  readonly maxFiles: number
  /** Missing: what `maxFiles` files of `maxBytes` make. */
  readonly maxTotalBytes?: number
  readonly accept: readonly string[] | null
}

/** The size that one file must have, where minting knew it; `null` where any within the limits will do. */
export function promisedBytes({ minBytes, maxBytes }: SlotPolicy): number | null {
  return minBytes === maxBytes ? maxBytes : null
}

/** Who is at work on a slot, and until when nobody else may be. */
export interface Lease {
  /** Names this one claim; no two claims ever share it. */
  readonly holder: string
  readonly untilMs: number
}

/**
 * What is known of a resumable upload that has begun, by whatever protocol. How far it came, the
 * spooled file's size says.
 */
export interface PartialUpload {
  readonly path: string
  /** The claim that may write to the file; `null` once it has given it back. It outlives its lease. */
  readonly writer: string | null
  /**
   * How many bytes the file had before the piece that comes in, where that piece has a checksum or
   * a digest: until it was seen to be right, the upload has these and no more. Else `null`.
   */
  readonly provenBytes: number | null
  /** `null` as long as the client has deferred it. */
  readonly lengthBytes: number | null
  /** What the client said of its file, written as tus's `Upload-Metadata`, whatever the protocol. */
  readonly metadata: string | null
  /**
   * Whether the client has yet to say that no more bytes come, even where its length is reached.
   * Missing, or `false`: the upload ends at its length.
   */
  readonly waitsForEnd?: boolean
  /** The `Repr-Digest` that the whole must have (RFC 9530); missing where none was told. */
  readonly reprDigest?: string
}

/** An answer to the uploader that can be given again. */
export interface SlotResult {
  readonly status: number
  /** Name, value, name, value. */
  readonly headers: readonly string[]
  /** The body as base64; `null` where there was none, or it was too large. */
  readonly body: string | null
}

/** What is remembered of an upload that a handler has ended. */
export interface HandledUpload {
  /** All its bytes. */
  readonly sizeBytes?: number
  /** The names that its files were saved under, and how many there were. Missing: none. */
  readonly savedNames?: readonly string[]
  readonly savedCount?: number
}

/** Where a slot stands; docs/slots.md draws the moves. */
export type SlotState =
  /** Waits for its upload; a resumable one may have begun. */
  | { readonly name: 'open' }
  /** Bytes are coming in. */
  | { readonly name: 'receiving'; readonly lease: Lease }
  /** All bytes are here and the handler is to run. */
  | {
      readonly name: 'received'
      readonly upload: ReceivedUpload
      /** Whether the handler has thrown, so that the client must ask for another run. */
      readonly failed: boolean
      /** The claim that received the bytes and is about to start the handler; others may once it is gone. */
      readonly keeper: Lease | null
    }
  /** The handler runs. */
  | { readonly name: 'handling'; readonly lease: Lease; readonly upload: ReceivedUpload }
  /** The handler has returned; `result` is `null` where no uploader can ask for it again. The end. */
  | ({
      readonly name: 'done'
      readonly result: SlotResult | null
      /** The same for the minting side alone, where `result` is `null`. */
      readonly answer?: SlotResult
      readonly sinceMs: number
    } & HandledUpload)
  /** The handler has refused the upload for good. The end. */
  | ({
      readonly name: 'rejected'
      readonly result: SlotResult
      readonly sinceMs: number
    } & HandledUpload)
  /** The process died, or gave up waiting, while the handler ran: nobody knows how far it came. Bytes are kept. */
  | {
      readonly name: 'interrupted'
      readonly holder: string
      readonly upload: ReceivedUpload
      readonly sinceMs: number
    }
  /** Taken back by the minting side, or given up by the client. The end. */
  | { readonly name: 'revoked'; readonly sinceMs: number }
  /** Its time ran out unused, or the time that the bytes of an interrupted one are kept. The end. */
  | {
      readonly name: 'expired'
      readonly sinceMs: number
      /** Set where a handler had begun, of which nobody knows how far it came. */
      readonly wasInterrupted?: true
    }

/** A state's name. */
export type SlotStateName = SlotState['name']

/** All that is known of a slot. */
export interface SlotRecord {
  /** The part of its URL that can't be guessed. */
  readonly id: SlotId
  /** 1 when made, and one more with each change: what {@link SlotStore.replace} compares. */
  readonly revision: number
  /** The name of its kind. */
  readonly kind: string
  /** What was bound to it; `null` where nothing, and once it has ended. */
  readonly args: JsonValue | null
  /** Its limits, as they were when it was made. */
  readonly policy: SlotPolicy
  /** When it was made, in milliseconds since 1970. */
  readonly createdMs: number
  /** The first millisecond at which no new upload may begin. */
  readonly expiresMs: number
  /** Where it stands. */
  readonly state: SlotState
  /** How many times the handler was started. */
  readonly attempt: number
  /** How many of these were on uploads before the one that is here. */
  readonly earlierAttempts: number
  /** How many on the one that is here do not count, since the storage was away. Missing: none. */
  readonly uncountedAttempts?: number
  /** The resumable upload that has begun; by this name in stored records, whatever its protocol. */
  readonly tus: PartialUpload | null
  /** A digest of the last claim's `Idempotency-Key`; `null` where it sent none. */
  readonly idempotencyDigest: string | null
  /** The file request that it is a place of; missing where it was made by itself. */
  readonly request?: OfRequest
}

/** A slot's part in a file request. */
export interface OfRequest {
  readonly id: SlotId
  /** The name that the person gave; `null` where none was asked for. */
  readonly person: string | null
}

/** How many bytes the files of an upload have together. */
export function sizeOfUpload({ files }: ReceivedUpload): number {
  return files.reduce((sum, file) => sum + file.sizeBytes, 0)
}

/** The spooled files that an upload is made of. */
export function spooledPathsOfUpload({ files, detailsPath }: ReceivedUpload): readonly string[] {
  const paths = files.map((file) => file.path)
  return detailsPath === undefined ? paths : [...paths, detailsPath]
}

/** The spooled files that a record needs; whatever else is in the spool under its id is a leftover. */
export function spooledPathsOf(record: SlotRecord): readonly string[] {
  const { state } = record
  switch (state.name) {
    case 'received':
    case 'handling':
    case 'interrupted':
      return spooledPathsOfUpload(state.upload)
    case 'open':
    case 'receiving':
      return record.tus === null ? [] : [record.tus.path]
    default:
      return []
  }
}
