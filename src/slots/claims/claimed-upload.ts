// A claim, from its making to what becomes of it: bytes come in, the lease is renewed, and the
// minting side may stop it all.

import { isTitofistoError, TitofistoError } from '../../errors.ts'
import { changeSlot, type Change } from './move-slot.ts'
import { holdSlot, type HeldSlot } from './held-slot.ts'
import { leaseFor, limitsOf, momentOf, type KnownSlot } from '../parts/slot-parts.ts'
import type { RunningUpload } from '../parts/running-work.ts'
import { claimSlot, releaseSlot, type Claim } from '../record/claim-moves.ts'
import type { MoveRefusal } from '../record/lifecycle.ts'
import { readFields } from '../../receive/read-fields.ts'
import type { ReceivedField, Reception } from '../../receive/intake/reception.ts'
import type { Lease, PartialUpload, SlotRecord } from '../record/slot.ts'

/** A claim that is in the store. Its record is the claimed one. */
export interface ClaimedSlot extends KnownSlot {
  readonly moved: true
  readonly before: SlotRecord
  readonly lease: Lease
}

/** A claim while its bytes come in. */
export interface ClaimAtWork extends ClaimedSlot {
  readonly held: HeldSlot
  /** When it began, by `performance.now()`. */
  readonly beganMs: number
  /** What a way in needs. */
  readonly reception: Reception
  /** Gives the slot back, for another try. Never rejects. */
  readonly giveBack: (partial: PartialUpload | null) => Promise<void>
}

/**
 * Claims a slot. What a claim knows of a resumable upload (its file, its length, how far it came) was
 * true of the record that was read; so it goes on only where nobody has changed that record since,
 * be it that this process has slept in between.
 *
 * @throws TitofistoError `slot-store-failed`, `storage-full`.
 */
export async function claimUpload(
  slot: KnownSlot,
  claim: Claim,
): Promise<ClaimedSlot | Extract<Change, { moved: false }>> {
  const { parts, record } = slot
  const change = await changeSlot(parts, record, (current) => {
    if (claim.partial !== null && current.revision !== record.revision)
      return { moved: false, refusal: 'busy' }
    // It lasts from now: looking has taken its time.
    const lease = leaseFor(parts, claim.lease.holder)
    return claimSlot(current, { ...claim, lease }, momentOf(parts))
  })
  if (!change.moved) return change
  const { id: slotId, kind, tus } = change.record
  if (parts.events.isHeard('slot-claimed'))
    parts.events.tell({ type: 'slot-claimed', slotId, kind, resumable: tus !== null })
  return { ...slot, ...change, lease: claim.lease }
}

/**
 * Does the work of a claim that has just been made; the claim is left in whatever state it leads to.
 * Where the work fails because somebody else has the slot by now, that is what it comes to.
 */
export async function workUnderClaim(
  claimed: ClaimedSlot,
  work: (claim: ClaimAtWork) => Promise<Change>,
): Promise<Change> {
  const { parts, record, lease } = claimed
  const { holder } = lease
  let lost: MoveRefusal | null = null
  const running = parts.work.begin(record.id, record.tus === null ? 'whole' : 'resumable')
  const held = holdSlot(parts, record, holder, () =>
    running.stopSign.stop('The slot was taken back.'),
  )

  async function giveBack(partial: PartialUpload | null): Promise<void> {
    try {
      const change = await held.move((current) => releaseSlot(current, holder, partial))
      lost = change.moved ? null : change.refusal
    } catch (cause) {
      // The upload's own failure is what its sender must hear of.
      const message = 'A slot could not be given back; the next who asks gets it all the same.'
      parts.log({ level: 'error', event: 'slot-hold-failed', message, slotId: record.id, cause })
    }
  }

  try {
    return await work({
      ...claimed,
      held,
      beganMs: running.beganMs,
      reception: receptionFor(claimed, holder, running),
      giveBack,
    })
  } catch (error) {
    // Our own troubles with what is no longer ours are nothing to tell; a sender's faults are.
    const isSendersFault = isTitofistoError(error) && error.status < 500
    if (lost === null || isSendersFault) throw error
    const message = 'An upload failed here; its slot has moved on, or somebody else has it.'
    const slotId = record.id
    parts.log({ level: 'warn', event: 'slot-hold-failed', message, slotId, cause: error })
    return { moved: false, refusal: lost }
  } finally {
    held.letGo()
    running.end()
  }
}

/** What a way in needs to take a slot's upload under this holder's name. Makes the spool's folder. */
export function receptionFor(slot: KnownSlot, holder: string, running: RunningUpload): Reception {
  const { parts, kind, record } = slot
  parts.storage.makeSpoolFolder?.()
  return {
    limits: limitsOf(slot),
    spoolFolder: parts.storage.spoolFolder,
    spoolPrefix: `${record.id}.${holder}`,
    durable: kind.durable,
    stopSign: running.stopSign,
    onProgress: (receivedBytes, totalBytes) => running.onProgress(receivedBytes, totalBytes),
    checkFields: (fields) => checkFields(slot, fields),
  }
}

/** Checks what came beside the files. A schema that throws is its writer's fault, and no storage's. */
async function checkFields(
  { parts, kind, record }: KnownSlot,
  fields: readonly ReceivedField[],
): Promise<void> {
  try {
    await readFields(kind.fieldsSchema, fields)
  } catch (cause) {
    if (isTitofistoError(cause)) throw cause
    const message = `The schema of option "fields" of kind "${kind.name}" threw.`
    parts.log({ level: 'error', event: 'slot-handler-failed', message, slotId: record.id, cause })
    throw new TitofistoError('slot-handler-failed', 'The upload could not be handled.', { cause })
  }
}
