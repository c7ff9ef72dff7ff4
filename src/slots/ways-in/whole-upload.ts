// An upload that comes in one piece: claimed before its body is read (or, where that has come already,
// with its handler's start), received, handled, answered.

import type { Incoming, Reply } from '../../http/exchange.ts'
import type { Change } from '../claims/move-slot.ts'
import { claimReceived } from '../claims/claim-received.ts'
import { claimUpload, workUnderClaim } from '../claims/claimed-upload.ts'
import type { ClaimAtWork } from '../claims/claimed-upload.ts'
import { limitsOf, momentOf, withLease } from '../parts/slot-parts.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import { handleSlot } from '../handling/handle-upload.ts'
import { claimSlot } from '../record/claim-moves.ts'
import type { Claim } from '../record/claim-moves.ts'
import { receiveUpload } from '../../receive/receive-upload.ts'
import { readUploadHead } from '../../receive/upload-head.ts'
import type { UploadHead } from '../../receive/upload-head.ts'
import { moveRefusalOf, replyToRefusal, slotMissing } from '../handling/refusal-reply.ts'
import { replayFor } from '../handling/replay.ts'
import { sizeOfUpload } from '../record/slot.ts'
import type { Lease, SlotId } from '../record/slot.ts'
import { findSlot } from '../uploads/slot-request.ts'
import type { SlotRequest } from '../uploads/slot-request.ts'
import { startHandling } from '../uploads/start-handling.ts'

/**
 * Takes a POST or PUT on a slot's URL whose token is good.
 *
 * @throws TitofistoError whatever the upload was refused with, `slot-handler-failed`,
 * `slot-handler-timeout`, `slot-store-failed`. Unless the slot has ended, it is open again.
 */
export async function takeWholeUpload(
  parts: SlotParts,
  incoming: Incoming,
  id: SlotId,
): Promise<Reply> {
  const request = await findSlot(parts, incoming, id)
  if (request === null) return slotMissing
  return (
    replayFor(request, request.keyDigest) ??
    withLease(parts, (lease) => takeUnderLease(request, lease))
  )
}

async function takeUnderLease(request: SlotRequest, lease: Lease): Promise<Reply> {
  const { parts, record, incoming } = request
  const claim: Claim = { lease, idempotencyDigest: request.keyDigest, partial: null }
  // Twice: what can be refused by looking is refused before anything is written.
  const prospect = claimSlot(record, claim, momentOf(parts))
  if (!prospect.moved) return replyToRefusal(prospect.refusal)
  const head = readUploadHead(incoming, limitsOf(request))
  // A form's fields are looked at once its files are in the spool: a schema may take its time, and
  // meanwhile a sweep would take files that no record names, and no claim.
  const waitsForNobody = head.kind === 'raw' || request.kind.fieldsSchema === null
  const change =
    waitsForNobody && incoming.isBodyHere?.() === true
      ? await claimReceived(request, claim, (reception) => receiveUpload(incoming, head, reception))
      : await claimAndReceive(request, claim, head)
  // A twin with the same key may have come to its end meanwhile.
  if (!change.moved) return (await replayNow(request)) ?? replyToRefusal(change.refusal)
  const reply = await handleSlot({ ...request, record: change.record }, incoming.platformRequest)
  // Another run on this very upload may have come to another end.
  const isLost = moveRefusalOf(reply) !== null
  return (isLost ? await replayNow(request) : null) ?? reply
}

async function replayNow({
  parts,
  incoming,
  record,
  keyDigest,
}: SlotRequest): Promise<Reply | null> {
  const current = keyDigest === null ? null : await findSlot(parts, incoming, record.id)
  return current === null ? null : replayFor(current, keyDigest)
}

async function claimAndReceive(
  request: SlotRequest,
  claim: Claim,
  head: UploadHead,
): Promise<Change> {
  const claimed = await claimUpload(request, claim)
  if (!claimed.moved) return claimed
  return workUnderClaim(claimed, (work) => receive(request.incoming, head, work))
}

// A large upload is worth one more write: then its handler runs even if this process dies before
// it has begun. A small one would pay for that with a fifth of its time. And where a write is a trip,
// that trip is the very time that it would save the upload from: until an answer has come, nobody here
// knows that the upload is safe, and once it has, the handler begins.
const smallBytes = 1024 * 1024

/** Receives the bytes under the claim, and starts handling; a failure gives the slot back. */
async function receive(incoming: Incoming, head: UploadHead, claim: ClaimAtWork): Promise<Change> {
  try {
    const upload = await receiveUpload(incoming, head, claim.reception)
    const atOnce = claim.parts.store.isFar === true || sizeOfUpload(upload) <= smallBytes
    return await startHandling(claim, upload, { atOnce })
  } catch (error) {
    // Where the upload is in already, the slot has moved on, and this moves nothing.
    await claim.giveBack(null)
    throw error
  }
}
