// The moves of a handler: its start on an upload whose bytes are all here, and its end. A kind's
// handler may be started several times on one upload, but never after it returned or refused.

import { isDeepStrictEqual } from 'node:util'
import type { ReceivedUpload } from '../../receive/intake/reception.ts'
import { claimSlot, type Claim } from './claim-moves.ts'
import {
  endSlot,
  isEnded,
  isHandledBy,
  isLapsed,
  isReceivedBy,
  moveTo,
  refuse,
} from './lifecycle.ts'
import type { Moment, Move, Moved } from './lifecycle.ts'
import {
  sizeOfUpload,
  spooledPathsOfUpload,
  type Lease,
  type SlotRecord,
  type SlotState,
} from './slot.ts'

/** A handler at work. */
export type Handling = Extract<SlotState, { name: 'handling' }>

/** How a handler ends its slot. */
export type HandlerEnding = Extract<SlotState, { name: 'done' | 'rejected' }>

/** An upload whose handler is to run. */
export type Received = Extract<SlotState, { name: 'received' }>

/**
 * How often the handler may be started on one upload, by whatever door. A new upload brings its bytes
 * and so begins a new count.
 */
const maxRunsOfUpload = 5

/** Whether the handler may be started again on the upload that is here. */
export function hasRunsLeft(record: SlotRecord): boolean {
  const { attempt, earlierAttempts, uncountedAttempts = 0 } = record
  return attempt - earlierAttempts - uncountedAttempts < maxRunsOfUpload
}

/**
 * Starts the handler on an upload that has just come in, so that a small one costs one write less
 * than by way of `markReceived`.
 */
export function handleUpload(record: SlotRecord, lease: Lease, upload: ReceivedUpload): Move {
  if (!isReceivedBy(record, lease.holder)) return refuse(record)
  return startHandling(record, lease, upload)
}

/**
 * Claims a slot for an upload that is here already, and starts its handler: the two moves as one
 * change, since between them nobody has anything to wait for.
 */
export function claimAndHandle(
  record: SlotRecord,
  claim: Claim,
  upload: ReceivedUpload,
  moment: Moment,
): Move {
  const claimed = claimSlot(record, claim, moment)
  if (!claimed.moved) return claimed
  const { revision } = claimed.record
  const move = handleUpload(claimed.record, claim.lease, upload)
  return move.moved ? { moved: true, record: { ...move.record, revision } } : move
}

/**
 * Starts the handler on an upload that was received. Whoever received it may do so at once; a client
 * that asks for another run where the handler has thrown, or where the receiver is gone; the sweep
 * only the latter. Where it has thrown, the slot is as good as open, and so ends in its time.
 */
export function handleReceived(
  record: SlotRecord,
  lease: Lease,
  by: 'receiver' | 'client' | 'sweep',
  moment: Moment,
): Move {
  const { state } = record
  if (state.name !== 'received') return refuse(record)
  const isDue = state.failed ? by === 'client' : by === 'receiver' || isReceiverGone(state, moment)
  if (!isDue) return refuse(record, 'busy')
  if (state.failed && record.expiresMs <= moment.nowMs) return refuse(record, 'expired')
  if (!hasRunsLeft(record)) return refuse(record, 'exhausted')
  return startHandling(record, lease, state.upload)
}

/** Whether nobody is about to start the handler of an upload that was received. */
export function isReceiverGone({ keeper }: Received, moment: Moment): boolean {
  return keeper === null || isLapsed(keeper, moment)
}

function startHandling(record: SlotRecord, lease: Lease, upload: ReceivedUpload): Move {
  const attempt = record.attempt + 1
  return moveTo({ ...record, attempt }, { name: 'handling', lease, upload })
}

/** A run of a handler, by what it began as. */
export interface HandlerRun {
  readonly holder: string
  /** The record's, once this run was started. */
  readonly attempt: number
  readonly upload: ReceivedUpload
}

/**
 * The handler returned, or refused the upload for good. Also good where it was thought dead: now its
 * outcome is known. It counts even where the handler was started again since, as an idempotent kind's
 * is, and even where that run has failed: the uploader is told of this end, so the slot must have it.
 */
export function endHandling(record: SlotRecord, run: HandlerRun, ending: HandlerEnding): Move {
  const isNoOthers =
    !isEnded(record) && !hasLaterUpload(record, run.attempt) && !hasAnother(record, run)
  if (!isHandledBy(record, run.holder) && !isNoOthers) return refuse(record)
  return endSlot(record, { ...ending, sizeBytes: sizeOfUpload(run.upload) })
}

/** Whether a run's upload has been given up for another: each claim begins a new count of runs. */
export function hasLaterUpload(record: SlotRecord, attempt: number): boolean {
  return record.earlierAttempts >= attempt
}

/** The same of an upload that is here, also where an engine has lost the claim of the run's: then runs tell nothing. */
function hasAnother({ state, tus }: SlotRecord, { upload, holder }: HandlerRun): boolean {
  const own = spooledPathsOfUpload(upload)
  if ('upload' in state) return !isDeepStrictEqual(spooledPathsOfUpload(state.upload), own)
  if (tus !== null) return !own.includes(tus.path)
  return state.name === 'receiving' && state.lease.holder !== holder
}

/** The handler wants another upload, or threw, and the client will send its bytes again. */
export function reopenSlot(record: SlotRecord, holder: string): Move {
  if (!isHandledBy(record, holder)) return refuse(record)
  return moveTo({ ...record, tus: null }, { name: 'open' })
}

/**
 * The handler threw; the bytes of a resumable upload stay for another run. One that failed because the
 * storage was away does not count: nothing is wrong with the upload, nor with the handler.
 */
export function failHandling(record: SlotRecord, holder: string, isCounted: boolean): Move {
  const { state, uncountedAttempts = 0 } = record
  if (!isHandledBy(record, holder)) return refuse(record)
  if (state.name !== 'handling' && state.name !== 'interrupted') return refuse(record)
  const { upload } = state
  return moveTo(isCounted ? record : { ...record, uncountedAttempts: uncountedAttempts + 1 }, {
    name: 'received',
    upload,
    failed: true,
    keeper: null,
  })
}

/** No handler began, though it was written down that one does: its upload is due as before, and no run counts. */
export function takeStartBack(record: SlotRecord, holder: string): Move {
  const { state } = record
  if (!isHandledBy(record, holder)) return refuse(record)
  if (state.name !== 'handling' && state.name !== 'interrupted') return refuse(record)
  const attempt = record.attempt - 1
  const { upload } = state
  return moveTo({ ...record, attempt }, { name: 'received', upload, failed: false, keeper: null })
}

/** The handler neither ended nor heeded its signal: nobody waits any longer. */
export function giveUpHandling(record: SlotRecord, holder: string, nowMs: number): Move {
  const { state } = record
  if (state.name !== 'handling' || state.lease.holder !== holder) return refuse(record)
  return interruptHandling(record, state, nowMs)
}

/** Nobody knows how far the handler came; its bytes stay for whoever looks. */
export function interruptHandling(record: SlotRecord, state: Handling, nowMs: number): Moved {
  const { upload, lease } = state
  return moveTo(record, { name: 'interrupted', holder: lease.holder, upload, sinceMs: nowMs })
}
