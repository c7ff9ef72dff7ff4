// What a client that lost its answer is told when it sends its request again: what the handler said,
// where it bears the key; that the upload has ended, where it does not; or what another run comes to.

import { TitofistoError } from '../../errors.ts'
import type { Incoming, Reply } from '../../http/exchange.ts'
import { startReceived } from '../claims/start-received.ts'
import { handleSlot, handleUnasked } from '../handling/handle-upload.ts'
import { moveRefusalOf } from '../handling/refusal-reply.ts'
import { replayFor } from '../handling/replay.ts'
import { limitsOf, withLease, type KnownSlot } from '../parts/slot-parts.ts'
import { checkBodyHead } from '../../receive/intake/body-head.ts'
import { Inflow } from '../../receive/intake/read-body.ts'
import type { ReceiveLimits } from '../../receive/intake/reception.ts'
import { StopSign } from '../../receive/intake/stop-sign.ts'
import type { SlotRequest } from './slot-request.ts'
import {
  endingOf,
  refused,
  refusedAtEnd,
  type UploadEnding,
  type UploadOutcome,
} from './upload-outcome.ts'

/** What a request says of where it stands in its upload. */
export interface AskedPiece {
  readonly isFirst: boolean
  readonly offsetBytes: number
  /** The upload's, as this request has it; `null` where it does not say. */
  readonly lengthBytes: number | null
}

/**
 * Answers a request that brings nothing new: one whose key has its answer already, or one without
 * bytes at the end of an upload. `null` where the upload is to begin or to go on.
 *
 * @throws TitofistoError `upload-too-large` where there are bytes at the end, and what the handler's
 * other run throws.
 */
export async function answerAgain(
  request: SlotRequest,
  { isFirst, offsetBytes, lengthBytes: toldBytes }: AskedPiece,
): Promise<UploadOutcome | null> {
  const { record, incoming, keyDigest } = request
  const { tus: partial, state } = record
  const replay = replayFor(request, keyDigest)
  if (partial === null) {
    // A resumable one's record has no more than its end where another run had given its bytes up.
    const lengthBytes = 'sizeBytes' in state ? (state.sizeBytes ?? 0) : 0
    if (replay === null || (toldBytes !== null && toldBytes !== lengthBytes)) return null
    if (!isFirst && offsetBytes === lengthBytes)
      await refuseBytes(incoming, limitsOf(request), offsetBytes)
    return { kind: 'handled', lengthBytes, reply: replay }
  }
  const isAtEnd = !isFirst && offsetBytes === partial.lengthBytes
  if (isAtEnd && isTold(request)) await refuseBytes(incoming, limitsOf(request), offsetBytes)
  const lengthBytes = partial.lengthBytes ?? 0
  if (replay !== null) return { kind: 'handled', lengthBytes, reply: replay }
  if (!isAtEnd) return null
  const ending = endingOf(request)
  if (ending !== null) return ending
  if (state.name !== 'received') return null
  return withLease(request.parts, async (lease) => {
    const change = await startReceived(request, lease, 'client')
    if (!change.moved) return refused(change.refusal)
    const reply = await handleSlot({ ...request, record: change.record }, incoming.platformRequest)
    const refusal = moveRefusalOf(reply)
    if (refusal !== null) return refusedAtEnd(refusal)
    const { idempotencyDigest } = change.record
    return idempotencyDigest === null || idempotencyDigest === keyDigest
      ? { kind: 'handled', lengthBytes, reply }
      : toEnding(reply, lengthBytes)
  })
}

/** Runs the handler on an upload that was received, where it is due or has thrown; nobody waits for the answer. */
export async function handleAgain(slot: KnownSlot): Promise<void> {
  await withLease(slot.parts, async (lease) => {
    const change = await startReceived(slot, lease, 'client')
    if (change.moved) void handleUnasked({ ...slot, record: change.record })
  })
}

/** What a handler's answer, which is for the bearer of a key alone, tells anybody else. */
async function toEnding({ status, body }: Reply, lengthBytes: number): Promise<UploadEnding> {
  if (body.kind === 'stream') await body.stream.cancel()
  return status >= 400 ? { kind: 'rejected' } : { kind: 'done', lengthBytes }
}

/** Whether who has the URL may know of an upload that it is whole; otherwise there is nothing here. */
function isTold(slot: KnownSlot): boolean {
  const { state, expiresMs } = slot.record
  if (state.name === 'open' || state.name === 'receiving') return expiresMs > slot.parts.nowMs()
  if (state.name === 'received' || state.name === 'handling') return true
  return endingOf(slot) !== null
}

/**
 * Makes sure that a request at the end of an upload brings no bytes: they would be beyond its length.
 *
 * @throws TitofistoError `upload-too-large`, and where a body of untold length comes too slowly.
 */
async function refuseBytes(
  incoming: Incoming,
  limits: ReceiveLimits,
  lengthBytes: number,
): Promise<void> {
  const bodyBytes = checkBodyHead(incoming)
  if (bodyBytes === 0) return
  if (bodyBytes !== null) throw beyondEnd(lengthBytes)
  // Sent in chunks, or by HTTP/2: only reading tells.
  const body = { limits, stopSign: new StopSign(), onProgress: () => {} }
  await new Inflow(incoming, body).read((chunk) => {
    if (chunk.length > 0) throw beyondEnd(lengthBytes)
  })
}

function beyondEnd(lengthBytes: number): TitofistoError {
  return new TitofistoError(
    'upload-too-large',
    'The upload is whole already: bytes at its end are more than its length says.',
    { what: 'file', limit: lengthBytes },
  )
}
