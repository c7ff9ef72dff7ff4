// A request's link is a capability of its own purpose: `request/<id>/<token>` below the upload
// namespace. A slot's token opens no request and a request's no slot, whatever their ids.

import { emptyPolicy } from '../../token/policy.ts'
import { parseNativeToken, signNativeToken, verifyNativeToken } from '../../token/native.ts'
import type { Keyring } from '../../token/keyring.ts'
import { parseSlotId, type SlotId } from '../record/slot.ts'

/** What requests' links have below the upload namespace, and slots' have not: no id is so short. */
const folder = 'request/'

/** Formats what follows the upload namespace. The keyring's purpose is `request`. */
export function formatRequestPath(keyring: Keyring, id: SlotId, nowMs: number): string {
  const subject = { name: id, version: 'request' }
  return `${folder}${id}/${signNativeToken(keyring, subject, Math.floor(nowMs / 1000), emptyPolicy)}`
}

/** Whether what follows the upload namespace is for a request, signed by us or not. */
export function isRequestPath(path: string): boolean {
  return path.startsWith(folder)
}

/** Takes what follows the upload namespace apart and checks its token; `null` for anything we did not sign. */
export function readRequestPath(keyring: Keyring, path: string): SlotId | null {
  const match = /^request\/([A-Za-z0-9_-]{22})\/([0-9A-Za-z]{1,9}\.[A-Za-z0-9_-]{43})$/.exec(path)
  const id = parseSlotId(match?.[1] ?? '')
  const token = parseNativeToken(match?.[2] ?? '')
  if (id === null || token === null) return null
  return verifyNativeToken(keyring, token, { name: id, version: 'request' }) ? id : null
}

/**
 * The way from a request's link to a slot's, as a page's links go: it leads where the page came
 * from, whatever a proxy has made of our paths.
 */
export function toSlotFromRequest(slotPath: string): string {
  return `../../${slotPath}`
}
