// Stable URLs: a page rendered again within a window shows the same link, so that browsers find
// the file in their cache. Pure: the clock is the caller's.

import { hashName } from './name-hash.ts'
import { maxLifetimeSeconds } from './policy.ts'

/** What to write into a token. */
export interface Issue {
  /** Time of signing, in whole seconds since 1970. */
  readonly issuedSeconds: number
  /** Life from then on, in whole seconds. */
  readonly lifetimeSeconds: number
}

/**
 * Decides the time and life to sign, so that they stay the same for `stableSeconds` (whole, 0 turns
 * it off) and what is left of the life is never shorter than `lifetimeSeconds`.
 *
 * The time is rounded down to the file's own window, and the life grows by the window's length.
 * A life that has no room to grow is signed unrounded.
 */
export function decideStableIssue(
  name: string,
  nowMs: number,
  lifetimeSeconds: number,
  stableSeconds: number,
): Issue {
  const nowSeconds = Math.floor(nowMs / 1000)
  const grownSeconds = lifetimeSeconds + stableSeconds
  if (stableSeconds < 1 || grownSeconds > maxLifetimeSeconds)
    return { issuedSeconds: nowSeconds, lifetimeSeconds }
  // Each file has its own window, so that a page's links don't all change at once.
  const elapsedSeconds = (nowSeconds + (hashName(name) % stableSeconds)) % stableSeconds
  return {
    // Early in 1970 a window may start before 0, which a token can't say.
    issuedSeconds: Math.max(0, nowSeconds - elapsedSeconds),
    lifetimeSeconds: grownSeconds,
  }
}
