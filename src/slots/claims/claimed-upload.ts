// The time between a claim and what becomes of it: bytes come in, the lease is kept alive, and the
// minting side may stop it all.

import { isTitofistoError } from '../../errors.ts'
import { holdSlot } from './move-slot.ts'
import type { Change, Hold } from './move-slot.ts'
import { readFields } from '../kinds/check-fields.ts'
import type { SlotKindRules } from '../kinds/define-kind.ts'
import type { SlotGround } from '../parts/slot-parts.ts'
import { releaseSlot } from '../record/lifecycle.ts'
import type { Refusal } from '../record/lifecycle.ts'
import type { Reception } from '../../receive/intake/reception.ts'
import type { Lease, SlotId, SlotRecord, TusFacts } from '../record/slot.ts'

/** A claim while its bytes come in. */
export interface ClaimAtWork {
  readonly id: SlotId
  readonly hold: Hold
  readonly holder: string
  readonly lease: Lease
  /** What a way in needs. */
  readonly reception: Reception
  /** The lease for what comes next, from now on. */
  readonly renewedLease: () => Lease
  /** Gives the slot back, for another try. Never rejects. */
  readonly giveBack: (tus: TusFacts | null) => Promise<void>
}

/**
 * Does the work of a claim that has just been made; the claim is left in whatever state it leads to.
 * Where the work fails because somebody else has the slot by now, that is what it comes to.
 */
export async function workUnderClaim(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
  lease: Lease,
  work: (claim: ClaimAtWork) => Promise<Change>,
): Promise<Change> {
  const { holder } = lease
  let lost: Refusal | null = null
  const begun = ground.work.begin(record.id, holder, record.tus !== null)
  const hold = holdSlot(ground, record, holder, () =>
    begun.stopSign.stop('The slot was taken back.'),
  )
  try {
    ground.storage.makeSpoolFolder?.()
    return await work({
      id: record.id,
      hold,
      holder,
      lease,
      reception: {
        limits: { ...kind.limits, ...record.policy },
        spoolFolder: ground.storage.spoolFolder,
        spoolPrefix: `${record.id}.${holder}`,
        durable: kind.durable,
        stopSign: begun.stopSign,
        onProgress: (receivedBytes, totalBytes) => begun.onProgress(receivedBytes, totalBytes),
        checkFields: async (fields) => void (await readFields(kind, fields)),
      },
      renewedLease: () => ({ holder, untilMs: ground.nowMs() + ground.leaseMs }),
      async giveBack(tus) {
        lost = await giveBack(ground, hold, record, holder, tus)
      },
    })
  } catch (error) {
    // Our own troubles with what is no longer ours are nothing to tell; a sender's faults are.
    const isSendersFault = isTitofistoError(error) && error.status < 500
    if (lost === null || isSendersFault) throw error
    const message = 'An upload failed here; its slot has moved on, or somebody else has it.'
    ground.log({
      level: 'warn',
      event: 'slot-hold-failed',
      message,
      slotId: record.id,
      cause: error,
    })
    return { moved: false, refusal: lost }
  } finally {
    hold.end()
    begun.end()
  }
}

/** Gives why the slot could not be given back, where somebody else has it; else `null`. */
async function giveBack(
  ground: SlotGround,
  hold: Hold,
  record: SlotRecord,
  holder: string,
  tus: TusFacts | null,
): Promise<Refusal | null> {
  try {
    const change = await hold.move((current) => releaseSlot(current, holder, tus))
    return change.moved ? null : change.refusal
  } catch (cause) {
    // The upload's own failure is what its sender must hear of.
    const message = 'A slot could not be given back; the next who asks gets it all the same.'
    ground.log({ level: 'error', event: 'slot-hold-failed', message, slotId: record.id, cause })
    return null
  }
}
