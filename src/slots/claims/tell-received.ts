// Tells that all bytes of a slot's upload are here.

import { secondsSince } from '../../events.ts'
import type { KnownSlot } from '../parts/slot-parts.ts'
import { sizeOfUpload } from '../record/slot.ts'
import type { ReceivedUpload } from '../../receive/intake/reception.ts'

/** Tells it; `beganMs`: when the request that brought the last byte began. */
export function tellReceived(
  { parts, record }: KnownSlot,
  upload: ReceivedUpload,
  beganMs: number,
): void {
  if (!parts.events.isHeard('slot-received')) return
  parts.events.tell({
    type: 'slot-received',
    slotId: record.id,
    kind: record.kind,
    bytes: sizeOfUpload(upload),
    fileCount: upload.files.length,
    seconds: secondsSince(beganMs),
  })
}
