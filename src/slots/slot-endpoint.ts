// A slot's URL as a client sees it. The token comes first, then the way in; whatever happens below,
// what goes out is an answer.

import type { Incoming, Reply } from '../http/exchange.ts'
import { isPage } from '../pages/document.ts'
import type { Pages } from '../pages/pages.ts'
import type { SlotParts } from './parts/slot-parts.ts'
import { answerPage, pagesFor, toShownReply } from './ways-in/page-endpoint.ts'
import { answerOptions, slotMethods, withOpenCors } from './ways-in/open-cors.ts'
import { takeWholeUpload } from './ways-in/whole-upload.ts'
import { answerIetf } from './ways-in/ietf-endpoint.ts'
import { ietfOptions } from './ways-in/ietf-headers.ts'
import { isIetfRequest } from './ways-in/ietf-request.ts'
import { formatTusOptions } from './ways-in/tus-headers.ts'
import { isTusRequest } from './ways-in/tus-request.ts'
import { inWantedForm } from './handling/problem.ts'
import {
  isRefused,
  replyToError,
  slotMethodNotAllowed,
  slotMissing,
} from './handling/refusal-reply.ts'
import { createRequestEndpoint } from './requests/request-endpoint.ts'
import { isRequestPath } from './requests/request-url.ts'
import { readSlotPath, toSlotUrl } from './minting/slot-url.ts'
import type { SlotAddress } from './minting/slot-url.ts'
import type { SlotId } from './record/slot.ts'
import { answerTus } from './ways-in/tus-endpoint.ts'

/** Answers a request for what follows the upload namespace, `<id>/<token>`. Never rejects. */
export type SlotEndpoint = (incoming: Incoming, slotPath: string) => Promise<Reply>

/** Makes the endpoint that all slots share. */
export function createSlotEndpoint(parts: SlotParts): SlotEndpoint {
  const answerRequest = createRequestEndpoint(parts)
  return async (incoming, slotPath) => {
    if (incoming.method === 'OPTIONS')
      return withOpenCors(answerOptions(incoming, [...formatTusOptions(null), ...ietfOptions]))
    const pages = pagesFor(parts, incoming)
    if (isRequestPath(slotPath)) {
      const answered = await answerRequest(incoming, slotPath)
      tellRefused(parts, incoming, null, answered)
      return toOutward(pages, incoming, answered)
    }
    const id = readSlotPath(parts.keyring, slotPath)
    const reply =
      id === null
        ? slotMissing
        : await answer(parts, pages, incoming, {
            id,
            url: toSlotUrl(parts.urlBase, slotPath, incoming.target),
          })
    tellRefused(parts, incoming, id, reply)
    return toOutward(pages, incoming, reply)
  }
}

/** An answer as it goes out: in words for people, in the form that they asked for to programs. */
function toOutward(pages: Pages | null, incoming: Incoming, reply: Reply): Reply {
  const shown = pages === null ? reply : toShownReply(pages, incoming, reply)
  // A page is for people, and no script of another origin has to read it.
  if (isPage(shown)) return shown
  return withOpenCors(inWantedForm(shown, incoming.header('accept')))
}

function tellRefused(
  { events }: SlotParts,
  { method }: Incoming,
  id: SlotId | null,
  reply: Reply,
): void {
  if (!isRefused(reply) || method === 'HEAD' || !events.isHeard('slot-refused')) return
  const { status, refusal } = reply
  events.tell(
    id === null
      ? { type: 'slot-refused', reason: 'bad-url', status }
      : { type: 'slot-refused', reason: refusal, status, slotId: id },
  )
}

async function answer(
  parts: SlotParts,
  pages: Pages | null,
  incoming: Incoming,
  slot: SlotAddress,
): Promise<Reply> {
  if (isTusRequest(incoming)) return answerTus(parts, incoming, slot)
  if (isIetfRequest(incoming)) return answerIetf(parts, incoming, slot)
  // By tus its client learns what is missing.
  if (incoming.method === 'PATCH') return answerTus(parts, incoming, slot)
  try {
    if (incoming.method === 'POST' || incoming.method === 'PUT')
      return await takeWholeUpload(parts, incoming, slot.id)
    if (pages !== null) return await answerPage(parts, pages, incoming, slot.id)
    return slotMethodNotAllowed(slotMethods)
  } catch (error) {
    return replyToError(parts, slot.id, error)
  }
}
