// What a file request is: one link for many people, each of whom gets a slot of their own. Pure, like
// the slots' lifecycle: a record and what happened in; the next record, or why there is none, out.
//
// A request never counts uploads; it keeps a list of places. A slot stands in the list from before it
// is made until it has ended without an upload, and one whose upload was handled stays for good. The
// list is never longer than `maxUploads`, and it changes by the store's one primitive. So there can't
// be more uploads than that, however many people race in however many processes.

import type { SlotId, SlotRecord } from './slot.ts'

/** A place of a request: the slot that was made, or is about to be made, for one person. */
export interface RequestPlace {
  readonly slotId: SlotId
  /** When the slot expires, as it was decided before it was made. */
  readonly untilMs: number
  /** Whether its upload was handled: then the place is taken for good. */
  readonly isTaken: boolean
  /** A digest of the key by which a lost answer can be asked for again; missing where none was sent. */
  readonly keyDigest?: string
}

/** A password as it is remembered: scrypt with N = 16,384, r = 8, p = 1; salt and digest as base64url. */
export interface PasswordDigest {
  readonly scheme: 'scrypt-16384-8-1'
  readonly salt: string
  readonly digest: string
}

/** Where a request stands. */
export interface RequestState {
  /** Tells it from a slot, also where a version that knows no requests reads the store. */
  readonly name: 'request'
  readonly title: string | null
  readonly message: string | null
  readonly maxUploads: number
  readonly perPersonName: boolean
  readonly password: PasswordDigest | null
  /** How long the slot of a place waits for its upload to begin. */
  readonly placeMs: number
  /** How long the request is remembered once it is over. */
  readonly keepMs: number
  /** When it was closed by hand; `null` as long as it was not. */
  readonly closedMs: number | null
  readonly places: readonly RequestPlace[]
}

/** All that is known of a request. It has all that a slot's record has, for whatever a store looks at. */
export interface RequestRecord extends Omit<SlotRecord, 'state' | 'request'> {
  readonly state: RequestState
}

/** What a new request is made of. */
export type NewRequest = Pick<RequestRecord, 'id' | 'kind' | 'args' | 'policy' | 'expiresMs'> & {
  readonly terms: Omit<RequestState, 'name' | 'closedMs' | 'places'>
}

/** Why a request gives no place. */
export type RequestRefusal =
  /** There is none. */
  | 'missing'
  | 'closed'
  | 'expired'
  /** As many uploads came as it takes. */
  | 'complete'
  /** All its places are given; one whose slot ends without an upload is free again. */
  | 'full'

/** The next record, or why there is none. */
export type RequestMove =
  | { readonly moved: true; readonly record: RequestRecord }
  | { readonly moved: false; readonly refusal: RequestRefusal }

/** Makes a request. */
export function createRequestRecord(
  { terms, ...request }: NewRequest,
  nowMs: number,
): RequestRecord {
  return {
    ...request,
    revision: 1,
    createdMs: nowMs,
    state: { name: 'request', ...terms, closedMs: null, places: [] },
    attempt: 0,
    earlierAttempts: 0,
    tus: null,
    idempotencyDigest: null,
  }
}

/** Why nobody can get a place now; `null` where somebody can. */
export function whyNoPlace(
  { state, expiresMs }: RequestRecord,
  nowMs: number,
): RequestRefusal | null {
  if (state.closedMs !== null) return 'closed'
  if (expiresMs <= nowMs) return 'expired'
  if (state.places.length < state.maxUploads) return null
  return state.places.every((place) => place.isTaken) ? 'complete' : 'full'
}

/** Gives a place to a slot that is to be made. */
export function addPlace(record: RequestRecord, place: RequestPlace, nowMs: number): RequestMove {
  const refusal = whyNoPlace(record, nowMs)
  if (refusal !== null) return { moved: false, refusal }
  return moveTo(record, { places: [...record.state.places, place] })
}

/** The place that was given for a key, where it was. */
export function findPlace({ state }: RequestRecord, keyDigest: string | null): RequestPlace | null {
  if (keyDigest === null) return null
  return state.places.find((place) => place.keyDigest === keyDigest) ?? null
}

/** What has become of a place's slot: its upload was handled, or it can never have one. */
export type PlaceFate = 'taken' | 'free'

/** Writes down what has become of places. No move where that is known already. */
export function settlePlaces(
  record: RequestRecord,
  fates: ReadonlyMap<SlotId, PlaceFate>,
): RequestMove {
  const { places } = record.state
  const settled = places
    .filter(({ slotId, isTaken }) => isTaken || fates.get(slotId) !== 'free')
    .map((place) => (fates.get(place.slotId) === 'taken' ? toTaken(place) : place))
  const hasChanged =
    settled.length < places.length || settled.some((each, at) => each !== places[at])
  return hasChanged ? moveTo(record, { places: settled }) : { moved: false, refusal: 'missing' }
}

function toTaken(place: RequestPlace): RequestPlace {
  if (place.isTaken) return place
  return { slotId: place.slotId, untilMs: place.untilMs, isTaken: true }
}

/** Closes a request by hand: it gives no place any more. */
export function closeRequest(record: RequestRecord, nowMs: number): RequestMove {
  if (record.state.closedMs !== null) return { moved: false, refusal: 'closed' }
  if (record.expiresMs <= nowMs) return { moved: false, refusal: 'expired' }
  return moveTo(record, { closedMs: nowMs })
}

/** Whether a request was over for so long that it need not be remembered. */
export function isForgettable({ state, expiresMs }: RequestRecord, nowMs: number): boolean {
  return (state.closedMs ?? expiresMs) + state.keepMs <= nowMs
}

function moveTo(record: RequestRecord, change: Partial<RequestState>): RequestMove {
  return {
    moved: true,
    record: { ...record, revision: record.revision + 1, state: { ...record.state, ...change } },
  }
}
