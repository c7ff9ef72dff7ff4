// Every move of a slot between its states, and nowhere else. Pure: a record, the time and what
// happened in; the next record, or why not, out. A store puts the next record in the last one's
// place only if nobody else did so first; so of racing moves one wins, and that is the whole lock.
//
//   open ⇄ receiving → received → handling → done | rejected | open again | received (failed)
//   handling → interrupted, where its process died; any state but handling → revoked, expired
//
// A holder's later moves are good as long as nobody took its place, even where its lease has run
// out meanwhile: the record still names it. Once somebody has, it is told what the slot is by then.
// What time makes due is decided in recovery.ts.
//
// A holder that was taken for dead may still write to the file that it opened. So the record names
// the one claim that may write to a resumable upload's file until that claim has given it back; who
// takes over from one that has not, and is not provably over, goes on in a file of its own.

import type { HolderLife } from '../holders/living-claims.ts'
import type { ReceivedUpload } from '../../receive/intake/reception.ts'
import { sizeOfUpload } from './slot.ts'
import type { Lease, SlotId, SlotPolicy, SlotRecord, SlotResult, TusFacts } from './slot.ts'
import type { SlotState } from './slot.ts'

/** Why a move can't be made. */
export type Refusal =
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
  | { readonly moved: false; readonly refusal: Refusal }

/** A move that was made. */
export type Moved = Extract<Move, { moved: true }>

/** What a move that others' claims stand in the way of is decided by. */
export interface Moment {
  readonly nowMs: number
  /** Whether a claim is still at work, as far as can be known without a clock. */
  readonly lifeOf: (holder: string) => HolderLife
}

/** Whether a lease holds nobody off any more. The clock decides only where nothing else is known. */
export function isLapsed(lease: Lease, { nowMs, lifeOf }: Moment): boolean {
  const life = lifeOf(lease.holder)
  return life === 'unknown' ? lease.untilMs <= nowMs : life === 'over'
}

/** A handler at work. */
export type Handling = Extract<SlotState, { name: 'handling' }>

/** An upload whose handler is to run. */
export type Received = Extract<SlotState, { name: 'received' }>

/**
 * How often the handler may be started on one upload, by whatever door. A new upload brings its bytes
 * and so begins a new count.
 */
const maxRunsOfUpload = 5

/** Whether the handler may be started again on the upload that is here. */
export function hasRunsLeft(record: SlotRecord): boolean {
  return record.attempt - record.earlierAttempts < maxRunsOfUpload
}

/** What a new slot is made of. */
export interface NewSlot {
  readonly id: SlotId
  readonly kind: string
  readonly args: SlotRecord['args']
  readonly policy: SlotPolicy
  readonly expiresMs: number
}

/** Makes an open slot. */
export function createSlotRecord(slot: NewSlot, nowMs: number): SlotRecord {
  return {
    id: slot.id,
    revision: 1,
    kind: slot.kind,
    args: slot.args,
    policy: slot.policy,
    createdMs: nowMs,
    expiresMs: slot.expiresMs,
    state: { name: 'open' },
    attempt: 0,
    earlierAttempts: 0,
    tus: null,
    idempotencyDigest: null,
  }
}

/** Who wants to upload, and what. */
export interface Claim {
  readonly lease: Lease
  readonly idempotencyDigest: string | null
  /**
   * The resumable upload that begins or goes on; `null` for one that comes in one piece. An
   * unfinished one that is not named here is given up.
   */
  readonly tus: TusFacts | null
}

/** Claims a slot before its body is read. A lease that has run out gives way. */
export function claimSlot(record: SlotRecord, claim: Claim, moment: Moment): Move {
  const { state } = record
  const isFree =
    state.name === 'open' ||
    (state.name === 'receiving' && isLapsed(state.lease, moment)) ||
    (state.name === 'received' && state.failed && !goesOn(record, claim))
  if (!isFree) return refuse(refusalOf(record))
  if (record.expiresMs <= moment.nowMs) return refuse('expired')
  return moveTo(
    {
      ...record,
      tus: tusForClaim(record, claim, moment),
      idempotencyDigest: claim.idempotencyDigest,
      // No handler has seen what a claim begins or goes on with: see goesOn().
      earlierAttempts: record.attempt,
    },
    { name: 'receiving', lease: claim.lease },
  )
}

/**
 * Whether a claim goes on with the upload that is here. One that a handler has seen is whole: it is
 * handled again by {@link handleKeptUpload}, which counts, and must not be received a second time.
 */
function goesOn(record: SlotRecord, { tus }: Claim): boolean {
  return tus !== null && tus.path === record.tus?.path
}

/**
 * A resumable upload under a new claim. While somebody else may still write to its file, the record
 * says so, until {@link takeFileOver}.
 */
