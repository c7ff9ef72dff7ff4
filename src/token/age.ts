// Whether a token's time is now. Pure: the clock is the caller's.

/** How far a stamp may lie in the future, for servers whose clocks differ. */
export const leewaySeconds = 60

/** Where a token stands in its life. */
export type Age =
  | { readonly state: 'valid'; readonly remainingSeconds: number }
  | { readonly state: 'expired'; readonly sinceSeconds: number }
  | { readonly state: 'from-the-future'; readonly aheadSeconds: number }

/**
 * Decides by whole seconds: valid through exactly `lifetimeSeconds` of age. The stamp is cut to
 * its second, and so is the clock, so a link never lives shorter than promised.
 */
export function decideAge(issuedSeconds: number, lifetimeSeconds: number, nowMs: number): Age {
  const ageSeconds = Math.floor(nowMs / 1000) - issuedSeconds
  if (ageSeconds < -leewaySeconds) return { state: 'from-the-future', aheadSeconds: -ageSeconds }
  if (ageSeconds > lifetimeSeconds)
    return { state: 'expired', sinceSeconds: ageSeconds - lifetimeSeconds }
  return { state: 'valid', remainingSeconds: lifetimeSeconds - Math.max(ageSeconds, 0) }
}

/** Formats a stretch of time for people: `90 s`, `5 min`, `3 h`, `12 days`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}
