// Puts a move (record/lifecycle.ts) into the store, against everybody else who wants to move the
// slot, and removes the files that the slot needs no more.

import { isDeepStrictEqual } from 'node:util'
import { TitofistoError } from '../../errors.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import type { Move, MoveRefusal } from '../record/lifecycle.ts'
import type { SlotRecord } from '../record/slot.ts'
import { dropUnneeded } from './drop-spooled.ts'

// After 20 lost races others are making progress: give up.
const maxTries = 20

/** A move that is in the store, with the record that it was made on. */
export interface MadeChange {
  readonly moved: true
  readonly record: SlotRecord
  readonly before: SlotRecord
}

/** A move that is in the store, or why none is. */
export type Change = MadeChange | { readonly moved: false; readonly refusal: MoveRefusal }

/**
 * Makes a move, also where the record has changed meanwhile: then the move is decided anew.
 *
 * @throws TitofistoError `slot-store-failed`, `storage-full`.
 */
export async function changeSlot(
  parts: SlotParts,
  known: SlotRecord,
  decide: (record: SlotRecord) => Move,
): Promise<Change> {
  let record = known
  for (let attempt = 0; attempt < maxTries; attempt++) {
    const move = decide(record)
    if (!move.moved) return move
    if (await replaceOrFindOut(parts, move.record)) {
      await dropUnneeded(parts, record, move.record)
      return { ...move, before: record }
    }
    const current = await parts.store.read(record.id)
    if (current === null) return { moved: false, refusal: 'lost' }
    record = current
  }
  throw new TitofistoError('slot-store-failed', 'A slot changes too fast to be changed.')
}

/**
 * Puts a record into the store. A store that fails may have done it all the same, such as one over
 * a network whose answer was lost: what it has now says so. Each claim's record is like no other.
 */
async function replaceOrFindOut(parts: SlotParts, record: SlotRecord): Promise<boolean> {
  try {
    return await parts.store.replace(record, record.revision - 1)
  } catch (error) {
    const current = await parts.store.read(record.id).catch(() => null)
    if (!isDeepStrictEqual(current, record)) throw error
    return true
  }
}
