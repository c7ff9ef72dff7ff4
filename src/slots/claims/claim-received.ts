// An upload whose body has come before anybody could have waited for it: received first, then claimed.
//
// A claim keeps others away while bytes come in. Where they are here, it would be a change of the
// record that lasts for no time; so it is made together with the handler's start. Until then nothing
// of the slot is this upload's: if it fails, or its process dies, the slot is as it was, and the
// spooled file is one that no record names. Of two such uploads one wins that change; the other is
// told what the slot is by then.

import { leaseFor, momentOf, type KnownSlot } from '../parts/slot-parts.ts'
import type { Claim } from '../record/claim-moves.ts'
import { claimAndHandle, reopenSlot } from '../record/handler-moves.ts'
import type { Move } from '../record/lifecycle.ts'
import { spooledPathsOfUpload, type SlotRecord } from '../record/slot.ts'
import type { ReceivedUpload, Reception } from '../../receive/intake/reception.ts'
import { receptionFor } from './claimed-upload.ts'
import { removeUnnamed } from './drop-spooled.ts'
import { changeSlot, type Change } from './move-slot.ts'
import { spoolDetails } from './spooled-details.ts'
import { startHandler } from './start-handler.ts'
import { tellReceived } from './tell-received.ts'

/**
 * Receives an upload, claims its slot, and starts its handling. The claim must count as living.
 *
 * @throws TitofistoError whatever the upload was refused with, `slot-store-failed`, `storage-full`;
 * the slot is as it was.
 */
export async function claimReceived(
  slot: KnownSlot,
  claim: Claim,
  receive: (reception: Reception) => Promise<ReceivedUpload>,
): Promise<Change> {
  const { parts, record } = slot
  const { holder } = claim.lease
  // It began in time, however long its fields are looked at.
  const moment = momentOf(parts)
  const running = parts.work.begin(record.id, 'unclaimed')
  try {
    const reception = receptionFor(slot, holder, running)
    const received = await receive(reception)
    const upload = await spoolDetails(reception, received).catch(async (error: unknown) => {
      await removeUnnamed(slot, spooledPathsOfUpload(received))
      throw error
    })
    const giveBack = (current: SlotRecord): Move => reopenSlot(current, holder)
    const change = await startHandler(parts, { slotId: record.id, holder, giveBack }, () =>
      changeSlot(parts, record, (current) => {
        // It lasts from now: receiving has taken its time.
        const lease = leaseFor(parts, holder)
        return claimAndHandle(current, { ...claim, lease }, upload, moment)
      }),
    )
    if (!change.moved) {
      await removeUnnamed(slot, spooledPathsOfUpload(upload))
      return change
    }
    const { id: slotId, kind } = record
    if (parts.events.isHeard('slot-claimed'))
      parts.events.tell({ type: 'slot-claimed', slotId, kind, resumable: false })
    tellReceived(slot, upload, running.beganMs)
    return change
  } finally {
    running.end()
  }
}
