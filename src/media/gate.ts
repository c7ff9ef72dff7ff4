// Decides whether a file may be served. Every refusal has its reason for explain() and the log; to
// the client they all look the same. The cheap checks come first: shape and age need no disk.

import { fileUnreadableMessage } from '../errors.ts'
import { isMediaType } from '../http/media-type.ts'
import { exactMtimeNs } from '../storage/mtime.ts'
import { decideAge, formatSeconds, type Age } from '../token/age.ts'
import {
  decideDjangoAge,
  parseDjangoToken,
  verifyDjangoToken,
  type DjangoToken,
} from '../token/django.ts'
import { parseNativeToken, verifyNativeToken, type NativeToken } from '../token/native.ts'
import { emptyPolicy, type Policy } from '../token/policy.ts'
import type { FileFacts, Storage } from '../storage/storage.ts'
import type { DjangoZone } from '../token/django-time.ts'
import type { Keyring } from '../token/keyring.ts'

/** Why something is not served. */
export type RefusalReason =
  | 'malformed'
  | 'expired'
  | 'from-the-future'
  | 'file-missing'
  | 'file-unreadable'
  | 'file-changed'
  | 'bad-signature'
  | 'wrong-purpose'
  | 'policy'

/** A refusal; `message` is one sentence, for the developer only. */
export interface Refusal {
  readonly reason: RefusalReason
  readonly message: string
}

/** A token of good shape and age; its signature is checked once the file's version is known. */
export type Ticket = (
  | { readonly format: 'native'; readonly token: NativeToken }
  | { readonly format: 'django'; readonly token: DjangoToken }
) & { readonly policy: Policy; readonly remainingSeconds: number }

/** What a gate decides with. */
export interface GateRules {
  readonly keyring: Keyring
  /** Django's tokens are taken too, where this is set. */
  readonly django: { readonly keyring: Keyring; readonly zone: DjangoZone } | null
  /** The life of a token that names none, in seconds. */
  readonly timeoutSeconds: number
  readonly versionOf: (facts: FileFacts) => string
}

/** Decides all that can be told without the file. */
export function admitToken(rules: GateRules, text: string, nowMs: number): Ticket | Refusal {
  // A `:` token is only ever checked as Django's, a `.` token only as ours.
  if (rules.django !== null && text.includes(':')) return admitDjango(rules, text, nowMs)
  const token = parseNativeToken(text)
  if (token === null)
    return { reason: 'malformed', message: 'The token is not in the form that titofisto writes.' }
  // Tokens may be minted elsewhere; what can't stand in a header would throw when it is written.
  if (token.policy.contentType !== undefined && !isMediaType(token.policy.contentType))
    return { reason: 'malformed', message: "The token's content type is no media type." }
  const age = decideAge(
    token.issuedSeconds,
    token.policy.lifetimeSeconds ?? rules.timeoutSeconds,
    nowMs,
  )
  if (age.state !== 'valid') return refuseAge(age)
  return { format: 'native', token, policy: token.policy, remainingSeconds: age.remainingSeconds }
}

function admitDjango(rules: GateRules, text: string, nowMs: number): Ticket | Refusal {
  const token = parseDjangoToken(text)
  if (token === null)
    return {
      reason: 'malformed',
      message: "The token is not in the form that Django's TimestampSigner writes.",
    }
  const age = decideDjangoAge(token.issuedSeconds, rules.timeoutSeconds, nowMs)
  if (age.state !== 'valid') return refuseAge(age)
  return { format: 'django', token, policy: emptyPolicy, remainingSeconds: age.remainingSeconds }
}

function refuseAge(age: Exclude<Age, { state: 'valid' }>): Refusal {
  if (age.state === 'expired')
    return {
      reason: 'expired',
      message: `The token expired ${formatSeconds(age.sinceSeconds)} ago.`,
    }
  return {
    reason: 'from-the-future',
    message: `The token was signed ${formatSeconds(age.aheadSeconds)} in the future.`,
  }
}

/** Whether a ticket was signed for this very file; `bind` is the value that a bound one asks for. */
export function verifyTicket(
  rules: GateRules,
  ticket: Ticket,
  facts: FileFacts,
  bind: string | undefined,
): boolean {
  if (ticket.format === 'django')
    return (
      rules.django !== null &&
      verifyDjangoToken(rules.django.keyring, ticket.token, {
        name: facts.name,
        mtimeNs: exactMtimeNs(facts),
        zone: rules.django.zone,
      })
    )
  const subject = { name: facts.name, version: rules.versionOf(facts), bind }
  return verifyNativeToken(rules.keyring, ticket.token, subject)
}

/** Why a storage that was asked for a file a moment ago has none to give. */
export function decideAbsence(storage: Storage, name: string): Absence {
  return storage.wasDenied?.(name) === true
    ? { reason: 'file-unreadable', message: fileUnreadableMessage }
    : {
        reason: 'file-missing',
        message: 'There is no regular file of this name inside the root.',
      }
}

interface Absence extends Refusal {
  readonly reason: 'file-missing' | 'file-unreadable'
}

/** Whether an admission was refused. */
export function isRefusal(value: Ticket | Refusal): value is Refusal {
  return 'reason' in value
}
