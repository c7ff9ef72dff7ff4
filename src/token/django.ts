// The token of django-titofisto 1.1.0, byte for byte; docs/token-format.md has a section on it.
//
//   message   = name "//" mtime as isoformat
//   token     = stamp ":" base64url( HMAC-SHA-256( key, message ":" stamp ) )
//   stamp     = time of signing in whole seconds, base 62
//
// What the original takes and we don't: more than one colon (weakness `confusion` in
// docs/weaknesses.md: a name can hold the start of another file's message) and stamps from the future (age.ts). Names hold no
// empty segment (file-name.ts), so the first "//" ends the name and no text has two readings.

import { hash } from 'node:crypto'
import { leewaySeconds, type Age } from './age.ts'
import { formatBase62, parseBase62 } from './base62.ts'
import { formatDjangoTime, type DjangoZone } from './django-time.ts'
import { toKeyring, type Keyring } from './keyring.ts'
import { signatureLength } from './signing-key.ts'

/** A token taken apart; its signature is not checked yet. */
export interface DjangoToken {
  /** Time of signing, in whole seconds since 1970. */
  readonly issuedSeconds: number
  /** The stamp, letter by letter as it is signed. */
  readonly stamp: string
  readonly signature: string
}

/** What a token is about. */
export interface DjangoSubject {
  readonly name: string
  readonly mtimeNs: bigint
  readonly zone: DjangoZone
}

/** Derives the keys of Django's `TimestampSigner` from SECRET_KEY and then SECRET_KEY_FALLBACKS. */
export function createDjangoKeyring(secrets: readonly string[]): Keyring {
  return toKeyring(
    secrets.map((secret) =>
      hash('sha256', `django.core.signing.TimestampSignersigner${secret}`, 'buffer'),
    ),
  )
}

/** What Django signs for a file besides the stamp; `null` where Python can't write such a time. */
export function formatDjangoMessage({ name, mtimeNs, zone }: DjangoSubject): string | null {
  const time = formatDjangoTime(mtimeNs, zone)
  return time === null ? null : `${name}//${time}`
}

/**
 * Signs a token for a file; `issuedSeconds` is a whole number.
 *
 * @throws RangeError where the file's mtime lies outside of the years 1 to 9999.
 */
export function signDjangoToken(
  keyring: Keyring,
  subject: DjangoSubject,
  issuedSeconds: number,
): string {
  const message = formatDjangoMessage(subject)
  if (message === null)
    throw new RangeError(
      "Django's tokens can't carry this file's modification time: it lies outside of the years 1 to 9999. Touch the file.",
    )
  const stamp = formatBase62(issuedSeconds)
  return `${stamp}:${keyring.sign(`${message}:${stamp}`)}`
}

/** Takes a token apart; `null` where it has not exactly one colon, or its stamp is not in its one spelling. */
export function parseDjangoToken(token: string): DjangoToken | null {
  const colon = token.indexOf(':')
  if (colon < 1 || token.length - colon !== 1 + signatureLength || token.includes(':', colon + 1))
    return null
  const stamp = token.slice(0, colon)
  const issuedSeconds = parseStamp(stamp)
  if (issuedSeconds === null) return null
  return { issuedSeconds, stamp, signature: token.slice(colon + 1) }
}

/** Whether one of the keys signed this token for this file, as it is now. Says nothing of its age. */
export function verifyDjangoToken(
  keyring: Keyring,
  token: DjangoToken,
  subject: DjangoSubject,
): boolean {
  const message = formatDjangoMessage(subject)
  return message !== null && keyring.verify(`${message}:${token.stamp}`, token.signature)
}

/** A stamp may be negative: a clock before 1970. */
function parseStamp(stamp: string): number | null {
  if (!stamp.startsWith('-')) return parseBase62(stamp)
  const value = parseBase62(stamp.slice(1))
  return value === null || value === 0 ? null : -value
}

/**
 * Decides as Django does: by the clock's fraction of a second against the stamp's whole one, so a
 * link lives up to a second less than promised; valid at exactly `lifetimeSeconds`, which may be
 * broken or `Infinity`. Unlike Django it refuses stamps from the future. What it gives is whole.
 */
export function decideDjangoAge(
  issuedSeconds: number,
  lifetimeSeconds: number,
  nowMs: number,
): Age {
  const ageSeconds = nowMs / 1000 - issuedSeconds
  if (ageSeconds < -leewaySeconds)
    return { state: 'from-the-future', aheadSeconds: Math.ceil(-ageSeconds) }
  if (ageSeconds > lifetimeSeconds)
    return { state: 'expired', sinceSeconds: Math.ceil(ageSeconds - lifetimeSeconds) }
  return { state: 'valid', remainingSeconds: Math.floor(lifetimeSeconds - Math.max(ageSeconds, 0)) }
}

/**
 * Escapes a file's name as Django's `filepath_to_uri` does, which is not as `formatPath` does: Django
 * leaves `!'()*` alone. Append it to the media URL, which ends with a slash.
 *
 * The original joins the two by `urljoin`, which resolves dot segments and merges slashes. A name
 * that passes `file-name.ts` has neither, and no character that could be read as a scheme, query
 * or parameter is left unescaped, so that appending gives the same bytes.
 */
export function formatDjangoPath(name: string): string {
  // encodeURIComponent keeps A-Za-z0-9-_.!~*'() as they are: Django's set, but for the slash.
  return encodeURIComponent(name).replaceAll('%2F', '/')
}