function tusForClaim(record: SlotRecord, { lease, tus }: Claim, moment: Moment): TusFacts | null {
  if (tus === null) return null
  const before = record.tus?.path === tus.path ? record.tus : null
  const isOthers =
    before !== null && before.writer !== null && moment.lifeOf(before.writer) !== 'over'
  const provenBytes = leastOf(before?.provenBytes ?? null, tus.provenBytes)
  return { ...tus, writer: isOthers ? before.writer : lease.holder, provenBytes }
}

function leastOf(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}

/** The upload goes on in a file that nobody but this claim has ever written to. */
export function takeFileOver(record: SlotRecord, holder: string, tus: TusFacts): Move {
  if (!isReceivedBy(record, holder)) return refuse(refusalOf(record))
  return moveTo({ ...record, tus: { ...tus, writer: holder } }, record.state)
}

/** Gives a claim back: the upload failed, or a part of a resumable one is in. */
export function releaseSlot(record: SlotRecord, holder: string, tus: TusFacts | null): Move {
  if (!isReceivedBy(record, holder)) return refuse(refusalOf(record))
  return moveTo({ ...record, tus: releaseFile(tus, holder) }, { name: 'open' })
}

/** This claim writes no more; another one that may, still may. */
function releaseFile(tus: TusFacts | null, holder: string): TusFacts | null {
  return tus?.writer === holder ? { ...tus, writer: null, provenBytes: null } : tus
}

/** Holds on to a claim or to a running handler. */
export function renewLease(record: SlotRecord, lease: Lease): Move {
  const { state } = record
  const isHeld = isReceivedBy(record, lease.holder) || isHandledBy(record, lease.holder)
  if (!isHeld || (state.name !== 'receiving' && state.name !== 'handling'))
    return refuse(refusalOf(record))
  return moveTo(record, { ...state, lease })
}

/** All bytes are in the spool. Time does not matter any more: the upload began in time. */
export function keepUpload(record: SlotRecord, lease: Lease, upload: ReceivedUpload): Move {
  if (!isReceivedBy(record, lease.holder)) return refuse(refusalOf(record))
  return moveTo(withoutMetadata({ ...record, tus: releaseFile(record.tus, lease.holder) }), {
    name: 'received',
    upload,
    failed: false,
    keeper: lease,
  })
}

/**
 * Starts the handler on an upload that has just come in, so that a small one costs one write less
 * than by way of {@link keepUpload}.
 */
export function handleUpload(record: SlotRecord, lease: Lease, upload: ReceivedUpload): Move {
  if (!isReceivedBy(record, lease.holder)) return refuse(refusalOf(record))
  return startHandling(record, lease, upload)
}

/**
 * Starts the handler on an upload that was kept. Whoever kept it may do so at once; a client that
 * asks for another run where the handler has thrown, or where who kept it is gone; the sweep only
 * the latter.
 */
export function handleKeptUpload(
  record: SlotRecord,
  lease: Lease,
  by: 'keeper' | 'client' | 'sweep',
  moment: Moment,
): Move {
  const { state } = record
  if (state.name !== 'received') return refuse(refusalOf(record))
  const isDue = state.failed ? by === 'client' : by === 'keeper' || isKeeperGone(state, moment)
  if (!isDue) return refuse('busy')
  if (!hasRunsLeft(record)) return refuse('exhausted')
  return startHandling(record, lease, state.upload)
}

/** Whether nobody is about to start the handler of an upload that was kept. */
export function isKeeperGone({ keeper }: Received, moment: Moment): boolean {
  return keeper === null || isLapsed(keeper, moment)
}

function startHandling(record: SlotRecord, lease: Lease, upload: ReceivedUpload): Move {
  const attempt = record.attempt + 1
  return moveTo({ ...record, attempt }, { name: 'handling', lease, upload })
}

/** The handler returned. Also good where it was thought dead: now its outcome is known. */
export function finishSlot(
  record: SlotRecord,
  holder: string,
  result: SlotResult | null,
  nowMs: number,
): Move {
  if (!isHandledBy(record, holder)) return refuse(refusalOf(record))
  return end(record, { name: 'done', result, sinceMs: nowMs, ...sizeOf(record) })
}

/** The handler refused the upload for good. */
export function rejectSlot(
  record: SlotRecord,
  holder: string,
  result: SlotResult,
  nowMs: number,
): Move {
  if (!isHandledBy(record, holder)) return refuse(refusalOf(record))
  return end(record, { name: 'rejected', result, sinceMs: nowMs, ...sizeOf(record) })
}

function sizeOf({ state }: SlotRecord): { readonly sizeBytes?: number } {
  return 'upload' in state ? { sizeBytes: sizeOfUpload(state.upload) } : {}
}

/** The handler wants another upload, or threw, and the client will send its bytes again. */
export function reopenSlot(record: SlotRecord, holder: string): Move {
  if (!isHandledBy(record, holder)) return refuse(refusalOf(record))
  return moveTo({ ...record, tus: null }, { name: 'open' })
}

