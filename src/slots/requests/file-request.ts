// A file request as its owner has it: who sent what, and an end of it.

import { changeSlot } from '../claims/move-slot.ts'
import { toUrl, type SlotOverrides } from '../minting/mint.ts'
import { toStatus, type SlotStatus } from '../minting/status.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import { refuse } from '../record/lifecycle.ts'
import { revokeSlot } from '../record/owner-moves.ts'
import { closeRequest, whyNoPlace, type RequestRecord } from '../record/request.ts'
import type { SlotId, SlotRecord } from '../record/slot.ts'
import { changeRequest } from './change-request.ts'
import { formatRequestPath } from './request-url.ts'
import { settleRequest } from './settle-places.ts'

/** Where a request stands, as plain JSON. */
export interface FileRequestStatus {
  /** For `files.requests.find()`. */
  readonly id: SlotId
  /** The name of the slot kind whose handler gets the uploads. */
  readonly kind: string
  /**
   * `open`: people can send. `full`: all places are given, and some have no upload yet. `complete`: as
   * many uploads came as it takes. `closed`: by `close()`. `expired`: its time is over.
   */
  readonly state: 'open' | 'full' | 'complete' | 'closed' | 'expired'
  /** The heading of its page; `null` where none was given. */
  readonly title: string | null
  /** What its page says below; `null` where nothing. */
  readonly message: string | null
  /** How many uploads there are. */
  readonly uploadCount: number
  /** How many people have a place whose upload has not ended. */
  readonly waitingCount: number
  /** How many uploads it takes in all. */
  readonly maxUploads: number
  /** Whether each person is asked for a name. */
  readonly perPersonName: boolean
  /** Whether a password is asked for; the password itself is not kept. */
  readonly hasPassword: boolean
  /** ISO 8601, in UTC. */
  readonly createdAt: string
  /** When it ends by itself: ISO 8601, in UTC. */
  readonly until: string
  /** When it was closed by hand. */
  readonly closedAt: string | null
}

/** One person's upload: its slot's status, and who it is. */
export interface FileRequestUpload extends SlotStatus {
  /** The name that the person gave; `null` where none was asked for. */
  readonly person: string | null
  /** When the upload was handled; ISO 8601, in UTC. `null` as long as it was not. */
  readonly handledAt: string | null
}

/** A file request: one link for many people, each of whom can send one upload. */
export interface FileRequest {
  /** The link to give away. */
  readonly url: string
  /** For `files.requests.find()`. */
  readonly id: SlotId
  /** The name of the slot kind whose handler gets the uploads. */
  readonly kind: string
  /**
   * Where it stands; `null` where it is not remembered any more.
   * @example
   * const request = await avatar.request(undefined, { maxUploads: 30 })
   * await request.status() //=> { state: 'open', uploadCount: 0, maxUploads: 30, … }
   */
  status(): Promise<FileRequestStatus | null>
  /**
   * Who has sent what, and who is about to: a status for each place, in the order they came.
   * @example
   * const request = await avatar.request()
   * await fetch(origin + request.url, { method: 'POST' }) // a person opens the link
   * for await (const upload of request.uploads()) {
   *   upload //=> { person: null, state: 'open', handledAt: null, … }
   * }
   */
  uploads(): AsyncIterable<FileRequestUpload>
  /**
   * Ends it: nobody gets a place any more, and slots whose upload has not begun are taken back. What
   * comes in already may end. `false` where it was over, or is not remembered.
   * @example
   * const request = await avatar.request()
   * await request.close() //=> true
   * await request.status() //=> { state: 'closed', … }
   */
  close(): Promise<boolean>
}

/** Makes the owner's view of a request. */
export function toFileRequest(
  parts: SlotParts,
  { id, kind }: RequestRecord,
  origin: Pick<SlotOverrides, 'origin'> = {},
): FileRequest {
  const path = formatRequestPath(parts.requestKeyring, id, parts.nowMs())
  return {
    url: toUrl(parts, `A file request of kind "${kind}"`, path, origin),
    id,
    kind,
    async status() {
      const found = await parts.store.requests.read(id)
      return found === null ? null : toRequestStatus(parts, await settleRequest(parts, found))
    },
    async *uploads() {
      const found = await parts.store.requests.read(id)
      for (const { slotId } of found?.state.places ?? []) {
        const slot = await parts.store.read(slotId)
        if (slot !== null) yield toUpload(parts, slot)
      }
    },
    close: () => close(parts, id),
  }
}

function toRequestStatus(parts: SlotParts, record: RequestRecord): FileRequestStatus {
  const { id, kind, state, createdMs, expiresMs } = record
  const uploadCount = state.places.filter((place) => place.isTaken).length
  const refusal = whyNoPlace(record, parts.nowMs())
  return {
    id,
    kind,
    state: refusal === null || refusal === 'missing' ? 'open' : refusal,
    title: state.title,
    message: state.message,
    uploadCount,
    waitingCount: state.places.length - uploadCount,
    maxUploads: state.maxUploads,
    perPersonName: state.perPersonName,
    hasPassword: state.password !== null,
    createdAt: new Date(createdMs).toISOString(),
    until: new Date(expiresMs).toISOString(),
    closedAt: state.closedMs === null ? null : new Date(state.closedMs).toISOString(),
  }
}

async function toUpload(parts: SlotParts, slot: SlotRecord): Promise<FileRequestUpload> {
  const { state } = slot
  return {
    ...(await toStatus(parts, slot)),
    person: slot.request?.person ?? null,
    handledAt: state.name === 'done' ? new Date(state.sinceMs).toISOString() : null,
  }
}

async function close(parts: SlotParts, id: SlotId): Promise<boolean> {
  const found = await parts.store.requests.read(id)
  if (found === null) return false
  const change = await changeRequest(parts, found, (current) =>
    closeRequest(current, parts.nowMs()),
  )
  if (!change.moved) return false
  for (const { slotId, isTaken } of change.record.state.places) {
    const slot = isTaken ? null : await parts.store.read(slotId)
    if (slot === null) continue
    const revoked = await changeSlot(parts, slot, (current) =>
      hasBegun(current) ? refuse(current) : revokeSlot(current, parts.nowMs()),
    )
    if (revoked.moved && parts.events.isHeard('slot-revoked'))
      parts.events.tell({ type: 'slot-revoked', slotId, kind: slot.kind, by: 'owner' })
  }
  await settleRequest(parts, change.record)
  return true
}

/** Whether an upload has come so far that its person would miss it. */
function hasBegun({ state, tus }: SlotRecord): boolean {
  return state.name !== 'open' || tus !== null
}
