// Secrets become one key per purpose, derived once, so that no signature made for one purpose, or
// by other code with the same secret, serves another (`shared-salt` in docs/weaknesses.md).

import { createHmac } from 'node:crypto'
import { createSigningKey } from './signing-key.ts'
import type { OptionRule } from '../options.ts'

/** What a key may be used for. */
export type Purpose = 'media' | 'slot' | 'request'

/** Keys of one purpose: the newest signs, all verify. */
export interface Keyring {
  /** Signs with the newest key: 43 characters of base64url. */
  readonly sign: (text: string) => string
  /** Whether any of the keys made this signature. */
  readonly verify: (text: string, signature: string) => boolean
}

/** The fewest bytes of UTF-8 that a secret may have. */
const minSecretBytes = 32

/** Derives the keys for one purpose from secrets, newest first: HMAC-SHA-256(secret, "titofisto.v1 " + purpose). */
export function createKeyring(secrets: readonly string[], purpose: Purpose): Keyring {
  return toKeyring(
    secrets.map((secret) =>
      createHmac('sha256', secret).update(`titofisto.v1 ${purpose}`).digest(),
    ),
  )
}

/** Makes a keyring of finished keys, newest first. */
export function toKeyring(keys: readonly Uint8Array[]): Keyring {
  const [newest, ...older] = keys.map(createSigningKey)
  if (newest === undefined) throw new TypeError('A keyring needs at least one key.')
  return {
    sign: newest.sign,
    verify: (text, signature) =>
      newest.verify(text, signature) || older.some((key) => key.verify(text, signature)),
  }
}

// White space, controls, and what is not seen at all, such as a byte order mark.
const blankEnd = /^[\s\p{Cc}\p{Cf}]|[\s\p{Cc}\p{Cf}]$/u

/** What the `secret` option must be: one or several, newest first, each long and varied enough. */
export const secretRule: OptionRule = (secret) => {
  const secrets: unknown = typeof secret === 'string' ? [secret] : secret
  if (!Array.isArray(secrets) || secrets.length === 0)
    return {
      reason: `must be a string of at least ${minSecretBytes} bytes, or an array of such, newest first; "titofisto secret" makes one`,
    }
  for (const each of secrets) {
    if (typeof each !== 'string') return { reason: 'must hold strings only' }
    if (!each.isWellFormed()) return { reason: 'must be well-formed Unicode' }
    // It would sign, and nobody would see why the same secret, read elsewhere, signs otherwise.
    if (blankEnd.test(each))
      return {
        reason:
          'begins or ends with white space or a control character, such as the line feed at the end of a file; trim it',
        outOfRange: true,
      }
    if (Buffer.byteLength(each) < minSecretBytes || new Set(each).size < 8)
      return {
        reason: `is too weak: it needs at least ${minSecretBytes} bytes and 8 different characters; "titofisto secret" makes one`,
        outOfRange: true,
      }
  }
  return null
}
