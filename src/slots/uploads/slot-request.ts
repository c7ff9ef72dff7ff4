// A request on a slot's URL whose token is good: what came, and the slot that it came for.

import type { Incoming } from '../../http/exchange.ts'
import { digestIdempotencyKey } from '../handling/replay.ts'
import type { KnownSlot, SlotParts } from '../parts/slot-parts.ts'
import type { SlotId } from '../record/slot.ts'
import { recoverDeadHandler } from '../sweep/sweep.ts'

/** A request on a slot; made once, and never changed. */
export interface SlotRequest extends KnownSlot {
  readonly incoming: Incoming
  /** What is remembered of its `Idempotency-Key`; `null` where it has none. */
  readonly keyDigest: string | null
}

/**
 * Finds the slot that a request is for, as it is once a handler that died with its process is seen
 * to be dead. `null` where there is none, or none that can be used here.
 *
 * @throws TitofistoError `slot-store-failed`
 */
export async function findSlot(
  parts: SlotParts,
  incoming: Incoming,
  id: SlotId,
): Promise<SlotRequest | null> {
  const found = await parts.store.read(id)
  const record = found === null ? null : await recoverDeadHandler(parts, found)
  if (record === null) return null
  const kind = parts.kinds.get(record.kind)
  if (kind !== undefined)
    return { parts, kind, record, incoming, keyDigest: digestIdempotencyKey(incoming) }
  // It may be defined in another process only, or no more; the slot waits.
  parts.log({
    level: 'warn',
    event: 'slot-kind-unknown',
    message: `An upload came for a slot of kind "${record.kind}", which this process does not define.`,
    slotId: record.id,
  })
  return null
}
