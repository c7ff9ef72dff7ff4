// CORS for a capability: whoever has a slot's URL may use it, from any origin and with any header,
// and never with cookies, since none counts.

import type { Incoming, Reply } from '../../http/exchange.ts'

const methods = 'OPTIONS, POST, PUT, HEAD, PATCH, DELETE'

/** All that a slot's URL answers to, for `Allow`. */
export const slotMethods = methods

// What a script may read: of tus 1.0.0, of the IETF's resumable uploads, and what else we send.
const exposedHeaders = [
  'Accept',
  'Accept-Encoding',
  'Accept-Patch',
  'Allow',
  'Idempotency-Replayed',
  'Location',
  'Retry-After',
  'Tus-Checksum-Algorithm',
  'Tus-Extension',
  'Tus-Max-Size',
  'Tus-Resumable',
  'Tus-Version',
  'Upload-Complete',
  'Upload-Defer-Length',
  'Upload-Draft-Interop-Version',
  'Upload-Expires',
  'Upload-Incomplete',
  'Upload-Length',
  'Upload-Limit',
  'Upload-Metadata',
  'Upload-Offset',
].join(', ')

/** Lets a page of any origin read a reply. What a handler's `Response` says itself, stays. */
export function withOpenCors(reply: Reply): Reply {
  const says = (wanted: string): boolean =>
    reply.headers.some((text, index) => index % 2 === 0 && text.toLowerCase() === wanted)
  if (says('access-control-allow-origin')) return reply
  return {
    ...reply,
    headers: [
      ...reply.headers,
      'Access-Control-Allow-Origin',
      '*',
      'Access-Control-Expose-Headers',
      exposedHeaders,
      // Without it, a page that is cross-origin isolated could not read the answer.
      ...(says('cross-origin-resource-policy')
        ? []
        : ['Cross-Origin-Resource-Policy', 'cross-origin']),
    ],
  }
}

/** The answer to `OPTIONS`, preflight or not; the same for every URL, so that it tells nothing. */
export function answerOptions(incoming: Incoming, spoken: readonly string[]): Reply {
  const wanted = (incoming.header('access-control-request-headers') ?? '').split(',')
  const names = wanted.map((name) => name.trim()).filter((name) => fieldName.test(name))
  // A `*` alone would not cover Authorization, which some clients send everywhere.
  const allowed = [...names, '*'].join(', ')
  return {
    status: 204,
    headers: [
      'Allow',
      methods,
      'Access-Control-Allow-Methods',
      methods,
      'Access-Control-Allow-Headers',
      allowed,
      'Access-Control-Max-Age',
      '86400',
      'Vary',
      'Access-Control-Request-Headers',
      'Cache-Control',
      'no-store',
      ...spoken,
    ],
    body: { kind: 'empty' },
  }
}

/** A token (RFC 9110 5.6.2). */
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
