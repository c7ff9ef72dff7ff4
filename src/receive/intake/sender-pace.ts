// How slow a sender may be: an upload that never ends holds a slot, a socket and memory.
// Time in which we ourselves make the sender wait (a slow disk) is never held against it.

import { TitofistoError } from '../../errors.ts'
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
  readonly heldMs: number
  readonly isHeld: boolean
}

/** Why a sender is too slow by now, as a sentence, or `null` where it is not. */
export function whyTooSlow(limits: PaceLimits, facts: PaceFacts, nowMs: number): string | null {
  const { idleTimeoutMs, totalTimeoutMs, minBytesPerSecond } = limits
  const elapsedMs = nowMs - facts.startMs
  if (elapsedMs >= totalTimeoutMs)
    return `The upload took longer than the ${formatSeconds(totalTimeoutMs)} that are allowed.`
  if (facts.isHeld) return null
  if (nowMs - facts.lastByteMs >= idleTimeoutMs)
    return `The upload paused for longer than the ${formatSeconds(idleTimeoutMs)} that are allowed.`
  const sendingMs = elapsedMs - facts.heldMs
  if (sendingMs >= idleTimeoutMs && facts.receivedBytes * 1000 < minBytesPerSecond * sendingMs)
    return `The upload came slower than the ${minBytesPerSecond} bytes a second that are required.`
  return null
}

function formatSeconds(ms: number): string {
  const seconds = ms / 1000
  return seconds === 1 ? '1 second' : `${seconds} seconds`
}

/** Watches one sender. */
export interface Pace {
  received(bytes: number): void
  /** We make the sender wait from now on. */
  hold(): void
  release(): void
  stop(): void
}

/** How often a sender is looked at, unless its limits are shorter. */
const lookMs = 1000

/** Begins to watch; {@link Pace.stop} ends it. A sender that is too slow is told of once. */
export function startPace(limits: PaceLimits, onTooSlow: (refusal: TitofistoError) => void): Pace {
  const startMs = performance.now()
  let lastByteMs = startMs
  let receivedBytes = 0
  let heldMs = 0
  let heldSinceMs: number | null = null
  // One timer for an upload's whole life: one per chunk would cost more than the chunk.
  const timer = setInterval(look, lookIntervalMs(limits))
  timer.unref()

  return {
    received(bytes) {
      receivedBytes += bytes
      lastByteMs = performance.now()
    },
    hold() {
      heldSinceMs ??= performance.now()
    },
    release() {
      if (heldSinceMs === null) return
      lastByteMs = performance.now()
      heldMs += lastByteMs - heldSinceMs
      heldSinceMs = null
    },
    stop() {
      clearInterval(timer)
    },
  }

  function look(): void {
    const isHeld = heldSinceMs !== null
    const facts = { startMs, lastByteMs, receivedBytes, heldMs, isHeld }
    const reason = whyTooSlow(limits, facts, performance.now())
    if (reason === null) return
    clearInterval(timer)
    onTooSlow(new TitofistoError('upload-too-slow', `${reason} Send it again, faster.`))
  }
}

function lookIntervalMs({ idleTimeoutMs, totalTimeoutMs }: PaceLimits): number {
  return Math.max(5, Math.min(lookMs, idleTimeoutMs / 4, totalTimeoutMs / 4))
}
