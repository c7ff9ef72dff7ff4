// How slow a sender may be: an upload that never ends holds a slot, a socket and memory.
// Time in which we ourselves make the sender wait (a slow disk) never counts against it.

import { TitofistoError } from '../../errors.ts'
import type { TitofistoErrorFields } from '../../error-codes.ts'
import type { ReceiveLimits } from './reception.ts'

/** The limits of {@link ReceiveLimits} that are about time. */
export type PaceLimits = Pick<
  ReceiveLimits,
  'idleTimeoutMs' | 'totalTimeoutMs' | 'minBytesPerSecond'
>

/** How an upload went so far; all times from the same monotonic clock. */
export interface PaceFacts {
  readonly startMs: number
  /** When the last bytes came, or the sender was last allowed to go on. */
  readonly lastByteMs: number
  readonly receivedBytes: number
  /** How long we have made the sender wait, in all. */
  readonly pausedMs: number
  readonly isPaused: boolean
}

/** What of a sender is too slow by now, or `null`; `limit` in seconds, of `rate` in bytes a second. */
export function whatIsTooSlow(
  limits: PaceLimits,
  facts: PaceFacts,
  nowMs: number,
): TitofistoErrorFields['upload-too-slow'] | null {
  const { idleTimeoutMs, totalTimeoutMs, minBytesPerSecond } = limits
  const elapsedMs = nowMs - facts.startMs
  if (elapsedMs >= totalTimeoutMs) return { what: 'duration', limit: totalTimeoutMs / 1000 }
  if (facts.isPaused) return null
  if (nowMs - facts.lastByteMs >= idleTimeoutMs)
    return { what: 'pause', limit: idleTimeoutMs / 1000 }
  const sendingMs = elapsedMs - facts.pausedMs
  if (sendingMs >= idleTimeoutMs && facts.receivedBytes * 1000 < minBytesPerSecond * sendingMs)
    return { what: 'rate', limit: minBytesPerSecond }
  return null
}

function tooSlow(fault: TitofistoErrorFields['upload-too-slow']): TitofistoError {
  const { what, limit } = fault
  const seconds = limit === 1 ? '1 second' : `${limit} seconds`
  const reason = {
    duration: `took longer than the ${seconds} that are allowed`,
    pause: `paused for longer than the ${seconds} that are allowed`,
    rate: `came slower than the ${limit} bytes a second that are required`,
  }[what]
  return new TitofistoError(
    'upload-too-slow',
    `The upload ${reason}. Send it again, faster.`,
    fault,
  )
}

/** Watches one sender. */
export interface Pace {
  received(bytes: number): void
  /** We make the sender wait from now on. */
  pause(): void
  resume(): void
  stop(): void
}

/** How often a sender is looked at, unless its limits are shorter. */
const lookMs = 1000

/** Begins to watch; {@link Pace.stop} ends it. A sender that is too slow is told of once. */
export function startPace(limits: PaceLimits, onTooSlow: (refusal: TitofistoError) => void): Pace {
  const startMs = performance.now()
  let lastByteMs = startMs
  let receivedBytes = 0
  let pausedMs = 0
  let pausedSinceMs: number | null = null
  // One timer for an upload's whole life: one per chunk would cost more than the chunk.
  const timer = setInterval(look, lookIntervalMs(limits))
  timer.unref()

  return {
    received(bytes) {
      receivedBytes += bytes
      lastByteMs = performance.now()
    },
    pause() {
      pausedSinceMs ??= performance.now()
    },
    resume() {
      if (pausedSinceMs === null) return
      lastByteMs = performance.now()
      pausedMs += lastByteMs - pausedSinceMs
      pausedSinceMs = null
    },
    stop() {
      clearInterval(timer)
    },
  }

  function look(): void {
    const isPaused = pausedSinceMs !== null
    const facts = { startMs, lastByteMs, receivedBytes, pausedMs, isPaused }
    const fault = whatIsTooSlow(limits, facts, performance.now())
    if (fault === null) return
    clearInterval(timer)
    onTooSlow(tooSlow(fault))
  }
}

function lookIntervalMs({ idleTimeoutMs, totalTimeoutMs }: PaceLimits): number {
  return Math.max(5, Math.min(lookMs, idleTimeoutMs / 4, totalTimeoutMs / 4))
}
