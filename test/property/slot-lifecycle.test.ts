// What holds for one slot, whatever happens to it. Each holder may act on a record that it read long ago,
// as a slow process would; the store's revision decides.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimSlot } from '../../src/slots/record/claim-moves.ts'
import { handleReceived } from '../../src/slots/record/handler-moves.ts'
import type { Move } from '../../src/slots/record/lifecycle.ts'
import { abandonSlot } from '../../src/slots/record/owner-moves.ts'
import { recoverSlot } from '../../src/slots/record/recovery.ts'
import { spooledPathsOf } from '../../src/slots/record/slot.ts'
import type { SlotRecord, SlotStateName } from '../../src/slots/record/slot.ts'
import { newSlotRecord } from '../support/slot-records.ts'
import { decide, deeds, leaseOf, momentAt, rulesOf, steps } from './slot-histories.ts'
import type { Deed, Step } from './slot-histories.ts'

const endings: readonly SlotStateName[] = ['done', 'rejected', 'revoked', 'expired']

/** What has happened to one slot, as an onlooker would write it down. */
interface History {
  readonly path: readonly SlotRecord[]
  /** What led to each record of the path; `null`: to the first. */
  readonly done: readonly (Deed | null)[]
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
          ({ state, attempt }, index) =>
            state.name === 'received' &&
            !state.failed &&
            path[index - 1]?.state.name === 'handling' &&
            // Else its start was taken back, and no handler was at work.
            path[index - 1]?.attempt === attempt,
        )
        expect(retries).toEqual([])
      }),
    )
  })

  it('is ended by a run that was thought dead only where no other upload was claimed since', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const { path, done } = play(history, true)
        const end = done.indexOf('finish-first-run')
        if (end < 0) return
        const attempt = (path[end - 1]?.earlierAttempts ?? 0) + 1
        const begun = path.findLastIndex(
          (record, index) =>
            index < end && record.attempt === attempt && path[index - 1]?.attempt === attempt - 1,
        )
        expect(begun).toBeGreaterThan(0)
        for (let index = begun + 1; index < end; index++) {
          expect(path[index]?.state.name).not.toBe('receiving')
          expect(done[index]).not.toBe('claim-and-handle')
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('never starts a handler more than 5 times on one upload', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (history, idempotent) => {
        const { path, done } = play(history, idempotent)
        let runs = 0
        for (const [index, record] of path.entries()) {
          const before = path[index - 1]
          // Bytes begin to come in: another upload, or the same that no handler has seen.
          const isReceiving = record.state.name === 'receiving'
          if (isReceiving && before?.state.name !== 'receiving') runs = 0
          // Or they are here already, and claim and start are one.
          if (done[index] === 'claim-and-handle') runs = 0
          // A start that is taken back was none.
          if (before !== undefined) runs += record.attempt - before.attempt
          // Nor does one count that failed while the storage was away.
          if (done[index] === 'fail-away') runs -= 1
          expect(runs).toBeLessThanOrEqual(5)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('starts a handler again as long as fewer than 5 runs on this upload count', () => {
    const failures = fc.array(fc.boolean(), { maxLength: 12 })
    fc.assert(
      fc.property(fc.array(failures, { minLength: 1, maxLength: 3 }), (uploads) => {
        let record = newSlotRecord()
        const decider = { nowMs: record.createdMs, rules: rulesOf(false) }
        for (const [actor, failuresOfUpload] of uploads.entries()) {
          const act = (deed: Deed): Move => decide(record, deed, { ...decider, actor })
          for (const deed of ['claim-tus', 'keep', 'handle-kept'] as const)
            record = moved(act(deed))
          let counted = 0
          for (const isCounted of failuresOfUpload) {
            record = moved(act(isCounted ? 'fail' : 'fail-away'))
            counted += Number(isCounted)
            const again = act('handle-again')
            expect(again.moved).toBe(counted < 5)
            if (!again.moved) break
            ;({ record } = again)
          }
          if (record.state.name === 'handling') record = moved(act('fail'))
        }
      }),
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
        const { path, done } = play(history, idempotent)
        for (const [index, record] of path.entries()) {
          const { name } = record.state
          if (name === 'handling' || name === 'received' || name === 'interrupted')
            expect(spooledPathsOf(record)).toHaveLength(1)
          const before = path[index - 1]
          // Nobody but a handler that ended, the minting side or a new upload drops a kept upload.
          if (before?.state.name === 'received' && !before.state.failed)
            expect([
              'handling',
              'revoked',
              'received',
              // That it does no harm to run again was said; that it ran, is known now.
              ...(done[index] === 'finish-first-run' ? ['done'] : []),
            ]).toContain(name)
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
  const done: (Deed | null)[] = [null]
  const seenBy = new Map<number, SlotRecord>()
  const rules = rulesOf(idempotent)
  for (const { actor, deed, choice, isStale, waitMs } of history) {
    nowMs += waitMs
    const known = (isStale ? seenBy.get(actor) : undefined) ?? current
    const fitting = deeds.filter((each) => decide(known, each, { actor, nowMs, rules }).moved)
    const tried = deed ?? fitting[choice % Math.max(fitting.length, 1)] ?? 'sweep'
    const move = decide(known, tried, { actor, nowMs, rules })
    // Replace if the revision is still the one it was decided on.
    if (move.moved && known.revision === current.revision) {
      current = move.record
      path.push(current)
      done.push(tried)
    }
    seenBy.set(actor, current)
  }
  return { path, done, last: current, nowMs }
}

function moved(move: Move): SlotRecord {
  expect(move.moved).toBe(true)
  if (!move.moved) throw new Error(`refused: ${move.refusal}`)
  return move.record
}
