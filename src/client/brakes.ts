// What stops an upload: for a while, or for good.

/** Holds an upload up, or ends it. */
export interface Brakes {
  /** Cut when the upload is paused or aborted; another one after each pause. */
  signal(): AbortSignal
  /** `false` where there is nothing to pause. */
  pause(): boolean
  readonly resume: () => void
  /** A request that ended meanwhile did so for no fault of the network. */
  timesPaused(): number
  /** Resolves once it may go on. @throws whatever the upload was aborted with. */
  mayGoOn(): Promise<void>
}

/** Makes them; `outer` ends the upload. */
export function createBrakes(outer: AbortSignal | undefined): Brakes {
  let current = new AbortController()
  let timesPaused = 0
  let paused: { readonly over: Promise<void>; readonly end: () => void } | null = null
  const resume = (): void => {
    paused?.end()
    paused = null
  }
  outer?.addEventListener('abort', () => {
    resume()
    current.abort()
  })
  return {
    signal: () => current.signal,
    resume,
    timesPaused: () => timesPaused,
    pause() {
      if (paused !== null || outer?.aborted) return false
      let end = (): void => {}
      const over = new Promise<void>((resolve) => (end = resolve))
      paused = { over, end }
      timesPaused += 1
      current.abort()
      current = new AbortController()
      return true
    },
    async mayGoOn() {
      // It may have been paused again meanwhile.
      for (let hold = paused; hold !== null; hold = paused) await hold.over
      outer?.throwIfAborted()
    },
  }
}
