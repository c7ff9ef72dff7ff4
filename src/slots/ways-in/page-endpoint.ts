// A slot's URL in a browser: the page of one that takes an upload, and in words what a form was
// answered with. Programs never come here.

import type { Incoming, Reply } from '../../http/exchange.ts'
import { isFormNavigation, isNavigation } from '../../pages/navigation.ts'
import { checkUploadPageOptions, type UploadPageOptions } from '../../pages/page-options.ts'
import type { Pages } from '../../pages/pages.ts'
import {
  isRefused,
  replyToError,
  replyToRefusal,
  slotMethodNotAllowed,
  slotMissing,
} from '../handling/refusal-reply.ts'
import { limitsOf, momentOf, type SlotParts } from '../parts/slot-parts.ts'
import { claimSlot } from '../record/claim-moves.ts'
import type { SlotId } from '../record/slot.ts'
import { findSlot, type SlotRequest } from '../uploads/slot-request.ts'
import { slotMethods } from './open-cors.ts'

/** The pages that a request is to be answered with; `null` where a program asks, or there are none. */
export function pagesFor({ pages }: SlotParts, incoming: Incoming): Pages | null {
  if (pages === null) return null
  if (incoming.method === 'GET') return isNavigation(incoming) ? pages : null
  return incoming.method === 'POST' && isFormNavigation(incoming) ? pages : null
}

/** Answers a browser's `GET` on the URL of a slot whose token is good. Never rejects. */
export async function answerPage(
  parts: SlotParts,
  pages: Pages,
  incoming: Incoming,
  id: SlotId,
): Promise<Reply> {
  try {
    const request = await findSlot(parts, incoming, id)
    if (request === null) return slotMissing
    const refused = whyClosed(request)
    if (refused !== null) return refused
    const said = await saidOf(request)
    if (said === false) return slotMethodNotAllowed(slotMethods)
    const { maxBytes, minBytes, maxFiles, maxTotalBytes, accept } = limitsOf(request)
    return pages.upload(incoming, {
      ...said,
      maxBytes,
      minBytes,
      maxFiles,
      maxTotalBytes: maxTotalBytes ?? maxBytes * maxFiles,
      accept,
      expiresMs: request.record.expiresMs,
      isFormOnly: request.kind.fieldsSchema !== null || (said.fields ?? []).length > 0,
    })
  } catch (error) {
    return replyToError(parts, id, error)
  }
}

/** The refusal of a slot that will never take an upload again; one that is busy may, and has its page. */
function whyClosed({ parts, record }: SlotRequest): Reply | null {
  const claim = { lease: { holder: '', untilMs: 0 }, idempotencyDigest: null, partial: null }
  const prospect = claimSlot(record, claim, momentOf(parts))
  if (prospect.moved || prospect.refusal === 'busy') return null
  return replyToRefusal(prospect.refusal)
}

/** What the page of this slot says: of a file request's, what that says, and it has a page in any case. */
async function saidOf(request: SlotRequest): Promise<UploadPageOptions | false> {
  const said = await pageOf(request)
  const { parts, record } = request
  if (record.request === undefined) return said
  const asked = await parts.store.requests.read(record.request.id)
  const { title = null, message = null } = asked?.state ?? {}
  return {
    ...(said === false ? {} : said),
    ...(title !== null && { title }),
    ...(message !== null && { message }),
  }
}

/** What the kind says of this slot's page. What it should not say is logged, and left out. */
async function pageOf({ parts, kind, record }: SlotRequest): Promise<UploadPageOptions | false> {
  const { page } = kind
  if (typeof page !== 'function') return page
  try {
    const said = await page(record.args ?? undefined)
    if (said === false) return false
    checkUploadPageOptions(`What option "page" of slot kind "${kind.name}" gave`, said)
    return said
  } catch (cause) {
    parts.log({
      level: 'error',
      event: 'page-failed',
      message: `Option "page" of slot kind "${kind.name}" failed; the page went out without what it says.`,
      slotId: record.id,
      cause,
    })
    return {}
  }
}

/**
 * An answer as a person is to see it: a refusal in words, what arrived by name and size. What a
 * handler's `Response` says, it says to people, too.
 */
export function toShownReply(pages: Pages, incoming: Incoming, reply: Reply): Reply {
  if (reply.status === 404 && isRefused(reply)) return pages.gone(incoming)
  if (reply.problem !== undefined && reply.status !== 405)
    return pages.problem(incoming, reply.status, reply.problem)
  return reply.receipt === undefined ? reply : pages.receipt(incoming, reply.receipt)
}
