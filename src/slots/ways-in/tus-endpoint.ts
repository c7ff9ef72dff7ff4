// tus 1.0.0 on a slot's own URL. A slot is one upload; so creating, asking, appending and ending
// all happen here. What they come to is decided in uploads/, for all resumable protocols; here it
// gets tus's words.

import { isTitofistoError } from '../../errors.ts'
import type { Incoming, Reply } from '../../http/exchange.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import type { PartialUpload } from '../record/slot.ts'
import { replyToError, slotMethodNotAllowed, slotMissing } from '../handling/refusal-reply.ts'
import type { SlotAddress } from '../minting/slot-url.ts'
import { slotMethods } from './open-cors.ts'
import { takePiece } from '../uploads/resumable-upload.ts'
import type { Piece } from '../uploads/resumable-upload.ts'
import { findSlot } from '../uploads/slot-request.ts'
import type { SlotRequest } from '../uploads/slot-request.ts'
import {
  appended,
  createdAt,
  emptyReply,
  refuseTus,
  tellTusOutcome,
  tellTusStanding,
} from './tus-answers.ts'
import { formatTusOptions, tusResumableHeaders, tusVersionHeaders } from './tus-headers.ts'
import { readTusFileHead } from './tus-metadata.ts'
import { readTusRequest } from './tus-request.ts'
import type { TusPiece } from './tus-request.ts'
import { giveUpUpload, lookAtUpload, stopStale } from '../uploads/upload-standing.ts'

/** Answers a tus request on the URL of a slot whose token is good. Never rejects. */
export async function answerTus(
  parts: SlotParts,
  incoming: Incoming,
  slot: SlotAddress,
): Promise<Reply> {
  try {
    return withTusVersion(await answer(parts, incoming, slot))
  } catch (error) {
    const reply = replyToError(parts, slot.id, error)
    const isForeignVersion = isTitofistoError(error) && error.code === 'tus-version-unsupported'
    if (!isForeignVersion) return withTusVersion(reply)
    return { ...reply, headers: [...reply.headers, ...tusVersionHeaders] }
  }
}

async function answer(parts: SlotParts, incoming: Incoming, slot: SlotAddress): Promise<Reply> {
  const asked = readTusRequest(incoming)
  if (asked === null) return slotMethodNotAllowed(slotMethods)
  const request = await findSlot(parts, incoming, slot.id)
  if (request === null) return slotMissing
  switch (asked.kind) {
    case 'options':
      return emptyReply(204, formatTusOptions(null))
    case 'create':
    case 'append': {
      const success = asked.kind === 'create' ? createdAt(slot.url) : appended
      return tellTusOutcome(incoming, await takePiece(request, toPiece(request, asked)), success)
    }
    case 'head': {
      const current = await stopStale(request)
      const fileHead = readTusFileHead(current.record.tus?.metadata ?? null)
      return tellTusStanding(await lookAtUpload(current, { fileHead, endsAtLength: true }))
    }
    case 'delete': {
      const refusal = await giveUpUpload(await stopStale(request))
      return refusal === null ? emptyReply(204, []) : refuseTus(refusal)
    }
  }
}

/** A piece as all protocols have it. What was first said of the file counts. */
function toPiece({ record }: SlotRequest, asked: TusPiece): Piece {
  const isFirst = asked.kind === 'create'
  const known = isFirst ? null : record.tus
  const metadata = known?.metadata ?? asked.metadata
  return {
    isFirst,
    offsetBytes: isFirst ? 0 : asked.offsetBytes,
    lengthBytes: asked.lengthBytes,
    metadata,
    fileHead: readTusFileHead(metadata),
    hasBytes: !isFirst || asked.hasBytes,
    checksum: asked.checksum,
    ends: 'at-length',
    isOfOtherFile: known !== null && saysOtherFile(known, asked),
  }
}

/**
 * Whether a piece says of its file what the upload did not begin with. Between a client's question
 * and its piece another file may have come as far, to the byte: the offset alone does not tell.
 */
function saysOtherFile({ metadata: begunWith }: PartialUpload, asked: TusPiece): boolean {
  const isNew = begunWith === null && asked.kind === 'append' && asked.offsetBytes === 0
  return asked.metadata !== null && asked.metadata !== begunWith && !isNew
}

function withTusVersion(reply: Reply): Reply {
  if (reply.headers.includes('Tus-Resumable')) return reply
  return { ...reply, headers: [...reply.headers, ...tusResumableHeaders] }
}
