// tus 1.0.0 on a slot's own URL. A slot is one upload; so creating, asking, appending and ending
// all happen here, and the client learns the truth about the handler, which tus does not know of:
// as long as it has not succeeded, HEAD says 423 (clients wait and ask again), never "all here".

import { isTitofistoError } from '../../errors.ts'
import { methodNotAllowed, notFound, plainReply } from '../../http/plain-replies.ts'
import type { Incoming, Reply } from '../../http/exchange.ts'
import { changeSlot } from '../claims/move-slot.ts'
import type { SlotKindRules } from '../kinds/define-kind.ts'
import { momentOf } from '../parts/slot-parts.ts'
import type { SlotGround } from '../parts/slot-parts.ts'
import {
  abandonSlot,
  forgetResult,
  hasRunsLeft,
  isKeeperGone,
  isLapsed,
} from '../record/lifecycle.ts'
import { slotMethods } from './open-cors.ts'
import { refuseUnknownKind } from './whole-upload.ts'
import {
  formatTusOptions,
  formatTusState,
  tusResumableHeaders,
  tusVersionHeaders,
} from './tus-headers.ts'
import { readTusRequest } from './tus-request.ts'
import { replyToError, replyToRefusal } from '../handling/refusal-reply.ts'
import { digestIdempotencyKey, keptResult } from '../handling/replay.ts'
import { promisedBytes } from '../record/slot.ts'
import type { SlotId, SlotRecord } from '../record/slot.ts'
import { dropUnneeded } from '../claims/drop-spooled.ts'
import { recoverDeadHandler } from '../sweep/sweep.ts'
import { tellEnding, tusEndingOf } from './tus-ending.ts'
import {
  countProvenBytes,
  finishLeftUpload,
  handleAgain,
  takeAppending,
  takeCreation,
} from './resumable-upload.ts'

/** Answers a tus request on a slot's URL whose token is good. Never rejects. */
export async function answerTus(
  ground: SlotGround,
  incoming: Incoming,
  id: SlotId,
): Promise<Reply> {
  try {
    return withTusVersion(await answer(ground, incoming, id))
  } catch (error) {
    const reply = replyToError(ground, id, error)
    const isForeignVersion = isTitofistoError(error) && error.code === 'tus-version-unsupported'
    if (!isForeignVersion) return withTusVersion(reply)
    return { ...reply, headers: [...reply.headers, ...tusVersionHeaders] }
  }
}

async function answer(ground: SlotGround, incoming: Incoming, id: SlotId): Promise<Reply> {
  const request = readTusRequest(incoming)
  if (request === null) return methodNotAllowed(slotMethods)
  const found = await ground.store.read(id)
  const record = found === null ? null : await recoverDeadHandler(ground, found)
  if (record === null) return notFound
  const kind = ground.kinds.get(record.kind)
  if (kind === undefined) return refuseUnknownKind(ground, record)
  switch (request.kind) {
    case 'options':
      return emptyReply(204, formatTusOptions(null))
    case 'create':
      return takeCreation(ground, kind, incoming, record, request)
    case 'append':
      return takeAppending(ground, kind, incoming, record, request)
    case 'head':
      return tellState(ground, kind, await stopStale(ground, record))
    case 'delete':
      return giveUp(ground, kind, incoming, await stopStale(ground, record))
  }
}

/**
 * A client that asks how far it came has lost its connection, whether or not that has shown here:
 * what it sent before is stopped, so that the answer stays true.
 */
async function stopStale(ground: SlotGround, record: SlotRecord): Promise<SlotRecord> {
  const here = record.state.name === 'receiving' ? ground.work.find(record.id) : null
  if (here === null || !here.isResumable) return record
  await here.stop('The client asked how far its upload came.')
  return (await ground.store.read(record.id)) ?? record
}

async function tellState(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
): Promise<Reply> {
  const { state } = record
  switch (state.name) {
    case 'open':
      return tellOffset(ground, kind, record)
    case 'receiving':
      return isLapsed(state.lease, momentOf(ground)) ? tellOffset(ground, kind, record) : locked
    case 'received':
      if (!state.failed && !isKeeperGone(state, momentOf(ground))) return locked
      if (!hasRunsLeft(record)) return replyToRefusal('exhausted')
      await handleAgain(ground, kind, record)
      return locked
    case 'handling':
      return locked
    case 'done':
    case 'rejected':
      return tellOutcome(ground, kind, record)
    case 'interrupted':
    case 'revoked':
    case 'expired':
      return notFound
  }
}

async function tellOffset(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
): Promise<Reply> {
  const { tus, expiresMs } = record
  if (expiresMs <= ground.nowMs()) return notFound
  const offsetBytes = tus === null ? 0 : await countProvenBytes(tus)
  const lengthBytes = tus?.lengthBytes ?? promisedBytes(record.policy)
  if (offsetBytes === lengthBytes) {
    // A process died between the last byte and the handler.
    await finishLeftUpload(ground, kind, record)
    return locked
  }
  const progress = { offsetBytes, lengthBytes, expiresMs }
  return emptyReply(200, formatTusState(progress, tus?.metadata ?? null))
}

function tellOutcome(ground: SlotGround, kind: SlotKindRules, record: SlotRecord): Reply {
  const ending = tusEndingOf(record, kind, ground.nowMs())
  return ending === null ? notFound : tellEnding(ending)
}

/** Termination: the client gives its upload up, and with it the slot; or forgets one that is done. */
async function giveUp(
  ground: SlotGround,
  kind: SlotKindRules,
  incoming: Incoming,
  record: SlotRecord,
): Promise<Reply> {
  const digest = digestIdempotencyKey(incoming)
  const change = await changeSlot(ground, record, (current) =>
    isTheirsToForget(ground, kind, current, digest)
      ? forgetResult(current)
      : abandonSlot(current, ground.nowMs()),
  )
  if (!change.moved) return change.refusal === 'busy' ? locked : replyToRefusal(change.refusal)
  await dropUnneeded(ground, change.before, change.record)
  return emptyReply(204, [])
}

/** Whether there is something to forget. An answer that is kept for the bearer of a key is theirs alone. */
function isTheirsToForget(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
  digest: string | null,
): boolean {
  if (record.state.name !== 'done') return false
  if (record.idempotencyDigest !== null && record.idempotencyDigest !== digest) return false
  const nowMs = ground.nowMs()
  return tusEndingOf(record, kind, nowMs) !== null || keptResult(record, kind, nowMs) !== null
}

/** Clients wait and ask again. */
const locked = plainReply(423, 'This upload is being worked on. Ask again soon.', [
  'Retry-After',
  '1',
])

function emptyReply(status: number, headers: readonly string[]): Reply {
  return { status, headers, body: { kind: 'empty' } }
}

function withTusVersion(reply: Reply): Reply {
  if (reply.headers.includes('Tus-Resumable')) return reply
  return { ...reply, headers: [...reply.headers, ...tusResumableHeaders] }
}
