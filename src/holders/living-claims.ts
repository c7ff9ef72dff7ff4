// The claims that this process works on right now. Of its own claims a process needs no clock to
// say which are alive: those that stand here are, whatever the clock says, and the others are over.
// That holds for all that share this module, however many stores and servers they have.
//
// A claim stands here from before it is written into the store until nothing is done under it any
// more: no byte written, no handler running, no outcome on its way to the store.

import { isHolderDead, isOwnHolder } from './holder.ts'

/** Whether a holder is still at work; `unknown` where only its lease can tell. */
export type HolderLife = 'living' | 'over' | 'unknown'

/** How many are at work under each claim. */
const workers = new Map<string, number>()

/** Lets a claim of this process count as living until the returned function is called; others may do so too. */
export function markLiving(holder: string): () => void {
  workers.set(holder, (workers.get(holder) ?? 0) + 1)
  let isAtWork = true
  return () => {
    if (!isAtWork) return
    isAtWork = false
    const left = (workers.get(holder) ?? 1) - 1
    if (left === 0) workers.delete(holder)
    else workers.set(holder, left)
  }
}

/** Tells what can be known of a holder without a clock. */
export function lifeOf(holder: string): HolderLife {
  if (isOwnHolder(holder)) return workers.has(holder) ? 'living' : 'over'
  return isHolderDead(holder) ? 'over' : 'unknown'
}
