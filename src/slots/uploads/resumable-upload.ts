// The pieces of a resumable upload, whatever its protocol: each request claims the slot for as long
// as it sends, and gives it back with what is known by then; the one that brings the last byte starts
// the handler.

import { isTitofistoError, TitofistoError } from '../../errors.ts'
import { claimUpload, workUnderClaim } from '../claims/claimed-upload.ts'
import type { ClaimAtWork, ClaimedSlot } from '../claims/claimed-upload.ts'
import { removeUnnamed } from '../claims/drop-spooled.ts'
import type { Change } from '../claims/move-slot.ts'
import { takeOver } from '../claims/take-over.ts'
import { handleSlot, handleUnasked } from '../handling/handle-upload.ts'
import { moveRefusalOf } from '../handling/refusal-reply.ts'
import { limitsOf, momentOf, withLease, type KnownSlot } from '../parts/slot-parts.ts'
import { claimSlot, releaseSlot, takeFileOver } from '../record/claim-moves.ts'
import { promisedBytes, type PartialUpload } from '../record/slot.ts'
import { appendBytes, checkOffset, type PieceChecksum } from '../../receive/append-bytes.ts'
import { finishPieces } from '../../receive/finish-pieces.ts'
import type { FileHead } from '../../receive/intake/file-intake.ts'
import type { BodyCheck } from '../../receive/raw-body.ts'
import { readDigests } from '../../receive/intake/digest.ts'
import { answerAgain } from './answer-again.ts'
import { addTold, endsAt, newPartial, offsetOf, type ToldOfUpload } from './partial-upload.ts'
import type { SlotRequest } from './slot-request.ts'
import { startHandling } from './start-handling.ts'
import { refused, refusedAtEnd, type UploadOutcome } from './upload-outcome.ts'

/** One request's part of an upload, as its protocol has it. */
export interface Piece extends ToldOfUpload {
  /** Whether it begins an upload, in the place of an unfinished one. */
  readonly isFirst: boolean
  readonly offsetBytes: number
  readonly hasBytes: boolean
  readonly checksum: PieceChecksum | null
  /** Looks whether the bytes are a file's; missing where its client can send nothing else. */
  readonly bodyCheck?: BodyCheck
  /** When the upload is whole: once it has its length, with the end of this piece, or with a later one's. */
  readonly ends: 'at-length' | 'here' | 'later'
  /** Whether it says itself that its bytes belong to another file than the upload's. */
  readonly isOfOtherFile: boolean
}

/**
 * Takes a piece of an upload, and runs the handler on the whole where it is the last.
 *
 * @throws TitofistoError `upload-offset-mismatch`, `upload-other-file`, and whatever else was wrong with it.
 */
export async function takePiece(request: SlotRequest, piece: Piece): Promise<UploadOutcome> {
  const { parts, record } = request
  const again = await answerAgain(request, piece)
  if (again !== null) return again
  return withLease(parts, async (lease) => {
    const known = (piece.isFirst ? null : record.tus) ?? newPartial(request, lease)
    const claim = { lease, idempotencyDigest: request.keyDigest, partial: known }
    // What is not to be had says no more than that, whatever was wrong with the request besides.
    const prospect = claimSlot(record, claim, momentOf(parts))
    if (!prospect.moved) return refused(prospect.refusal)
    if (piece.isOfOtherFile)
      throw new TitofistoError('upload-other-file', 'Another file is being uploaded here.')
    // Before anything is written; appendBytes() looks once more, under the claim.
    checkOffset(await offsetOf(known), piece.offsetBytes)
    const provenBytes = isCheckedWhole(request, piece) ? piece.offsetBytes : null
    const waitsForEnd = piece.ends === 'later'
    const told = { ...addTold(known, piece, limitsOf(request)), provenBytes, waitsForEnd }
    const claimed = await claimUpload(request, { ...claim, partial: told })
    if (!claimed.moved) return refused(claimed.refusal)
    // At the end of an upload answerAgain() has seen that there are none.
    const hasBytes = piece.hasBytes && piece.offsetBytes !== known.lengthBytes
    return receivePiece(claimed, request, { ...piece, hasBytes }, told)
  })
}

async function receivePiece(
  claimed: ClaimedSlot,
  request: SlotRequest,
  piece: Piece,
  told: PartialUpload,
): Promise<UploadOutcome> {
  let partial = told
  let { offsetBytes } = piece
  const change = await workUnderClaim(claimed, async (claim) => {
    const taken = await takeOverOrGiveBack(claim, told)
    if (!taken.moved) return taken
    partial = taken.record.tus ?? told
    if (piece.hasBytes) offsetBytes = await append(claim, partial, request, piece)
    if (piece.ends === 'here' && partial.lengthBytes !== offsetBytes) {
      const ended = await endHere(claim, partial, offsetBytes)
      if (!ended.moved) return ended
      partial = ended.record.tus ?? partial
    }
    if (endsAt(partial, offsetBytes)) return finishUpload(claim, partial, piece.fileHead)
    return claim.held.move((current) => releaseSlot(current, claim.lease.holder, partial))
  })
  if (!change.moved) {
    // Somebody else has the upload by now, and may have it in another file.
    await removeUnnamed(request, [partial.path])
    return refusedAtEnd(change.refusal)
  }
  const { state, expiresMs } = change.record
  const { lengthBytes, metadata } = partial
  if (state.name !== 'handling')
    return { kind: 'partial', offsetBytes, lengthBytes, metadata, expiresMs }
  const slot = { ...request, record: change.record }
  const reply = await handleSlot(slot, request.incoming.platformRequest)
  const refusal = moveRefusalOf(reply)
  return refusal === null
    ? { kind: 'handled', lengthBytes: lengthBytes ?? 0, reply }
    : refusedAtEnd(refusal)
}

