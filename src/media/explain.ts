// Explains to a developer why a link works or not, and what to do about it. The refusals are the
// gate's own; more is looked at here only to name the likely cause.

import { parseNativeToken, verifyNativeToken } from '../token/native.ts'
import { formatSeconds } from '../token/age.ts'
import { admitToken, decideAbsence, isRefusal, verifyTicket } from './gate.ts'
import type { FileQuestion } from './question.ts'
import type { FileFacts, Storage } from '../storage/storage.ts'
import type { Keyring } from '../token/keyring.ts'
import type { GateRules, Refusal, RefusalReason, Ticket } from './gate.ts'

/** Whether a link works, and why. */
export interface LinkExplanation {
  readonly works: boolean
  /** `valid` and `public` work. */
  readonly reason: 'valid' | 'public' | RefusalReason
  /** One sentence: what is so. */
  readonly message: string
  /** One sentence: what to do. */
  readonly advice: string
  readonly name?: string
  readonly issuedAt?: Date
  readonly expiresAt?: Date
}

/** What explaining needs. */
export interface ExplainParts {
  readonly storage: Storage
  readonly rules: GateRules
  /** Tells a slot's token that stands where a file's should. */
  readonly slotKeyring: Keyring
  /** Whether the option `bindOf` is set: without it the server refuses every bound token. */
  readonly takesBound: boolean
  readonly now: () => number
}

/**
 * Explains a link; `bind` is what the request gives for a bound token, `null` where it gives nothing,
 * and left out where nobody knows. Never throws for what the URL says.
 */
export async function explainLink(
  parts: ExplainParts,
  question: FileQuestion,
  bind: string | null | undefined,
): Promise<LinkExplanation> {
  switch (question.kind) {
    case 'malformed':
      return {
        works: false,
        reason: 'malformed',
        message: `The link is malformed: ${question.reason}.`,
        advice: 'Copy the whole link again, or make a new one with url().',
      }
    case 'public':
      return explainPublic(parts, question.name)
    case 'token':
      return explainToken(parts, question.name, question.token, bind)
  }
}

async function explainPublic(parts: ExplainParts, name: string): Promise<LinkExplanation> {
  if ((await parts.storage.stat(name)) === null) return absent(parts, name)
  return {
    works: true,
    reason: 'public',
    name,
    message: 'The file is in the public namespace and needs no token.',
    advice: 'Nothing to do.',
  }
}

async function explainToken(
  parts: ExplainParts,
  name: string,
  token: string,
  bind: string | null | undefined,
): Promise<LinkExplanation> {
  const ticket = admitToken(parts.rules, token, parts.now())
  if (isRefusal(ticket)) return { works: false, name, ...ticket, advice: adviceFor[ticket.reason] }
  const times = timesOf(ticket, parts.now())
  if (ticket.policy.bound && !parts.takesBound)
    return {
      works: false,
      reason: 'policy',
      name,
      ...times,
      message:
        'The token is bound, but no option "bindOf" is set, so every bound token is refused.',
      advice: 'Set the option bindOf, or make the link without bind.',
    }
  const facts = await parts.storage.stat(name)
  if (facts === null) return { ...absent(parts, name), ...times }
  if (ticket.policy.bound && bind === null)
    return { works: false, name, ...times, ...noBindValue, advice: adviceFor.policy }
  if (ticket.policy.bound && bind === undefined)
    return {
      works: false,
      reason: 'policy',
      name,
      ...times,
      message: 'The token is bound to a value that the URL does not show.',
      advice: 'Explain it again with that value as "bind" (--bind on the command line).',
    }
  if (verifyTicket(parts.rules, ticket, facts, bind ?? undefined))
    return {
      works: true,
      reason: 'valid',
      name,
      ...times,
      message: `The link works for another ${formatSeconds(ticket.remainingSeconds)}.`,
      advice: 'Nothing to do.',
    }
  return { works: false, name, ...times, ...likelyCause(parts, ticket, token, facts) }
}

/** A signature fits or doesn't; what the disk and the other keys know makes the cause likely. */
function likelyCause(
  parts: ExplainParts,
  ticket: Ticket,
  text: string,
  facts: FileFacts,
): Pick<LinkExplanation, 'reason' | 'message' | 'advice'> {
  const token = ticket.format === 'native' ? parseNativeToken(text) : null
  const subject = { name: facts.name, version: parts.rules.versionOf(facts) }
  if (token !== null && verifyNativeToken(parts.slotKeyring, token, subject))
    return {
      reason: 'wrong-purpose',
      message: 'The token was signed for another purpose.',
      advice: adviceFor['wrong-purpose'],
    }
  if (Math.floor(facts.mtimeMs / 1000) > ticket.token.issuedSeconds)
    return {
      reason: 'file-changed',
      message:
        'The file changed after the link was signed, so the link is for another version of it.',
      advice: adviceFor['file-changed'],
    }
  return {
    reason: 'bad-signature',
    message: 'The signature is not for this file under any of these secrets.',
    advice: adviceFor['bad-signature'],
  }
}

function timesOf(ticket: Ticket, nowMs: number): Pick<LinkExplanation, 'issuedAt' | 'expiresAt'> {
  const issuedAt = new Date(ticket.token.issuedSeconds * 1000)
  const expiresMs = (Math.floor(nowMs / 1000) + ticket.remainingSeconds) * 1000
  // Past what a Date can hold, a link lives for ever.
  return Number.isFinite(expiresMs) && expiresMs < 8.64e15
    ? { issuedAt, expiresAt: new Date(expiresMs) }
    : { issuedAt }
}

function absent(parts: ExplainParts, name: string): LinkExplanation {
  const absence = decideAbsence(parts.storage, name)
  return { works: false, ...absence, name, advice: adviceFor[absence.reason] }
}

/** The refusal of a request that has nothing for a bound token. */
export const noBindValue: Refusal = {
  reason: 'policy',
  message: 'The token is bound, and this request has no value to match.',
}

/** What to do about each refusal. */
export const adviceFor: Readonly<Record<RefusalReason, string>> = {
  malformed:
    'Copy the whole link again, or make a new one with url(); a Django token needs interop: "django".',
  expired: 'Make a new link with url(), with a longer expiresIn if it is often too late.',
  'from-the-future': 'Compare the clocks of the server that signed and of this one.',
  'file-missing':
    'Look whether the file was moved, deleted, or is a folder or a link that leads out of the root.',
  'file-unreadable':
    "Give the server's user the right to read the file, and to enter every folder above it.",
  'file-changed': 'Make a new link with url(); every change of a file ends its old links.',
  'bad-signature':
    'Look for a changed character, another name, another secret, or a file put back with another mtime or size.',
  'wrong-purpose': "Use the slot's own URL to upload, and url() to download.",
  policy: 'Look at what the option bindOf gives for this request.',
}
