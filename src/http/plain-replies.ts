// Replies that are not files. Texts are fixed: they tell a stranger nothing.

import type { Reply } from './exchange.ts'

/** The one answer for whatever is not to be had: missing, forged, expired or not a name at all. */
export const notFound: Reply = plainReply(404, 'Not found')

/** Our own fault; the log says which. */
export const internalError: Reply = plainReply(500, 'Internal server error')

/** After how many seconds to ask again where something of ours is gone for a while. */
export const retryAfterSeconds = 5

/** What our storage or store can't do just now, and may do in a while. */
export const unavailable: Reply = plainReply(503, 'Service unavailable', [
  'Retry-After',
  String(retryAfterSeconds),
])

/** A reply in one line of plain text that nobody caches; more headers may follow. */
export function plainReply(status: number, text: string, headers: readonly string[] = []): Reply {
  const bytes = Buffer.from(`${text}\n`)
  return {
    status,
    headers: [
      'Content-Type',
      'text/plain; charset=utf-8',
      'Content-Length',
      String(bytes.length),
      'Cache-Control',
      'no-store',
      'X-Content-Type-Options',
      'nosniff',
      ...headers,
    ],
    body: { kind: 'bytes', bytes },
  }
}

/** 405 with the methods that would do (RFC 9110 15.5.6). */
export function methodNotAllowed(allow: string): Reply {
  return plainReply(405, 'Method not allowed', ['Allow', allow])
}
