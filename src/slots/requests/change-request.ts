// Puts moves of a request (record/request.ts) into the store, against everybody else who moves it.

import { isDeepStrictEqual } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import { TitofistoError } from '../../errors.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import type { RequestMove, RequestRecord } from '../record/request.ts'

// Many people may come in the same second, in many processes; each lost race is another's progress.
const maxTries = 200
const triesAtOnce = 3
const maxPauseMs = 20

/**
 * Makes a move, also where the record has changed meanwhile: then the move is decided anew. Gives the
 * record as it is then, or why there was none.
 *
 * @throws TitofistoError `slot-store-failed`, `storage-full`
 */
export async function changeRequest(
  parts: SlotParts,
  known: RequestRecord,
  decide: (record: RequestRecord) => RequestMove,
): Promise<RequestMove> {
  let record = known
  for (let attempt = 0; attempt < maxTries; attempt++) {
    const move = decide(record)
    if (!move.moved) return move
    if (await replaceOrFindOut(parts, move.record)) return move
    // Not in step with those who lost the same race.
    if (attempt >= triesAtOnce) await pause(Math.random() * maxPauseMs)
    const current = await parts.store.requests.read(record.id)
    if (current === null) return { moved: false, refusal: 'missing' }
    record = current
  }
  throw new TitofistoError('slot-store-failed', 'A file request changes too fast to be changed.')
}

/** A store that fails may have done it all the same: what it has now says so. */
async function replaceOrFindOut(parts: SlotParts, record: RequestRecord): Promise<boolean> {
  try {
    return await parts.store.requests.replace(record, record.revision - 1)
  } catch (error) {
    const current = await parts.store.requests.read(record.id).catch(() => null)
    if (!isDeepStrictEqual(current, record)) throw error
    return true
  }
}
