// A slot store as a process on another machine uses it: what its claims are called says nothing here, and
// what ours are called says nothing there.

import type { SlotRecord, SlotStore } from '../../src/index.ts'

/** The same store, seen from elsewhere. */
export function seenFromElsewhere(shared: SlotStore): SlotStore {
  return {
    ...shared,
    async read(id) {
      const record = await shared.read(id)
      return record === null ? null : here(record)
    },
    replace: (record, expectedRevision) => shared.replace(there(record), expectedRevision),
  }
}

function there(record: SlotRecord): SlotRecord {
  return JSON.parse(
    JSON.stringify(record).replaceAll('"holder":"', '"holder":"there-'),
  ) as SlotRecord
}

function here(record: SlotRecord): SlotRecord {
  return JSON.parse(
    JSON.stringify(record).replaceAll('"holder":"there-', '"holder":"'),
  ) as SlotRecord
}
