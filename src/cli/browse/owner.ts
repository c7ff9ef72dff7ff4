// Who the owner is: whoever opened the link that `serve --browse` printed. Its key becomes a cookie once,
// and stands in no URL from then on. Key, cookie and the path that the cookie is bound to are drawn anew
// by each process: what was seen of an old one opens nothing.
//
// Browsers give a host's cookies to all of its ports. The path can't be guessed, so that a program on
// another port of this machine can't have a browser bring the cookie to it.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { findQueryParameter } from '../../http/target.ts'

/** The owner of one process. */
export interface Owner {
  /** The part of the path below which the page is: 128 bits. */
  readonly area: string
  /** The query of the link that opens the page: `?key=…`. */
  readonly keyQuery: string
  /** Whether a query, without its `?`, has the key. */
  hasKey(query: string): boolean
  /** Whether a request brings the cookie. */
  isSignedIn(req: IncomingMessage): boolean
  /** The cookie, as `Set-Cookie` takes it (RFC 6265 4.1). */
  cookieFor(req: IncomingMessage, path: string, isSecure: boolean): string
}

/** Draws an owner. */
export function createOwner(): Owner {
  const area = randomBytes(16).toString('base64url')
  const key = randomBytes(24).toString('base64url')
  const pass = randomBytes(24).toString('base64url')
  const isKey = createMatch(key)
  const isPass = createMatch(pass)
  return {
    area,
    keyQuery: `?key=${key}`,
    hasKey(query) {
      const given = findQueryParameter(query, 'key')
      return given !== null && given !== 'repeated' && isKey(given.value)
    },
    // More than one may have our name: another program of this host may set such cookies, too.
    isSignedIn: (req) => cookiesOf(req, nameFor(req)).some(isPass),
    cookieFor(req, path, isSecure) {
      const secure = isSecure ? '; Secure' : ''
      return `${nameFor(req)}=${pass}; Path=${path}; HttpOnly; SameSite=Strict${secure}`
    },
  }
}

/** Two servers on one host each have a cookie of their own. */
function nameFor({ socket }: IncomingMessage): string {
  return `titofisto-browse-${socket.localPort ?? 0}`
}

/** Compares in a time that tells nothing of the right text, nor of its length. */
function createMatch(right: string): (given: string) => boolean {
  const rightDigest = digest(right)
  return (given) => timingSafeEqual(digest(given), rightDigest)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** The values of all cookies with a name, the first few. */
function cookiesOf({ headers }: IncomingMessage, name: string): readonly string[] {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs
    .filter((pair) => pair.startsWith(`${name}=`))
    .slice(0, 20)
    .map((pair) => pair.slice(name.length + 1))
}
