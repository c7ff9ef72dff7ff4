// How far an upload is, and how fast it goes.

import type { UploadError } from './upload-error.ts'

/**
 * What an upload does now: `sending`; `handling`, with all bytes sent and no answer yet; `waiting`
 * until it tries again; `paused`.
 */
export type UploadState = 'sending' | 'handling' | 'waiting' | 'paused'

/** How far an upload is. */
export interface UploadProgress {
  /** What it does now. */
  readonly state: UploadState
  /** Of the files. After a break it may be less than before: what did not arrive is sent again. */
  readonly sentBytes: number
  /** Of all files together. */
  readonly totalBytes: number
  /** Of the last eight seconds; `null` where not known. */
  readonly bytesPerSecond: number | null
  /** How long the rest will take; `null` where not known. */
  readonly secondsLeft: number | null
  /** Why it waits; `null` where it does not. */
  readonly error: UploadError | null
  /** When it tries again, if the network is not back before; `null` where it does not wait. */
  readonly retryInSeconds: number | null
}

/** Keeps count, and tells each change. */
export interface ProgressCount {
  readonly sentBytes: number
  /** So many bytes are out; where the state is not said, it is what they mean. */
  tell(sentBytes: number, state?: UploadState, wait?: Wait): void
}

/** Why it waits, and how long. */
interface Wait {
  readonly error: UploadError
  readonly retryInSeconds: number
}

const windowMs = 8000
/** What a first second says is mostly how large the buffers are. */
const leastMs = 1500

/** Starts counting. */
export function countProgress(
  totalBytes: number,
  onProgress: (progress: UploadProgress) => void,
): ProgressCount {
  let sent = 0
  let samples: { readonly sentBytes: number; readonly atMs: number }[] = []
  return {
    get sentBytes() {
      return sent
    },
    tell(sentBytes, state = sentBytes === totalBytes ? 'handling' : 'sending', wait) {
      const now = { sentBytes, atMs: Date.now() }
      // Measured anew after each break.
      if (sentBytes < sent) samples = []
      samples.push(now)
      while ((samples[1] ?? now).atMs <= now.atMs - windowMs) samples.shift()
      const [first = now] = samples
      if (state !== 'sending') samples = []
      sent = sentBytes
      const passedMs = now.atMs - first.atMs
      const bytesPerSecond =
        (passedMs >= leastMs && ((sentBytes - first.sentBytes) * 1000) / passedMs) || null
      onProgress({
        state,
        sentBytes,
        totalBytes,
        bytesPerSecond,
        secondsLeft: bytesPerSecond && (totalBytes - sentBytes) / bytesPerSecond,
        error: null,
        retryInSeconds: null,
        ...wait,
      })
    },
  }
}
