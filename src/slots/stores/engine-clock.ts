// A change that nobody waits for any more must not be made: its caller has said that it failed, and
// acted on that. But it may lie in the buffer of a stopped engine, or in the queue of a client that
// connects again, and be made a minute later. So each change carries the moment until which it may
// be made, by the engine's own clock, and the engine looks.
//
// What its clock says we know from its answers. An answer that came at t with the engine's time s was
// made before t, so its clock is at least s - t ahead of ours: by that, a moment is never put later
// than it is. Where it comes too early (the answer was slow, the engine's clock was set), the engine
// says so with its time, nothing is changed, and the change is sent once more.

import { tooLate } from './engine-calls.ts'

/** What an engine made of a change, and when, by its clock. */
export interface ChangeAnswer {
  readonly outcome: 'made' | 'refused' | 'late'
  /** In milliseconds, of whatever beginning. */
  readonly engineMs: number
}

/**
 * Makes a change in time. `untilMs` is by `performance.now()`; `attempt` is given the same moment by
 * the engine's clock. Says whether the change was made.
 */
export type ChangeInTime = (
  untilMs: number,
  attempt: (untilEngineMs: number) => Promise<ChangeAnswer>,
) => Promise<boolean>

/** Makes the function that all changes of one engine go by. Of an engine not heard yet the first attempt is late. */
export function createChangeInTime(): ChangeInTime {
  let aheadMs = Number.NEGATIVE_INFINITY
  return async (untilMs, attempt) => {
    while (true) {
      const { outcome, engineMs } = await attempt(Math.max(0, Math.floor(untilMs + aheadMs)))
      const nowMs = performance.now()
      aheadMs = engineMs - nowMs
      if (outcome !== 'late') return outcome === 'made'
      if (nowMs >= untilMs) throw tooLate()
    }
  }
}
