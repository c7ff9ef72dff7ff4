// An upload that comes in one piece: claimed before its body is read, received, handled, answered.

import { notFound } from '../../http/plain-replies.ts'
import type { Incoming, Reply } from '../../http/exchange.ts'
import { changeSlot } from '../claims/move-slot.ts'
import type { Change } from '../claims/move-slot.ts'
import { workUnderClaim } from '../claims/claimed-upload.ts'
import type { ClaimAtWork } from '../claims/claimed-upload.ts'
import type { SlotKindRules } from '../kinds/define-kind.ts'
import { momentOf, withLease } from '../parts/slot-parts.ts'
import type { SlotGround } from '../parts/slot-parts.ts'
import { handleSlot } from '../handling/handle-upload.ts'
import { claimSlot, handleKeptUpload, handleUpload, keepUpload } from '../record/lifecycle.ts'
import type { Claim } from '../record/lifecycle.ts'
import { receiveUpload } from '../../receive/receive-upload.ts'
import { readUploadHead } from '../../receive/upload-head.ts'
import type { ReceivedUpload, Reception } from '../../receive/intake/reception.ts'
import { replyToRefusal } from '../handling/refusal-reply.ts'
import { digestIdempotencyKey, replayFor } from '../handling/replay.ts'
import { spooledPathsOfUpload } from '../record/slot.ts'
import type { Lease, SlotId, SlotRecord } from '../record/slot.ts'
import { dropUnneeded, removeSpooled, removeUnnamed } from '../claims/drop-spooled.ts'
import { recoverDeadHandler } from '../sweep/sweep.ts'
import { spoolDetails } from '../claims/spooled-details.ts'

/**
 * Takes a POST or PUT on a slot's URL whose token is good.
 *
 * @throws TitofistoError whatever the upload was refused with, `slot-handler-failed`,
 * `slot-handler-timeout`, `slot-store-failed`. Unless the slot has ended, it is open again.
 */
export async function takePlainUpload(
  ground: SlotGround,
  incoming: Incoming,
  id: SlotId,
): Promise<Reply> {
  const found = await ground.store.read(id)
  const record = found === null ? null : await recoverDeadHandler(ground, found)
  if (record === null) return notFound
  const kind = ground.kinds.get(record.kind)
  if (kind === undefined) return refuseUnknownKind(ground, record)
  return withLease(ground, (lease) => takeUnderLease(ground, kind, incoming, record, lease))
}

async function takeUnderLease(
  ground: SlotGround,
  kind: SlotKindRules,
  incoming: Incoming,
  record: SlotRecord,
  lease: Lease,
): Promise<Reply> {
  const claim: Claim = { lease, idempotencyDigest: digestIdempotencyKey(incoming), tus: null }
  const replay = replayFor(record, kind, claim.idempotencyDigest, ground.nowMs())
  if (replay !== null) return replay
  // Twice: what can be refused by looking is refused before anything is written.
  const prospect = claimSlot(record, claim, momentOf(ground))
  if (!prospect.moved) return replyToRefusal(prospect.refusal)
  const head = readUploadHead(incoming, { ...kind.limits, ...record.policy })
  const claimed = await changeSlot(ground, record, (current) =>
    claimSlot(current, claim, momentOf(ground)),
  )
  if (!claimed.moved) return replyToRefusal(claimed.refusal)
  await dropUnneeded(ground, claimed.before, claimed.record)

  const change = await workUnderClaim(ground, kind, claimed.record, lease, (work) =>
    receive(ground, claimed.record.id, work, (reception) =>
      receiveUpload(incoming, head, reception),
    ),
  )
  if (!change.moved) return replyToRefusal(change.refusal)
  return handleSlot(ground, kind, change.record, incoming.platformRequest)
}

/** The kind may be defined in another process only, or no more; the slot waits. */
export function refuseUnknownKind(ground: SlotGround, record: SlotRecord): Reply {
  ground.log({
    level: 'warn',
    event: 'slot-kind-unknown',
    message: `An upload came for a slot of kind "${record.kind}", which this process does not define.`,
    slotId: record.id,
  })
  return notFound
}

/** Receives the bytes under the claim, and starts handling; a failure gives the slot back. */
async function receive(
  ground: SlotGround,
  id: SlotId,
  claim: ClaimAtWork,
  takeBytes: (reception: Reception) => Promise<ReceivedUpload>,
): Promise<Change> {
  try {
    return await startHandling(ground, id, claim, await takeBytes(claim.reception))
  } catch (error) {
    // Where the upload is in already, the slot has moved on, and this moves nothing.
    await claim.giveBack(null)
    throw error
  }
}

// A large upload is worth one more write: then its handler runs even if this process dies before
// it has begun. A small one would pay for that with a fifth of its time.
const smallBytes = 1024 * 1024

async function startHandling(
  ground: SlotGround,
  id: SlotId,
  { hold, reception, renewedLease }: ClaimAtWork,
  received: ReceivedUpload,
): Promise<Change> {
  const upload = await spoolDetails(reception, received).catch(async (error: unknown) => {
    await removeSpooled(ground, spooledPathsOfUpload(received))
    throw error
  })
  const lease = renewedLease()
  const bytes = upload.files.reduce((sum, file) => sum + file.sizeBytes, 0)
  const isSmall = bytes <= smallBytes
  const first = await hold.move((current) =>
    isSmall ? handleUpload(current, lease, upload) : keepUpload(current, lease, upload),
  )
  if (!first.moved) {
    // The slot was taken back meanwhile.
    await removeUnnamed(ground, id, spooledPathsOfUpload(upload))
    return first
  }
  if (isSmall) return first
  return hold.move((current) => handleKeptUpload(current, lease, 'keeper', momentOf(ground)))
}
