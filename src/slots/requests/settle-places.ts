// What has become of a request's places. A place is free again only where its slot can never have an
// upload any more, by what the store says: a clock alone decides of no slot that was made.

import { changeSlot } from '../claims/move-slot.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import { endSlot, refuse } from '../record/lifecycle.ts'
import { settlePlaces } from '../record/request.ts'
import type { PlaceFate, RequestPlace, RequestRecord } from '../record/request.ts'
import type { SlotId, SlotRecord } from '../record/slot.ts'
import { changeRequest } from './change-request.ts'

/** How far the clocks of two machines may be apart. */
const clockLeewayMs = 60_000

/**
 * Looks at each place whose slot had not ended when it was looked at last, and writes down what has
 * become of it. Gives the request as it is then.
 *
 * @throws TitofistoError `slot-store-failed`, `storage-full`
 */
export async function settleRequest(
  parts: SlotParts,
  known: RequestRecord,
): Promise<RequestRecord> {
  const fates = new Map<SlotId, PlaceFate>()
  for (const place of known.state.places) {
    const fate = place.isTaken ? null : await fateOf(parts, place)
    if (fate !== null) fates.set(place.slotId, fate)
  }
  if (fates.size === 0) return known
  const change = await changeRequest(parts, known, (current) => settlePlaces(current, fates))
  if (change.moved) return change.record
  return (await parts.store.requests.read(known.id)) ?? known
}

/** What has become of a place; `null` where it is still held. */
async function fateOf(parts: SlotParts, place: RequestPlace): Promise<PlaceFate | null> {
  const slot = await parts.store.read(place.slotId)
  if (slot !== null) return fateOfSlot(parts, slot)
  // One that this version can't read may be about to have its upload.
  if (await parts.store.requests.has(place.slotId)) return null
  // Its process may sleep between taking the place and making the slot; if it wakes later than this,
  // the slot that it makes is expired from the start.
  return place.untilMs + clockLeewayMs <= parts.nowMs() ? 'free' : null
}

async function fateOfSlot(parts: SlotParts, slot: SlotRecord): Promise<PlaceFate | null> {
  switch (slot.state.name) {
    case 'done':
      return 'taken'
    case 'rejected':
    case 'revoked':
      return 'free'
    case 'expired':
      // Its handler may have done its work before it was lost: another upload could be one too many.
      return slot.state.wasInterrupted === true ? 'taken' : 'free'
    case 'open':
      return slot.expiresMs <= parts.nowMs() ? expire(parts, slot) : null
    default:
      return null
  }
}

/** Ends a slot whose time ran out, unless an upload has just begun: then that has the place. */
async function expire(parts: SlotParts, slot: SlotRecord): Promise<PlaceFate | null> {
  const change = await changeSlot(parts, slot, (current) => {
    const nowMs = parts.nowMs()
    const isLate = current.state.name === 'open' && current.expiresMs <= nowMs
    return isLate ? endSlot(current, { name: 'expired', sinceMs: nowMs }) : refuse(current)
  })
  if (!change.moved) return null
  const { id: slotId, kind } = slot
  if (parts.events.isHeard('slot-expired'))
    parts.events.tell({ type: 'slot-expired', slotId, kind, wasInterrupted: false })
  return 'free'
}
