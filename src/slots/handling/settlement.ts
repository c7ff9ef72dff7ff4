// What a handler's outcome comes to: the slot's next state, and what the uploader is told.

import { toAnswer, toResult, untold } from './handler-result.ts'
import type { Reply } from '../../http/exchange.ts'
import { isResponse } from '../../http/response-reply.ts'
import type { KnownSlot } from '../parts/slot-parts.ts'
import { endHandling, failHandling, reopenSlot } from '../record/handler-moves.ts'
import type { HandlerEnding, Handling } from '../record/handler-moves.ts'
import type { Move } from '../record/lifecycle.ts'
import type { HandledUpload, SlotRecord } from '../record/slot.ts'
import { createDeadline } from './deadline.ts'
import { logFailure, toFailure } from './handler-failure.ts'
import { refuse } from './problem.ts'
import { readResponse } from './response-answer.ts'
import type { HandlerOutcome } from './run-handler.ts'
import type { Told } from './tell-run.ts'

/** A run of a handler that has begun: the record and its state are those that it began with. */
export interface BegunRun extends KnownSlot {
  readonly state: Handling
  readonly holder: string
}

/** What becomes of the slot, and what its uploader is told. */
export type Settlement = {
  readonly decide: (record: SlotRecord) => Move
  /** Where it is for good. */
  readonly endsAs?: HandlerEnding['name']
} & Told

/** Decides what a handler's outcome comes to. Never rejects. */
export async function decideSettlement(
  run: BegunRun,
  outcome: HandlerOutcome,
): Promise<Settlement> {
  const { parts, record, holder } = run
  const begun = { holder, attempt: record.attempt, upload: run.state.upload }
  switch (outcome.kind) {
    case 'returned': {
      const reply = await toAnswerAnyway(run, outcome)
      const answer = toResult(reply)
      // Only who bears the key may ask again; without one, the answer is for the minting side alone.
      const kept = record.idempotencyDigest === null ? { result: null, answer } : { result: answer }
      const sinceMs = parts.nowMs()
      const ending = { name: 'done', ...kept, ...savedOf(outcome), sinceMs } as const
      return {
        reply,
        endsAs: ending.name,
        decide: (current) => endHandling(current, begun, ending),
      }
    }
    case 'rejected': {
      const { message, status, retry } = outcome.rejection
      const reply = refuse(status, 'upload-rejected', message)
      if (retry) return { reply, decide: (current) => reopenSlot(current, holder) }
      const result = toResult(reply)
      const sinceMs = parts.nowMs()
      const ending = { name: 'rejected', result, ...savedOf(outcome), sinceMs } as const
      return {
        reply,
        endsAs: ending.name,
        decide: (current) => endHandling(current, begun, ending),
      }
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
  run: BegunRun,
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
async function toResponseAnswer(run: BegunRun, response: Response, leftMs: number): Promise<Reply> {
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
