// Sweeps now and then, in the background of a server.

import type { SlotParts } from '../parts/slot-parts.ts'
import type { Recoveries } from './recoveries.ts'
import { sweepSlots } from './sweep.ts'

// A slot costs about 40 µs to look at: with a hundred thousand of them, at most a twentieth of a
// process's time goes into that. Counted and not measured: a sweep that had to wait, for a stalled
// disk or process, has not worked for it.
const restMsPerSlot = 1

// However many slots there are, their time must come.
const longestRests = 10

/**
 * How long to rest after a sweep: `everyMs`, or longer where there are very many slots, but at most
 * ten times as long.
 */
export function restAfter(checkedSlots: number, everyMs: number): number {
  return Math.max(everyMs, Math.min(checkedSlots * restMsPerSlot, everyMs * longestRests))
}

/**
 * Sweeps at once, and again after a rest; gives the function that ends it, whose promise settles
 * once a sweep that is under way is through. No sweep waits for the handlers it finds due.
 */
export function startSweeping(
  parts: SlotParts,
  recoveries: Recoveries,
  everyMs: number,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  async function sweep(): Promise<void> {
    let checkedSlots = 0
    try {
      const { report } = await sweepSlots(parts, recoveries)
      checkedSlots = report.checkedSlots
    } catch (cause) {
      const message = 'The slots could not be swept; the next sweep tries again.'
      parts.log({ level: 'error', event: 'sweep-failed', message, cause })
    }
    if (isStopped) return
    timer = setTimeout(() => (sweeping = sweep()), restAfter(checkedSlots, everyMs))
    timer.unref()
  }

  let sweeping = sweep()
  return () => {
    isStopped = true
    clearTimeout(timer)
    return sweeping
  }
}
