// Slots for tests.

import { randomBytes } from 'node:crypto'
import { createSlotRecord } from '../../src/slots/record/lifecycle.ts'
import { parseSlotId } from '../../src/slots/record/slot.ts'
import type { SlotId, SlotRecord } from '../../src/slots/record/slot.ts'

/** An id that nobody else has. */
export function newSlotId(): SlotId {
  const id = parseSlotId(randomBytes(16).toString('base64url'))
  if (id === null) throw new Error('128 bits make an id')
  return id
}

/** An open slot made at 1,000,000 ms that waits until 2,000,000 ms. */
export function newSlotRecord(kind = 'test'): SlotRecord {
  const policy = { maxBytes: 1024, minBytes: 0, maxFiles: 1, accept: null }
  const slot = { id: newSlotId(), kind, args: { for: 'test' }, policy, expiresMs: 2_000_000 }
  return createSlotRecord(slot, 1_000_000)
}
