// Gives one person a place of a request: a slot of their own.
//
//   1. the place, with the slot's id and end, goes into the request's list;
//   2. the slot is made, with that end;
//   3. the request is looked at once more: who closed it meanwhile may have looked for this slot too
//      soon to take it back; and of who asked again, the place may be somebody else's by now.
//
// Whoever dies in between leaves a place whose slot is not there; it is free again at the slot's end.

import { changeSlot } from '../claims/move-slot.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import type { NewSlot } from '../record/lifecycle.ts'
import { revokeSlot } from '../record/owner-moves.ts'
import { addPlace, findPlace, whyNoPlace } from '../record/request.ts'
import type { RequestPlace, RequestRecord, RequestRefusal } from '../record/request.ts'
import { newSlotId, storeSlot } from '../minting/mint.ts'
import { changeRequest } from './change-request.ts'
import { settleRequest } from './settle-places.ts'
import type { Turns } from './turns.ts'

/** What a person gave. */
export interface Wish {
  readonly person: string | null
  /** Names this one wish, so that a lost answer can be asked for again; `null` where nothing does. */
  readonly keyDigest: string | null
}

/** A slot for one person, or why there is none. */
export type TakenPlace =
  | { readonly taken: true; readonly slot: NewSlot }
  | { readonly taken: false; readonly refusal: RequestRefusal }

/**
 * Takes a place.
 *
 * @throws TitofistoError `slot-store-failed`, `storage-full`
 */
export function takePlace(
  parts: SlotParts,
  turns: Turns,
  known: RequestRecord,
  wish: Wish,
): Promise<TakenPlace> {
  return turns(known.id, async () => {
    const given = await findGiven(parts, known, wish)
    if (given !== null) {
      const before = await parts.store.read(given.slotId)
      if (before !== null) return { taken: true, slot: before }
      // Its slot could not be made, or not be told of: it is made now, in the same place.
      const filled =
        given.untilMs > parts.nowMs() ? await fillPlace(parts, known, given, wish) : null
      if (filled !== null) return filled
    }
    const place = toPlace(parts, known, wish)
    const added = await addOrMakeRoom(parts, known, place)
    if (!added.moved) return { taken: false, refusal: added.refusal }
    const filled = await fillPlace(parts, added.record, place, wish)
    return filled ?? { taken: false, refusal: 'full' }
  })
}

/** The place that was given for this very wish before. */
async function findGiven(
  parts: SlotParts,
  known: RequestRecord,
  { keyDigest }: Wish,
): Promise<RequestPlace | null> {
  if (keyDigest === null) return null
  const current = await parts.store.requests.read(known.id)
  return current === null ? null : findPlace(current, keyDigest)
}

/** Makes the slot of a place of the request's list; `null` where the place is not there any more. */
async function fillPlace(
  parts: SlotParts,
  record: RequestRecord,
  { slotId, untilMs }: RequestPlace,
  { person }: Wish,
): Promise<TakenPlace | null> {
  const { args, kind, policy, id } = record
  const request = { id, person }
  const slot: NewSlot = { id: slotId, kind, args, policy, expiresMs: untilMs, request }
  try {
    await storeSlot(parts, slot, parts.nowMs())
  } catch (error) {
    // It may be there all the same: the store's answer was lost, or the same wish came elsewhere.
    const made = await parts.store.read(slotId).catch(() => null)
    if (made === null) throw error
  }
  const current = await parts.store.requests.read(record.id)
  const why = current === null ? 'missing' : whyNoPlace(current, parts.nowMs())
  const isClosed = why === 'missing' || why === 'closed'
  const isHeld = current?.state.places.some((place) => place.slotId === slotId) ?? false
  if (!isClosed && isHeld) return { taken: true, slot }
  await takeBack(parts, slot)
  return isClosed ? { taken: false, refusal: 'closed' } : null
}

function toPlace(parts: SlotParts, record: RequestRecord, { keyDigest }: Wish): RequestPlace {
  return {
    slotId: newSlotId(parts),
    untilMs: Math.min(parts.nowMs() + record.state.placeMs, record.expiresMs),
    isTaken: false,
    ...(keyDigest !== null && { keyDigest }),
  }
}

/** Adds a place; where all are given, looks first whether some are free again. */
async function addOrMakeRoom(parts: SlotParts, known: RequestRecord, place: RequestPlace) {
  const add = (current: RequestRecord) => addPlace(current, place, parts.nowMs())
  const added = await changeRequest(parts, known, add)
  if (added.moved || added.refusal !== 'full') return added
  const current = await parts.store.requests.read(known.id)
  return current === null ? added : changeRequest(parts, await settleRequest(parts, current), add)
}

async function takeBack(parts: SlotParts, { id }: NewSlot): Promise<void> {
  const made = await parts.store.read(id)
  if (made !== null) await changeSlot(parts, made, (current) => revokeSlot(current, parts.nowMs()))
}
