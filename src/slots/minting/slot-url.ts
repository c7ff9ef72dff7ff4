// A slot's URL is a capability: an id that can't be guessed, and a token that can be checked before
// any store is asked. How long it lives, the slot's record says: a token's age is not looked at.

import { emptyPolicy } from '../../token/policy.ts'
import { parseNativeToken, signNativeToken, verifyNativeToken } from '../../token/native.ts'
import type { Keyring } from '../../token/keyring.ts'
import { parseSlotId, type SlotId } from '../record/slot.ts'

/** Formats what follows the upload namespace: `<id>/<token>`. The keyring's purpose is `slot`. */
export function formatSlotPath(keyring: Keyring, id: SlotId, nowMs: number): string {
  const subject = { name: id, version: 'slot' }
  return `${id}/${signNativeToken(keyring, subject, Math.floor(nowMs / 1000), emptyPolicy)}`
}

/** A slot by its URL. */
export interface SlotAddress {
  readonly id: SlotId
  /** The whole URL as it was minted, with the query that the client came with. */
  readonly url: string
}

/**
 * Tells the URL that a client came by, as minting wrote it: what a proxy made of it on the way here
 * is of no use to the client. `slotPath` is one that we signed.
 */
export function toSlotUrl(urlBase: string, slotPath: string, target: string): string {
  const question = target.indexOf('?')
  const query = question < 0 ? '' : target.slice(question)
  // Gateways have parameters of their own. What a header field can't hold is left out.
  return urlBase + slotPath.replace(/\/$/, '') + (/^[\x21\x22\x24-\x7e]*$/.test(query) ? query : '')
}

/** Takes what follows the upload namespace apart and checks its token; `null` for anything we did not sign. */
export function readSlotPath(keyring: Keyring, path: string): SlotId | null {
  const match = /^([A-Za-z0-9_-]{22})\/([0-9A-Za-z]{1,9}\.[A-Za-z0-9_-]{43})\/?$/.exec(path)
  const id = parseSlotId(match?.[1] ?? '')
  const token = parseNativeToken(match?.[2] ?? '')
  if (id === null || token === null) return null
  return verifyNativeToken(keyring, token, { name: id, version: 'slot' }) ? id : null
}
