// What goes wrong with single slots and files in a sweep, in the log: each by itself, but a store that is
// away once for all that it could not be asked about.

import { isTitofistoError } from '../../errors.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import type { SlotId } from '../record/slot.ts'

/** Hears of the faults of one sweep. */
export interface SweepFaults {
  tell(message: string, cause: unknown, slotId?: SlotId): void
  /** Says how many more there were, where not all were said. */
  end(): void
}

/** Begins to hear of them. */
export function createSweepFaults({ log }: Pick<SlotParts, 'log'>): SweepFaults {
  let unsaidCount = 0
  let isAway = false
  return {
    tell(message, cause, slotId) {
      const isStoreAway = isTitofistoError(cause) && cause.code === 'slot-store-unavailable'
      if (isStoreAway && isAway) {
        unsaidCount += 1
        return
      }
      isAway ||= isStoreAway
      log({ level: 'error', event: 'sweep-failed', message, cause, ...(slotId && { slotId }) })
    },
    end() {
      if (unsaidCount === 0) return
      const message = `${unsaidCount} more slots and files could not be swept, since the store was away; the next sweep tries again.`
      log({ level: 'error', event: 'sweep-failed', message })
    },
  }
}
