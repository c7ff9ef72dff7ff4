// Giving an answer again to a client that lost it: it names its upload by an `Idempotency-Key`
// (draft-ietf-httpapi-idempotency-key-header), which only it knows.

import { hash } from 'node:crypto'
import type { Incoming, Reply } from '../../http/exchange.ts'
import type { SlotKindRules } from '../kinds/define-kind.ts'
import { replayResult } from './handler-result.ts'
import type { SlotRecord, SlotResult } from '../record/slot.ts'

/** What is remembered of a request's key; `null` where it sent none. */
export function digestIdempotencyKey(incoming: Incoming): string | null {
  const key = incoming.header('idempotency-key')
  if (key === undefined || key === '') return null
  return hash('sha256', key, 'base64url').slice(0, 22)
}

/** The answer that the request with this key got before; `null` where there is none to give. */
export function replayFor(
  record: SlotRecord,
  kind: SlotKindRules,
  digest: string | null,
  nowMs: number,
): Reply | null {
  if (digest === null || digest !== record.idempotencyDigest) return null
  const result = keptResult(record, kind, nowMs)
  return result === null ? null : replayResult(result)
}

/** The answer of an ended slot, as long as it is kept. */
export function keptResult(
  record: SlotRecord,
  kind: SlotKindRules,
  nowMs: number,
): SlotResult | null {
  const { state } = record
  if (state.name !== 'done' && state.name !== 'rejected') return null
  return state.sinceMs + kind.replayMs > nowMs ? state.result : null
}
