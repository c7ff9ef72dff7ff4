// What is done to a slot from outside: by the minting side, or by an uploader that wants no more of it.

import { endSlot, moveTo, refuse, type Move } from './lifecycle.ts'
import type { SlotRecord } from './slot.ts'

/** Takes a slot back, or gives it up. A running handler can't be taken back. */
export function revokeSlot(record: SlotRecord, nowMs: number): Move {
  const { name } = record.state
  const isRevocable =
    name === 'open' || name === 'receiving' || name === 'received' || name === 'interrupted'
  if (!isRevocable) return refuse(record)
  return endSlot(record, { name: 'revoked', sinceMs: nowMs })
}

/**
 * The uploader gives its upload up. Not where a handler is due or runs, nor where one may still run:
 * an interrupted slot's bytes are all that its minting side has to find out what became of them.
 */
export function abandonSlot(record: SlotRecord, nowMs: number): Move {
  return waitsForUploader(record) ? revokeSlot(record, nowMs) : refuse(record)
}

/** Lets a slot wait for longer; its time must not be over. */
export function extendSlot(record: SlotRecord, moreMs: number, nowMs: number): Move {
  if (!waitsForUploader(record)) return refuse(record)
  if (record.expiresMs <= nowMs) return refuse(record, 'expired')
  return moveTo({ ...record, expiresMs: record.expiresMs + moreMs }, record.state)
}

/**
 * The client of an upload that is done wants no more of it: what it could ask for again goes. The
 * minting side's own is not its to forget.
 */
export function forgetResult(record: SlotRecord): Move {
  const { state } = record
  if (state.name !== 'done') return refuse(record)
  const answer = state.result === null ? {} : { answer: state.result }
  return moveTo({ ...record, tus: null }, { ...state, ...answer, result: null })
}

/** Whether it is the uploader's turn: to send bytes, or to ask for another run of a handler that threw. */
function waitsForUploader({ state }: SlotRecord): boolean {
  return (
    state.name === 'open' ||
    state.name === 'receiving' ||
    (state.name === 'received' && state.failed)
  )
}
