// What time leaves behind: leases nobody renews, slots nobody used, handlers whose process died,
// bytes nobody owns. Any number of processes may sweep at once: each step is a move like any other.

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { changeSlot } from './change.ts'
import type { SlotKindRules } from './define.ts'
import { momentOf, withLease } from './ground.ts'
import type { SlotGround } from './ground.ts'
import { handleUnasked } from './handle.ts'
import { handleKeptUpload, isLapsed } from './lifecycle.ts'
import type { Moment, Move } from './lifecycle.ts'
import { recoverSlot } from './recovery.ts'
import type { RecoveryReason, RecoveryRules } from './recovery.ts'
import { parseSlotId, spooledPathsOf } from './slot.ts'
import type { SlotRecord } from './slot.ts'
import { dropUnneeded, removeSpooled } from './spool.ts'

/** What a sweep did. */
export interface SweepReport {
  readonly checkedSlots: number
  readonly movedSlots: number
  /** Handlers that were run because nobody else had. */
  readonly handledSlots: number
  /** Ended slots that were forgotten. */
  readonly removedSlots: number
  readonly removedFiles: number
}

// A kind, or a store, may be one that only another process knows.
const strangerGraceMs = 24 * 3_600_000

// Recovering must not keep a server from its work.
const maxHandlersAtOnce = 4

// A store that does not flush never gives the thread up by itself; uploads must not wait for us.
const slotsPerTurn = 10

/**
 * Does what is due about every slot and every spooled file, and waits for the handlers it starts.
 *
 * @throws TitofistoError `slot-store-failed` where the store can't be listed; a fault with a single
 * slot is logged.
 */
export async function sweepSlots(ground: SlotGround): Promise<SweepReport> {
  const report = {
    checkedSlots: 0,
    movedSlots: 0,
    handledSlots: 0,
    removedSlots: 0,
    removedFiles: 0,
  }
  const running = new Set<Promise<void>>()
  let after: string | null | undefined
  while (after !== null) {
    const page = await ground.store.list(after === undefined ? {} : { after })
    for (const record of page.records) {
      report.checkedSlots += 1
      if (report.checkedSlots % slotsPerTurn === 0) await nextTurn()
      const done = await sweepSlot(ground, record).catch((cause: unknown) => {
        const message = 'A slot could not be swept.'
        ground.log({ level: 'error', event: 'sweep-failed', message, slotId: record.id, cause })
        return null
      })
      if (done === 'moved') report.movedSlots += 1
      if (done === 'removed') report.removedSlots += 1
      if (done === null || typeof done === 'string') continue
      report.handledSlots += 1
      const handling: Promise<void> = done.handled.finally(() => running.delete(handling))
      running.add(handling)
      if (running.size >= maxHandlersAtOnce) await Promise.race(running)
    }
    after = page.next
  }
  await Promise.all(running)
  report.removedFiles = await sweepSpool(ground)
  return report
}

/**
 * Recovers a slot that somebody asks about and whose handler died with its process, without waiting
 * for the next sweep or for the handler that may start. Gives the record as it is then.
 *
 * @throws TitofistoError `slot-store-failed`
 */
export async function recoverDeadHandler(
  ground: SlotGround,
  record: SlotRecord,
): Promise<SlotRecord | null> {
  const { state } = record
  if (state.name !== 'handling' || !isLapsed(state.lease, momentOf(ground))) return record
  await sweepSlot(ground, record)
  return ground.store.read(record.id)
}

/** A handler that was started because nobody else had; never rejects. */
interface Recovered {
  readonly handled: Promise<void>
}

