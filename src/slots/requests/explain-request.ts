// Explains to a developer whether a request gives places, and what to do about it.

import { formatSeconds } from '../../token/age.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import { whyNoPlace, type RequestRecord } from '../record/request.ts'
import type { SlotId } from '../record/slot.ts'

/** Why a request gives places, or does not. */
export type RequestReason =
  | 'request-open'
  | 'request-full'
  | 'request-complete'
  | 'request-closed'
  | 'request-expired'
  | 'request-missing'
  | 'slot-kind-unknown'

/** Whether a request gives places, and why. */
export interface RequestExplanation {
  readonly works: boolean
  readonly reason: RequestReason
  readonly message: string
  readonly advice: string
  readonly requestId: SlotId
  readonly kind?: string
  readonly issuedAt?: Date
  readonly expiresAt?: Date
}

/**
 * Explains a request whose token is good.
 *
 * @throws TitofistoError `slot-store-failed`
 */
export async function explainRequest(
  parts: SlotParts,
  requestId: SlotId,
): Promise<RequestExplanation> {
  const record = await parts.store.requests.read(requestId)
  if (record === null)
    return {
      works: false,
      reason: 'request-missing',
      message: 'We signed this link, but no such file request is remembered.',
      advice:
        'It was over a while ago (keepSeconds), or it is in another store: compare the option slotStore, or the root, of the process that made it. Make a new one.',
      requestId,
    }
  const about = {
    requestId,
    kind: record.kind,
    issuedAt: new Date(record.createdMs),
    expiresAt: new Date(record.expiresMs),
  }
  const verdict = judge(record, parts.nowMs())
  if (!verdict.works || parts.kinds.has(record.kind)) return { ...verdict, ...about }
  return {
    works: false,
    reason: 'slot-kind-unknown',
    message: `This process does not define the request's kind, "${record.kind}", so it gives no places.`,
    advice: 'Define the kind in every process that takes uploads, under the same name.',
    ...about,
  }
}

type Verdict = Pick<RequestExplanation, 'works' | 'reason' | 'message' | 'advice'>

function judge(record: RequestRecord, nowMs: number): Verdict {
  const { places, maxUploads, closedMs } = record.state
  const advice = 'Make a new request.'
  const ago = (sinceMs: number) => `${formatSeconds(Math.max(0, nowMs - sinceMs) / 1000)} ago`
  switch (whyNoPlace(record, nowMs)) {
    case null:
    case 'missing':
      return {
        works: true,
        reason: 'request-open',
        message: `The file request takes uploads for another ${formatSeconds((record.expiresMs - nowMs) / 1000)}; ${places.length} of ${maxUploads} places are given.`,
        advice: 'Nothing to do.',
      }
    case 'full':
      return {
        works: false,
        reason: 'request-full',
        message: `All ${maxUploads} places of the file request are given; one whose upload does not come is free again.`,
        advice: 'Wait, or make a request with a higher maxUploads.',
      }
    case 'complete':
      return {
        works: false,
        reason: 'request-complete',
        message: `The file request has all the uploads that it takes, ${maxUploads}.`,
        advice,
      }
    case 'closed':
      return {
        works: false,
        reason: 'request-closed',
        message: `The file request was closed ${ago(closedMs ?? nowMs)}.`,
        advice,
      }
    case 'expired':
      return {
        works: false,
        reason: 'request-expired',
        message: `The file request's time ran out ${ago(record.expiresMs)}.`,
        advice,
      }
  }
}
