// Puts a move of lifecycle.ts into the store, against everybody else who wants to move the slot.

import { isDeepStrictEqual } from 'node:util'
import { TitofistoError } from '../../errors.ts'
import type { SlotGround } from '../parts/slot-parts.ts'
import { renewLease } from '../record/lifecycle.ts'
import type { Move, Refusal } from '../record/lifecycle.ts'
import type { SlotRecord } from '../record/slot.ts'

// Who loses so often loses to somebody who makes progress; it is not for us to wait longer.
const maxTries = 20

/** A move that was made, with the record that it was made on; or why none was. */
export type Change =
  | { readonly moved: true; readonly record: SlotRecord; readonly before: SlotRecord }
  | { readonly moved: false; readonly refusal: Refusal }

/**
 * Makes a move, also where the record has changed meanwhile: then the move is decided anew.
 *
 * @throws TitofistoError `slot-store-failed`, `storage-full`.
 */
export async function changeSlot(
  ground: SlotGround,
  known: SlotRecord,
  decide: (record: SlotRecord) => Move,
): Promise<Change> {
  let record = known
  for (let attempt = 0; attempt < maxTries; attempt++) {
    const move = decide(record)
    if (!move.moved) return move
    if (await replaceOrFindOut(ground, move.record)) return { ...move, before: record }
    const current = await ground.store.read(record.id)
    if (current === null) return { moved: false, refusal: 'lost' }
    record = current
  }
  throw new TitofistoError('slot-store-failed', 'A slot changes too fast to be changed.')
}

/**
 * Puts a record into the store. A store that fails may have done it all the same, such as one over
 * a network whose answer was lost: what it has now says so. Each claim's record is like no other.
 */
async function replaceOrFindOut(ground: SlotGround, record: SlotRecord): Promise<boolean> {
  try {
    return await ground.store.replace(record, record.revision - 1)
  } catch (error) {
    const current = await ground.store.read(record.id).catch(() => null)
    if (!isDeepStrictEqual(current, record)) throw error
    return true
  }
}

/** A claim or a running handler, kept alive in the store. */
export interface Hold {
  /** Makes the holder's next move, and ends the hold if it is the last. */
  move(decide: (record: SlotRecord) => Move): Promise<Change>
  /** Stops the signs of life. */
  end(): void
}

/** Renews a lease three times in its length, and calls back when somebody else has taken the slot. */
export function holdSlot(
  ground: SlotGround,
  held: SlotRecord,
  holder: string,
  onLost: () => void,
): Hold {
  let record = held
  let lastWork: Promise<unknown> = Promise.resolve()

  async function change(decide: (record: SlotRecord) => Move): Promise<Change> {
    const move = await changeSlot(ground, record, decide)
    if (move.moved) record = move.record
    return move
  }

  /** One change at a time: a renewal must not make the holder's own move lose its revision. */
  function inTurn(decide: (record: SlotRecord) => Move): Promise<Change> {
    const work = lastWork.then(() => change(decide))
    lastWork = work.catch(() => {})
    return work
  }

  async function renew(): Promise<void> {
    const untilMs = ground.nowMs() + ground.leaseMs
    try {
      const move = await inTurn((current) => renewLease(current, { holder, untilMs }))
      if (!move.moved) onLost()
    } catch (cause) {
      // The next one may do; if none does, the lease runs out and the slot is free.
      const message = 'A slot in use could not be held.'
      ground.log({ level: 'warn', event: 'slot-hold-failed', message, slotId: held.id, cause })
    }
  }

  const timer = setInterval(() => void renew(), ground.leaseMs / 3)
  timer.unref()
  return { move: inTurn, end: () => clearInterval(timer) }
}
