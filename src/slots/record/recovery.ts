// What becomes of a slot whose process died, and of one that nobody used in time. Pure: it decides;
// the sweep puts it into the store.
//
//   died while bytes came in          open again; a resumable upload goes on where it was
//   died between upload and handler   the handler is started
//   died while the handler ran        interrupted, its bytes kept; an idempotent kind's runs again

import { hasRunsLeft, interruptHandling, isReceiverGone, type Handling } from './handler-moves.ts'
import { endSlot, isLapsed, moveTo, type Moment, type Moved } from './lifecycle.ts'
import type { SlotRecord } from './slot.ts'

/** What time does to a slot, given by the kind and the application. */
export interface RecoveryRules {
  readonly idempotent: boolean
  /** How long an ended slot can still be asked about. */
  readonly keepEndedMs: number
  /** How long the bytes of an interrupted slot are kept. */
  readonly keepInterruptedMs: number
}

/** What is to be done about a slot now. */
export type Recovery =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'move'; readonly record: SlotRecord; readonly because: RecoveryReason }
  /** Its handler is due; `handleReceived` starts it. */
  | { readonly kind: 'handle' }
  | { readonly kind: 'remove' }

/** Why the sweep moved a slot. */
export type RecoveryReason = 'expired' | 'lease-lapsed' | 'interrupted' | 'retried' | 'discarded'

/** Decides what time has done to a slot: the sweep asks this of every record. */
export function recoverSlot(record: SlotRecord, rules: RecoveryRules, moment: Moment): Recovery {
  const { state } = record
  const { nowMs } = moment
  const isLate = record.expiresMs <= nowMs
  switch (state.name) {
    case 'open':
      return isLate ? expire(record, nowMs) : nothing
    case 'receiving':
      if (!isLapsed(state.lease, moment)) return nothing
      if (isLate) return expire(record, nowMs)
      return move('lease-lapsed', moveTo(record, { name: 'open' }))
    case 'received':
      if (!state.failed) return isReceiverGone(state, moment) ? { kind: 'handle' } : nothing
      return isLate ? expire(record, nowMs) : nothing
    case 'handling':
      return isLapsed(state.lease, moment) ? recoverHandling(record, state, rules, nowMs) : nothing
    case 'interrupted':
      if (state.sinceMs + rules.keepInterruptedMs > nowMs) return nothing
      return move(
        'discarded',
        endSlot(record, { name: 'expired', sinceMs: nowMs, wasInterrupted: true }),
      )
    default:
      return state.sinceMs + rules.keepEndedMs > nowMs ? nothing : { kind: 'remove' }
  }
}

/** The process that ran the handler is gone: again only where that does no harm. */
function recoverHandling(
  record: SlotRecord,
  state: Handling,
  rules: RecoveryRules,
  nowMs: number,
): Recovery {
  if (!rules.idempotent || !hasRunsLeft(record))
    return move('interrupted', interruptHandling(record, state, nowMs))
  const { upload } = state
  return move('retried', moveTo(record, { name: 'received', upload, failed: false, keeper: null }))
}

const nothing: Recovery = { kind: 'nothing' }

function expire(record: SlotRecord, nowMs: number): Recovery {
  return move('expired', endSlot(record, { name: 'expired', sinceMs: nowMs }))
}

function move(because: RecoveryReason, { record }: Moved): Recovery {
  return { kind: 'move', record, because }
}
