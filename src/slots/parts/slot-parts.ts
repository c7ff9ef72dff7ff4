// What all the parts of slots stand on, put together once by slots.ts.

import type { Log } from '../../log.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Keyring } from '../../token/keyring.ts'
import type { SlotKindRules } from '../kinds/define-kind.ts'
import { formatHolder } from '../holders/holder.ts'
import type { Moment } from '../record/lifecycle.ts'
import { keepAlive, lifeOf } from '../holders/living-claims.ts'
import type { RecoveryRules } from '../record/recovery.ts'
import type { Lease } from '../record/slot.ts'
import type { SlotStore } from '../stores/store.ts'
import type { WorkHere } from './running-work.ts'

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

/** What moves are decided by, now. */
export function momentOf(ground: SlotGround): Moment {
  return { nowMs: ground.nowMs(), lifeOf }
}

/**
 * Does work under a lease of its own. The lease's claim counts as alive from before the work writes
 * it into the store until the work has ended.
 */
export async function withLease<Value>(
  ground: SlotGround,
  work: (lease: Lease) => Promise<Value>,
): Promise<Value> {
  const holder = formatHolder(Buffer.from(ground.randomBytes(9)).toString('base64url'))
  const letGo = keepAlive(holder)
  try {
    return await work({ holder, untilMs: ground.nowMs() + ground.leaseMs })
  } finally {
    letGo()
  }
}
