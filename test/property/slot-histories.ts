// Random histories of one slot, for properties of the lifecycle and of what stores make of it: uploads,
// crashes, sweeps, minting-side moves, and clocks that run on, in any order, by holders that race.

import * as fc from 'fast-check'
import {
  claimSlot,
  markReceived,
  releaseSlot,
  renewLease,
} from '../../src/slots/record/claim-moves.ts'
import {
  claimAndHandle,
  endHandling,
  failHandling,
  giveUpHandling,
  handleReceived,
  handleUpload,
  reopenSlot,
  takeStartBack,
  type HandlerRun,
} from '../../src/slots/record/handler-moves.ts'
import type { Moment, Move } from '../../src/slots/record/lifecycle.ts'
import {
  abandonSlot,
  extendSlot,
  forgetResult,
  revokeSlot,
} from '../../src/slots/record/owner-moves.ts'
import { recoverSlot } from '../../src/slots/record/recovery.ts'
import type { RecoveryRules } from '../../src/slots/record/recovery.ts'
import type { SlotRecord, PartialUpload } from '../../src/slots/record/slot.ts'
import type { ReceivedUpload } from '../../src/receive/intake/reception.ts'

const leaseMs = 30_000
const result = { status: 200, headers: [], body: null }

/** Something that is done about a slot. */
export type Deed =
  | 'claim'
  | 'claim-tus'
  | 'release'
  | 'renew'
  | 'keep'
  | 'handle-upload'
  | 'claim-and-handle'
  | 'handle-kept'
  | 'handle-again'
  | 'handle-by-sweep'
  | 'finish'
  | 'finish-first-run'
  | 'reject'
  | 'reopen'
  | 'fail'
  | 'fail-away'
  | 'take-start-back'
  | 'give-up'
  | 'revoke'
  | 'abandon'
  | 'extend'
  | 'forget'
  | 'sweep'

/** One step: who does what, on the record as it is now or as this actor saw it last, and how much later. */
export interface Step {
  readonly actor: number
  /** What is tried; `null`: one of the deeds that would be taken, so that histories go deep. */
  readonly deed: Deed | null
  readonly choice: number
  readonly isStale: boolean
  readonly waitMs: number
}

/** All of them. */
export const deeds: readonly Deed[] = [
  'claim',
  'claim-tus',
  'release',
  'renew',
  'keep',
  'handle-upload',
  'claim-and-handle',
  'handle-kept',
  'handle-again',
  'handle-by-sweep',
  'finish',
  'finish-first-run',
  'reject',
  'reopen',
  'fail',
  'fail-away',
  'take-start-back',
  'give-up',
  'revoke',
  'abandon',
  'extend',
  'forget',
  'sweep',
]

/** A history. */
export const steps = fc.array(
  fc.record<Step>({
    actor: fc.integer({ min: 0, max: 2 }),
    deed: fc.option(fc.constantFrom(...deeds), { freq: 1 }),
    choice: fc.nat(1000),
    isStale: fc.integer({ min: 0, max: 4 }).map((value) => value === 0),
    // Also backwards: clocks get set.
    waitMs: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 10_000 }) },
      { weight: 2, arbitrary: fc.integer({ min: -60_000, max: 400_000 }) },
    ),
  }),
  { minLength: 10, maxLength: 60, size: 'max' },
)

/** What time does to a slot here. */
export const rulesOf = (idempotent: boolean): RecoveryRules => ({
  idempotent,
  keepEndedMs: 600_000,
  keepInterruptedMs: 1_000_000,
})

/** Who decides, when, and by which rules of time. */
export interface Decider {
  readonly actor: number
  readonly nowMs: number
  readonly rules: RecoveryRules
}

/** The move that a deed is, on this record. */
export function decide(record: SlotRecord, deed: Deed, { actor, nowMs, rules }: Decider): Move {
  const lease = leaseOf(actor, nowMs)
  const { holder } = lease
  const moment = momentAt(nowMs)
  switch (deed) {
    case 'claim':
      return claimSlot(record, { lease, idempotencyDigest: null, partial: null }, moment)
    case 'claim-tus':
      return claimSlot(record, { lease, idempotencyDigest: null, partial: tusOf(actor) }, moment)
    case 'release':
      return releaseSlot(record, holder, record.tus)
    case 'renew':
      return renewLease(record, lease)
    case 'keep':
      return markReceived(record, lease, uploadOf(actor))
    case 'handle-upload':
      return handleUpload(record, lease, uploadOf(actor))
    case 'claim-and-handle': {
      const claim = { lease, idempotencyDigest: null, partial: null }
      return claimAndHandle(record, claim, uploadOf(actor), moment)
    }
    case 'handle-kept':
      return handleReceived(record, lease, 'receiver', moment)
    case 'handle-again':
      return handleReceived(record, lease, 'client', moment)
    case 'handle-by-sweep':
      return handleReceived(record, lease, 'sweep', moment)
    case 'finish':
      return endHandling(record, runOf(actor, 0), { name: 'done', result, sinceMs: nowMs })
    case 'finish-first-run': {
      // Somebody's who was thought dead; it has begun, where any has.
      const first = runOf(3, record.earlierAttempts + 1)
      return record.attempt < first.attempt
        ? { moved: false, refusal: 'lost' }
        : endHandling(record, first, { name: 'done', result, sinceMs: nowMs })
    }
    case 'reject':
      return endHandling(record, runOf(actor, 0), { name: 'rejected', result, sinceMs: nowMs })
    case 'reopen':
      return reopenSlot(record, holder)
    case 'fail':
      return failHandling(record, holder, true)
    case 'fail-away':
      return failHandling(record, holder, false)
    case 'take-start-back':
      return takeStartBack(record, holder)
    case 'give-up':
      return giveUpHandling(record, holder, nowMs)
    case 'revoke':
      return revokeSlot(record, nowMs)
    case 'abandon':
      return abandonSlot(record, nowMs)
    case 'extend':
      return extendSlot(record, 1000, nowMs)
    case 'forget':
      return forgetResult(record)
    case 'sweep': {
      const recovery = recoverSlot(record, rules, moment)
      if (recovery.kind === 'move') return { moved: true, record: recovery.record }
      return { moved: false, refusal: 'lost' }
    }
  }
}

/** The run of this actor; 0: no more of it is known than who began it. */
function runOf(actor: number, attempt: number): HandlerRun {
  return { holder: `holder-${actor}`, attempt, upload: uploadOf(actor) }
}

/** A time at which nothing but leases tells whether a holder lives. */
export function momentAt(nowMs: number): Moment {
  return { nowMs, lifeOf: () => 'unknown' }
}

/** A lease of an actor's from a time on. */
export function leaseOf(actor: number, nowMs: number): { holder: string; untilMs: number } {
  return { holder: `holder-${actor}`, untilMs: nowMs + leaseMs }
}

function tusOf(actor: number): PartialUpload {
  const path = `/spool/tus-${actor}`
  return { path, writer: null, provenBytes: null, lengthBytes: 10, metadata: null }
}

function uploadOf(actor: number): ReceivedUpload {
  return {
    files: [
      {
        fieldName: null,
        originalName: null,
        name: 'file',
        type: 'text/plain',
        sniffedType: null,
        sizeBytes: 10,
        path: `/spool/${actor}`,
      },
    ],
    fields: [],
  }
}
