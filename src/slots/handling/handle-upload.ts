// From a handler's start to the slot's next state: runs it, records its answer, and says what the
// uploader is told. The record moves before the answer goes out.

import { isTitofistoError, TitofistoError } from '../../errors.ts'
import type { Reply } from '../../http/exchange.ts'
import { holdSlot, type HeldSlot } from '../claims/held-slot.ts'
import { leaseFor, type KnownSlot } from '../parts/slot-parts.ts'
import { createDeadline } from './deadline.ts'
import { handlerTimeout, isOfNames, logFailure, toFailure, wasLogged } from './handler-failure.ts'
import { toAnswer, toResult, untold } from './handler-result.ts'
import { refuse } from './problem.ts'
import { renewLease } from '../record/claim-moves.ts'
import { endHandling, failHandling, giveUpHandling, reopenSlot } from '../record/handler-moves.ts'
import type { Handling } from '../record/handler-moves.ts'
import type { Move, MoveRefusal } from '../record/lifecycle.ts'
import { markLiving } from '../../holders/living-claims.ts'
import { replyToRefusal } from './refusal-reply.ts'
import { isResponse } from '../../http/response-reply.ts'
import { readResponse } from './response-answer.ts'
import { runHandler, type HandlerOutcome } from './run-handler.ts'
import { tellOverdue, tellRun, type Told } from './tell-run.ts'
import type { HandledUpload, SlotRecord } from '../record/slot.ts'
import { areWhole } from '../claims/drop-spooled.ts'
import { undoStartLater } from '../claims/undo-start.ts'
import { writeDownLater } from '../claims/write-down-later.ts'

/** One run of a handler. */
interface Run extends KnownSlot {
  readonly state: Handling
  readonly holder: string
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
  async function write(): Promise<void> {
    const move = await held.move(settlement.decide)
    parts.work.tell(record.id)
    if (move.moved) tellRun(run, run.state.upload, outcome, settlement)
    else logFailure(run, `A handler ended on a slot that it had lost (${move.refusal}).`, null)
  }
  await write().catch((error: unknown) => {
    if ('reply' in settlement) dropReply(settlement.reply)
    writeDownLater(parts, { slotId: record.id, holder, write }, error)
    throw error
  })
  if ('failure' in settlement) throw settlement.failure
  return settlement.reply
}

/** What becomes of the slot, and what its uploader is told. */
type Settlement = { readonly decide: (record: SlotRecord) => Move } & Told

async function decideSettlement(run: Run, outcome: HandlerOutcome): Promise<Settlement> {
  const { parts, record, holder } = run
  switch (outcome.kind) {
    case 'returned': {
      const reply = await toAnswerAnyway(run, outcome)
      const answer = toResult(reply)
      // Only who bears the key may ask again; without one, the answer is for the minting side alone.
      const kept = record.idempotencyDigest === null ? { result: null, answer } : { result: answer }
      const sinceMs = parts.nowMs()
      const ending = { name: 'done', ...kept, ...savedOf(outcome), sinceMs } as const
      return { reply, decide: (current) => endHandling(current, holder, ending) }
    }
    case 'rejected': {
      const { message, status, retry } = outcome.rejection
      const reply = refuse(status, 'upload-rejected', message)
      if (retry) return { reply, decide: (current) => reopenSlot(current, holder) }
      const result = toResult(reply)
      const sinceMs = parts.nowMs()
      const ending = { name: 'rejected', result, ...savedOf(outcome), sinceMs } as const
      return { reply, decide: (current) => endHandling(current, holder, ending) }
    }
    case 'threw': {
      const failure = toFailure(run, outcome)
      // What has saved something would do so each time that it is asked.
      const isCounted = failure.code !== 'storage-unavailable' || outcome.saved.count > 0
      return {
        failure,
        // Who can resume need not send its bytes again; of the others nobody would use them.
        decide: (current) =>
          record.tus === null
            ? reopenSlot(current, holder)
            : failHandling(current, holder, isCounted),
      }
    }
  }
}

/** What a record keeps of it: of most uploads one name, of many nothing. */
function savedOf({ saved }: HandlerOutcome): Pick<HandledUpload, 'savedNames' | 'savedCount'> {
  const { names, count } = saved
  return count === 0 ? {} : { savedNames: names, savedCount: count }
}

/** A result we can't serialise must not rerun the handler: it has done its work. */
async function toAnswerAnyway(
  run: Run,
  { value, seconds }: HandlerOutcome & { kind: 'returned' },
): Promise<Reply> {
  try {
    if (!isResponse(value)) {
      const answer = toAnswer(value)
      return run.kind.page === false ? answer : { ...answer, receipt: run.state.upload.files }
    }
    return await toResponseAnswer(run, value, run.kind.handlerTimeoutMs - 1000 * seconds)
  } catch (cause) {
    logFailure(
      run,
      'A slot handler returned what is no answer: nothing, JSON, or a Response whose body comes in time.',
      cause,
    )
    return untold
  }
}

/** A body may take what is left of the handler's time, at least the grace; and the grace alone once all is to stop. */
async function toResponseAnswer(run: Run, response: Response, leftMs: number): Promise<Reply> {
  const { parts, kind } = run
  const { handlerGraceMs } = parts
  const deadline = createDeadline(Math.max(leftMs, handlerGraceMs))
  const forget = parts.work.onStop(() => deadline.shorten(handlerGraceMs))
  try {
    return await readResponse(response, deadline, kind.handlerTimeoutMs)
  } finally {
    forget()
    deadline.end()
  }
}

/** Frees what an answer that nobody gets would have been read from. */
function dropReply({ body }: Reply): void {
  // Never rejects: handler-result.ts made it.
  if (body.kind === 'stream') void body.stream.cancel()
}
