// A slot's life. Pure: a record, the time and what happened in; the next record, or why there is
// none, out. A store puts the next record in the last one's place only if nobody else did so first:
// so one of racing moves wins, and that is the whole lock.
//
//   open ⇄ receiving → received → handling → done | rejected | open again | received (failed)
//   handling → interrupted, where its process died; any state but handling → revoked, expired
//
// All moves are in this folder: an uploader's in claim-moves.ts, a handler's in handler-moves.ts,
// those from outside in owner-moves.ts, and what time and dead processes do in recovery.ts.
//
// A holder's later moves are good as long as nobody took its place, even where its lease has run
// out meanwhile: the record still names it. Once somebody has, it is told what the slot is by then.

import type { HolderLife } from '../../holders/living-claims.ts'
import type { Lease, SlotRecord, SlotState } from './slot.ts'

/** Why a move can't be made. */
export type MoveRefusal =
  /** Somebody else is at work on it, or its handler is due. */
  | 'busy'
  | 'used'
  | 'rejected'
  | 'interrupted'
  | 'revoked'
  | 'expired'
  /** Its handler was started on this upload as often as it may be. */
  | 'exhausted'
  /** There is no such slot any more, or nothing to be done about it. */
  | 'lost'

/** The next record, or why there is none. */
export type Move =
  | { readonly moved: true; readonly record: SlotRecord }
  | { readonly moved: false; readonly refusal: MoveRefusal }

/** A move that was made. */
export type Moved = Extract<Move, { moved: true }>

/** What decides whether another's claim is in the way of a move. */
export interface Moment {
  readonly nowMs: number
  /** Whether a claim is still at work, as far as can be known without a clock. */
  readonly lifeOf: (holder: string) => HolderLife
}

/** Whether a lease is over, so that others may have the slot. The clock decides only where nothing else is known. */
export function isLapsed(lease: Lease, { nowMs, lifeOf }: Moment): boolean {
  const life = lifeOf(lease.holder)
  return life === 'unknown' ? lease.untilMs <= nowMs : life === 'over'
}

/** What a new slot is made of. */
export type NewSlot = Pick<SlotRecord, 'id' | 'kind' | 'args' | 'policy' | 'expiresMs' | 'request'>

/** Makes an open slot. */
export function createSlotRecord(slot: NewSlot, nowMs: number): SlotRecord {
  return {
    ...slot,
    revision: 1,
    createdMs: nowMs,
    state: { name: 'open' },
    attempt: 0,
    earlierAttempts: 0,
    tus: null,
    idempotencyDigest: null,
  }
}

/** Whether bytes come in under this holder's claim. */
export function isReceivedBy(record: SlotRecord, holder: string): boolean {
  const { state } = record
  return state.name === 'receiving' && state.lease.holder === holder
}

/** Whether this holder runs the slot's handler, also where it is thought dead. */
export function isHandledBy(record: SlotRecord, holder: string): boolean {
  const { state } = record
  if (state.name === 'handling') return state.lease.holder === holder
  return state.name === 'interrupted' && state.holder === holder
}

/** Whether nothing more happens to it. */
export function isEnded({ state }: SlotRecord): boolean {
  return 'sinceMs' in state && state.name !== 'interrupted'
}

/** Ends a slot. Its arguments may be private, and nobody needs them any more. */
export function endSlot(record: SlotRecord, state: SlotState): Moved {
  return moveTo({ ...record, args: null }, state)
}

/** The next record: the same in another state. */
export function moveTo(record: SlotRecord, state: SlotState): Moved {
  return { moved: true, record: { ...record, revision: record.revision + 1, state } }
}

/** No next record; by itself because of the state that the slot is in. */
export function refuse(record: SlotRecord, refusal: MoveRefusal = refusalOf(record)): Move {
  return { moved: false, refusal }
}

function refusalOf(record: SlotRecord): MoveRefusal {
  const { name } = record.state
  switch (name) {
    case 'open':
    case 'receiving':
    case 'received':
    case 'handling':
      return 'busy'
    case 'done':
      return 'used'
    default:
      return name
  }
}
