// The change that starts a handler. Where the store fails it may have made that change all the same: a
// network broke before its answer came. Then the record says that a handler runs, and none does;
// nobody could tell it from one whose process has died, and the slot would be interrupted. So it is
// given back once the store says how it is.

import type { SlotParts } from '../parts/slot-parts.ts'
import type { Move } from '../record/lifecycle.ts'
import type { SlotId, SlotRecord } from '../record/slot.ts'
import { changeSlot, type Change } from './move-slot.ts'
import { writeDownLater } from './write-down-later.ts'

/** A handler that is to start, and the claim that it would start under: no other has it. */
export interface StartingHandler {
  readonly slotId: SlotId
  readonly holder: string
  /** Takes the start back; refused where it was not made. */
  readonly giveBack: (record: SlotRecord) => Move
}

/**
 * Starts a handler in the store. Only where this resolves with a change may it run.
 *
 * @throws TitofistoError `slot-store-failed`, `slot-store-unavailable`, `storage-full`
 */
export async function startHandler(
  parts: SlotParts,
  starting: StartingHandler,
  start: () => Promise<Change>,
): Promise<Change> {
  try {
    return await start()
  } catch (error) {
    giveBackLater(parts, starting, error)
    throw error
  }
}

/** Gives back a slot whose handler has not begun, whatever its record says, where the store failed by `failure`. */
export function giveBackLater(
  parts: SlotParts,
  { slotId, holder, giveBack }: StartingHandler,
  failure: unknown,
): void {
  const message = 'A handler has not begun; its slot is given back once the store takes changes.'
  async function write(): Promise<void> {
    const record = await parts.store.read(slotId)
    if (record !== null) await changeSlot(parts, record, giveBack)
  }
  writeDownLater(parts, { slotId, holder, write, message }, failure)
}
