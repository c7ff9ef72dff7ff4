// A store keeps what it is given and knows nothing of its meaning: what it gives back may have been
// written by a later version of us, or by somebody's hand. Such a slot is no slot here, and the
// store keeps it. Of a path in a record, only the name counts: a record that came with its folder, in
// an archive or by git, must not have us read, publish or remove a file that is not an upload's.

import { basename, join } from 'node:path'
import type { Log } from '../log.ts'
import type { ReceivedUpload } from './receive/reception.ts'
import { spooledPathsOfUpload } from './slot.ts'
import type { SlotRecord, SlotStateName } from './slot.ts'
import type { SlotStore } from './stores/store.ts'

/**
 * The store, without the records that we can't read; each is logged once. The files of the others are
 * in the spool's folder as it is now.
 */
export function withKnownRecords(store: SlotStore, spoolFolder: string, log: Log): SlotStore {
  const reported = new Set<string>()

  function toKnown(record: SlotRecord): SlotRecord | null {
    const known = isSlotRecord(record) ? inSpool(record, spoolFolder) : null
    if (known === null) report(String((record as Partial<SlotRecord> | null)?.id))
    return known
  }

  function report(slotId: string): void {
    if (reported.has(slotId) || reported.size >= mostReported) return
    reported.add(slotId)
    const message =
      'The slot store has a record that this version can not read; the slot is not served.'
    log({ level: 'error', event: 'slot-damaged', message, slotId })
  }

  return {
    create: (record) => store.create(record),
    async read(id) {
      const record = await store.read(id)
      return record === null ? null : toKnown(record)
    },
    replace: (record, expectedRevision) => store.replace(record, expectedRevision),
    remove: (id, expectedRevision) => store.remove(id, expectedRevision),
    async list(options) {
      const page = await store.list(options)
      return { ...page, records: page.records.map(toKnown).filter((record) => record !== null) }
    },
  }
}

const mostReported = 1000

function isSlotRecord(value: unknown): boolean {
  if (!isObject(value) || !isObject(value['policy']) || !isObject(value['state'])) return false
  const { kind, revision, attempt, earlierAttempts, createdMs, expiresMs, tus, state, policy } =
    value
  const numbers = [
    revision,
    attempt,
    earlierAttempts,
    createdMs,
    expiresMs,
    policy['maxBytes'],
    policy['minBytes'],
  ]
  return (
    typeof kind === 'string' &&
    numbers.every((each) => typeof each === 'number') &&
    (tus === null || (isObject(tus) && typeof tus['path'] === 'string')) &&
    isSlotState(state)
  )
}

function isSlotState(state: Readonly<Record<string, unknown>>): boolean {
  const { name } = state
  if (typeof name !== 'string' || !Object.hasOwn(partsOf, name)) return false
  const parts = partsOf[name as SlotStateName]
  if ('upload' in state && !parts.includes('upload')) return false
  return parts.every((part) => hasPart(state, part))
}

type StatePart = 'lease' | 'upload' | 'sinceMs'

/** What each state is not without. */
const partsOf: Readonly<Record<SlotStateName, readonly StatePart[]>> = {
  open: [],
  receiving: ['lease'],
  received: ['upload'],
  handling: ['lease', 'upload'],
  interrupted: ['upload', 'sinceMs'],
  done: ['sinceMs'],
  rejected: ['sinceMs'],
  revoked: ['sinceMs'],
  expired: ['sinceMs'],
}

function hasPart(state: Readonly<Record<string, unknown>>, part: StatePart): boolean {
  const value = state[part]
  switch (part) {
    case 'lease':
      return isObject(value) && typeof value['untilMs'] === 'number'
    case 'upload':
      return isObject(value) && isUpload(value)
    case 'sinceMs':
      return typeof value === 'number'
  }
}

function isUpload({ files, detailsPath }: Readonly<Record<string, unknown>>): boolean {
  return (
    Array.isArray(files) &&
    files.every((file) => isObject(file) && typeof file['path'] === 'string') &&
    (detailsPath === undefined || typeof detailsPath === 'string')
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

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
