// What the cases of the slot stores' contract are made of.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSlotRecord } from '../slots/record/lifecycle.ts'
import { parseSlotId, type SlotId, type SlotRecord } from '../slots/record/slot.ts'
import type { SlotStore } from '../slots/stores/store.ts'

/** One thing that every store must do. */
export interface SlotStoreCase {
  /** The fact, as the end of a sentence that begins with "a slot store". */
  readonly name: string
  /**
   * Rejects where the store does not keep it. The store must be empty, and is not used again.
   * `others` keep the same records as `store`, by other connections or in other processes; those
   * who race take turns with them. Default: none.
   * @example
   * import { createMemorySlotStore } from 'titofisto'
   * import { slotStoreContract } from 'titofisto/testing'
   *
   * for (const { run } of slotStoreContract) await run(createMemorySlotStore())
   */
  readonly run: (store: SlotStore, others?: readonly SlotStore[]) => Promise<void>
}

/** A new record, open, with an id of its own. */
export function newRecord(args: SlotRecord['args'] = null, id: SlotId = newId()): SlotRecord {
  const policy = { maxBytes: 1024, minBytes: 0, maxFiles: 1, accept: ['image/*'] }
  return createSlotRecord({ id, kind: 'contract', args, policy, expiresMs: 2_000_000 }, 1_000_000)
}

/** The revision after a record, unchanged otherwise. */
export function next(record: SlotRecord): SlotRecord {
  return { ...record, revision: record.revision + 1 }
}

/** An id that no record has yet. */
export function newId(): SlotId {
  return toId(randomBytes(16).toString('base64url'))
}

/** An id of this text. */
export function toId(text: string): SlotId {
  const id = parseSlotId(text)
  assert.ok(id !== null)
  return id
}

/** Creates a new record. */
export async function createOne(
  store: SlotStore,
  args: SlotRecord['args'] = null,
): Promise<SlotRecord> {
  const record = newRecord(args)
  await store.create(record)
  return record
}

/** Creates so many records. */
export async function createMany(store: SlotStore, count: number): Promise<SlotRecord[]> {
  const records = Array.from({ length: count }, (_, index) => newRecord(index))
  for (const record of records) await store.create(record)
  return records
}

/** Every record that a store lists. */
export async function listAll(store: SlotStore, limit: number): Promise<SlotRecord[]> {
  const records: SlotRecord[] = []
  let page = await store.list({ limit })
  records.push(...page.records)
  while (page.next !== null) {
    assert.ok(page.records.length <= limit, 'a page is not above its limit')
    page = await store.list({ after: page.next, limit })
    records.push(...page.records)
  }
  return records
}

/** Records by their ids. */
export function sorted(records: readonly SlotRecord[]): SlotRecord[] {
  return [...records].sort((left, right) => (left.id < right.id ? -1 : 1))
}
