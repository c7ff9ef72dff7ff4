// What all the parts of slots stand on, put together once by create-slots.ts.

import type { Log } from '../log.ts'
import type { Storage } from '../storage/storage.ts'
import type { Keyring } from '../token/keyring.ts'
import type { SlotKindRules } from './define.ts'
import type { RecoveryRules } from './recovery.ts'
import type { Lease } from './slot.ts'
import type { SlotStore } from './stores/store.ts'
import type { WorkHere } from './work-here.ts'

/** The parts that slots are made of. */
export interface SlotGround {
  readonly store: SlotStore
  readonly storage: Storage
  readonly keyring: Keyring
  readonly kinds: ReadonlyMap<string, SlotKindRules>
  readonly work: WorkHere
  readonly log: Log
  /** The clock, in milliseconds since 1970. */
  readonly nowMs: () => number
  readonly randomBytes: (count: number) => Uint8Array
  /** How long a claim or a running handler is left alone without a sign of life. */
  readonly leaseMs: number
  /** How long a handler has to end once its signal has aborted. */
  readonly handlerGraceMs: number
  readonly recovery: Omit<RecoveryRules, 'idempotent' | 'keepEndedMs'>
}

/** A lease for a claim of its own. */
export function newLease(ground: SlotGround): Lease {
  return {
    holder: Buffer.from(ground.randomBytes(9)).toString('base64url'),
    untilMs: ground.nowMs() + ground.leaseMs,
  }
}
