// A time after which nobody waits any longer for work that may never settle.

/** Such a time; `end` it once nothing is waited for. */
export interface Deadline {
  /**
   * Waits for work, and no longer than until the deadline: then it rejects. Whatever becomes of the
   * work afterwards is nobody's business.
   */
  within<Value>(work: Promise<Value>): Promise<Value>
  /** Lets at most so many milliseconds pass from now on. */
  shorten(limitMs: number): void
  end(): void
}

/** Begins a deadline that is over in so many milliseconds. */
export function createDeadline(limitMs: number): Deadline {
  let end = (): void => {}
  const over = new Promise<never>((_, reject) => {
    end = () => reject(new Error('It took too long.'))
  })
  // It may be over while nothing waits.
  over.catch(() => {})
  const timers = [setTimeout(end, limitMs)]
  return {
    within: (work) => Promise.race([work, over]),
    shorten(shorterMs) {
      timers.push(setTimeout(end, shorterMs))
    },
    end() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
