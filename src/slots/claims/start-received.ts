// Starts the handler of an upload that came in earlier: a client asks for another run, or nobody had
// begun the first.

import { momentOf, type KnownSlot } from '../parts/slot-parts.ts'
import { handleReceived } from '../record/handler-moves.ts'
import type { Lease } from '../record/slot.ts'
import { changeSlot, type Change } from './move-slot.ts'
import { undoStartLater } from './undo-start.ts'

/**
 * Makes the move; the handler is then the caller's to run.
 *
 * @throws TitofistoError `slot-store-failed`, `slot-store-unavailable`, `storage-full`.
 */
export async function startReceived(
  slot: KnownSlot,
  lease: Lease,
  by: 'client' | 'sweep',
): Promise<Change> {
  const { parts, record } = slot
  try {
    return await changeSlot(parts, record, (current) =>
      handleReceived(current, lease, by, momentOf(parts)),
    )
  } catch (failure) {
    undoStartLater(slot, { holder: lease.holder, failure, keepsUpload: true })
    throw failure
  }
}
