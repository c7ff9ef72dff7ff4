// The moves of an uploader's claim: it takes the slot before the body is read, and ends with all
// bytes received, or with the slot given back.
//
// A holder that was taken for dead may still write to the file that it opened. So the record names
// the one claim that may write to a resumable upload's file until that claim has given it back; who
// takes over from one that has not, and is not provably over, goes on in a file of its own.

import type { ReceivedUpload } from '../../receive/intake/reception.ts'
import { isHandledBy, isLapsed, isReceivedBy, moveTo, refuse } from './lifecycle.ts'
import type { Moment, Move } from './lifecycle.ts'
import type { Lease, PartialUpload, SlotRecord } from './slot.ts'

/** Who wants to upload, and what. */
export interface Claim {
  readonly lease: Lease
  readonly idempotencyDigest: string | null
  /**
   * The resumable upload that begins or goes on; `null` for one that comes in one piece. An
   * unfinished one that is not named here is given up.
   */
  readonly partial: PartialUpload | null
}

/** Claims a slot before its body is read. A lease that has run out gives way. */
export function claimSlot(record: SlotRecord, claim: Claim, moment: Moment): Move {
  const { state } = record
  const isFree =
    state.name === 'open' ||
    (state.name === 'receiving' && isLapsed(state.lease, moment)) ||
    (state.name === 'received' && state.failed && !goesOn(record, claim))
  if (!isFree) return refuse(record)
  if (record.expiresMs <= moment.nowMs) return refuse(record, 'expired')
  return moveTo(
    {
      ...record,
      tus: partialForClaim(record, claim, moment),
      idempotencyDigest: claim.idempotencyDigest,
      // No handler has seen what a claim begins or goes on with: see goesOn().
      earlierAttempts: record.attempt,
      ...(record.uncountedAttempts !== undefined && { uncountedAttempts: 0 }),
    },
    { name: 'receiving', lease: claim.lease },
  )
}

/**
 * Whether a claim goes on with the upload that is here. One that a handler has seen is whole: it is
 * handled again by `handleReceived`, which counts, and must not be received a second time.
 */
function goesOn(record: SlotRecord, { partial }: Claim): boolean {
  return partial !== null && partial.path === record.tus?.path
}

/**
 * A resumable upload under a new claim. While somebody else may still write to its file, the record
 * says so, until {@link takeFileOver}.
 */
function partialForClaim(
  record: SlotRecord,
  { lease, partial }: Claim,
  moment: Moment,
): PartialUpload | null {
  if (partial === null) return null
  const before = record.tus?.path === partial.path ? record.tus : null
  const isOthers =
    before !== null && before.writer !== null && moment.lifeOf(before.writer) !== 'over'
  const provenBytes = leastOf(before?.provenBytes ?? null, partial.provenBytes)
  return { ...partial, writer: isOthers ? before.writer : lease.holder, provenBytes }
}

function leastOf(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}

/** The upload goes on in a file that nobody but this claim has ever written to. */
export function takeFileOver(record: SlotRecord, holder: string, partial: PartialUpload): Move {
  if (!isReceivedBy(record, holder)) return refuse(record)
  return moveTo({ ...record, tus: { ...partial, writer: holder } }, record.state)
}

/** Gives a claim back: the upload failed, or a part of a resumable one is in. */
export function releaseSlot(
  record: SlotRecord,
  holder: string,
  partial: PartialUpload | null,
): Move {
  if (!isReceivedBy(record, holder)) return refuse(record)
  return moveTo({ ...record, tus: releaseFile(partial, holder) }, { name: 'open' })
}

/** This claim writes no more; another one that may, still may. */
function releaseFile(partial: PartialUpload | null, holder: string): PartialUpload | null {
  return partial?.writer === holder ? { ...partial, writer: null, provenBytes: null } : partial
}

/** Lets a claim, or a running handler, last longer. */
export function renewLease(record: SlotRecord, lease: Lease): Move {
  const { state } = record
  const isHeld = isReceivedBy(record, lease.holder) || isHandledBy(record, lease.holder)
  if (!isHeld || (state.name !== 'receiving' && state.name !== 'handling')) return refuse(record)
  return moveTo(record, { ...state, lease })
}

/**
 * All bytes are in the spool. Time does not matter any more: the upload began in time. What the
 * client said of its file is in the upload by now; nobody asks for it again.
 */
export function markReceived(record: SlotRecord, lease: Lease, upload: ReceivedUpload): Move {
  if (!isReceivedBy(record, lease.holder)) return refuse(record)
  const partial = releaseFile(record.tus, lease.holder)
  return moveTo(
    { ...record, tus: partial === null ? null : { ...partial, metadata: null } },
    { name: 'received', upload, failed: false, keeper: lease },
  )
}
