// What time does to requests: places are settled, and what was over for long enough is forgotten.

import type { SlotParts } from '../parts/slot-parts.ts'
import { isForgettable, type RequestRecord } from '../record/request.ts'
import type { SlotId, SlotRecord } from '../record/slot.ts'
import { settleRequest } from './settle-places.ts'

/**
 * Does what is due about a request.
 *
 * @throws TitofistoError `slot-store-failed`, `storage-full`
 */
export async function sweepRequest(parts: SlotParts, record: RequestRecord): Promise<void> {
  const settled = await settleRequest(parts, record)
  if (isForgettable(settled, parts.nowMs()))
    await parts.store.requests.remove(settled.id, settled.revision)
}

/** The requests that a sweep has read. */
export type ReadRequests = Map<SlotId, RequestRecord>

/**
 * Whether an ended slot must be remembered, since its request says by it who sent what. One that ended
 * without an upload is taken off its request first: were it gone before, nobody could tell whether its
 * place is free.
 *
 * @throws TitofistoError `slot-store-failed`, `storage-full`
 */
export async function isKeptByRequest(
  parts: SlotParts,
  { id, request }: SlotRecord,
  alreadyRead: ReadRequests,
): Promise<boolean> {
  if (request === undefined) return false
  const isTaken = (record: RequestRecord | undefined): boolean =>
    record?.state.places.some((place) => place.slotId === id && place.isTaken) ?? false
  // A taken place stays taken, however long ago it was read.
  if (isTaken(alreadyRead.get(request.id))) return true
  const record = await parts.store.requests.read(request.id)
  // One that can't be read here may need it.
  if (record === null) return parts.store.requests.has(request.id)
  const settled = await settleRequest(parts, record)
  alreadyRead.set(request.id, settled)
  return settled.state.places.some((place) => place.slotId === id)
}
