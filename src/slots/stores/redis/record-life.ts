// How long the server keeps a record that nobody touches any more. The sweep ends and forgets slots,
// and tells of it; this is for where no sweep comes by (the application is gone, or runs for each
// request alone), so that nothing stays in the server for ever. It is always later than any sweep.

import type { SlotRecord } from '../../record/slot.ts'

// An ended slot can be asked about for a day at most (the kind's `replaySeconds`).
const afterwardsMs = 8 * 86_400_000

/**
 * In milliseconds from a change on; `null` where the record stays until it is removed, since bytes in
 * the spool are its own, or since by it a file request knows that a place is taken: that place would be
 * given again. No clock is asked: what is left of a slot's time is at most all of it.
 */
export function lifeOfRecord(record: SlotRecord): number | null {
  const { state, tus, createdMs, expiresMs, request } = record
  switch (state.name) {
    case 'open':
      return tus === null ? Math.max(0, expiresMs - createdMs) + afterwardsMs : null
    case 'done':
      return request === undefined ? afterwardsMs : null
    case 'rejected':
    case 'revoked':
      return afterwardsMs
    case 'expired':
      return request !== undefined && state.wasInterrupted === true ? null : afterwardsMs
    default:
      return null
  }
}
