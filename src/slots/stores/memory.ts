// Slots in this process's memory: for tests and single processes that may forget on a restart.

import { TitofistoError } from '../../errors.ts'
import type { SlotId, SlotRecord } from '../record/slot.ts'
import type { SlotPage, SlotStore } from './store.ts'

/**
 * Makes a store that forgets everything with its process, and that no other process sees.
 * @example
 * import { createMemorySlotStore, createTitofisto } from 'titofisto'
 *
 * const files = createTitofisto({ secret, storage, slotStore: createMemorySlotStore() })
 */
export function createMemorySlotStore(): SlotStore {
  // A Map keeps the order of insertion, also when a value is replaced; so a serial number is a
  // cursor that stays right while records come and go.
  const entries = new Map<SlotId, Entry>()
  let lastSerial = 0

  return {
    async create(record) {
      if (entries.has(record.id))
        throw new TitofistoError('slot-store-failed', 'A slot with this id exists already.')
      lastSerial += 1
      entries.set(record.id, { serial: lastSerial, record })
    },
    async read(id) {
      return entries.get(id)?.record ?? null
    },
    async replace(record, expectedRevision) {
      const entry = entries.get(record.id)
      if (entry === undefined || entry.record.revision !== expectedRevision) return false
      entry.record = record
      return true
    },
    async remove(id, expectedRevision) {
      const isCurrent = entries.get(id)?.record.revision === expectedRevision
      return isCurrent && entries.delete(id)
    },
    async list({ after, limit = 200 } = {}) {
      return listAfter(entries.values(), after === undefined ? 0 : Number(after), limit)
    },
  }
}

interface Entry {
  readonly serial: number
  record: SlotRecord
}

function listAfter(entries: Iterable<Entry>, afterSerial: number, limit: number): SlotPage {
  const records: SlotRecord[] = []
  let lastSerial = afterSerial
  for (const { serial, record } of entries) {
    if (serial <= afterSerial) continue
    if (records.length === limit) return { records, next: String(lastSerial) }
    records.push(record)
    lastSerial = serial
  }
  return { records, next: null }
}
