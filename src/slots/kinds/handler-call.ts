// What a handler is given.

import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { UploadedFile } from '../../receive/uploaded-file.ts'
import type { SlotId } from '../record/slot.ts'

/** A request as the door that called was given it: Node's, of HTTP/1 or HTTP/2, or Fetch's. */
export type PlatformRequest = IncomingMessage | Http2ServerRequest | Request

/** What a handler may know of its slot. */
export interface SlotFacts {
  /** The same for every run of the handler: a key for work that must not be done twice. */
  readonly id: SlotId
  /** The name of its kind. */
  readonly kind: string
  /** 1 for the first run of the handler. */
  readonly attempt: number
  /** When it was minted. */
  readonly createdAt: Date
  /** Until when an upload could begin. */
  readonly expiresAt: Date
  /** The name that the person gave to the file request; `null` where none was asked for. */
  readonly person: string | null
  /** The file request that the slot is a place of, for `files.requests.find()`; `null` where it was made by itself. */
  readonly requestId: SlotId | null
}

/** What a handler is called with. */
export interface SlotCall<Args, Fields = URLSearchParams> {
  /** What was bound to the slot at minting. */
  readonly args: Args
  /** The first file, which is the only one unless the kind allows more. */
  readonly file: UploadedFile
  /** All files, in the order in which they came. */
  readonly files: readonly UploadedFile[]
  /** What the kind's schema of fields made of what came beside the files; without one, the form's text fields. */
  readonly fields: Fields
  /**
   * The request as the platform gave it; `null` where the handler runs after a restart. Its body has
   * been read.
   */
  readonly request: PlatformRequest | null
  /** Which slot it came by, and which run of the handler this is. */
  readonly slot: SlotFacts
  /** Aborts when the handler's time is up. */
  readonly signal: AbortSignal
}