/** Does what is due about a slot, but does not wait for a handler that it starts. */
async function sweepSlot(
  ground: SlotGround,
  record: SlotRecord,
): Promise<'nothing' | 'moved' | 'removed' | Recovered> {
  if (isForOthers(ground, record)) return 'nothing'
  const rules = rulesFor(ground, record)
  const recovery = recoverSlot(record, rules, momentOf(ground))
  switch (recovery.kind) {
    case 'nothing':
      return 'nothing'
    case 'remove':
      return (await ground.store.remove(record.id, record.revision)) ? 'removed' : 'nothing'
    case 'handle':
      return takeOverHandling(ground, record)
    case 'move': {
      const change = await changeSlot(ground, record, (current) =>
        decideAgain(current, rules, momentOf(ground)),
      )
      if (!change.moved) return 'nothing'
      await dropUnneeded(ground, change.before, change.record)
      logRecovery(ground, change.record, recovery.because)
      return recovery.because === 'retried' ? takeOverHandling(ground, change.record) : 'moved'
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
function isForOthers(ground: SlotGround, { kind, state }: SlotRecord): boolean {
  if (ground.kinds.has(kind) || state.name !== 'handling') return false
  return state.lease.untilMs + strangerGraceMs > ground.nowMs()
}

function rulesFor(ground: SlotGround, record: SlotRecord): RecoveryRules {
  const kind = ground.kinds.get(record.kind)
  return {
    ...ground.recovery,
    idempotent: kind?.idempotent ?? false,
    keepEndedMs: kind?.replayMs ?? 600_000,
  }
}

async function takeOverHandling(
  ground: SlotGround,
  record: SlotRecord,
): Promise<'nothing' | Recovered> {
  const kind = ground.kinds.get(record.kind)
  if (kind === undefined) return 'nothing'
  return withLease(ground, async (lease) => {
    const change = await changeSlot(ground, record, (current) =>
      handleKeptUpload(current, lease, 'sweep', momentOf(ground)),
    )
    return change.moved ? { handled: runRecovered(ground, kind, change.record) } : 'nothing'
  })
}

async function runRecovered(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
): Promise<void> {
  const message = 'An upload that nobody had handled is handled now.'
  ground.log({ level: 'warn', event: 'slot-recovered', message, slotId: record.id })
  await handleUnasked(ground, kind, record)
}

const recoveryMessages: Record<RecoveryReason, string> = {
  expired: 'A slot expired unused.',
  'lease-lapsed': 'An upload broke off with its process; its slot is open again.',
  interrupted:
    'A process died while it handled an upload; the slot is interrupted, its bytes are kept.',
  retried: 'A process died while it handled an upload; the handler runs again.',
  discarded: 'The bytes of an interrupted slot were kept long enough and are removed.',
}

function logRecovery(ground: SlotGround, record: SlotRecord, because: RecoveryReason): void {
  ground.log({
    level: because === 'expired' ? 'info' : 'warn',
    event: `slot-${because}`,
    message: recoveryMessages[because],
    slotId: record.id,
  })
}

/** Removes spooled files that no slot needs, and gives their number. */
async function sweepSpool(ground: SlotGround): Promise<number> {
  const folder = ground.storage.spoolFolder
  let removed = 0
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    if (!(await isOrphaned(ground, name, path))) continue
    await removeSpooled(ground, [path])
    removed += 1
  }
  return removed
}

async function isOrphaned(ground: SlotGround, name: string, path: string): Promise<boolean> {
  const id = parseSlotId(name.slice(0, 22))
  if (id === null || ground.work.isHandling(id)) return false
  // The age first: what is new may be on its way to its record.
  const facts = await stat(path).catch(() => null)
  if (facts === null || !facts.isFile()) return false
  // The machine's clock wrote mtimeMs, so no other is compared with it.
  const ageMs = Date.now() - facts.mtimeMs
  if (ageMs < 2 * ground.leaseMs) return false
  const record = await ground.store.read(id)
  if (record === null) return ageMs >= strangerGraceMs
  const { state } = record
  const isInUse =
    spooledPathsOf(record).some((needed) => path.startsWith(needed)) ||
    (state.name === 'receiving' && name.startsWith(`${id}.${state.lease.holder}`))
  return !isInUse
}
