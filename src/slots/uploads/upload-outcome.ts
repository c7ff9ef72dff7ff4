// What a request on a resumable upload comes to, in no protocol's words.

import type { Reply } from '../../http/exchange.ts'
import type { KnownSlot } from '../parts/slot-parts.ts'
import type { MoveRefusal } from '../record/lifecycle.ts'

/** Where an upload stands. */
export type UploadStanding =
  /** It has begun, or may begin, and waits for more bytes. */
  | {
      readonly kind: 'partial'
      readonly offsetBytes: number
      /** `null` as long as nobody knows. */
      readonly lengthBytes: number | null
      readonly metadata: string | null
      readonly expiresMs: number
    }
  | UploadEnding
  /** It can't be had: somebody is at work on it, or there is nothing here. */
  | { readonly kind: 'refused'; readonly refusal: MoveRefusal }

/**
 * How an upload ended, for whoever has nothing but the slot's URL. Neither the file's name nor a word
 * of what the handler said is in it: those are for the request that brought the last byte, and for
 * the bearer of its claim's Idempotency-Key (replay.ts).
 */
export type UploadEnding =
  | { readonly kind: 'done'; readonly lengthBytes: number }
  | { readonly kind: 'rejected' }

/** What a request that brings bytes, or asks for an answer again, comes to. */
export type UploadOutcome =
  | UploadStanding
  /** All is here, and the handler has answered this request. */
  | { readonly kind: 'handled'; readonly lengthBytes: number; readonly reply: Reply }

/** How an upload ended, as long as that is told; `null` where the slot is like one that never was. */
export function endingOf({ parts, kind, record }: KnownSlot): UploadEnding | null {
  const { state, tus: partial } = record
  if (state.name !== 'done' && state.name !== 'rejected') return null
  if (partial === null || partial.lengthBytes === null) return null
  if (state.sinceMs + kind.replayMs <= parts.nowMs()) return null
  return state.name === 'done'
    ? { kind: 'done', lengthBytes: partial.lengthBytes }
    : { kind: 'rejected' }
}

/**
 * An upload that was all here, and that something else became of. Even where its slot has ended it is no
 * more than in use: the answer is then to be had by asking.
 */
export function refusedAtEnd(refusal: MoveRefusal): UploadStanding & { readonly kind: 'refused' } {
  return refused(refusal === 'used' || refusal === 'rejected' ? 'busy' : refusal)
}

/** An upload that can't be had. */
export function refused(refusal: MoveRefusal): UploadStanding & { readonly kind: 'refused' } {
  return { kind: 'refused', refusal }
}
