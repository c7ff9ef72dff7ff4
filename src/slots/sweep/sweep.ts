// What time leaves behind: leases nobody renews, slots nobody used, handlers whose process died,
// bytes nobody owns. Any number of processes may sweep at once: each step is a move like any other.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { secondsSince } from '../../events.ts'
import { changeSlot } from '../claims/move-slot.ts'
import { momentOf, type SlotParts } from '../parts/slot-parts.ts'
import { isLapsed, type Moment, type Move } from '../record/lifecycle.ts'
import { isKeptByRequest, sweepRequest } from '../requests/sweep-request.ts'
import type { ReadRequests } from '../requests/sweep-request.ts'
import { runDueHandler, type Recoveries } from './recoveries.ts'
import { recoverSlot, type RecoveryReason, type RecoveryRules } from '../record/recovery.ts'
import { tellRecovery } from './tell-recovery.ts'
import type { SlotRecord } from '../record/slot.ts'
import { isRequest } from '../stores/known-records.ts'
import { createSweepFaults, type SweepFaults } from './sweep-faults.ts'
import { strangerGraceMs, sweepSpool } from './sweep-spool.ts'

/** What a sweep did. */
export interface SweepReport {
  /** Slots that were looked at. */
  readonly checkedSlots: number
  /** Slots that are in another state now. */
  readonly movedSlots: number
  /** Handlers that were run because nobody else had. */
  readonly handledSlots: number
  /** Ended slots that were forgotten. */
  readonly removedSlots: number
  /** Left-overs of uploads that were removed. */
  readonly removedFiles: number
}

// A store that does not flush never gives the thread up by itself; uploads must not wait for us.
const slotsPerTurn = 10

/** A sweep that has looked at everything; the handlers that it found due may still run. */
export interface Sweep {
  readonly report: Omit<SweepReport, 'handledSlots'>
  /** How many handlers were run for it, once all of them have ended. */
  readonly handledSlots: Promise<number>
}

/**
 * Does what is due about every slot and every spooled file, and hands over the handlers that are to
 * be run. It never waits for one of them: a handler takes the time that it takes.
 *
 * @throws TitofistoError `slot-store-failed`, `slot-store-unavailable` where the store can't be listed;
 * what is wrong with single slots and files is logged.
 */
export async function sweepSlots(parts: SlotParts, recoveries: Recoveries): Promise<Sweep> {
  const beganMs = performance.now()
  const report = { checkedSlots: 0, movedSlots: 0, removedSlots: 0, removedFiles: 0 }
  const handled: Promise<boolean>[] = []
  const requests: ReadRequests = new Map()
  const faults = createSweepFaults(parts)
  for await (const record of parts.store.requests.listEverything()) {
    if (isRequest(record)) {
      await sweepRequest(parts, record).catch((cause: unknown) => {
        faults.tell('A file request could not be swept.', cause, record.id)
      })
      continue
    }
    report.checkedSlots += 1
    if (report.checkedSlots % slotsPerTurn === 0) await nextTurn()
    const done = await sweepSlot(parts, record, requests).catch((cause: unknown) => {
      faults.tell('A slot could not be swept.', cause, record.id)
      return 'nothing' as const
    })
    if (done === 'moved') report.movedSlots += 1
    if (done === 'removed') report.removedSlots += 1
    if (typeof done !== 'string') handled.push(recoveries.offer(done))
    if (done !== 'nothing') faults.reached()
    if (faults.isHopeless()) break
  }
  // An engine that takes no change may still say what it has.
  faults.reached()
  const spooled = await sweepSpool(parts, faults)
  report.removedFiles = spooled + (await sweepTemporaries(parts, faults))
  faults.end()
  if (parts.events.isHeard('slots-swept'))
    parts.events.tell({ type: 'slots-swept', seconds: secondsSince(beganMs), ...report })
  const handledSlots = Promise.all(handled).then((each) => each.filter(Boolean).length)
  return { report, handledSlots }
}

