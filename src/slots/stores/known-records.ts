// A store keeps what it is given and knows nothing of its meaning: what it gives back may have been
// written by a later version of us, or by somebody's hand. Such a slot is no slot here, and the
// store keeps it. Of a path in a record, only the name counts: a record that came with its folder, in
// an archive or by git, must not have us read, publish or remove a file that is not an upload's.

import { basename, join } from 'node:path'
import type { Log } from '../../log.ts'
import type { ReceivedUpload } from '../../receive/intake/reception.ts'
import { parseSlotId, spooledPathsOfUpload } from '../record/slot.ts'
import type { SlotRecord, SlotStateName } from '../record/slot.ts'
import type { SlotStore } from './store.ts'

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

/** Whether a value is of some shape; what it has besides is nobody's business. */
type Shape = (value: unknown) => boolean

const isText: Shape = (value) => typeof value === 'string'
const isNumber: Shape = (value) => Number.isFinite(value)
const isBoolean: Shape = (value) => typeof value === 'boolean'

function orNull(shape: Shape): Shape {
  return (value) => value === null || shape(value)
}

function orAbsent(shape: Shape): Shape {
  return (value) => value === undefined || shape(value)
}

function listOf(shape: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(shape)
}

function objectOf(parts: Readonly<Record<string, Shape>>): Shape {
  const entries = Object.entries(parts)
  return (value) => isObject(value) && entries.every(([name, shape]) => shape(value[name]))
}

const isLease = objectOf({ holder: isText, untilMs: isNumber })

const isFile = objectOf({
  fieldName: orNull(isText),
  originalName: orNull(isText),
  name: isText,
  type: isText,
  sniffedType: orNull(isText),
  sizeBytes: isNumber,
  path: isText,
})

const isField: Shape = (value) =>
  Array.isArray(value) && value.every((text) => isText(text)) && isFieldLength(value)

/** A name and a value, and of JSON that it is so. */
function isFieldLength({ length, 2: type }: readonly unknown[]): boolean {
  return length === 2 || (length === 3 && type === 'json')
}

const isUpload = objectOf({
  files: (value) => listOf(isFile)(value) && (value as readonly unknown[]).length > 0,
  fields: listOf(isField),
  detailsPath: orAbsent(isText),
})

const isResult = objectOf({ status: isNumber, headers: listOf(isText), body: orNull(isText) })

const handled = { savedNames: orAbsent(listOf(isText)), savedCount: orAbsent(isNumber) }

const shapeOfState: Readonly<Record<SlotStateName, Shape>> = {
  open: objectOf({}),
  receiving: objectOf({ lease: isLease }),
  received: objectOf({ upload: isUpload, failed: isBoolean, keeper: orNull(isLease) }),
  handling: objectOf({ lease: isLease, upload: isUpload }),
  interrupted: objectOf({ holder: isText, upload: isUpload, sinceMs: isNumber }),
  done: objectOf({
    result: orNull(isResult),
    answer: orAbsent(isResult),
    sinceMs: isNumber,
    ...handled,
  }),
  rejected: objectOf({ result: isResult, sinceMs: isNumber, ...handled }),
  revoked: objectOf({ sinceMs: isNumber }),
  expired: objectOf({ sinceMs: isNumber }),
}

const statesWithUpload: ReadonlySet<string> = new Set(['received', 'handling', 'interrupted'])

function isState(value: unknown): boolean {
  const name = isObject(value) ? value['name'] : undefined
  if (!isObject(value) || typeof name !== 'string' || !Object.hasOwn(shapeOfState, name))
    return false
  // An upload that its state knows nothing of would be passed over where its paths are looked at.
  if ('upload' in value && !statesWithUpload.has(name)) return false
  return shapeOfState[name as SlotStateName](value)
}

const isSlotRecord = objectOf({
  id: (value) => typeof value === 'string' && parseSlotId(value) !== null,
  revision: isNumber,
  kind: isText,
  policy: objectOf({
    maxBytes: isNumber,
    minBytes: isNumber,
    maxFiles: isNumber,
    maxTotalBytes: orAbsent(isNumber),
    accept: orNull(listOf(isText)),
  }),
  createdMs: isNumber,
  expiresMs: isNumber,
  state: isState,
  attempt: isNumber,
  earlierAttempts: isNumber,
  tus: orNull(
    objectOf({
      path: isText,
      writer: orNull(isText),
      provenBytes: orNull(isNumber),
      lengthBytes: orNull(isNumber),
      metadata: orNull(isText),
      waitsForEnd: orAbsent(isBoolean),
      reprDigest: orAbsent(isText),
    }),
  ),
  idempotencyDigest: orNull(isText),
})

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
