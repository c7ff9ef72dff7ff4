// A slot's URL as a client sees it. The token comes first, then the way in; whatever happens below,
// what goes out is an answer.

import { methodNotAllowed, notFound } from '../http/plain-replies.ts'
import type { Incoming, Reply } from '../http/exchange.ts'
import type { SlotParts } from './parts/slot-parts.ts'
import { answerOptions, slotMethods, withOpenCors } from './ways-in/open-cors.ts'
import { takeWholeUpload } from './ways-in/whole-upload.ts'
import { formatTusOptions } from './ways-in/tus-headers.ts'
import { isTusRequest } from './ways-in/tus-request.ts'
import { replyToError } from './handling/refusal-reply.ts'
import type { SlotId } from './record/slot.ts'
import { readSlotPath } from './minting/slot-url.ts'
import { answerTus } from './ways-in/tus-endpoint.ts'

/** Answers a request for what follows the upload namespace, `<id>/<token>`. Never rejects. */
export type SlotEndpoint = (incoming: Incoming, slotPath: string) => Promise<Reply>

/** Makes the endpoint that all slots share. */
export function createSlotEndpoint(parts: SlotParts): SlotEndpoint {
  return async (incoming, slotPath) => {
    const id = readSlotPath(parts.keyring, slotPath)
    if (incoming.method === 'OPTIONS')
      return withOpenCors(answerOptions(incoming, formatTusOptions(null)))
    if (id === null) return withOpenCors(notFound)
    return withOpenCors(await answer(parts, incoming, id))
  }
}

async function answer(parts: SlotParts, incoming: Incoming, id: SlotId): Promise<Reply> {
  // PATCH has no meaning but in tus: there its client learns what is missing.
  if (isTusRequest(incoming) || incoming.method === 'PATCH') return answerTus(parts, incoming, id)
  try {
    if (incoming.method === 'POST' || incoming.method === 'PUT')
      return await takeWholeUpload(parts, incoming, id)
    return methodNotAllowed(slotMethods)
  } catch (error) {
    return replyToError(parts, id, error)
  }
}
