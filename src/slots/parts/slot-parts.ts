// The parts that slots are made of, put together once by slots.ts; and one slot to work on with them.

import type { Events } from '../../events.ts'
import type { ToWholeUrl } from '../../http/origin.ts'
import type { Log } from '../../log.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Keyring } from '../../token/keyring.ts'
import type { SlotKindRules } from '../kinds/define-kind.ts'
import { formatHolder } from '../../holders/holder.ts'
import type { Moment } from '../record/lifecycle.ts'
import { markLiving, lifeOf } from '../../holders/living-claims.ts'
import type { Lease, SlotRecord } from '../record/slot.ts'
import type { SlotEvent } from '../record/slot-events.ts'
import type { ReceiveLimits } from '../../receive/intake/reception.ts'
import { uploadStopped } from '../../receive/intake/stop-sign.ts'
import type { Pages } from '../../pages/pages.ts'
import type { KnownStore } from '../stores/known-records.ts'
import type { WorkHere } from './running-work.ts'

/** What every function of slots needs. */
export interface SlotParts {
  readonly store: KnownStore
  /** Its spool folder is there. */
  readonly storage: Storage
  /** Keys of purpose `slot`. */
  readonly keyring: Keyring
  /** Keys of purpose `request`. */
  readonly requestKeyring: Keyring
  /** What a slot's URL begins with, up to and with the upload namespace's last slash. */
  readonly urlBase: string
  readonly toWholeUrl: ToWholeUrl
  readonly kinds: ReadonlyMap<string, SlotKindRules>
  readonly work: WorkHere
  /** What people see; `null`: nothing but what programs get. */
  readonly pages: Pages | null
  readonly log: Log
  readonly events: Events<SlotEvent>
  /** The clock, in milliseconds since 1970. */
  readonly nowMs: () => number
  readonly randomBytes: (count: number) => Uint8Array
  /** How long a claim survives without renewal, while bytes come in or its handler runs. */
  readonly leaseMs: number
  /** How long a handler has to end once its signal has aborted. */
  readonly handlerGraceMs: number
  /** How long the bytes of an interrupted slot are kept. */
  readonly keepInterruptedMs: number
}

/** A slot to work on: its record as it was read, and its kind. Never changed: a new record makes a new one. */
export interface KnownSlot {
  readonly parts: SlotParts
  readonly kind: SlotKindRules
  readonly record: SlotRecord
}

/** The limits of an upload to a slot: as promised at minting, else its kind's. */
export function limitsOf({ kind, record }: KnownSlot): ReceiveLimits {
  return { ...kind.limits, ...record.policy }
}

/** What moves are decided by now. */
export function momentOf(parts: SlotParts): Moment {
  return { nowMs: parts.nowMs(), lifeOf }
}

/**
 * Does work under a lease of its own. The lease's claim counts as alive from before the work writes
 * it into the store until the work has ended; a calm stop waits for that. All that takes a slot does
 * it here.
 *
 * @throws TitofistoError `upload-stopped` once all is to stop.
 */
export async function withLease<Value>(
  parts: SlotParts,
  work: (lease: Lease) => Promise<Value>,
): Promise<Value> {
  if (parts.work.isStopping) throw uploadStopped()
  const holder = formatHolder(Buffer.from(parts.randomBytes(9)).toString('base64url'))
  const endLife = markLiving(holder)
  try {
    return await parts.work.track(work(leaseFor(parts, holder)))
  } finally {
    endLife()
  }
}

/** A holder's lease, from now on. */
export function leaseFor(parts: SlotParts, holder: string): Lease {
  return { holder, untilMs: parts.nowMs() + parts.leaseMs }
}
