// Resumable uploads of the IETF (draft-ietf-httpbis-resumable-upload) on a slot's own URL, which is both
// where an upload is created and where it goes on. What a request comes to is decided in uploads/,
// for all resumable protocols; here it gets the IETF's words.

import { isTitofistoError, type TitofistoError } from '../../errors.ts'
import type { Incoming, Reply } from '../../http/exchange.ts'
import { createBodyCheck } from '../../receive/raw-body.ts'
import { replyToError, slotMethodNotAllowed, slotMissing } from '../handling/refusal-reply.ts'
import type { SlotAddress } from '../minting/slot-url.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import { promisedBytes } from '../record/slot.ts'
import { takePiece, wouldBegin, type Piece } from '../uploads/resumable-upload.ts'
import { findSlot, type SlotRequest } from '../uploads/slot-request.ts'
import { giveUpUpload, lookAtUpload, stopStale } from '../uploads/upload-standing.ts'
import {
  emptyReply,
  explainRefusal,
  refuseIetf,
  refuseLength,
  tellIetfOutcome,
  tellIetfStanding,
} from './ietf-answers.ts'
import { formatLimits } from './ietf-headers.ts'
import { readIetfRequest, type IetfPiece } from './ietf-request.ts'
import { ietfVersionOf, isMarkedIetf, type IetfVersion } from './ietf-versions.ts'
import { slotMethods } from './open-cors.ts'
import { readTusFileHead } from './tus-metadata.ts'

/** Answers an IETF client's request on the URL of a slot whose token is good. Never rejects. */
export async function answerIetf(
  parts: SlotParts,
  incoming: Incoming,
  slot: SlotAddress,
): Promise<Reply> {
  try {
    return await answer(parts, incoming, slot)
  } catch (error) {
    return replyToError(parts, slot.id, error)
  }
}

async function answer(parts: SlotParts, incoming: Incoming, slot: SlotAddress): Promise<Reply> {
  const version = ietfVersionOf(incoming)
  const asked = readIetfRequest(incoming, version)
  if (asked === null) return slotMethodNotAllowed(slotMethods)
  if (asked.kind === 'inconsistent') return refuseLength(version)
  const request = await findSlot(parts, incoming, slot.id)
  if (asked.kind === 'retrieve' || asked.kind === 'cancel') {
    // By their method alone they mean nothing where no upload has begun.
    const isMeant = isMarkedIetf(incoming) || (request !== null && request.record.tus !== null)
    if (!isMeant) return slotMethodNotAllowed(slotMethods)
  }
  if (request === null) return slotMissing
  switch (asked.kind) {
    case 'retrieve': {
      const current = await stopStale(request)
      const fileHead = readTusFileHead(current.record.tus?.metadata ?? null)
      const standing = await lookAtUpload(current, {
        fileHead,
        endsAtLength: false,
      })
      return tellIetfStanding({ version, slot: current, location: null }, standing)
    }
    case 'cancel': {
      const refusal = await giveUpUpload(await stopStale(request))
      return refusal === null ? emptyReply(204, []) : refuseIetf(version, refusal)
    }
    case 'create':
      return take(request, asked, version, slot.url)
    case 'append':
      // Nobody sends two pieces at once: what came before has broken off, seen here or not.
      return take(await stopStale(request), asked, version, null)
  }
}

/** Takes a piece, and tells what it came to. */
async function take(
  request: SlotRequest,
  asked: IetfPiece,
  version: IetfVersion,
  location: string | null,
): Promise<Reply> {
  const piece = toPiece(request, asked)
  const toTell = { version, slot: request, location }
  try {
    if (location !== null) announce(request, piece, version, location)
    return tellIetfOutcome(toTell, await takePiece(request, piece))
  } catch (error) {
    const reply = replyToError(request.parts, request.record.id, error)
    if (!isTitofistoError(error)) return reply
    return isLengthAtFault(request, piece, error)
      ? refuseLength(version, reply)
      : explainRefusal(toTell, reply, error)
  }
}

/** Tells where the upload goes on should it break off: the client has that from nowhere else. */
function announce(
  request: SlotRequest,
  piece: Piece,
  version: IetfVersion,
  location: string,
): void {
  const { incoming } = request
  if (version.interop === null || incoming.inform === undefined) return
  if (!wouldBegin(request, piece)) return
  const interop = ['Upload-Draft-Interop-Version', String(version.interop)]
  const limits = formatLimits(version, request)
  incoming.inform(104, [...interop, 'Location', location, ...limits])
}

/** A piece as all protocols have it. What was first said of the file counts. */
function toPiece({ record }: SlotRequest, asked: IetfPiece): Piece {
  const isFirst = asked.kind === 'create'
  const metadata = isFirst ? asked.metadata : (record.tus?.metadata ?? null)
  return {
    isFirst,
    offsetBytes: isFirst ? 0 : asked.offsetBytes,
    lengthBytes: asked.lengthBytes,
    metadata,
    fileHead: readTusFileHead(metadata),
    hasBytes: true,
    checksum: null,
    ends: asked.isLast ? 'here' : 'later',
    isOfOtherFile: false,
    ...(isFirst && { bodyCheck: createBodyCheck(asked.isUrlencoded && asked.isLast) }),
    ...(isFirst && asked.reprDigest !== null && { reprDigest: asked.reprDigest }),
  }
}

/** Whether a piece was refused because the upload has another length than it says or brings. */
function isLengthAtFault({ record }: SlotRequest, piece: Piece, error: TitofistoError): boolean {
  const known = piece.isFirst ? null : (record.tus?.lengthBytes ?? null)
  const lengthBytes = known ?? promisedBytes(record.policy) ?? piece.lengthBytes
  switch (error.code) {
    case 'upload-incomplete':
      return true
    case 'upload-too-large':
      return error.limit === lengthBytes
    case 'upload-malformed':
      return piece.lengthBytes !== null && piece.lengthBytes !== lengthBytes
    default:
      return false
  }
}
