// An answer that sends the client to the storage's own server, once its token was found good. Only for
// what is harmless without our headers: what is shown inline and could run scripts is always sent by us,
// in its sandbox. Conditions and ranges are left to that server, which alone knows what its client has.

import { secondsSince } from '../events.ts'
import { emptyPolicy, mayBeKept } from '../token/policy.ts'
import { openFields, type Sharing } from './sharing.ts'
import type { Events } from '../events.ts'
import type { Incoming, Reply } from '../http/exchange.ts'
import type { Delivery, RedirectUrl } from '../storage/delivery.ts'
import type { Storage } from '../storage/storage.ts'
import type { FileHead } from './cache/file-head.ts'
import type { Ticket } from './gate.ts'
import type { MediaEvent } from './media-events.ts'

/** What redirecting needs. */
export interface RedirectParts {
  readonly storage: Storage
  readonly events: Events<MediaEvent>
}

/** Who sends what a ticket opens. */
export function deliveryOf(storage: Storage, ticket: Ticket | null): Delivery {
  if (storage.redirectUrl === undefined) return 'proxy'
  return ticket?.policy.delivery ?? storage.delivery ?? 'proxy'
}

/** A file that may be served, how, and to whom. */
export interface RedirectedFile {
  readonly head: FileHead
  readonly ticket: Ticket | null
  readonly request: Incoming
  /** When it came, by `performance.now()`; `null` where nobody wants to hear of it. */
  readonly beganMs: number | null
  readonly cacheControl: string
  readonly sharing: Sharing
}

/**
 * The redirect for a file; `null` where this server must send it.
 *
 * @throws TitofistoError of the storage's.
 */
export async function redirectFile(
  { storage, events }: RedirectParts,
  file: RedirectedFile,
): Promise<Reply | null> {
  const { head, ticket, request, cacheControl, beganMs } = file
  const isInline = head.disposition.startsWith('inline')
  if (storage.redirectUrl === undefined || (isInline && head.securityPolicy !== null)) return null
  const redirect = await storage.redirectUrl(head.facts, {
    method: request.method === 'HEAD' ? 'HEAD' : 'GET',
    maxSeconds: ticket?.remainingSeconds ?? Infinity,
    contentType: head.contentType,
    disposition: head.disposition,
    cacheControl,
  })
  // RFC 9110 15.4.8: a HEAD stays a HEAD.
  const reply: Reply = {
    status: 307,
    headers: headersOf(file, redirect),
    body: { kind: 'empty' },
  }
  return beganMs === null ? reply : { ...reply, onEnd: whenEnded(events, file, beganMs) }
}

function headersOf(
  { ticket, cacheControl, sharing }: RedirectedFile,
  { url, lifeSeconds }: RedirectUrl,
): readonly string[] {
  const isKept = mayBeKept(ticket?.policy ?? emptyPolicy) && !/no-store/i.test(cacheControl)
  const headers = [
    'Location',
    url,
    'Content-Length',
    '0',
    // Half: who takes it from its cache at the last moment must still have time to go there.
    'Cache-Control',
    isKept ? `private, max-age=${Math.floor(lifeSeconds / 2)}` : 'no-store',
    'Referrer-Policy',
    'no-referrer',
    'X-Content-Type-Options',
    'nosniff',
    'Cross-Origin-Resource-Policy',
    sharing.resourcePolicy,
  ]
  if (sharing.isOpen) headers.push(...openFields)
  return headers
}

function whenEnded(
  events: Events<MediaEvent>,
  { head, ticket, request }: RedirectedFile,
  beganMs: number,
): NonNullable<Reply['onEnd']> {
  const { name, sizeBytes } = head.facts
  return ({ isWhole }) =>
    events.tell({
      type: 'file-served',
      name,
      public: ticket === null,
      method: request.method === 'HEAD' ? 'HEAD' : 'GET',
      status: 307,
      part: 'none',
      from: 'redirect',
      bytes: 0,
      sizeBytes,
      seconds: secondsSince(beganMs),
      aborted: !isWhole,
    })
}
