// Giving an answer again to a client that lost it: it names its upload by an `Idempotency-Key`
// (draft-ietf-httpapi-idempotency-key-header), which only it knows.

import { hash } from 'node:crypto'
import type { Incoming, Reply } from '../../http/exchange.ts'
import type { KnownSlot } from '../parts/slot-parts.ts'
import { replayResult } from './handler-result.ts'
import type { SlotResult } from '../record/slot.ts'

/** What is remembered of a request's key; `null` where it sent none, by its header or in its form. */
export function digestIdempotencyKey(
  incoming: Incoming,
  keyInForm: string | null = null,
): string | null {
  const key = incoming.header('idempotency-key') ?? keyInForm
  if (key === null || key === '') return null
  return hash('sha256', key, 'base64url').slice(0, 22)
}

/** The answer that the request with this key got before; `null` where there is none to give. */
export function replayFor(slot: KnownSlot, keyDigest: string | null): Reply | null {
  if (keyDigest === null || keyDigest !== slot.record.idempotencyDigest) return null
  const result = replayableResult(slot)
  return result === null ? null : replayResult(result, slot.record.state.name === 'rejected')
}

/** The answer of an ended slot, as long as it can be given again. */
export function replayableResult({ parts, kind, record }: KnownSlot): SlotResult | null {
  const { state } = record
  if (state.name !== 'done' && state.name !== 'rejected') return null
  return state.sinceMs + kind.replayMs > parts.nowMs() ? state.result : null
}
