// Random histories of one slot: uploads, crashes, sweeps, minting-side moves, and clocks that run
// on, in any order, by holders that race. Each holder may act on a record that it read long ago, as
// a slow process would; the store's revision decides.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
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
import { spooledPathsOf } from '../../src/slots/record/slot.ts'
import type { SlotRecord, SlotStateName, PartialUpload } from '../../src/slots/record/slot.ts'
import type { ReceivedUpload } from '../../src/receive/intake/reception.ts'
import { newSlotRecord } from '../support/slot-records.ts'

const leaseMs = 30_000
const result = { status: 200, headers: [], body: null }
const endings: readonly SlotStateName[] = ['done', 'rejected', 'revoked', 'expired']

type Deed =
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
  | 'reject'
  | 'reopen'
  | 'fail'
  | 'give-up'
  | 'revoke'
  | 'abandon'
  | 'extend'
  | 'forget'
  | 'sweep'

/** One step: who does what, on the record as it is now or as this actor saw it last, and how much later. */
interface Step {
  readonly actor: number
  /** What is tried; `null`: one of the deeds that would be taken, so that histories go deep. */
  readonly deed: Deed | null
  readonly choice: number
  readonly isStale: boolean
  readonly waitMs: number
}

const deeds: readonly Deed[] = [
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
  'reject',
  'reopen',
  'fail',
  'give-up',
  'revoke',
  'abandon',
  'extend',
  'forget',
  'sweep',
]

const steps = fc.array(
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

const rulesOf = (idempotent: boolean): RecoveryRules => ({
  idempotent,
  keepEndedMs: 600_000,
  keepInterruptedMs: 1_000_000,
})

/** What has happened to one slot, as an onlooker would write it down. */
interface History {
  readonly path: readonly SlotRecord[]
  readonly last: SlotRecord
  readonly nowMs: number
}

describe('a slot, whatever happens to it', () => {
  it('lets one of many racing moves win', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (history, idempotent) => {
        const { path } = play(history, idempotent)
        // The store takes a record only on top of the one it was made from.
        for (const [index, record] of path.entries()) expect(record.revision).toBe(index + 1)
      }),
    )
  })

  it('never starts a handler after it is done or rejected', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (history, idempotent) => {
        const { path } = play(history, idempotent)
        const end = path.findIndex(({ state }) => endings.includes(state.name))
        if (end < 0) return
        const { attempt, state } = path[end] ?? newSlotRecord()
        for (const later of path.slice(end)) {
          expect(later.state.name).toBe(state.name)
          expect(later.attempt).toBe(attempt)
        }
      }),
    )
  })

  it('never has two handlers at work unless the first is thought dead and the kind is idempotent', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const { path } = play(history, false)
        // Between two starts of a handler, its run has ended in the record: it was not at work.
        for (const [index, record] of path.entries()) {
          const before = path[index - 1]
          const isStart = before !== undefined && record.attempt > before.attempt
          // From open where the upload was there before its claim.
          if (isStart) expect(['open', 'receiving', 'received']).toContain(before.state.name)
        }
        const retries = path.filter(
          ({ state }, index) =>
            state.name === 'received' &&
            !state.failed &&
            path[index - 1]?.state.name === 'handling',
        )
        expect(retries).toEqual([])
      }),
    )
  })

  it('never starts a handler more than 5 times on one upload', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (history, idempotent) => {
        const { path } = play(history, idempotent)
        let runs = 0
        for (const [index, record] of path.entries()) {
          const before = path[index - 1]
          // Bytes begin to come in: another upload, or the same that no handler has seen.
          if (record.state.name === 'receiving' && before?.state.name !== 'receiving') runs = 0
          if (before !== undefined && record.attempt > before.attempt) runs += 1
          expect(runs).toBeLessThanOrEqual(5)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('is never given up by its uploader while a handler is due, runs, or may still run', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), fc.integer(), (history, idempotent, lateMs) => {
        for (const record of play(history, idempotent).path) {
          const { state } = record
          const isHandlers =
            state.name === 'handling' ||
            state.name === 'interrupted' ||
            (state.name === 'received' && !state.failed)
          if (isHandlers) expect(abandonSlot(record, lateMs).moved).toBe(false)
        }
      }),
    )
  })

  it('never receives again what a handler has seen', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (history, idempotent) => {
        const { last, nowMs } = play(history, idempotent)
        if (last.state.name !== 'received' || last.tus === null) return
        const claim = { lease: leaseOf(8, nowMs), idempotencyDigest: null, partial: last.tus }
        expect(claimSlot(last, claim, momentAt(nowMs)).moved).toBe(false)
      }),
    )
  })

  it('never loses a file that came in: it is named until its outcome is', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (history, idempotent) => {
        const { path } = play(history, idempotent)
        for (const [index, record] of path.entries()) {
          const { name } = record.state
          if (name === 'handling' || name === 'received' || name === 'interrupted')
            expect(spooledPathsOf(record)).toHaveLength(1)
          const before = path[index - 1]
          // Nobody but a handler that ended, the minting side or a new upload drops a kept upload.
          if (before?.state.name === 'received' && !before.state.failed)
            expect(['handling', 'revoked', 'received']).toContain(name)
        }
      }),
    )
  })

  it('comes to an end and is forgotten once only the sweep is left', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (history, idempotent) => {
        const { last, nowMs } = play(history, idempotent)
        let record = last
        let laterMs = nowMs
        for (let sweep = 0; sweep < 20; sweep++) {
          laterMs += 2_000_000
          const recovery = recoverSlot(record, rulesOf(idempotent), momentAt(laterMs))
          if (recovery.kind === 'remove') return
          if (recovery.kind === 'move') ({ record } = recovery)
          // The sweep starts the handler, and its process dies, each time.
          if (recovery.kind === 'handle')
            record = moved(handleReceived(record, leaseOf(9, laterMs), 'sweep', momentAt(laterMs)))
        }
        expect.unreachable(`still ${record.state.name} after 20 sweeps`)
      }),
    )
  })

  it('reaches every state there is, so that these tests have seen them', () => {
    const seen = new Set<SlotStateName>()
    fc.assert(
      fc.property(steps, fc.boolean(), (history, idempotent) => {
        for (const { state } of play(history, idempotent).path) seen.add(state.name)
      }),
      { numRuns: 8000, seed: 1 },
    )
    expect([...seen].sort()).toEqual(
      [...endings, 'open', 'receiving', 'received', 'handling', 'interrupted'].sort(),
    )
  })
})

