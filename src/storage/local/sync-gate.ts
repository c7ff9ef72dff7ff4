// Decides when a synchronous call may be made. It is quick while what it touches is in the system's
// memory, but may wait for a disk otherwise. After one slow call all go through the thread pool for a
// while (a circuit breaker).

/** When a call was slow, and what follows from it. */
export interface SyncGateLimits {
  readonly slowMs: number
  /**
   * How long to pause after a slow call: short at first, since the process may only have been waiting
   * for a processor, and four times longer with each slow call that follows the pause at once.
   */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
}

/** Lets synchronous calls of one kind through, or not. */
export interface SyncGate {
  /** Whether such a call may be made now. */
  isOpen(): boolean
  /** Makes a call and takes its time. @throws what the call throws */
  time<Result>(call: () => Result): Result
}

/** Makes a gate for calls of one kind; `nowMs` must never go back. */
export function createSyncGate(
  limits: SyncGateLimits,
  nowMs = (): number => performance.now(),
): SyncGate {
  let pausedUntilMs = -Infinity
  let pauseMs = limits.firstPauseMs

  function note(startMs: number): void {
    const endMs = nowMs()
    if (endMs - startMs > limits.slowMs) {
      pausedUntilMs = endMs + pauseMs
      pauseMs = Math.min(pauseMs * 4, limits.longestPauseMs)
    } else pauseMs = limits.firstPauseMs
  }

  return {
    isOpen: () => pausedUntilMs === -Infinity || nowMs() >= pausedUntilMs,
    time(call) {
      const startMs = nowMs()
      try {
        return call()
      } finally {
        note(startMs)
      }
    },
  }
}
