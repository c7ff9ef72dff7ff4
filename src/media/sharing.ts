// Who may read a file besides pages of its own site: CORS (fetch.spec.whatwg.org) and
// Cross-Origin-Resource-Policy. A link's URL is the permission, whoever asks, so pages of any origin
// may read what it gives, and never with credentials: none counts. See decisions/032.

import { methodNotAllowed, notFound } from '../http/plain-replies.ts'
import type { Reply } from '../http/exchange.ts'

/** What pages of other origins may read: files by their links, those and public ones, or nothing. */
export type CorsSetting = 'links' | 'all' | false

/** What an answer about a file says of other sites. */
export interface Sharing {
  /** Cross-Origin-Resource-Policy. */
  readonly resourcePolicy: string
  /** Whether pages of any origin may read it. */
  readonly isOpen: boolean
}

/** What all answers say of other sites. */
export interface SharingRules {
  readonly links: Sharing
  /** Of links that are bound: they count for one user, whom a foreign page must not use. */
  readonly boundLinks: Sharing
  readonly publicFiles: Sharing
  /** The one answer to whatever is refused. */
  readonly notFound: Reply
  /** The one answer to `OPTIONS`, which knows no more of a URL than that it is below our prefix. */
  readonly options: Reply
  readonly methodNotAllowed: Reply
}

/** Decides what answers say; `resourcePolicy` is what the application wants for all of them. */
export function decideSharing(cors: CorsSetting, resourcePolicy: string | undefined): SharingRules {
  const toSharing = (isOpen: boolean): Sharing => ({
    // What any page can fetch, any page may also show, a cross-origin isolated one too.
    resourcePolicy: resourcePolicy ?? (isOpen ? 'cross-origin' : 'same-site'),
    isOpen,
  })
  const closed = methodNotAllowed('GET, HEAD')
  return {
    links: toSharing(cors !== false),
    boundLinks: toSharing(false),
    publicFiles: toSharing(cors === 'all'),
    // A script must be able to see that its link is over: without CORS that is a failed connection.
    notFound:
      cors === false ? notFound : { ...notFound, headers: [...notFound.headers, allowOrigin, '*'] },
    options: cors === false ? closed : preflight,
    methodNotAllowed: cors === false ? closed : methodNotAllowed('GET, HEAD, OPTIONS'),
  }
}

const allowOrigin = 'Access-Control-Allow-Origin'

/**
 * The fields that open an answer. They stand in each, also where no `Origin` asks for them: an image
 * may be kept by the browser first, and then be fetched. So no cache needs `Vary`.
 */
export const openFields = [
  allowOrigin,
  '*',
  // `*` alone is not known to all browsers; and it covers what the option "headers" adds.
  'Access-Control-Expose-Headers',
  'Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, *',
] as const

/** The same for every URL and every asker, so that it tells nothing and needs no `Vary`. */
const preflight: Reply = {
  status: 204,
  headers: [
    'Allow',
    'GET, HEAD, OPTIONS',
    allowOrigin,
    '*',
    'Access-Control-Allow-Methods',
    'GET, HEAD',
    // `*` does not cover Authorization, which some clients send everywhere.
    'Access-Control-Allow-Headers',
    'Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range, Authorization, *',
    'Access-Control-Max-Age',
    '86400',
    'Cache-Control',
    'no-store',
  ],
  body: { kind: 'empty' },
}
