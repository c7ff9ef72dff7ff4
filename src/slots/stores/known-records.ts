// A store keeps what it is given and knows nothing of its meaning: what it gives back may have been
// written by a later version of us, or by somebody's hand. Such a slot is no slot here, and the
// store keeps it. Of a path in a record, only the name counts: a record that came with its folder, in
// an archive or by git, must not have us read, publish or remove a file that is not an upload's.

import { basename, join } from 'node:path'
import type { Log } from '../../log.ts'
import type { ReceivedUpload } from '../../receive/intake/reception.ts'
import type { RequestRecord } from '../record/request.ts'
import { spooledPathsOfUpload } from '../record/slot.ts'
import type { SlotId, SlotRecord } from '../record/slot.ts'
import { isRequestRecord, isSlotRecord } from './slot-shape.ts'
import { listAll, type SlotStore } from './store.ts'

/** The store's slots, and beside them the requests that it has. */
export interface KnownStore extends SlotStore {
  readonly requests: RequestStore
}

/** The file requests of a store. Each method is as {@link SlotStore}'s. */
export interface RequestStore {
  create(record: RequestRecord): Promise<void>
  read(id: SlotId): Promise<RequestRecord | null>
  replace(record: RequestRecord, expectedRevision: number): Promise<boolean>
  remove(id: SlotId, expectedRevision: number): Promise<boolean>
  /** Whether the store has any record of this id, also one that can't be read here. */
  has(id: SlotId): Promise<boolean>
  /** Every slot and every request, in one pass over the store. */
  listEverything(): AsyncIterable<SlotRecord | RequestRecord>
}

/** Whether a record is a request's. */
export function isRequest(record: SlotRecord | RequestRecord): record is RequestRecord {
  return record.state.name === 'request'
}

/**
 * The store, without the records that we can't read; each is logged once. The files of the others are
 * in the spool's folder as it is now.
 */
export function withKnownRecords(store: SlotStore, spoolFolder: string, log: Log): KnownStore {
  const reported = new Set<string>()

  function toKnown(record: SlotRecord): SlotRecord | RequestRecord | null {
    // What the store's type says of a record is what we hope for.
    const given: unknown = record
    if (isRequestRecord(given)) return given as RequestRecord
    const known = isSlotRecord(given) ? inSpool(record, spoolFolder) : null
    if (known === null) report(String((given as Partial<SlotRecord> | null)?.id))
    return known
  }

  function toSlot(record: SlotRecord): SlotRecord | null {
    const known = toKnown(record)
    return known === null || isRequest(known) ? null : known
  }

  function report(slotId: string): void {
    if (reported.has(slotId) || reported.size >= mostReported) return
    reported.add(slotId)
    const message =
      'The slot store has a record that this version can not read; the slot is not served.'
    log({ level: 'error', event: 'slot-damaged', message, slotId })
  }

  return {
    ...(store.isFar === true && { isFar: true }),
    create: (record) => store.create(record),
    async read(id) {
      const record = await store.read(id)
      return record === null ? null : toSlot(record)
    },
    replace: (record, expectedRevision) => store.replace(record, expectedRevision),
    remove: (id, expectedRevision) => store.remove(id, expectedRevision),
    async list(options) {
      const page = await store.list(options)
      return { ...page, records: page.records.map(toSlot).filter((record) => record !== null) }
    },
    requests: {
      create: (record) => store.create(asStored(record)),
      async read(id) {
        const record = await store.read(id)
        const known = record === null ? null : toKnown(record)
        return known !== null && isRequest(known) ? known : null
      },
      replace: (record, expectedRevision) => store.replace(asStored(record), expectedRevision),
      remove: (id, expectedRevision) => store.remove(id, expectedRevision),
      has: async (id) => (await store.read(id)) !== null,
      async *listEverything() {
        for await (const record of listAll(store)) {
          const known = toKnown(record)
          if (known !== null) yield known
        }
      },
    },
  }
}

/** A store keeps any record by its id and revision, and knows nothing of its state. */
function asStored(record: RequestRecord): SlotRecord {
  return record as unknown as SlotRecord
}

const mostReported = 1000

/** The record, its files in this folder; `null` where one is none of this slot's. */
function inSpool(record: SlotRecord, folder: string): SlotRecord | null {
  const { state, tus } = record
  const upload = 'upload' in state ? state.upload : null
  const paths = upload === null ? [] : [...spooledPathsOfUpload(upload)]
  if (tus !== null) paths.push(tus.path)
  if (!paths.every((path) => basename(path).startsWith(`${record.id}.`))) return null
  if (paths.every((path) => path === place(path))) return record
  return {
    ...record,
    tus: tus === null ? null : { ...tus, path: place(tus.path) },
    state: 'upload' in state ? { ...state, upload: placeUpload(state.upload) } : state,
  }

  function place(path: string): string {
    return join(folder, basename(path))
  }

  function placeUpload(given: ReceivedUpload): ReceivedUpload {
    const { detailsPath } = given
    return {
      ...given,
      files: given.files.map((file) => ({ ...file, path: place(file.path) })),
      ...(detailsPath !== undefined && { detailsPath: place(detailsPath) }),
    }
  }
}