/** Plays a history against a store of one record. */
function play(history: readonly Step[], idempotent: boolean): History {
  let current = newSlotRecord()
  let nowMs = current.createdMs
  const path = [current]
  const seenBy = new Map<number, SlotRecord>()
  const rules = rulesOf(idempotent)
  for (const { actor, deed, choice, isStale, waitMs } of history) {
    nowMs += waitMs
    const known = (isStale ? seenBy.get(actor) : undefined) ?? current
    const fitting = deeds.filter((each) => decide(known, each, actor, nowMs, rules).moved)
    const done = deed ?? fitting[choice % Math.max(fitting.length, 1)] ?? 'sweep'
    const move = decide(known, done, actor, nowMs, rules)
    // Replace if the revision is still the one it was decided on.
    if (move.moved && known.revision === current.revision) {
      current = move.record
      path.push(current)
    }
    seenBy.set(actor, current)
  }
  return { path, last: current, nowMs }
}

function decide(
  record: SlotRecord,
  deed: Deed,
  actor: number,
  nowMs: number,
  rules: RecoveryRules,
): Move {
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
      return endHandling(record, holder, { name: 'done', result, sinceMs: nowMs })
    case 'reject':
      return endHandling(record, holder, { name: 'rejected', result, sinceMs: nowMs })
    case 'reopen':
      return reopenSlot(record, holder)
    case 'fail':
      return failHandling(record, holder)
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

/** A time at which nothing but leases tells whether a holder lives. */
function momentAt(nowMs: number): Moment {
  return { nowMs, lifeOf: () => 'unknown' }
}

function leaseOf(actor: number, nowMs: number): { holder: string; untilMs: number } {
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

function moved(move: Move): SlotRecord {
  expect(move.moved).toBe(true)
  if (!move.moved) throw new Error(`refused: ${move.refusal}`)
  return move.record
}
