// What a store must be told that can't be reached, or has no room: what a handler came to, or that none
// has begun. It must not be taken for one that died with its process, so the store is told once it is
// back, or has room again. Until then the claim counts as living here; elsewhere the slot may be
// interrupted meanwhile, and what is told still counts.

import { isTitofistoError } from '../../errors.ts'
import { markLiving } from '../../holders/living-claims.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import type { SlotId } from '../record/slot.ts'

/** What is to be told, and the claim that it is about. */
export interface Unwritten {
  readonly slotId: SlotId
  readonly holder: string
  readonly write: () => Promise<void>
  /** For the log. */
  readonly message: string
}

/** Goes on trying where what is wrong with the store passes, up to once more when all is to stop; other failures are final. */
export function writeDownLater(parts: SlotParts, unwritten: Unwritten, failure: unknown): void {
  if (!mayPass(failure)) return
  const { slotId, holder, message } = unwritten
  const endLife = markLiving(holder)
  parts.log({ level: 'warn', event: 'slot-outcome-waits', message, slotId, cause: failure })
  const written = keepTrying(parts, unwritten).catch((cause: unknown) => {
    const lost = 'What became of an upload could not be written down.'
    parts.log({ level: 'error', event: 'slot-failed', message: lost, slotId, cause })
  })
  void parts.work.track(written.finally(endLife))
}

const firstWaitMs = 500
const longestWaitMs = 15_000

async function keepTrying(parts: SlotParts, { write }: Unwritten): Promise<void> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    const isLast = await waitOrStop(parts, waitMs)
    try {
      return await write()
    } catch (error) {
      if (isLast || !mayPass(error)) throw error
    }
  }
}

/** Says whether the wait ended because all is to stop. */
function waitOrStop({ work }: SlotParts, waitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      forget()
      resolve(false)
    }, waitMs)
    timer.unref()
    const forget = work.onStop(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

function mayPass(error: unknown): boolean {
  if (!isTitofistoError(error)) return false
  return error.code === 'slot-store-unavailable' || error.code === 'storage-full'
}
