// Random histories of one resumable upload in processes that claim, stall, die, wake and sweep: what
// keeps one claim's bytes out of another's file is that each file has one writer at most.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  claimSlot,
  markReceived,
  releaseSlot,
  takeFileOver,
} from '../../src/slots/record/claim-moves.ts'
import type { Moment, Move } from '../../src/slots/record/lifecycle.ts'
import { recoverSlot } from '../../src/slots/record/recovery.ts'
import type { SlotRecord, PartialUpload } from '../../src/slots/record/slot.ts'
import { newSlotRecord } from '../support/slot-records.ts'

const leaseMs = 30_000
const rules = { idempotent: false, maxAttempts: 5, keepEndedMs: 1, keepInterruptedMs: 1 }

/** A claim as its process sees it. */
interface Worker {
  readonly holder: string
  /** What it goes on in; it writes there only once it has made sure that it may. */
  tus: PartialUpload
  mayWrite: boolean
  isDead: boolean
}

type Deed = 'begin' | 'go-on' | 'take-over' | 'release' | 'keep' | 'die' | 'sweep' | 'wait'

const steps = fc.array(
  fc.record({
    deed: fc.constantFrom<Deed>(
      'begin',
      'go-on',
      'go-on',
      'take-over',
      'release',
      'keep',
      'die',
      'sweep',
      'wait',
    ),
    worker: fc.nat(20),
  }),
  { minLength: 5, maxLength: 60, size: 'max' },
)

describe('the file of a resumable upload', () => {
  it('is never written to by two claims that live, whatever leases run out', () => {
    let takenOver = 0
    let sharedAfterDeath = 0
    fc.assert(
      fc.property(steps, (history) => {
        const { workers, files } = play(history, (path, current) => {
          const writers = current.filter((one) => one.mayWrite && !one.isDead)
          const here = writers.filter((one) => one.tus.path === path)
          expect(here.length).toBeLessThanOrEqual(1)
        })
        takenOver += files.size > 1 ? 1 : 0
        sharedAfterDeath += workers.length > files.size ? 1 : 0
      }),
      { numRuns: 1000 },
    )
    // Both ways have been seen: a file of one's own, and that of one who is gone.
    expect(takenOver).toBeGreaterThan(0)
    expect(sharedAfterDeath).toBeGreaterThan(0)
  })
})

function play(
  history: readonly { readonly deed: Deed; readonly worker: number }[],
  look: (path: string, workers: readonly Worker[]) => void,
): { readonly workers: readonly Worker[]; readonly files: ReadonlySet<string> } {
  let record: SlotRecord = { ...newSlotRecord(), expiresMs: 10_000_000_000 }
  let nowMs = record.createdMs
  const workers: Worker[] = []
  const files = new Set<string>()

  function make(move: Move): boolean {
    if (move.moved) ({ record } = move)
    return move.moved
  }

  for (const { deed, worker } of history) {
    nowMs += 1
    const moment: Moment = {
      nowMs,
      lifeOf: (holder) =>
        workers.some((one) => one.holder === holder && one.isDead) ? 'over' : 'unknown',
    }
    const one = workers[worker % Math.max(workers.length, 1)]
    switch (deed) {
      case 'begin':
      case 'go-on': {
        const holder = `claim-${workers.length}`
        const fresh = factsAt(`/spool/${holder}`)
        const tus = deed === 'begin' ? fresh : (record.tus ?? fresh)
        const lease = { holder, untilMs: nowMs + leaseMs }
        if (!make(claimSlot(record, { lease, idempotencyDigest: null, partial: tus }, moment)))
          break
        const mayWrite = record.tus?.writer === holder
        workers.push({ holder, tus, mayWrite, isDead: false })
        break
      }
      case 'take-over': {
        if (one === undefined || one.isDead || one.mayWrite) break
        const own = factsAt(`/spool/${one.holder}`)
        if (!make(takeFileOver(record, one.holder, own))) break
        one.tus = own
        one.mayWrite = true
        break
      }
      case 'release':
      case 'keep': {
        if (one === undefined || one.isDead) break
        // It has closed its file before it says so; whether it is believed is another matter.
        const tus = { ...one.tus, writer: one.mayWrite ? one.holder : (record.tus?.writer ?? null) }
        one.mayWrite = false
        if (deed === 'release') make(releaseSlot(record, one.holder, tus))
        else
          make(markReceived(record, { holder: one.holder, untilMs: 0 }, { files: [], fields: [] }))
        break
      }
      case 'die':
        if (one !== undefined) one.isDead = true
        break
      case 'wait':
        nowMs += leaseMs
        break
      case 'sweep': {
        const recovery = recoverSlot(record, rules, moment)
        if (recovery.kind === 'move') ({ record } = recovery)
        break
      }
    }
    for (const { tus } of workers) files.add(tus.path)
    for (const path of files) look(path, workers)
  }
  return { workers, files }
}

function factsAt(path: string): PartialUpload {
  return { path, writer: null, provenBytes: null, lengthBytes: 10, metadata: null }
}
