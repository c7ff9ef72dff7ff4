// What an answer will most likely need of a file, told to storages that are asked over a network: they
// can ask for facts and bytes at once. A wrong guess costs a request, and never a wrong answer.

import { decideRange } from '../http/range.ts'
import type { Incoming } from '../http/exchange.ts'
import type { Delivery, ReadAhead } from '../storage/delivery.ts'
import type { OpenedFile, Storage } from '../storage/storage.ts'

/** More than any file has: its ranges show which end they were counted from. */
const endless = Number.MAX_SAFE_INTEGER

/** Opens a file for the answer to a request. */
export function openForReply(
  storage: Storage,
  name: string,
  request: Incoming,
  delivery: Delivery,
): Promise<OpenedFile | null> {
  if (storage.readsAhead !== true) return storage.open(name)
  return storage.open(name, decideReadAhead(request, delivery))
}

/** What to read ahead; `undefined` where the facts alone will most likely do. */
export function decideReadAhead(request: Incoming, delivery: Delivery): ReadAhead | undefined {
  if (delivery === 'redirect' || request.method !== 'GET') return undefined
  // Who asks so has the file already, as a rule.
  if (conditions.some((name) => request.header(name) !== undefined)) return undefined
  const range = request.header('range')
  if (range === undefined) return { startByte: 0 }
  const decision = decideRange(range, endless)
  if (decision.kind === 'whole') return { startByte: 0 }
  const [span, ...others] = decision.kind === 'spans' ? decision.spans : []
  if (span === undefined || others.length > 0) return undefined
  const { startByte, endByte } = span
  if (endByte < endless) return { startByte, endByte }
  return startByte > endless / 2 ? { lastBytes: endless - startByte } : { startByte }
}

const conditions = ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since']
