// How far an upload is, and how fast it goes.

import type { UploadError } from './upload-error.ts'

/**
 * What an upload does now: `sending`; `handling`, with all bytes sent and no answer yet; `waiting`
 * until it tries again; `paused`.
 */
export type UploadState = 'sending' | 'handling' | 'waiting' | 'paused'

/** How far an upload is. */
export interface UploadProgress {
  readonly state: UploadState
  /** Of the files. After a break it may be less than before: what did not arrive is sent again. */
  readonly sentBytes: number
  readonly totalBytes: number
  /** Since it went on last; `null` where not known. */
  readonly bytesPerSecond: number | null
  /** How long the rest will take; `null` where not known. */
  readonly secondsLeft: number | null
  /** Why it waits; `null` where it does not. */
  readonly error: UploadError | null
}

/** Keeps count, and tells each change. */
export interface ProgressCount {
  readonly sentBytes: number
  /** So many bytes are out; where the state is not said, it is what they mean. */
  tell(sentBytes: number, state?: UploadState, error?: UploadError): void
}

/** Starts counting. */
export function countProgress(
  totalBytes: number,
  onProgress: (progress: UploadProgress) => void,
): ProgressCount {
  let sent = 0
  let beganMs = 0
  let beganBytes = 0
  let isSending = false
  return {
    get sentBytes() {
      return sent
    },
    tell(sentBytes, state = sentBytes === totalBytes ? 'handling' : 'sending', error) {
      // Measured anew after each break.
      if (!isSending || sentBytes < sent) {
        beganMs = Date.now()
        beganBytes = sentBytes
      }
      isSending = state === 'sending'
      sent = sentBytes
      const passedMs = Math.max(1, Date.now() - beganMs)
      const bytesPerSecond = ((sentBytes - beganBytes) * 1000) / passedMs || null
      onProgress({
        state,
        sentBytes,
        totalBytes,
        bytesPerSecond,
        secondsLeft: bytesPerSecond && (totalBytes - sentBytes) / bytesPerSecond,
        error: error ?? null,
      })
    },
  }
}
