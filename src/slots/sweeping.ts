// Sweeps now and then, in the background of a server.

import type { SlotGround } from './ground.ts'
import { sweepSlots } from './sweep.ts'

// A store with a hundred thousand slots takes seconds to look through: at most a twentieth of a
// process's time goes into that.
const restPerWork = 20

/**
 * Sweeps at once, and again `everyMs` after each sweep's end; gives the function that ends it, whose
 * promise settles once a sweep that is under way is through.
 */
export function startSweeping(ground: SlotGround, everyMs: number): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  async function sweep(): Promise<void> {
    const beganMs = performance.now()
    try {
      await sweepSlots(ground)
    } catch (cause) {
      const message = 'The slots could not be swept; the next sweep tries again.'
      ground.log({ level: 'error', event: 'sweep-failed', message, cause })
    }
    if (isStopped) return
    const tookMs = performance.now() - beganMs
    timer = setTimeout(() => (sweeping = sweep()), Math.max(everyMs, tookMs * restPerWork))
    timer.unref()
  }

  let sweeping = sweep()
  return () => {
    isStopped = true
    clearTimeout(timer)
    return sweeping
  }
}
