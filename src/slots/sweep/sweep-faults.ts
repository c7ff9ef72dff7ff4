// What goes wrong with single slots and files in a sweep, in the log: each by itself, but a store that is
// away once for all that it could not be asked about.

import { isTitofistoError } from '../../errors.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import type { SlotId } from '../record/slot.ts'

/** Hears of the faults of one sweep. */
export interface SweepFaults {
  tell(message: string, cause: unknown, slotId?: SlotId): void
  /** The store took a change: what was away before is back. */
  reached(): void
  /** Whether the store has been away so often that asking on would only take its time, again and again. */
  isHopeless(): boolean
  /** Says how many more there were, where not all were said. */
  end(): void
}

/** Each may have waited as long as a call may take: a server that stops waits for its sweep. */
const mostAwayInRow = 16

/** Begins to hear of them. */
export function createSweepFaults({ log }: Pick<SlotParts, 'log'>): SweepFaults {
  let unsaidCount = 0
  let isAway = false
  let awayInRow = 0
  return {
    tell(message, cause, slotId) {
      const isStoreAway = isTitofistoError(cause) && cause.code === 'slot-store-unavailable'
      if (isStoreAway) awayInRow += 1
      if (isStoreAway && isAway) {
        unsaidCount += 1
        return
      }
      isAway ||= isStoreAway
      log({ level: 'error', event: 'sweep-failed', message, cause, ...(slotId && { slotId }) })
    },
    reached() {
      awayInRow = 0
    },
    isHopeless: () => awayInRow >= mostAwayInRow,
    end() {
      if (unsaidCount === 0) return
      const message = `${unsaidCount} more slots and files could not be swept, since the store was away; the next sweep tries again.`
      log({ level: 'error', event: 'sweep-failed', message })
    },
  }
}
