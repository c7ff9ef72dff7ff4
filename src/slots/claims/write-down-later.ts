// What a handler came to, where the store could not be reached, or had no room, when it ended. The
// handler has done its work, so it must not be taken for one that died with its process: its outcome is
// written down once it can be. Until then its claim counts as living here; elsewhere the slot may be
// interrupted meanwhile, and the outcome still counts.

import { isTitofistoError } from '../../errors.ts'
import { markLiving } from '../../holders/living-claims.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import type { SlotId } from '../record/slot.ts'

/** An outcome, and the claim that it was reached under. */
export interface Unwritten {
  readonly slotId: SlotId
  readonly holder: string
  readonly write: () => Promise<unknown>
}

/** Goes on trying where the failure may pass, up to once more when all is to stop; other failures are final. */
export function writeDownLater(parts: SlotParts, unwritten: Unwritten, failure: unknown): void {
  if (!mayPass(failure)) return
  const { slotId, holder } = unwritten
  const endLife = markLiving(holder)
  const message = 'What became of an upload is written down once the store takes it.'
  parts.log({ level: 'warn', event: 'slot-outcome-waits', message, slotId, cause: failure })
  const written = keepTrying(parts, unwritten).catch((cause: unknown) => {
    const lost = 'What became of an upload could not be written down.'
    parts.log({ level: 'error', event: 'slot-failed', message: lost, slotId, cause })
  })
  void parts.work.track(written.finally(endLife))
}

const firstWaitMs = 500
// No longer than what an uploader is told to wait: a try costs next to nothing while the store is silent.
const longestWaitMs = 5000

async function keepTrying(parts: SlotParts, { write }: Unwritten): Promise<void> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    const isLast = await waitOrStop(parts, waitMs)
    try {
      await write()
      return
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
