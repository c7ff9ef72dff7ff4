// An upload that comes in one piece: claimed before its body is read, received, handled, answered.

import { notFound } from '../http/plain-replies.ts'
import type { Incoming, Reply } from '../http/exchange.ts'
import { changeSlot, holdSlot } from './change.ts'
import type { Change, Hold } from './change.ts'
import type { SlotKindRules } from './define.ts'
import { newLease } from './ground.ts'
import type { SlotGround } from './ground.ts'
import { handleSlot } from './handle.ts'
import { claimSlot, handleKeptUpload, handleUpload, keepUpload, releaseSlot } from './lifecycle.ts'
import type { Claim } from './lifecycle.ts'
import { checkDeclared } from './receive/declared.ts'
import { receiveMultipart } from './receive/multipart.ts'
import { receiveRaw } from './receive/raw.ts'
import type { ReceivedUpload, Reception } from './receive/reception.ts'
import { replyToRefusal } from './refusal-reply.ts'
import { digestIdempotencyKey, replayFor } from './replay.ts'
import type { Lease, SlotId, SlotRecord } from './slot.ts'
import { dropUnneeded, removeSpooled } from './spool.ts'
import type { BegunUpload } from './work-here.ts'

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
  const record = await ground.store.read(id)
  const kind = ground.kinds.get(record?.kind ?? '')
  if (record === null) return notFound
  if (kind === undefined) return refuseUnknownKind(ground, record)

  const lease = newLease(ground)
  const claim: Claim = { lease, idempotencyDigest: digestIdempotencyKey(incoming), tus: null }
  const replay = replayFor(record, kind, claim.idempotencyDigest, ground.nowMs())
  if (replay !== null) return replay
  // Twice: what can be refused by looking is refused before anything is written.
  const prospect = claimSlot(record, claim, ground.nowMs())
  if (!prospect.moved) return replyToRefusal(prospect.refusal)
  const limits = { ...kind.limits, ...record.policy }
  checkDeclared(incoming, limits)
  const claimed = await changeSlot(ground, record, (current) =>
    claimSlot(current, claim, ground.nowMs()),
  )
  if (!claimed.moved) return replyToRefusal(claimed.refusal)
  await dropUnneeded(ground, claimed.before, claimed.record)

  const change = await receive(ground, kind, incoming, claimed.record, lease)
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
  kind: SlotKindRules,
  incoming: Incoming,
  record: SlotRecord,
  lease: Lease,
): Promise<Change> {
  const begun = ground.work.begin(record.id, lease.holder, false)
  const hold = holdSlot(ground, record, lease.holder, () => begun.stop('The slot was taken back.'))
  try {
    const reception = toReception(ground, kind, record, lease, begun)
    const upload = await receiveBody(incoming, reception).catch(async (error: unknown) => {
      await giveBack(ground, hold, record, lease)
      throw error
    })
    return await startHandling(ground, hold, lease, upload)
  } finally {
    hold.end()
    begun.end()
  }
}

/** What a way in needs to receive for a claim. */
export function toReception(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
  lease: Lease,
  begun: BegunUpload,
): Reception {
  return {
    limits: { ...kind.limits, ...record.policy },
    spoolFolder: ground.storage.spoolFolder,
    spoolPrefix: `${record.id}.${lease.holder}`,
    durable: kind.durable,
    signal: begun.signal,
    onProgress: (receivedBytes) => begun.onProgress(receivedBytes),
  }
}

function receiveBody(incoming: Incoming, reception: Reception): Promise<ReceivedUpload> {
  const type = incoming.header('content-type') ?? ''
  return /^\s*multipart\/form-data\b/i.test(type)
    ? receiveMultipart(incoming, reception)
    : receiveRaw(incoming, reception)
}

async function giveBack(
  ground: SlotGround,
  hold: Hold,
  record: SlotRecord,
  lease: Lease,
): Promise<void> {
  try {
    await hold.move((current) => releaseSlot(current, lease.holder, null))
  } catch (cause) {
    // The upload's own failure is what its sender must hear of.
    const message = 'A slot could not be given back; it is free when its lease runs out.'
    ground.log({ level: 'error', event: 'slot-hold-failed', message, slotId: record.id, cause })
  }
}

// A large upload is worth one more write: then its handler runs even if this process dies before
// it has begun. A small one would pay for that with a fifth of its time.
const smallBytes = 1024 * 1024

async function startHandling(
  ground: SlotGround,
  hold: Hold,
  lease: Lease,
  upload: ReceivedUpload,
): Promise<Change> {
  const renewed = { ...lease, untilMs: ground.nowMs() + ground.leaseMs }
  const bytes = upload.files.reduce((sum, file) => sum + file.sizeBytes, 0)
  const isSmall = bytes <= smallBytes
  const first = await hold.move((current) =>
    isSmall ? handleUpload(current, renewed, upload) : keepUpload(current, renewed, upload),
  )
  if (!first.moved) {
    // The slot was taken back meanwhile: nothing in the store names these bytes.
    const paths = upload.files.map((file) => file.path)
    await removeSpooled(ground, paths)
    return first
  }
  if (isSmall) return first
  return hold.move((current) => handleKeptUpload(current, renewed, 'keeper', ground.nowMs()))
}
