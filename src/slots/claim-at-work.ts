// The time between a claim and what becomes of it: bytes come in, the lease is kept alive, and the
// minting side may stop it all.

import { holdSlot } from './change.ts'
import type { Hold } from './change.ts'
import type { SlotKindRules } from './define.ts'
import type { SlotGround } from './ground.ts'
import { releaseSlot } from './lifecycle.ts'
import type { Reception } from './receive/reception.ts'
import type { Lease, SlotRecord, TusFacts } from './slot.ts'

/** A claim while its bytes come in. */
export interface ClaimAtWork {
  readonly hold: Hold
  readonly holder: string
  /** What a way in needs. */
  readonly reception: Reception
  /** The lease for what comes next, from now on. */
  readonly renewedLease: () => Lease
  /** Gives the slot back, for another try. Never rejects. */
  readonly giveBack: (tus: TusFacts | null) => Promise<void>
}

/** Does the work of a claim that has just been made; the claim is left in whatever state it leads to. */
export async function workUnderClaim<Value>(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
  lease: Lease,
  work: (claim: ClaimAtWork) => Promise<Value>,
): Promise<Value> {
  const { holder } = lease
  const begun = ground.work.begin(record.id, holder, record.tus !== null)
  const hold = holdSlot(ground, record, holder, () =>
    begun.stopSign.stop('The slot was taken back.'),
  )
  try {
    return await work({
      hold,
      holder,
      reception: {
        limits: { ...kind.limits, ...record.policy },
        spoolFolder: ground.storage.spoolFolder,
        spoolPrefix: `${record.id}.${holder}`,
        durable: kind.durable,
        stopSign: begun.stopSign,
        onProgress: (receivedBytes) => begun.onProgress(receivedBytes),
      },
      renewedLease: () => ({ holder, untilMs: ground.nowMs() + ground.leaseMs }),
      giveBack: (tus) => giveBack(ground, hold, record, holder, tus),
    })
  } finally {
    hold.end()
    begun.end()
  }
}

async function giveBack(
  ground: SlotGround,
  hold: Hold,
  record: SlotRecord,
  holder: string,
  tus: TusFacts | null,
): Promise<void> {
  try {
    await hold.move((current) => releaseSlot(current, holder, tus))
  } catch (cause) {
    // The upload's own failure is what its sender must hear of.
    const message = 'A slot could not be given back; it is free when its lease runs out.'
    ground.log({ level: 'error', event: 'slot-hold-failed', message, slotId: record.id, cause })
  }
}
