// Whether a request with the owner's cookie is the owner's own, and not one that a foreign page makes
// the browser send. SameSite=Strict keeps the cookie from foreign sites; this holds where that is not
// enough: a page of another port is same-site, and a name that leads here (DNS rebinding) is no host
// of ours.

import { isIP } from 'node:net'
import { hostname } from 'node:os'
import type { IncomingHttpHeaders } from 'node:http'
import { parseOrigin } from '../../http/origin.ts'

/** Where the page is reached. */
export interface OwnPlace {
  readonly isTls: boolean
  /** The origin of `--media-url`, where that has one. */
  readonly mediaOrigin: string | null
  /** The value of `--host`. */
  readonly host: string | null
}

/** The origin that a request came to, by its own word; `null` where it names no host of ours. */
export function readOwnOrigin(headers: IncomingHttpHeaders, place: OwnPlace): string | null {
  const origin = parseOrigin(`${place.isTls ? 'https' : 'http'}://${headers.host ?? ''}`)
  if (origin === null) return null
  const name = hostnameOf(origin)
  const isOwn =
    isIP(name) !== 0 ||
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    ownNames(place).has(name)
  return isOwn ? origin : null
}

/** Who rebinds a name has a name: an address, and a name that only we have, are nobody else's. */
function ownNames({ mediaOrigin, host }: OwnPlace): ReadonlySet<string> {
  const machine = hostname().toLowerCase()
  return new Set([
    machine,
    `${machine.replace(/\..*$/s, '')}.local`,
    ...(mediaOrigin === null ? [] : [hostnameOf(mediaOrigin)]),
    ...(host === null ? [] : [host.toLowerCase()]),
  ])
}

function hostnameOf(origin: string): string {
  return new URL(origin).hostname.replace(/^\[|\]$/g, '')
}

/** Whether an origin is one that only this machine reaches. */
export function isLoopback(origin: string): boolean {
  const name = hostnameOf(origin)
  return (
    name.startsWith('127.') || name === '::1' || name === 'localhost' || name.endsWith('.localhost')
  )
}

/**
 * Whether a request that changes something was sent by a page of ours. Browsers say so in
 * `Sec-Fetch-Site`, over plain HTTP to a network's address in `Origin` alone; a form of a page that has
 * no referrer says `Origin: null`.
 */
export function isFromOwnPage(
  headers: IncomingHttpHeaders,
  ownOrigins: readonly string[],
): boolean {
  const { origin, 'sec-fetch-site': site } = headers
  if (site !== undefined && site !== 'same-origin') return false
  if (origin === undefined || origin === 'null') return site === 'same-origin'
  return ownOrigins.includes(origin)
}
