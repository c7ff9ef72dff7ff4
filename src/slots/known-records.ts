// A store keeps what it is given and knows nothing of its meaning: what it gives back may have been
// written by a later version of us, or by somebody's hand. Such a slot is no slot here, and the
// store keeps it.

import type { Log } from '../log.ts'
import type { SlotRecord, SlotStateName } from './slot.ts'
import type { SlotStore } from './stores/store.ts'

/** The store, without the records that we can't read; each is logged once. */
export function withKnownRecords(store: SlotStore, log: Log): SlotStore {
  const reported = new Set<string>()

  function isKnown(record: SlotRecord): boolean {
    if (isSlotRecord(record)) return true
    const slotId = String((record as Partial<SlotRecord> | null)?.id)
    if (reported.has(slotId) || reported.size >= mostReported) return false
    reported.add(slotId)
    const message =
      'The slot store has a record that this version can not read; the slot is not served.'
    log({ level: 'error', event: 'slot-damaged', message, slotId })
    return false
  }

  return {
    create: (record) => store.create(record),
    async read(id) {
      const record = await store.read(id)
      return record !== null && isKnown(record) ? record : null
    },
    replace: (record, expectedRevision) => store.replace(record, expectedRevision),
    remove: (id, expectedRevision) => store.remove(id, expectedRevision),
    async list(options) {
      const page = await store.list(options)
      return { ...page, records: page.records.filter(isKnown) }
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
  return typeof name === 'string' && Object.hasOwn(partsOf, name)
    ? partsOf[name as SlotStateName].every((part) => hasPart(state, part))
    : false
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
      return isObject(value) && Array.isArray(value['files'])
    case 'sinceMs':
      return typeof value === 'number'
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
