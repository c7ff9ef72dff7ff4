// Our own token. docs/token-format.md is the normative text; this file follows it.
//
//   token     = issued [ "." policy ] "." signature
//   signature = base64url( HMAC-SHA-256( key, text ) )
//   text      = "titofisto.v1" LF name LF version LF issued [ "." policy ] [ LF bind ]
//
// No field before the last can hold an LF, and whether a bind value follows stands in the policy,
// so two different tokens never sign one text.

import { formatBase62, parseBase62 } from './base62.ts'
import { formatPolicy, parsePolicy, type Policy } from './policy.ts'
import { signatureLength } from './signing-key.ts'
import type { Keyring } from './keyring.ts'

/** A token taken apart; its signature is not checked yet. */
export interface NativeToken {
  /** Time of signing, in whole seconds since 1970. */
  readonly issuedSeconds: number
  readonly policy: Policy
  /** All of it before the signature: what is signed, letter by letter. */
  readonly head: string
  readonly signature: string
}

/** What a token is about. */
export interface Subject {
  readonly name: string
  readonly version: string
  /** The value a bound token is mixed with; only looked at where the policy says `bound`. */
  readonly bind?: string | undefined
}

/**
 * Signs a token for a subject.
 *
 * @throws TypeError where `policy.bound` doesn't say whether `subject.bind` is there, or a part of
 *   the subject can't be signed without a second reading.
 */
export function signNativeToken(
  keyring: Keyring,
  subject: Subject,
  issuedSeconds: number,
  policy: Policy,
): string {
  checkSubject(subject, policy)
  const terms = formatPolicy(policy)
  const head =
    terms === '' ? formatBase62(issuedSeconds) : `${formatBase62(issuedSeconds)}.${terms}`
  return `${head}.${keyring.sign(textToSign(subject, head, policy))}`
}

/** Takes a token apart; `null` where it is not in the one form that we write. */
export function parseNativeToken(token: string): NativeToken | null {
  const firstDot = token.indexOf('.')
  const lastDot = token.lastIndexOf('.')
  if (firstDot < 1 || token.length - lastDot !== 1 + signatureLength) return null
  const issuedSeconds = parseBase62(token.slice(0, firstDot))
  if (issuedSeconds === null) return null
  const head = token.slice(0, lastDot)
  const signature = token.slice(lastDot + 1)
  if (firstDot === lastDot) return { issuedSeconds, policy: parsePolicy('') ?? {}, head, signature }
  const terms = head.slice(firstDot + 1)
  const policy = terms === '' ? null : parsePolicy(terms)
  return policy === null ? null : { issuedSeconds, policy, head, signature }
}

/** Whether one of the keyring's keys signed this token for this subject. Says nothing of its age. */
export function verifyNativeToken(keyring: Keyring, token: NativeToken, subject: Subject): boolean {
  if (token.policy.bound && (subject.bind === undefined || !subject.bind.isWellFormed()))
    return false
  if (hasLineFeed(subject.name) || hasLineFeed(subject.version)) return false
  return keyring.verify(textToSign(subject, token.head, token.policy), token.signature)
}

function checkSubject(subject: Subject, policy: Policy): void {
  if (policy.bound ? subject.bind === undefined : subject.bind !== undefined)
    throw new TypeError(
      'A token with a bind value needs the policy `bound`, and no other may have it.',
    )
  // UTF-8 writes every lone surrogate alike, so two such values would sign one text.
  if (subject.bind !== undefined && !subject.bind.isWellFormed())
    throw new TypeError('The value of "bind" must be well-formed Unicode.')
  if (hasLineFeed(subject.name) || hasLineFeed(subject.version))
    throw new TypeError('A name or version with a line feed cannot be signed; check `versionOf`.')
}

function hasLineFeed(text: string): boolean {
  return text.includes('\n')
}

function textToSign(subject: Subject, head: string, policy: Policy): string {
  const text = `titofisto.v1\n${subject.name}\n${subject.version}\n${head}`
  return policy.bound ? `${text}\n${subject.bind ?? ''}` : text
}