/**
 * Recovers a slot that somebody asks about and whose handler died with its process, without waiting
 * for the next sweep or for the handler that may start. Gives the record as it is then.
 *
 * @throws TitofistoError `slot-store-failed`
 */
export async function recoverDeadHandler(
  parts: SlotParts,
  record: SlotRecord,
): Promise<SlotRecord | null> {
  const { state } = record
  if (state.name !== 'handling' || !isLapsed(state.lease, momentOf(parts))) return record
  const done = await sweepSlot(parts, record, new Map())
  if (typeof done !== 'string') void runDueHandler(parts, done)
  return parts.store.read(record.id)
}

/** Does what is due about a slot; gives its record where its handler is due. */
async function sweepSlot(
  parts: SlotParts,
  record: SlotRecord,
  requests: ReadRequests,
): Promise<'nothing' | 'moved' | 'removed' | SlotRecord> {
  if (isForOthers(parts, record)) return 'nothing'
  const rules = recoveryRulesFor(parts, record)
  const recovery = recoverSlot(record, rules, momentOf(parts))
  switch (recovery.kind) {
    case 'nothing':
      return 'nothing'
    case 'remove':
      if (await isKeptByRequest(parts, record, requests)) return 'nothing'
      return (await parts.store.remove(record.id, record.revision)) ? 'removed' : 'nothing'
    case 'handle':
      return record
    case 'move': {
      const change = await changeSlot(parts, record, (current) =>
        decideAgain(current, rules, momentOf(parts)),
      )
      if (!change.moved) return 'nothing'
      logRecovery(parts, change.record, recovery.because)
      tellRecovery(parts, change.record, recovery.because)
      return recovery.because === 'retried' ? change.record : 'moved'
    }
  }
}

function decideAgain(record: SlotRecord, rules: RecoveryRules, moment: Moment): Move {
  const recovery = recoverSlot(record, rules, moment)
  if (recovery.kind === 'move') return { moved: true, record: recovery.record }
  return { moved: false, refusal: 'lost' }
}

/**
 * A process that does not know a slot's kind, such as a command, can't tell whether its handler may
 * run again; it leaves that to one that does, for a while.
 */
function isForOthers(parts: SlotParts, { kind, state }: SlotRecord): boolean {
  if (parts.kinds.has(kind) || state.name !== 'handling') return false
  return state.lease.untilMs + strangerGraceMs > parts.nowMs()
}

/** What time does to a slot here; of a kind that is not defined here, by the defaults. */
export function recoveryRulesFor(parts: SlotParts, record: SlotRecord): RecoveryRules {
  const kind = parts.kinds.get(record.kind)
  return {
    keepInterruptedMs: parts.keepInterruptedMs,
    idempotent: kind?.idempotent ?? false,
    keepEndedMs: kind?.replayMs ?? 600_000,
  }
}

const recoveryMessages: Record<RecoveryReason, string> = {
  expired: 'A slot expired unused.',
  'lease-lapsed': 'An upload broke off with its process; its slot is open again.',
  interrupted:
    'A process died while it handled an upload; the slot is interrupted, its bytes are kept.',
  retried: 'A process died while it handled an upload; the handler runs again.',
  discarded: 'The bytes of an interrupted slot were kept long enough and are removed.',
}

function logRecovery(parts: SlotParts, record: SlotRecord, because: RecoveryReason): void {
  parts.log({
    level: because === 'expired' ? 'info' : 'warn',
    event: `slot-${because}`,
    message: recoveryMessages[because],
    slotId: record.id,
  })
}

/** Removes what saves have left that died with their process, and gives the number of files. */
async function sweepTemporaries(parts: SlotParts, faults: SweepFaults): Promise<number> {
  try {
    return (await parts.storage.removeStaleTemporaries?.(strangerGraceMs)) ?? 0
  } catch (cause) {
    faults.tell('The unfinished files of saves could not be swept.', cause)
    return 0
  }
}
