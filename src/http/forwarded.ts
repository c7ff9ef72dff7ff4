// What a proxy says of the request that it had, in `Forwarded` (RFC 7239) and the fields that are older.
// Any client can write them, so nothing is decided by them; but where they speak of another origin than
// the one that a request came to, a log can say why its links begin with the wrong one.

import { parseParameters } from './header-parameters.ts'
import { parseOrigin } from './origin.ts'
import type { Incoming } from './exchange.ts'

/**
 * The origin by which the client of the outermost proxy came, as the proxies say; what they leave out
 * is the request's own. `null` where none speaks, or what it says is no origin.
 */
export function readForwardedOrigin(request: Pick<Incoming, 'origin' | 'header'>): string | null {
  const element = firstOf(request.header('forwarded'))
  const named = element === null ? null : parseParameters(`;${element}`, 0)
  const scheme = firstOf(request.header('x-forwarded-proto')) ?? named?.get('proto') ?? null
  const host = firstOf(request.header('x-forwarded-host')) ?? named?.get('host') ?? null
  if (scheme === null && host === null) return null
  const split = request.origin.indexOf('://')
  const ownScheme = request.origin.slice(0, split)
  const ownHost = request.origin.slice(split + 3)
  return parseOrigin(`${scheme ?? ownScheme}://${host ?? ownHost}`)
}

/** What the outermost proxy said: each later one adds its words behind a comma. */
function firstOf(list: string | undefined): string | null {
  // What is longer is no origin, but somebody's try.
  const [first = ''] = (list ?? '').slice(0, 2000).split(',', 1)
  return first.trim() || null
}
