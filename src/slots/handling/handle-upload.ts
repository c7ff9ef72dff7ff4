// From a handler's start to the slot's next state: runs it, keeps its answer, and says what the
// uploader is told. The record moves before the answer goes out.

import { isTitofistoError, TitofistoError } from '../../errors.ts'
import type { Reply } from '../../http/exchange.ts'
import { holdSlot } from '../claims/move-slot.ts'
import type { Hold } from '../claims/move-slot.ts'
import type { SlotKindRules } from '../kinds/define-kind.ts'
import type { SlotGround } from '../parts/slot-parts.ts'
import { createDeadline } from './deadline.ts'
import { toAnswer, toPlainAnswer, untold } from './handler-result.ts'
import type { Answer } from './handler-result.ts'
import {
  failHandling,
  finishSlot,
  giveUpHandling,
  rejectSlot,
  renewLease,
  reopenSlot,
} from '../record/lifecycle.ts'
import type { Handling, Move, Refusal } from '../record/lifecycle.ts'
import { keepAlive } from '../holders/living-claims.ts'
import { replyToRefusal } from './refusal-reply.ts'
import { isResponse, readResponse } from './response-answer.ts'
import { runHandler } from './run-handler.ts'
import type { HandlerOutcome } from './run-handler.ts'
import type { SlotRecord } from '../record/slot.ts'
import { areWhole, dropUnneeded } from '../claims/drop-spooled.ts'

/**
 * Runs the handler of a slot that this process has just moved to `handling`, and moves it on.
 *
 * @throws TitofistoError `slot-handler-failed` where the handler threw, `slot-handler-timeout`
 * where its time ran out, `slot-store-failed` where the outcome could not be written down.
 */
export function handleSlot(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
  request: unknown,
): Promise<Reply> {
  const { state } = record
  if (state.name !== 'handling') throw new TypeError('Only a slot in handling can be handled.')
  const letGo = keepAlive(state.lease.holder)
  return ground.work.track(handle(ground, kind, record, state, request).finally(letGo))
}

/**
 * Runs the handler where nobody waits for its answer: after a restart, or for a client that only
 * asked. Never rejects: what goes wrong is in the log, and the slot has moved accordingly.
 */
export async function handleUnasked(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
): Promise<void> {
  try {
    dropReply(await handleSlot(ground, kind, record, null))
  } catch (cause) {
    if (isTitofistoError(cause) && cause.code.startsWith('slot-handler-')) return
    const message = 'What became of an upload could not be written down.'
    ground.log({ level: 'error', event: 'slot-failed', message, slotId: record.id, cause })
  }
}

async function handle(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
  state: Handling,
  request: unknown,
): Promise<Reply> {
  const { holder } = state.lease
  // Nobody takes a handler's slot but the sweep, where it thinks us dead; settling shows that.
  const hold = holdSlot(ground, record, holder, () => hold.end())
  const task: Task = { ground, kind, record, holder, hold }
  const refusal = await whyNotBegun(task, state).catch((error: unknown) => {
    hold.end()
    throw error
  })
  if (refusal !== null) {
    hold.end()
    return replyToRefusal(refusal)
  }
  const running = runHandler(ground, kind, record, state.upload, request)
  const outcome = await running.inTime
  if (outcome.kind !== 'overdue') return settle(task, outcome)

  hold.end()
  const givenUp = hold.move((current) => giveUpHandling(current, holder, ground.nowMs()))
  // Whoever waited is told now; should it end after all, its outcome still counts.
  running.atLast
    .then(async (atLast) => dropReply(await settle(task, atLast)))
    .catch((cause: unknown) => logFailure(task, 'A handler that was given up failed.', cause))
    .finally(keepAlive(holder))
  await givenUp
  const failure = handlerTimeout(kind)
  logFailure(task, 'A handler neither ended in its time nor heeded its signal.', failure)
  throw failure
}

/**
 * Looks once more before a handler begins: whether the slot is still ours, where this process has
 * slept meanwhile, and whether the bytes are those that came.
 *
 * @throws TitofistoError `storage-failed` where they are not; the slot is open again then.
 */
async function whyNotBegun(task: Task, { lease }: Handling): Promise<Refusal | null> {
  const { ground, record, holder, hold } = task
  if (lease.untilMs <= ground.nowMs()) {
    const untilMs = ground.nowMs() + ground.leaseMs
    const renewed = await hold.move((current) => renewLease(current, { holder, untilMs }))
    // Nobody else runs it where it was only given up: then this is its one run.
    if (!renewed.moved && renewed.refusal !== 'interrupted') return renewed.refusal
  }
  if (await areWhole(ground, record)) return null
  const failure = new TitofistoError('storage-failed', 'An uploaded file is not what came in.')
  logFailure(task, 'An upload is not handled: its files have changed in the spool.', failure)
  const move = await hold.move((current) => reopenSlot(current, holder))
  if (move.moved) await dropUnneeded(ground, record, move.record)
  throw failure
}

