// What tus tells of an upload that has ended, to whoever has nothing but the slot's URL: that it is
// done, or was refused, so that a client that lost the answer stops asking. Neither the file's name
// nor a word of what the handler said: that is for the request that brought the last byte, and for
// the bearer of its claim's Idempotency-Key (replay.ts).

import { plainReply } from '../../http/plain-replies.ts'
import type { Reply } from '../../http/exchange.ts'
import type { SlotKindRules } from '../kinds/define-kind.ts'
import { formatTusProgress, formatTusState } from './tus-headers.ts'
import type { SlotRecord } from '../record/slot.ts'

/** How an upload by tus ended. */
export type TusEnding =
  | { readonly kind: 'done'; readonly lengthBytes: number }
  | { readonly kind: 'rejected' }

/** How it ended, as long as that is told; `null` where the slot is like one that never was. */
export function tusEndingOf(
  { state, tus }: SlotRecord,
  kind: SlotKindRules,
  nowMs: number,
): TusEnding | null {
  if (state.name !== 'done' && state.name !== 'rejected') return null
  if (tus === null || tus.lengthBytes === null || state.sinceMs + kind.replayMs <= nowMs)
    return null
  if (state.name === 'rejected') return { kind: 'rejected' }
  return { kind: 'done', lengthBytes: tus.lengthBytes }
}

/** The answer to HEAD: "all here" is what a tus client takes for success. */
export function tellEnding(ending: TusEnding): Reply {
  if (ending.kind === 'rejected') return refused
  const { lengthBytes } = ending
  const progress = { offsetBytes: lengthBytes, lengthBytes, expiresMs: null }
  return { status: 200, headers: formatTusState(progress, null), body: { kind: 'empty' } }
}

/** The answer to a PATCH without bytes at the end: no more than HEAD tells. */
export function tellEndingAgain(ending: TusEnding): Reply {
  if (ending.kind === 'rejected') return refused
  const headers = formatTusProgress({
    offsetBytes: ending.lengthBytes,
    lengthBytes: null,
    expiresMs: null,
  })
  return { status: 204, headers, body: { kind: 'empty' } }
}

// Whatever status the handler gave: a client takes any of them as final.
const refused = plainReply(422, 'This upload was refused.')
