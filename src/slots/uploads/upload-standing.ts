// Where a resumable upload stands, for a client that asks; and its end, for one that gives it up.
// Asking also starts what a dead process has left to do: a handler that is due, or one that threw.

import { changeSlot } from '../claims/move-slot.ts'
import { replayableResult } from '../handling/replay.ts'
import { momentOf, type KnownSlot } from '../parts/slot-parts.ts'
import { hasRunsLeft, isReceiverGone } from '../record/handler-moves.ts'
import { isLapsed, type MoveRefusal } from '../record/lifecycle.ts'
import { abandonSlot, forgetResult } from '../record/owner-moves.ts'
import { promisedBytes } from '../record/slot.ts'
import type { FileHead } from '../../receive/intake/file-intake.ts'
import { handleAgain } from './answer-again.ts'
import { endsAt, offsetOf } from './partial-upload.ts'
import { finishLeftUpload } from './resumable-upload.ts'
import type { SlotRequest } from './slot-request.ts'
import { endingOf, refused, type UploadStanding } from './upload-outcome.ts'

/**
 * A client that asks how far it came has lost its connection, whether or not that has shown here:
 * what it sent before is stopped, so that the answer stays true. Gives the slot as it is then.
 */
export async function stopStale(request: SlotRequest): Promise<SlotRequest> {
  const { parts, record } = request
  const here = record.state.name === 'receiving' ? parts.work.find(record.id) : null
  if (here === null || !here.isResumable) return request
  await here.stop('The client asked how far its upload came.')
  return { ...request, record: (await parts.store.read(record.id)) ?? record }
}

/** Who asks where an upload stands. */
export interface Asker {
  /** What the upload's record says of its file. */
  readonly fileHead: FileHead
  /** Whether an upload that has its length is whole to this client, whatever another has said. */
  readonly endsAtLength: boolean
}

/** Tells where an upload stands: never that it is done before its handler has succeeded. */
export async function lookAtUpload(slot: KnownSlot, asker: Asker): Promise<UploadStanding> {
  const { parts, record } = slot
  const { state } = record
  switch (state.name) {
    case 'open':
      return lookAtOffset(slot, asker)
    case 'receiving':
      return isLapsed(state.lease, momentOf(parts)) ? lookAtOffset(slot, asker) : refused('busy')
    case 'received':
      if (!state.failed && !isReceiverGone(state, momentOf(parts))) return refused('busy')
      if (state.failed && record.expiresMs <= parts.nowMs()) return refused('lost')
      if (!hasRunsLeft(record)) return refused('exhausted')
      await handleAgain(slot)
      return refused('busy')
    case 'handling':
      return refused('busy')
    case 'done':
    case 'rejected':
      return endingOf(slot) ?? refused('lost')
    case 'interrupted':
    case 'revoked':
    case 'expired':
      return refused('lost')
  }
}

async function lookAtOffset(slot: KnownSlot, asker: Asker): Promise<UploadStanding> {
  const { tus: partial, expiresMs, policy } = slot.record
  if (expiresMs <= slot.parts.nowMs()) return refused('lost')
  const offsetBytes = partial === null ? 0 : await offsetOf(partial)
  const lengthBytes = partial?.lengthBytes ?? promisedBytes(policy)
  const isEnded = partial !== null && endsAt(partial, offsetBytes)
  if (isEnded || (asker.endsAtLength && offsetBytes === lengthBytes)) {
    // A process died between the last byte and the handler.
    await finishLeftUpload(slot, asker.fileHead)
    return refused('busy')
  }
  return {
    kind: 'partial',
    offsetBytes,
    lengthBytes,
    metadata: partial?.metadata ?? null,
    expiresMs,
  }
}

/**
 * The client gives its upload up, and with it the slot; or wants no more of one that is done. Gives
 * why that can't be, or `null` where it has happened.
 */
export async function giveUpUpload(request: SlotRequest): Promise<MoveRefusal | null> {
  const { parts } = request
  const change = await changeSlot(parts, request.record, (current) =>
    isTheirsToForget({ ...request, record: current })
      ? forgetResult(current)
      : abandonSlot(current, parts.nowMs()),
  )
  if (!change.moved) return change.refusal
  const { id: slotId, kind, state } = change.record
  if (state.name === 'revoked' && parts.events.isHeard('slot-revoked'))
    parts.events.tell({ type: 'slot-revoked', slotId, kind, by: 'uploader' })
  return null
}

/** Whether there is something to forget. An answer for the bearer of a key is theirs alone. */
function isTheirsToForget(request: SlotRequest): boolean {
  const { state, idempotencyDigest } = request.record
  if (state.name !== 'done') return false
  if (idempotencyDigest !== null && idempotencyDigest !== request.keyDigest) return false
  return endingOf(request) !== null || replayableResult(request) !== null
}
