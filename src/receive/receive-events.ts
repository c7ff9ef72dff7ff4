// What happens to uploads that have no slot: those of `receive()`.

import type { TitofistoErrorCode } from '../error-codes.ts'

/** All that happens to uploads without a slot. */
export type ReceiveEvent =
  | UploadReceivedEvent
  | UploadHandledEvent
  | UploadFailedEvent
  | UploadRefusedEvent

/** All bytes of an upload are here; the callback of `receive()` is next. */
export interface UploadReceivedEvent {
  readonly type: 'upload-received'
  /** All bytes of its files. */
  readonly bytes: number
  readonly fileCount: number
  /** How long its bytes took. */
  readonly seconds: number
}

/** The callback of `receive()` has returned. */
export interface UploadHandledEvent {
  readonly type: 'upload-handled'
  readonly bytes: number
  /** How long the callback took. */
  readonly seconds: number
  /** The names that it saved files under; of very many, the first. */
  readonly savedNames: readonly string[]
}

/** The callback of `receive()` threw, and `receive()` with it. */
export interface UploadFailedEvent {
  readonly type: 'upload-failed'
  readonly bytes: number
  readonly seconds: number
}

/** An upload was refused, or could not be taken: `receive()` threw before its callback. */
export interface UploadRefusedEvent {
  readonly type: 'upload-refused'
  /** `internal-error`: what was thrown is none of our errors, such as what a schema throws. */
  readonly reason: TitofistoErrorCode | 'internal-error'
  /** The status to answer with. */
  readonly status: number
}
