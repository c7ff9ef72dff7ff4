// A record as the text that an engine keeps.

import type { SlotId, SlotRecord } from '../record/slot.ts'

/**
 * Reads the text of a record. What is none, where somebody else wrote it, is given as a record that
 * nobody can read: known-records.ts tells of it, and one does not keep the others from being listed.
 */
export function parseRecordText(text: string, id: string): SlotRecord {
  try {
    const value: unknown = JSON.parse(text)
    // The rest is for those who know what a record means.
    if (typeof value === 'object' && value !== null && 'id' in value && value.id === id)
      return value as SlotRecord
  } catch {
    // Told below.
  }
  return unreadable(id as SlotId)
}

function unreadable(id: SlotId): SlotRecord {
  const record: Partial<SlotRecord> = { id }
  // As any text that is read: its shape is looked at by known-records.ts.
  return record as SlotRecord
}

/** @throws TypeError where a record does not follow the revision that it is to replace. */
export function checkFollows({ revision }: SlotRecord, expectedRevision: number): void {
  if (revision !== expectedRevision + 1)
    throw new TypeError('A record takes the place of the revision before its own.')
}
