// What time does to a slot: leases that nobody renewed, slots that nobody used, handlers whose
// process died. Pure: it decides, lifecycle.ts moves, and the sweep puts it into the store.

import {
  expireSlot,
  freeSlot,
  hasRunsLeft,
  interruptHandling,
  isKeeperGone,
  isLapsed,
  retryHandling,
} from './lifecycle.ts'
import type { Handling, Moment, Moved } from './lifecycle.ts'
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
  /** Its handler is due; `handleKeptUpload` starts it. */
  | { readonly kind: 'handle' }
  | { readonly kind: 'remove' }

/** Why the sweep moved a slot. */
export type RecoveryReason = 'expired' | 'lease-lapsed' | 'interrupted' | 'retried' | 'discarded'

/** Decides what time has done to a slot: the sweep asks this of every record. */
export function recoverSlot(record: SlotRecord, rules: RecoveryRules, moment: Moment): Recovery {
  const { state } = record
  const { nowMs } = moment
  switch (state.name) {
    case 'open':
      return record.expiresMs <= nowMs ? move('expired', expireSlot(record, nowMs)) : nothing
    case 'receiving':
      if (!isLapsed(state.lease, moment)) return nothing
      if (record.expiresMs <= nowMs) return move('expired', expireSlot(record, nowMs))
      return move('lease-lapsed', freeSlot(record))
    case 'received':
      if (!state.failed) return isKeeperGone(state, moment) ? { kind: 'handle' } : nothing
      return record.expiresMs <= nowMs ? move('expired', expireSlot(record, nowMs)) : nothing
    case 'handling':
      if (!isLapsed(state.lease, moment)) return nothing
      return recoverHandling(record, state, rules, nowMs)
    case 'interrupted':
      if (state.sinceMs + rules.keepInterruptedMs > nowMs) return nothing
      return move('discarded', expireSlot(record, nowMs))
    case 'done':
    case 'rejected':
    case 'revoked':
    case 'expired':
      break
  }
  return state.sinceMs + rules.keepEndedMs > nowMs ? nothing : { kind: 'remove' }
}

/** The process that ran the handler is gone: again only where that does no harm. */
function recoverHandling(
  record: SlotRecord,
  state: Handling,
  rules: RecoveryRules,
  nowMs: number,
): Recovery {
  return rules.idempotent && hasRunsLeft(record)
    ? move('retried', retryHandling(record, state))
    : move('interrupted', interruptHandling(record, state, nowMs))
}

const nothing: Recovery = { kind: 'nothing' }

function move(because: RecoveryReason, { record }: Moved): Recovery {
  return { kind: 'move', record, because }
}