interface Task {
  readonly ground: SlotGround
  readonly kind: SlotKindRules
  readonly record: SlotRecord
  readonly holder: string
  readonly hold: Hold
}

/**
 * Writes down how a handler ended, drops what nobody needs any more, and gives the answer. The lease
 * is held until then: reading a Response's body takes its time, and who returned must not run again.
 */
async function settle(task: Task, outcome: HandlerOutcome): Promise<Reply> {
  const { ground, record, hold } = task
  const settlement = await decideSettlement(task, outcome).finally(() => hold.end())
  const move = await hold.move(settlement.decide).catch((error: unknown) => {
    if ('reply' in settlement) dropReply(settlement.reply)
    throw error
  })
  ground.work.tell(record.id)
  if (move.moved) await dropUnneeded(ground, record, move.record)
  else logFailure(task, `A handler ended on a slot that it had lost (${move.refusal}).`, null)
  if ('failure' in settlement) throw settlement.failure
  return settlement.reply
}

/** What becomes of the slot, and what its uploader is told. */
type Settlement = { readonly decide: (record: SlotRecord) => Move } & (
  | { readonly reply: Reply }
  | { readonly failure: TitofistoError }
)

async function decideSettlement(task: Task, outcome: HandlerOutcome): Promise<Settlement> {
  const { ground, record, holder } = task
  switch (outcome.kind) {
    case 'returned': {
      const { reply, result } = await toAnswerAnyway(task, outcome)
      // Only who bears the key may ask again.
      const kept = record.idempotencyDigest === null ? null : result
      return { reply, decide: (current) => finishSlot(current, holder, kept, ground.nowMs()) }
    }
    case 'rejected': {
      const { message, status, retry } = outcome.rejection
      const { reply, result } = toPlainAnswer(status, message)
      if (retry) return { reply, decide: (current) => reopenSlot(current, holder) }
      return { reply, decide: (current) => rejectSlot(current, holder, result, ground.nowMs()) }
    }
    case 'threw':
      return {
        failure: toFailure(task, outcome),
        // Who can resume need not send its bytes again; of the others nobody would use them.
        decide: (current) =>
          record.tus === null ? reopenSlot(current, holder) : failHandling(current, holder),
      }
  }
}

/** The handler has done its work: an answer that can't be told must not make it run again. */
async function toAnswerAnyway(
  task: Task,
  { value, leftMs }: HandlerOutcome & { kind: 'returned' },
): Promise<Answer> {
  try {
    return isResponse(value) ? await toResponseAnswer(task, value, leftMs) : toAnswer(value)
  } catch (cause) {
    logFailure(
      task,
      'A slot handler returned what is no answer: nothing, JSON, or a Response whose body comes in time.',
      cause,
    )
    return untold
  }
}

/** A body may take what is left of the handler's time, and the grace where that is less or all is to stop. */
async function toResponseAnswer(task: Task, response: Response, leftMs: number): Promise<Answer> {
  const { ground, kind } = task
  const { handlerGraceMs } = ground
  const deadline = createDeadline(Math.max(leftMs, handlerGraceMs))
  const forget = ground.work.onStop(() => deadline.shorten(handlerGraceMs))
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

const namingErrors: ReadonlySet<string> = new Set(['name-invalid', 'name-taken'])

function toFailure(task: Task, outcome: HandlerOutcome & { kind: 'threw' }): TitofistoError {
  const { error: cause, wasTimedOut } = outcome
  // The client chose the name, or a part of it, and can choose another.
  if (!wasTimedOut && isTitofistoError(cause) && namingErrors.has(cause.code)) return cause
  logFailure(task, wasTimedOut ? 'A slot handler ran out of time.' : 'A slot handler threw.', cause)
  return wasTimedOut
    ? handlerTimeout(task.kind, cause)
    : new TitofistoError('slot-handler-failed', 'The upload could not be handled.', { cause })
}

function handlerTimeout(kind: SlotKindRules, cause?: unknown): TitofistoError {
  const details = { limit: kind.handlerTimeoutMs / 1000, cause }
  return new TitofistoError('slot-handler-timeout', 'The upload took too long to handle.', details)
}

function logFailure({ ground, kind, record }: Task, message: string, cause: unknown): void {
  ground.log({
    level: 'error',
    event: 'slot-handler-failed',
    message: `${message} (kind "${kind.name}", run ${record.attempt})`,
    slotId: record.id,
    cause,
  })
}
