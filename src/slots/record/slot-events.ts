// What happens to slots.

import type { TitofistoErrorCode } from '../../error-codes.ts'
import type { MoveRefusal } from './lifecycle.ts'
import type { SlotId } from './slot.ts'

/** All that happens to slots. */
export type SlotEvent =
  | SlotMintedEvent
  | SlotExtendedEvent
  | SlotClaimedEvent
  | SlotReceivedEvent
  | SlotHandledEvent
  | SlotRejectedEvent
  | SlotFailedEvent
  | SlotInterruptedEvent
  | SlotRecoveredEvent
  | SlotRevokedEvent
  | SlotExpiredEvent
  | SlotRefusedEvent
  | SlotsSweptEvent

/** Of which slot an event tells. */
interface OfSlot {
  /** Its id, as in the log. It opens nothing: a slot's URL needs the token, too. */
  readonly slotId: SlotId
  /** The name of its kind. */
  readonly kind: string
}

/** A slot was made. */
export interface SlotMintedEvent extends OfSlot {
  readonly type: 'slot-minted'
  /** How long it waits for its upload to begin. */
  readonly lifeSeconds: number
  /** The most bytes that a file may have. */
  readonly maxBytes: number
}

/** A slot waits longer. */
export interface SlotExtendedEvent extends OfSlot {
  readonly type: 'slot-extended'
  readonly moreSeconds: number
}

/** An upload has its slot, and nobody else can have it now. Of a resumable upload: with each piece. */
export interface SlotClaimedEvent extends OfSlot {
  readonly type: 'slot-claimed'
  readonly resumable: boolean
}

/** All bytes of an upload are here; the handler is next. */
export interface SlotReceivedEvent extends OfSlot {
  readonly type: 'slot-received'
  /** All bytes of its files. */
  readonly bytes: number
  readonly fileCount: number
  /** How long the request took that brought the last byte. */
  readonly seconds: number
}

/** Of which run of a handler an event tells. */
interface OfRun extends OfSlot {
  /** 1 for the first run. */
  readonly attempt: number
  /** All bytes of the upload's files. */
  readonly bytes: number
  /** How long the handler took. */
  readonly seconds: number
}

/** The handler has returned: the slot is done. */
export interface SlotHandledEvent extends OfRun {
  readonly type: 'slot-handled'
  /** The status of its answer. */
  readonly status: number
  /** The names that it saved files under; of very many, the first. */
  readonly savedNames: readonly string[]
}

/** The handler has refused the upload. */
export interface SlotRejectedEvent extends OfRun {
  readonly type: 'slot-rejected'
  readonly status: number
  /** Whether the slot is open again for another upload. */
  readonly retry: boolean
}

/** The handler threw, or its time ran out. The log has the error. */
export interface SlotFailedEvent extends OfRun {
  readonly type: 'slot-failed'
  /** `name-invalid` and `name-taken`: by the name that the client chose. */
  readonly reason: TitofistoErrorCode
}

/** Nobody knows how far the handler came; the upload's bytes are kept. */
export interface SlotInterruptedEvent extends OfSlot {
  readonly type: 'slot-interrupted'
  /** `overdue`: it neither ended in its time nor heeded its signal. `process-died`: the sweep found it so. */
  readonly reason: 'overdue' | 'process-died'
}

/** A process died, and its slot goes on. */
export interface SlotRecoveredEvent extends OfSlot {
  readonly type: 'slot-recovered'
  /** `open-again`: bytes were coming in, and may again. `handled`: the handler that was due runs now. */
  readonly outcome: 'open-again' | 'handled'
}

/** A slot was taken back, or given up. */
export interface SlotRevokedEvent extends OfSlot {
  readonly type: 'slot-revoked'
  /** `owner`: by `revoke()`; `uploader`: its client gave it up. */
  readonly by: 'owner' | 'uploader'
}

/** A slot's time ran out, or that of an interrupted one's bytes. */
export interface SlotExpiredEvent extends OfSlot {
  readonly type: 'slot-expired'
  /** Whether it had been interrupted, so that bytes were removed. */
  readonly wasInterrupted: boolean
}

/** Why a slot's URL answered with a refusal. */
export type SlotRefusalReason =
  | TitofistoErrorCode
  | MoveRefusal
  /** No URL of ours: no such slot was ever signed by these secrets. */
  | 'bad-url'
  | 'internal-error'

/**
 * A request on a slot's URL got a refusal that is ours, or failed; what a handler refuses is
 * `slot-rejected`. `HEAD` only asks, and is not told.
 */
export interface SlotRefusedEvent {
  readonly type: 'slot-refused'
  readonly reason: SlotRefusalReason
  /** The answer's status. */
  readonly status: number
  /** Missing where the URL is none of ours. */
  readonly slotId?: SlotId
}

/** A sweep has looked at everything. */
export interface SlotsSweptEvent {
  readonly type: 'slots-swept'
  /** How long it took. */
  readonly seconds: number
  /** How many slots were looked at. */
  readonly checkedSlots: number
  /** How many of them had something to be done. */
  readonly movedSlots: number
  /** Ended slots that were forgotten. */
  readonly removedSlots: number
  /** How many spooled files that nobody needs were removed. */
  readonly removedFiles: number
}
