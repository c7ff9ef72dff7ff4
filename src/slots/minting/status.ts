// What the minting side can ask about a slot, and do to it, after its URL has gone out.

import { stat } from 'node:fs/promises'
import { changeSlot } from '../claims/move-slot.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import { extendSlot, revokeSlot } from '../record/owner-moves.ts'
import { parseSlotId, sizeOfUpload } from '../record/slot.ts'
import { tellAnswer, type SlotAnswer } from './slot-answer.ts'
import type { SlotId, SlotRecord, SlotStateName } from '../record/slot.ts'
import { dropUnneeded } from '../claims/drop-spooled.ts'

/** Where a slot stands, as plain JSON. */
export interface SlotStatus {
  /** The slot's id. */
  readonly id: SlotId
  /** The name of its kind. */
  readonly kind: string
  /** Where it stands; docs/slots.md shows how it goes from one to the other. */
  readonly state: SlotStateName
  /** ISO 8601, in UTC. */
  readonly createdAt: string
  /** Until when an upload could begin: ISO 8601, in UTC. */
  readonly expiresAt: string
  /** Bytes of the upload that are here; those on their way into another process show once they are whole. */
  readonly receivedBytes: number
  /** All bytes of the upload (of a form on its way in, with what stands around its files); `null` as long as nobody knows. */
  readonly totalBytes: number | null
  /** How many times the handler was started. */
  readonly attempt: number
  /** What the handler answered, for as long as the slot can be asked about; `null` as long as it has not. */
  readonly answer: SlotAnswer | null
  /** The names that the handler saved files under, once the slot is done or rejected; of very many, the first. */
  readonly savedNames: readonly string[]
  /** How often it saved a file: more than there are names where these were too many to keep. */
  readonly savedCount: number
}

/** Tells where a slot stands; `null` where there is none, or none any more. */
export async function readStatus(parts: SlotParts, id: string): Promise<SlotStatus | null> {
  const record = await findRecord(parts, id)
  return record === null ? null : toStatus(parts, record)
}

/** Tells where a slot of a record stands. */
export async function toStatus(parts: SlotParts, record: SlotRecord): Promise<SlotStatus> {
  const isLate = record.state.name === 'open' && record.expiresMs <= parts.nowMs()
  return {
    id: record.id,
    kind: record.kind,
    state: isLate ? 'expired' : record.state.name,
    createdAt: new Date(record.createdMs).toISOString(),
    expiresAt: new Date(record.expiresMs).toISOString(),
    ...(await countBytes(parts, record)),
    attempt: record.attempt,
    ...tellAnswer(record),
  }
}

async function countBytes(
  parts: SlotParts,
  record: SlotRecord,
): Promise<Pick<SlotStatus, 'receivedBytes' | 'totalBytes'>> {
  const { state, tus } = record
  if (state.name === 'received' || state.name === 'handling' || state.name === 'interrupted') {
    const bytes = sizeOfUpload(state.upload)
    return { receivedBytes: bytes, totalBytes: bytes }
  }
  if ('sizeBytes' in state && state.sizeBytes !== undefined)
    return { receivedBytes: state.sizeBytes, totalBytes: state.sizeBytes }
  if (state.name !== 'open' && state.name !== 'receiving')
    return { receivedBytes: 0, totalBytes: null }
  const here = state.name === 'receiving' ? parts.work.find(record.id) : null
  const spooled = tus === null ? null : await stat(tus.path).catch(() => null)
  return {
    receivedBytes: Math.max(here?.receivedBytes ?? 0, spooled?.size ?? 0),
    totalBytes: tus?.lengthBytes ?? here?.totalBytes ?? null,
  }
}

/**
 * Takes a slot back, stopping an upload that is coming in. `false` where there is nothing to take
 * back: the slot is unknown or has ended, or its handler runs.
 */
export async function revoke(parts: SlotParts, id: string): Promise<boolean> {
  const record = await findRecord(parts, id)
  if (record === null) return false
  // Also where its record says that it was given up.
  if (parts.work.isHandling(record.id)) return false
  const change = await changeSlot(parts, record, (current) => revokeSlot(current, parts.nowMs()))
  if (!change.moved) return false
  await parts.work.find(record.id)?.stop('The slot was revoked.')
  // Once more: until it stopped, the upload may have made its file anew.
  await dropUnneeded(parts, change.before, change.record)
  if (parts.events.isHeard('slot-revoked'))
    parts.events.tell({ type: 'slot-revoked', slotId: record.id, kind: record.kind, by: 'owner' })
  return true
}

/**
 * Lets a slot wait `moreSeconds` longer, and tells until when, as ISO 8601. `null` where it waits
 * no more: it is unknown, its time is over, or its upload is in.
 */
export async function extend(
  parts: SlotParts,
  id: string,
  moreSeconds: number,
): Promise<string | null> {
  const record = await findRecord(parts, id)
  if (record === null) return null
  const change = await changeSlot(parts, record, (current) =>
    extendSlot(current, Math.round(moreSeconds * 1000), parts.nowMs()),
  )
  if (!change.moved) return null
  const { id: slotId, kind, expiresMs } = change.record
  if (parts.events.isHeard('slot-extended'))
    parts.events.tell({ type: 'slot-extended', slotId, kind, moreSeconds })
  return new Date(expiresMs).toISOString()
}

async function findRecord(parts: SlotParts, id: string): Promise<SlotRecord | null> {
  const slotId = parseSlotId(id)
  return slotId === null ? null : parts.store.read(slotId)
}
