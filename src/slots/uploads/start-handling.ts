// The end of every way in: all bytes of an upload are here, and its slot moves on to the handler.

import type { ClaimAtWork } from '../claims/claimed-upload.ts'
import { removeUnnamed } from '../claims/drop-spooled.ts'
import type { Change } from '../claims/move-slot.ts'
import { spoolDetails } from '../claims/spooled-details.ts'
import { startHandler } from '../claims/start-handler.ts'
import { tellReceived } from '../claims/tell-received.ts'
import { leaseFor, momentOf } from '../parts/slot-parts.ts'
import { markReceived } from '../record/claim-moves.ts'
import {
  handleReceived,
  handleUpload,
  putOffHandling,
  reopenSlot,
} from '../record/handler-moves.ts'
import type { Move } from '../record/lifecycle.ts'
import { spooledPathsOfUpload, type SlotRecord } from '../record/slot.ts'
import type { ReceivedUpload } from '../../receive/intake/reception.ts'

/**
 * Moves a slot on to its handler, by way of `received`; or `atOnce`, which saves a write, and costs
 * the upload if this process dies before the handler begins. Where that fails, files that the slot
 * does not need are removed, and the claim is the caller's to give back.
 *
 * @throws TitofistoError `slot-store-failed`, `storage-full`, `storage-failed`.
 */
export async function startHandling(
  claim: ClaimAtWork,
  received: ReceivedUpload,
  { atOnce }: { readonly atOnce: boolean },
): Promise<Change> {
  const upload = await spoolDetails(claim.reception, received).catch(async (error: unknown) => {
    await removeUnnamed(claim, spooledPathsOfUpload(received))
    throw error
  })
  const { parts, record, held } = claim
  const { holder } = claim.lease
  const lease = leaseFor(parts, holder)
  const starting = {
    slotId: record.id,
    holder,
    giveBack: (current: SlotRecord): Move =>
      atOnce ? reopenSlot(current, holder) : putOffHandling(current, holder),
  }
  const change = atOnce
    ? await startHandler(parts, starting, () =>
        held.move((current) => handleUpload(current, lease, upload)),
      )
    : await held.move((current) => markReceived(current, lease, upload))
  // Not moved: the slot was taken back meanwhile.
  if (!change.moved) {
    await removeUnnamed(claim, spooledPathsOfUpload(upload))
    return change
  }
  tellReceived(claim, upload, claim.beganMs)
  if (atOnce) return change
  return startHandler(parts, starting, () =>
    held.move((current) => handleReceived(current, lease, 'receiver', momentOf(parts))),
  )
}
