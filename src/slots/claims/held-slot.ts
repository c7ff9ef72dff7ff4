// A slot that this process holds, by a claim or a running handler: its lease is renewed until it is
// let go.

import { leaseFor, type SlotParts } from '../parts/slot-parts.ts'
import { renewLease } from '../record/claim-moves.ts'
import type { Move } from '../record/lifecycle.ts'
import type { SlotRecord } from '../record/slot.ts'
import { changeSlot, type Change } from './move-slot.ts'

/** A slot in this process's hands. */
export interface HeldSlot {
  /** Makes the holder's next move, after whatever else is on its way to the store. */
  move(decide: (record: SlotRecord) => Move): Promise<Change>
  /** Ends the renewals. */
  letGo(): void
}

/** Renews a lease three times in its length, and calls back when somebody else has taken the slot. */
export function holdSlot(
  parts: SlotParts,
  held: SlotRecord,
  holder: string,
  onLost: () => void,
): HeldSlot {
  let record = held
  let lastWork: Promise<unknown> = Promise.resolve()

  /** One change at a time: a renewal must not make the holder's own move lose its revision. */
  function inTurn(decide: (record: SlotRecord) => Move): Promise<Change> {
    const work = lastWork.then(async () => {
      const change = await changeSlot(parts, record, decide)
      if (change.moved) record = change.record
      return change
    })
    lastWork = work.catch(() => {})
    return work
  }

  async function renew(): Promise<void> {
    const lease = leaseFor(parts, holder)
    try {
      const move = await inTurn((current) => renewLease(current, lease))
      if (!move.moved) onLost()
    } catch (cause) {
      // The next one may do; if none does, the lease runs out and the slot is free.
      const message = 'A slot in use could not be held.'
      parts.log({ level: 'warn', event: 'slot-hold-failed', message, slotId: held.id, cause })
    }
  }

  const timer = setInterval(() => void renew(), parts.leaseMs / 3)
  timer.unref()
  return { move: inTurn, letGo: () => clearInterval(timer) }
}
