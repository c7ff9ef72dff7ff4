// Explains to a developer what an upload to a slot would come to, and what to do about it. Nothing is
// changed by it: where a process died, it says what the next look at the slot will make of it.

import { formatSeconds } from '../token/age.ts'
import { momentOf, type SlotParts } from './parts/slot-parts.ts'
import { hasRunsLeft } from './record/handler-moves.ts'
import { recoverSlot } from './record/recovery.ts'
import { recoveryRulesFor } from './sweep/sweep.ts'
import type { SlotId, SlotRecord } from './record/slot.ts'

/** Why a slot takes an upload, or does not. */
export type SlotReason =
  | 'slot-open'
  | 'slot-failed'
  | 'slot-busy'
  | 'slot-used'
  | 'slot-rejected'
  | 'slot-interrupted'
  | 'slot-revoked'
  | 'slot-expired'
  | 'slot-missing'
  | 'slot-kind-unknown'

/** Whether a slot takes an upload, and why. */
export interface SlotExplanation {
  readonly works: boolean
  readonly reason: SlotReason
  readonly message: string
  readonly advice: string
  readonly slotId: SlotId
  readonly kind?: string
  readonly issuedAt?: Date
  readonly expiresAt?: Date
}

/**
 * Explains a slot whose token is good.
 *
 * @throws TitofistoError `slot-store-failed`
 */
export async function explainSlot(parts: SlotParts, slotId: SlotId): Promise<SlotExplanation> {
  const found = await parts.store.read(slotId)
  if (found === null)
    return {
      works: false,
      reason: 'slot-missing',
      message: 'We signed this URL, but no such slot is remembered.',
      advice:
        'It ended a while ago (replaySeconds), or it is in another store: compare the option slotStore, or the root, of the process that made it. Make a new one.',
      slotId,
    }
  const record = toStanding(parts, found)
  const verdict = judge(record, parts.nowMs())
  const about = {
    slotId,
    kind: record.kind,
    issuedAt: new Date(record.createdMs),
    expiresAt: new Date(record.expiresMs),
  }
  if (parts.kinds.has(record.kind) || !isAlive(record)) return { ...verdict, ...about }
  return {
    works: false,
    reason: 'slot-kind-unknown',
    message: `This process does not define the slot's kind, "${record.kind}", so it takes no upload for it.`,
    advice: 'Define the kind in every process that takes uploads, under the same name.',
    ...about,
  }
}

/** The slot as the next upload or sweep will find it. */
function toStanding(parts: SlotParts, record: SlotRecord): SlotRecord {
  // Whether a handler that died may run again, only a process knows that has its kind.
  if (record.state.name === 'handling' && !parts.kinds.has(record.kind)) return record
  const recovery = recoverSlot(record, recoveryRulesFor(parts, record), momentOf(parts))
  return recovery.kind === 'move' ? recovery.record : record
}

/** Whether something can still come of it. */
function isAlive({ state: { name } }: SlotRecord): boolean {
  return name === 'open' || name === 'receiving' || name === 'received' || name === 'handling'
}

type Verdict = Pick<SlotExplanation, 'works' | 'reason' | 'message' | 'advice'>

function judge(record: SlotRecord, nowMs: number): Verdict {
  const { state } = record
  switch (state.name) {
    case 'open':
      return judgeOpen(record, nowMs)
    case 'receiving':
      return busy('An upload comes in.')
    case 'received':
      if (!state.failed) return busy('Its upload is here, and its handler is about to start.')
      return works('slot-failed', {
        message: 'Its upload is here, but its handler threw.',
        advice: hasRunsLeft(record)
          ? "Look into the log for what it threw. The client may ask for another run, or send the upload again while the slot's time lasts."
          : 'Look into the log for what it threw. It will not be started again on this upload; the client may send another one.',
      })
    case 'handling':
      return busy('Its handler runs.')
    case 'done':
      return over('slot-used', `Its upload was handled ${ago(state.sinceMs, nowMs)}.`)
    case 'rejected':
      return over(
        'slot-rejected',
        `Its handler refused the upload for good ${ago(state.sinceMs, nowMs)}.`,
      )
    case 'interrupted':
      return {
        works: false,
        reason: 'slot-interrupted',
        message: `The process died, or gave up waiting, while the handler ran, ${ago(state.sinceMs, nowMs)}: nobody knows how far it came.`,
        advice:
          'Look at what the handler has done. The bytes are kept for a while (keepInterruptedSeconds); "titofisto slots" says where. Then make a new slot.',
      }
    case 'revoked':
      return over(
        'slot-revoked',
        `It was taken back, or given up by its client, ${ago(state.sinceMs, nowMs)}.`,
      )
    case 'expired':
      return over('slot-expired', `Its time ran out ${ago(record.expiresMs, nowMs)}.`)
  }
}

function judgeOpen(record: SlotRecord, nowMs: number): Verdict {
  const left = formatSeconds((record.expiresMs - nowMs) / 1000)
  const begun = record.tus === null ? '' : ' A resumable upload has begun, and can go on.'
  return works('slot-open', {
    message: `The slot waits for its upload, for another ${left}.${begun}`,
    advice: 'Nothing to do.',
  })
}

function works(
  reason: SlotReason,
  words: { readonly message: string; readonly advice: string },
): Verdict {
  return { works: true, reason, ...words }
}

function busy(message: string): Verdict {
  return {
    works: false,
    reason: 'slot-busy',
    message: `${message} Until that ends, no other upload is taken.`,
    advice: 'Wait: if it fails, the slot is free again.',
  }
}

function over(reason: SlotReason, message: string): Verdict {
  const advice = 'Make a new slot: each takes one upload, in its time.'
  return { works: false, reason, message, advice }
}

function ago(sinceMs: number, nowMs: number): string {
  return `${formatSeconds(Math.max(0, nowMs - sinceMs) / 1000)} ago`
}