/**
 * Whether a request would begin an upload, as far as looking tells.
 *
 * @throws TitofistoError whatever is wrong with what it says.
 */
export function wouldBegin({ parts, record, ...slot }: SlotRequest, told: ToldOfUpload): boolean {
  const claim = {
    lease: { holder: '', untilMs: 0 },
    idempotencyDigest: null,
    partial: null,
  }
  if (!claimSlot(record, claim, momentOf(parts)).moved) return false
  const unknown = { path: '', writer: null, provenBytes: null, metadata: null }
  const lengthBytes = promisedBytes(record.policy)
  addTold({ ...unknown, lengthBytes }, told, limitsOf({ ...slot, parts, record }))
  return true
}

/** Finishes an upload whose bytes are all here while nobody works on it; the answer is not waited for. */
export async function finishLeftUpload(slot: KnownSlot, fileHead: FileHead): Promise<void> {
  const { tus: partial, idempotencyDigest } = slot.record
  if (partial === null) return
  await withLease(slot.parts, async (lease) => {
    // The answer is for the bearer of the key that came with the last byte.
    const claimed = await claimUpload(slot, { lease, idempotencyDigest, partial })
    if (!claimed.moved) return
    const change = await workUnderClaim(claimed, async (work) => {
      const taken = await takeOverOrGiveBack(work, partial)
      const own = taken.moved ? taken.record.tus : null
      return own === null ? taken : finishUpload(work, own, fileHead)
    })
    if (change.moved) void handleUnasked({ ...slot, record: change.record })
  })
}

/** Whether what a request brings counts only once all of it was seen to be right. */
function isCheckedWhole({ incoming }: SlotRequest, { checksum }: Piece): boolean {
  return checksum !== null || readDigests(incoming, { isPiece: true }).length > 0
}

async function takeOverOrGiveBack(claim: ClaimAtWork, partial: PartialUpload): Promise<Change> {
  try {
    return await takeOver(claim, partial)
  } catch (error) {
    // As it was: the file is not this claim's yet, nor cut to what was proven.
    await claim.giveBack(claim.before.tus)
    throw error
  }
}

/** The client says that no more bytes come: that is an upload's length, unless another was told. */
async function endHere(
  claim: ClaimAtWork,
  partial: PartialUpload,
  offsetBytes: number,
): Promise<Change> {
  const { lengthBytes } = partial
  try {
    if (lengthBytes !== null)
      throw new TitofistoError(
        'upload-incomplete',
        `The upload ended after ${offsetBytes} of its ${lengthBytes} bytes. Ask by HEAD, and go on from there.`,
        { actual: offsetBytes },
      )
    return await claim.held.move((current) =>
      takeFileOver(current, claim.lease.holder, { ...partial, lengthBytes: offsetBytes }),
    )
  } catch (error) {
    await claim.giveBack(partial)
    throw error
  }
}

/** Appends what the request brings; whatever came stays, and the slot is given back if it fails. */
async function append(
  claim: ClaimAtWork,
  partial: PartialUpload,
  { incoming }: SlotRequest,
  { offsetBytes, checksum, bodyCheck }: Piece,
): Promise<number> {
  const { reception } = claim
  const onProgress = (receivedBytes: number): void =>
    reception.onProgress(offsetBytes + receivedBytes, partial.lengthBytes)
  try {
    const checks = { checksum, ...(bodyCheck !== undefined && { bodyCheck }) }
    const appending = { ...partial, offsetBytes, ...checks }
    return await appendBytes(incoming, { ...reception, onProgress }, appending)
  } catch (error) {
    await claim.giveBack(partial)
    throw error
  }
}

/** All bytes are here: looks at them as a whole, and starts handling. */
async function finishUpload(
  claim: ClaimAtWork,
  partial: PartialUpload,
  fileHead: FileHead,
): Promise<Change> {
  try {
    const upload = await finishPieces(claim.reception, partial, fileHead)
    return await startHandling(claim, upload, { atOnce: false })
  } catch (error) {
    // What is refused as a whole would be refused again: its file goes.
    const isRefused =
      isTitofistoError(error) && error.status < 500 && error.code !== 'upload-offset-mismatch'
    // Where the upload is in already, the slot has moved on, and this moves nothing.
    await claim.giveBack(isRefused ? null : partial)
    throw error
  }
}
