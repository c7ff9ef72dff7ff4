// What the records of slots and requests look like, for those that a store gives back.

import { parseSlotId } from '../record/slot.ts'
import type { SlotStateName } from '../record/slot.ts'
import { isBoolean, isNumber, isObject, isText } from './record-shape.ts'
import { listOf, objectOf, orAbsent, orNull, type Shape } from './record-shape.ts'

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
  expired: objectOf({ sinceMs: isNumber, wasInterrupted: orAbsent(isBoolean) }),
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

const isId: Shape = (value) => typeof value === 'string' && parseSlotId(value) !== null

/** What slots and requests have in common. */
const recordParts = {
  id: isId,
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
}

/** What a slot's record is. */
export const isSlotRecord = objectOf({
  ...recordParts,
  state: isState,
  attempt: isNumber,
  earlierAttempts: isNumber,
  uncountedAttempts: orAbsent(isNumber),
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
  request: orAbsent(objectOf({ id: isId, person: orNull(isText) })),
})

/** What a file request's record is. */
export const isRequestRecord = objectOf({
  ...recordParts,
  state: objectOf({
    name: (value) => value === 'request',
    title: orNull(isText),
    message: orNull(isText),
    maxUploads: isNumber,
    perPersonName: isBoolean,
    password: orNull(
      objectOf({
        scheme: (value) => value === 'scrypt-16384-8-1',
        salt: isText,
        digest: isText,
      }),
    ),
    placeMs: isNumber,
    keepMs: isNumber,
    closedMs: orNull(isNumber),
    places: listOf(
      objectOf({
        slotId: isId,
        untilMs: isNumber,
        isTaken: isBoolean,
        keyDigest: orAbsent(isText),
      }),
    ),
  }),
})