/** The handler threw; the bytes of a resumable upload stay for another run. */
export function failHandling(record: SlotRecord, holder: string): Move {
  const { state } = record
  if (!isHandledBy(record, holder)) return refuse(refusalOf(record))
  if (state.name !== 'handling' && state.name !== 'interrupted') return refuse(refusalOf(record))
  return moveTo(record, { name: 'received', upload: state.upload, failed: true, keeper: null })
}

/** The handler neither ended nor heeded its signal: nobody waits any longer. */
export function giveUpHandling(record: SlotRecord, holder: string, nowMs: number): Move {
  const { state } = record
  if (state.name !== 'handling' || state.lease.holder !== holder) return refuse(refusalOf(record))
  return interruptHandling(record, state, nowMs)
}

/** Takes a slot back, or gives it up. A running handler can't be taken back. */
export function revokeSlot(record: SlotRecord, nowMs: number): Move {
  const { name } = record.state
  const isRevocable =
    name === 'open' || name === 'receiving' || name === 'received' || name === 'interrupted'
  if (!isRevocable) return refuse(refusalOf(record))
  return end(record, { name: 'revoked', sinceMs: nowMs })
}

/**
 * The uploader gives its upload up. Not where a handler is due or runs, nor where one may still run:
 * an interrupted slot's bytes are all that its minting side has to find out what became of them.
 */
export function abandonSlot(record: SlotRecord, nowMs: number): Move {
  const { state } = record
  const isAbandonable =
    state.name === 'open' ||
    state.name === 'receiving' ||
    (state.name === 'received' && state.failed)
  return isAbandonable ? revokeSlot(record, nowMs) : refuse(refusalOf(record))
}

/** Lets a slot wait for longer; its time must not be over. */
export function extendSlot(record: SlotRecord, moreMs: number, nowMs: number): Move {
  const { state } = record
  const isWaiting =
    state.name === 'open' ||
    state.name === 'receiving' ||
    (state.name === 'received' && state.failed)
  if (!isWaiting) return refuse(refusalOf(record))
  if (record.expiresMs <= nowMs) return refuse('expired')
  return moveTo({ ...record, expiresMs: record.expiresMs + moreMs }, state)
}

/** Drops what could be asked for once more of an upload that was handled: its client wants no more of it. */
export function forgetResult(record: SlotRecord): Move {
  const { state } = record
  if (state.name !== 'done') return refuse(refusalOf(record))
  return moveTo({ ...record, tus: null }, { ...state, result: null })
}

// The moves that time makes. Only recovery.ts knows when; it has looked at the state before.

/** Ends a slot whose time is over, or whose bytes were kept long enough. */
export function expireSlot(record: SlotRecord, nowMs: number): Moved {
  return end(record, { name: 'expired', sinceMs: nowMs })
}

/** Frees a slot from a claim whose process died. */
export function freeSlot(record: SlotRecord): Moved {
  return moveTo(record, { name: 'open' })
}

/** Makes a handler due again whose process died. */
export function retryHandling(record: SlotRecord, { upload }: Handling): Moved {
  return moveTo(record, { name: 'received', upload, failed: false, keeper: null })
}

/** Nobody knows how far the handler came; its bytes stay for whoever looks. */
export function interruptHandling(record: SlotRecord, state: Handling, nowMs: number): Moved {
  const { upload, lease } = state
  return moveTo(record, { name: 'interrupted', holder: lease.holder, upload, sinceMs: nowMs })
}

/** Why a slot takes no upload in the state it is in. */
function refusalOf(record: SlotRecord): Refusal {
  const { name } = record.state
  switch (name) {
    case 'open':
    case 'receiving':
    case 'received':
    case 'handling':
      return 'busy'
    case 'done':
      return 'used'
    case 'rejected':
    case 'interrupted':
    case 'revoked':
    case 'expired':
      break
  }
  return name
}

function isReceivedBy(record: SlotRecord, holder: string): boolean {
  const { state } = record
  return state.name === 'receiving' && state.lease.holder === holder
}

function isHandledBy(record: SlotRecord, holder: string): boolean {
  const { state } = record
  if (state.name === 'handling') return state.lease.holder === holder
  return state.name === 'interrupted' && state.holder === holder
}

/** Ends a slot. Its arguments may be private, and nobody needs them any more. */
function end(record: SlotRecord, state: SlotState): Moved {
  return moveTo({ ...record, args: null }, state)
}

/** What the metadata said is in the upload by now; nobody asks for them again. */
function withoutMetadata(record: SlotRecord): SlotRecord {
  return record.tus === null ? record : { ...record, tus: { ...record.tus, metadata: null } }
}

function moveTo(record: SlotRecord, state: SlotState): Moved {
  return { moved: true, record: { ...record, revision: record.revision + 1, state } }
}

function refuse(refusal: Refusal): Move {
  return { moved: false, refusal }
}
