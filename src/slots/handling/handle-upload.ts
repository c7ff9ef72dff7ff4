// From a handler's start to the slot's next state: runs it, records its answer, and says what the
// uploader is told. The record moves before the answer goes out.

import { isTitofistoError, TitofistoError } from '../../errors.ts'
import { markLiving } from '../../holders/living-claims.ts'
import type { Reply } from '../../http/exchange.ts'
import { areWhole } from '../claims/drop-spooled.ts'
import { holdSlot, type HeldSlot } from '../claims/held-slot.ts'
import { undoStartLater } from '../claims/undo-start.ts'
import { writeDownLater } from '../claims/write-down-later.ts'
import { leaseFor, type KnownSlot } from '../parts/slot-parts.ts'
import { renewLease } from '../record/claim-moves.ts'
import { giveUpHandling, hasLaterUpload, reopenSlot } from '../record/handler-moves.ts'
import type { MoveRefusal } from '../record/lifecycle.ts'
import { handlerTimeout, isOfNames, logFailure, wasLogged } from './handler-failure.ts'
import { replyToRefusal } from './refusal-reply.ts'
import { runHandler, type HandlerOutcome } from './run-handler.ts'
import { decideSettlement, type BegunRun, type Settlement } from './settlement.ts'
import { tellOverdue, tellRun } from './tell-run.ts'

/** One run of a handler, and its hold on the slot. */
interface Run extends BegunRun {
  readonly held: HeldSlot
}

/**
 * Runs the handler of a slot that this process has just moved to `handling`, and moves it on.
 * `request` is the platform's, for the handler; `null` where nobody waits for the answer.
 *
 * @throws TitofistoError `slot-handler-failed` where the handler threw, `slot-handler-timeout`
 * where its time ran out, `slot-store-failed` where the outcome could not be written down.
 */
export function handleSlot(slot: KnownSlot, request: unknown): Promise<Reply> {
  const { parts, record } = slot
  const { state } = record
  if (state.name !== 'handling') throw new TypeError('Only a slot in handling can be handled.')
  const { holder } = state.lease
  const endLife = markLiving(holder)
  // Nobody takes a handler's slot but the sweep, where it thinks us dead; settling shows that.
  const held = holdSlot(parts, record, holder, () => held.letGo())
  return parts.work.track(handle({ ...slot, state, holder, held }, request).finally(endLife))
}

/**
 * Runs the handler where nobody waits for its answer: after a restart, or for a client that only
 * asked. Never rejects: what goes wrong is in the log, and the slot has moved accordingly.
 */
export async function handleUnasked(slot: KnownSlot): Promise<void> {
  try {
    dropReply(await handleSlot(slot, null))
  } catch (cause) {
    if (isTitofistoError(cause) && wasLogged(cause)) return
    const slotId = slot.record.id
    if (isOfNames(cause)) {
      const { message, code: reason } = cause
      slot.parts.log({ level: 'info', event: 'upload-refused', message, reason, slotId })
      return
    }
    const message = 'What became of an upload could not be written down.'
    slot.parts.log({ level: 'error', event: 'slot-failed', message, slotId, cause })
  }
}

async function handle(run: Run, request: unknown): Promise<Reply> {
  const { parts, record, holder, held } = run
  const refusal = await whyNotBegun(run).catch((error: unknown) => {
    held.letGo()
    // Who can resume need not send its bytes again, and who does not wait would not.
    const keepsUpload = record.tus !== null || request === null
    undoStartLater(run, { holder, failure: error, keepsUpload })
    throw error
  })
  if (refusal !== null) {
    held.letGo()
    return replyToRefusal(refusal)
  }
  const running = runHandler(run, run.state.upload, request)
  const outcome = await running.inTime
  if (outcome.kind !== 'overdue') return settle(run, outcome)

  held.letGo()
  const givenUp = held.move((current) => giveUpHandling(current, holder, parts.nowMs()))
  // Whoever waited is told now; should it end after all, its outcome still counts.
  running.atLast
    .then(async (atLast) => dropReply(await settle(run, atLast)))
    .catch((cause: unknown) => logFailure(run, 'A handler that was given up failed.', cause))
    .finally(markLiving(holder))
  if ((await givenUp).moved) tellOverdue(run)
  const failure = handlerTimeout(run.kind)
  logFailure(run, 'A handler neither ended in its time nor heeded its signal.', failure)
  throw failure
}

/**
 * Looks once more before a handler begins: whether the slot is still ours, where this process has
 * slept meanwhile, and whether the bytes are those that came.
 *
 * @throws TitofistoError `storage-failed` where they are not; the slot is open again then.
 */
async function whyNotBegun(run: Run): Promise<MoveRefusal | null> {
  const { parts, record, state, holder, held } = run
  if (state.lease.untilMs <= parts.nowMs()) {
    const lease = leaseFor(parts, holder)
    const renewed = await held.move((current) => renewLease(current, lease))
    // Nobody else runs it where it was only given up: then this is its one run.
    if (!renewed.moved && renewed.refusal !== 'interrupted') return renewed.refusal
  }
  if (await areWhole(parts, record)) return null
  const failure = new TitofistoError('storage-failed', 'An uploaded file is not what came in.')
  logFailure(run, 'An upload is not handled: its files have changed in the spool.', failure)
  await held.move((current) => reopenSlot(current, holder))
  throw failure
}

/**
 * Writes down how a handler ended, and gives the answer. The slot is held until then: reading a
 * Response's body takes its time, and what returned must not run again.
 */
async function settle(run: Run, outcome: HandlerOutcome): Promise<Reply> {
  const { parts, record, holder, held } = run
  const settlement = await decideSettlement(run, outcome).finally(() => held.letGo())
  async function write(): Promise<Reply | null> {
    const move = await held.move(settlement.decide)
    parts.work.tell(record.id)
    if (move.moved) {
      tellRun(run, run.state.upload, outcome, settlement)
      return null
    }
    logFailure(run, `A handler ended on a slot that it had lost (${move.refusal}).`, null)
    return (await isTrueAnyway(run, settlement, move.refusal)) ? null : replyToRefusal(move.refusal)
  }
  const refusal = await write().catch((error: unknown) => {
    if ('reply' in settlement) dropReply(settlement.reply)
    writeDownLater(parts, { slotId: record.id, holder, write }, error)
    throw error
  })
  if ('failure' in settlement) throw settlement.failure
  if (refusal === null) return settlement.reply
  // What is not written down is not true: who hears of a success would not come again.
  dropReply(settlement.reply)
  return refusal
}

/**
 * Whether an answer is true, though it is not what the slot came to: another run on the same upload came to
 * the same first; or another upload is wanted, and the slot may still take one.
 */
async function isTrueAnyway(
  { parts, record }: Run,
  { endsAs }: Settlement,
  refusal: MoveRefusal,
): Promise<boolean> {
  if (endsAs === undefined) return refusal === 'busy'
  const current = await parts.store.read(record.id).catch(() => null)
  return current?.state.name === endsAs && !hasLaterUpload(current, record.attempt)
}

/** Frees what an answer that nobody gets would have been read from. */
function dropReply({ body }: Reply): void {
  // Never rejects: handler-result.ts made it.
  if (body.kind === 'stream') void body.stream.cancel()
}
