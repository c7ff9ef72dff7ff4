import { describe, expect, it } from 'vitest'
import { createSlotRecord, endSlot } from '../../record/lifecycle.ts'
import { parseSlotId, type SlotId } from '../../record/slot.ts'
import { lifeOfRecord } from './record-life.ts'

const day = 86_400_000

function idOf(number: number): SlotId {
  const id = parseSlotId(`${String(number).padStart(21, '0')}A`)
  return id ?? expect.unreachable()
}

const slot = {
  id: idOf(1),
  kind: 'note',
  args: null,
  policy: { maxBytes: 1, minBytes: 0, maxFiles: 1, accept: null },
  expiresMs: day,
}

const done = { name: 'done', result: null, sinceMs: 0 } as const

describe("a record's life in Redis", () => {
  it('ends days after its slot, also where no sweep comes by', () => {
    const open = createSlotRecord(slot, 0)
    expect(lifeOfRecord(open)).toBe(9 * day)
    expect(lifeOfRecord(endSlot(open, done).record)).toBe(8 * day)
  })

  it("does not end where its upload has a file request's place, which would be given again", () => {
    const open = createSlotRecord({ ...slot, request: { id: idOf(2), person: null } }, 0)
    expect(lifeOfRecord(endSlot(open, done).record)).toBeNull()
  })

  it('does not end where nobody knows whether its upload was handled', () => {
    const open = createSlotRecord({ ...slot, request: { id: idOf(2), person: null } }, 0)
    const expired = { name: 'expired', sinceMs: 0, wasInterrupted: true } as const
    expect(lifeOfRecord(endSlot(open, expired).record)).toBeNull()
    expect(lifeOfRecord(endSlot(createSlotRecord(slot, 0), expired).record)).toBe(8 * day)
  })

  it('ends where its place is free again anyway', () => {
    const open = createSlotRecord({ ...slot, request: { id: idOf(2), person: null } }, 0)
    expect(lifeOfRecord(open)).toBe(9 * day)
    const expired = endSlot(open, { name: 'expired', sinceMs: 0 }).record
    expect(lifeOfRecord(expired)).toBe(8 * day)
  })
})
