// Tries until it works, or until it is no use: what was refused for good is not sent again, what the
// network or a busy server did is, later and later.

import { browser, isOffline } from './browser.ts'
import type { Brakes } from './brakes.ts'
import { isUploadError, type UploadError } from './upload-error.ts'

/** A way to send an upload, one request at a time. */
export interface Way<Outcome> {
  /** The next step; `null` where another one is to follow. */
  next(): Promise<Outcome | null>
  /** What is safely there. More of it means that trying again is worth it. */
  readonly keptBytes: number
  /** Whether all has been sent, so that the server may be at work on it. */
  readonly isHandled: boolean
}

/** How patient to be. */
export interface Patience {
  /** Tries in a row that may come to nothing. Default 10. */
  readonly retries?: number
  /** The first pause; each is twice the one before, up to 30 seconds. Default 1,000. */
  readonly retryDelayMs?: number
}

/** Hears that there is a pause, and how long. `isAtWork`: nothing is wrong, the server is at work on what it has. */
export type OnWait = (
  error: UploadError,
  isAtWork: boolean,
  retryInSeconds: number,
) => Promise<void>

const longestDelayMs = 30_000

/** What the server itself fails with comes again, as a rule. */
const mostFaults = 2

/** Goes a way to its end. @throws UploadError, or what the upload was aborted with. */
export async function goOn<Outcome>(
  way: Way<Outcome>,
  { retries = 10, retryDelayMs = 1000 }: Patience,
  brakes: Brakes,
  onWait: OnWait,
): Promise<Outcome> {
  let failures = 0
  let faults = 0
  let keptBytes = 0
  for (;;) {
    await brakes.mayGoOn()
    const timesPaused = brakes.timesPaused()
    try {
      const outcome = await way.next()
      if (outcome !== null) return outcome
    } catch (error) {
      if (brakes.timesPaused() > timesPaused) continue
      await brakes.mayGoOn()
      if (!isUploadError(error) || !isWorthAnother(error)) throw error
      const isAtWork = way.isHandled && error.code === 'slot-busy'
      if (!isAtWork && !isOffline()) failures += 1
      if (isOwnFault(error)) faults += 1
      if (failures > retries || faults > mostFaults) throw error
      // Not all at once, where many lost the same server.
      const doubledMs = Math.min(longestDelayMs, retryDelayMs * 2 ** (failures - 1))
      const ownMs = doubledMs * (0.75 + Math.random() / 2)
      const waitMs = Math.max(ownMs, (error.retryAfterSeconds ?? 0) * 1000)
      await onWait(error, isAtWork, waitMs / 1000)
      await wait(waitMs, brakes.signal())
    }
    if (way.keptBytes > keptBytes) failures = 0
    keptBytes = way.keptBytes
  }
}

function isWorthAnother({ code, status }: UploadError): boolean {
  // A handler may refuse by any status, and an upload that was handled is not handled again.
  if (code === 'upload-rejected' || code === 'slot-answer-untold') return false
  return (
    ['network-failed', 'upload-offset-mismatch', 'slot-busy'].includes(code) ||
    [408, 425, 429].includes(status) ||
    status >= 500
  )
}

/** Whether the server says by a code of its own that it failed; 503 is that it can't just now. */
function isOwnFault({ code, status }: UploadError): boolean {
  return status >= 500 && status !== 503 && code !== 'server-failed'
}

/** Waits so long, at most; less where the network comes back, or where it is ended. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      browser.removeEventListener?.('online', end)
      resolve()
    }
    const timer = setTimeout(end, signal.aborted ? 0 : ms)
    browser.addEventListener?.('online', end)
    signal.onabort = end
  })
}
