// Tells what time, or a dead process, has done to a slot.

import type { SlotParts } from '../parts/slot-parts.ts'
import type { RecoveryReason } from '../record/recovery.ts'
import type { SlotEvent } from '../record/slot-events.ts'
import type { SlotRecord } from '../record/slot.ts'

/** Tells why a sweep moved a slot. Of one whose handler is to run again, its run tells. */
export function tellRecovery(
  { events }: SlotParts,
  { id: slotId, kind }: SlotRecord,
  because: RecoveryReason,
): void {
  const of = { slotId, kind }
  const event = toEvent(because, of)
  if (event !== null && events.isHeard(event.type)) events.tell(event)
}

function toEvent(
  because: RecoveryReason,
  of: Pick<Extract<SlotEvent, { type: 'slot-expired' }>, 'slotId' | 'kind'>,
): SlotEvent | null {
  switch (because) {
    case 'expired':
      return { type: 'slot-expired', ...of, wasInterrupted: false }
    case 'discarded':
      return { type: 'slot-expired', ...of, wasInterrupted: true }
    case 'lease-lapsed':
      return { type: 'slot-recovered', ...of, outcome: 'open-again' }
    case 'interrupted':
      return { type: 'slot-interrupted', ...of, reason: 'process-died' }
    case 'retried':
      return null
  }
}
