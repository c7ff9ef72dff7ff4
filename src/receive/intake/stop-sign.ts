// Tells one upload to stop. An AbortSignal says the same, and costs some 3 KiB with its listener: too much for
// something that each of thousands of stalled senders has, and that is hardly ever used.

import { TitofistoError } from '../../errors.ts'

/** The error of an upload that is to stop; `cause` says why. */
export function uploadStopped(cause?: Error): TitofistoError {
  const details = { cause }
  return new TitofistoError(
    'upload-stopped',
    'The server has stopped this upload. Try it later.',
    details,
  )
}

/** Says once that something is to stop, and why. */
export class StopSign {
  #reason: Error | null = null
  /** Called once when the sign is given. Whoever works under it sets it, and sets it to `null` at the end. */
  onStop: ((reason: Error) => void) | null = null

  /** Why to stop; `null` as long as nobody said so. */
  get reason(): Error | null {
    return this.#reason
  }

  /** Gives the sign; only the first reason counts. */
  stop(reason: string): void {
    if (this.#reason !== null) return
    this.#reason = new Error(reason)
    this.onStop?.(this.#reason)
  }
}
