// The pieces of a resumable upload: each request claims the slot for as long as it sends, and gives
// it back with what is known by then; the one that brings the last byte starts the handler.

import { TitofistoError, isTitofistoError } from '../../errors.ts'
import { notFound, plainReply } from '../../http/plain-replies.ts'
import type { Incoming, Reply } from '../../http/exchange.ts'
import { changeSlot } from '../claims/move-slot.ts'
import type { Change } from '../claims/move-slot.ts'
import { workUnderClaim } from '../claims/claimed-upload.ts'
import type { ClaimAtWork } from '../claims/claimed-upload.ts'
import type { SlotKindRules } from '../kinds/define-kind.ts'
import { momentOf, withLease } from '../parts/slot-parts.ts'
import type { SlotGround } from '../parts/slot-parts.ts'
import { handleSlot, handleUnasked } from '../handling/handle-upload.ts'
import { claimSlot, handleKeptUpload, keepUpload, releaseSlot } from '../record/lifecycle.ts'
import type { Claim, Refusal } from '../record/lifecycle.ts'
import { checkBodyHead } from '../../receive/intake/body-head.ts'
import { createInflow } from '../../receive/intake/read-body.ts'
import type { ReceiveLimits, Reception } from '../../receive/intake/reception.ts'
import { formatTusProgress } from './tus-headers.ts'
import type { TusProgress } from './tus-headers.ts'
import type { TusRequest } from './tus-request.ts'
import { appendBytes, finishPieces, readOffset } from '../../receive/append-bytes.ts'
import { replyToRefusal } from '../handling/refusal-reply.ts'
import { digestIdempotencyKey, replayFor } from '../handling/replay.ts'
import { promisedBytes } from '../record/slot.ts'
import type { Lease, SlotRecord, TusFacts } from '../record/slot.ts'
import { dropUnneeded, removeUnnamed } from '../claims/drop-spooled.ts'
import { StopSign } from '../../receive/intake/stop-sign.ts'
import { takeOver, tusPath } from '../claims/take-over.ts'
import type { MadeClaim } from '../claims/take-over.ts'
import { tellEndingAgain, tusEndingOf } from './tus-ending.ts'
import { isCheckedWhole, mergeTusFacts } from './tus-facts.ts'
import { readTusFileHead } from './tus-metadata.ts'
import { spoolDetails } from '../claims/spooled-details.ts'

type Creation = Extract<TusRequest, { readonly kind: 'create' }>
type Appending = Extract<TusRequest, { readonly kind: 'append' }>

/**
 * Begins an upload on a slot, in the place of an unfinished one.
 *
 * @throws TitofistoError whatever was wrong with it.
 */
export async function takeCreation(
  ground: SlotGround,
  kind: SlotKindRules,
  incoming: Incoming,
  record: SlotRecord,
  request: Creation,
): Promise<Reply> {
  const success = { status: 201, headers: ['Location', locationFor(incoming.target)] }
  const { tus } = record
  const replay = replayForBearer(ground, kind, incoming, record)
  if (replay !== null && tus !== null) return toTusReply(incoming, replay, tus, success)
  const limits = { ...kind.limits, ...record.policy }
  return withLease(ground, async (lease) => {
    const fresh = freshUpload(ground, record, lease)
    // What is not to be had says no more than that, whatever was wrong with the request besides.
    const prospect = claimSlot(record, claimFor(lease, fresh), momentOf(ground))
    if (!prospect.moved) return refuseTus(prospect.refusal)
    const upload = mergeTusFacts(fresh, request, limits)
    const piece: Piece = {
      facts: { ...upload, provenBytes: isCheckedWhole(incoming, request) ? 0 : null },
      offsetBytes: 0,
      hasBytes: request.hasBytes,
      checksum: request.checksum,
      success,
    }
    return takePiece(ground, kind, incoming, record, lease, piece)
  })
}

/**
 * Takes more bytes of an upload.
 *
 * @throws TitofistoError `upload-offset-mismatch`, and whatever else was wrong with it.
 */
export async function takeAppending(
  ground: SlotGround,
  kind: SlotKindRules,
  incoming: Incoming,
  record: SlotRecord,
  request: Appending,
): Promise<Reply> {
  const limits = { ...kind.limits, ...record.policy }
  const isAtEnd = record.tus !== null && request.offsetBytes === record.tus.lengthBytes
  if (isAtEnd && isTold(record, kind, ground.nowMs()))
    await refuseBytes(incoming, limits, request.offsetBytes)
  const again = await answerAgain(ground, kind, incoming, record, isAtEnd)
  if (again !== null) return again
  return withLease(ground, (lease) =>
    appendUnderLease(ground, kind, incoming, record, lease, request, isAtEnd),
  )
}

async function appendUnderLease(
  ground: SlotGround,
  kind: SlotKindRules,
  incoming: Incoming,
  record: SlotRecord,
  lease: Lease,
  request: Appending,
  isAtEnd: boolean,
): Promise<Reply> {
  const limits = { ...kind.limits, ...record.policy }
  const known = record.tus ?? freshUpload(ground, record, lease)
  const prospect = claimSlot(record, claimFor(lease, known), momentOf(ground))
  if (!prospect.moved) return refuseTus(prospect.refusal)
  const upload = mergeTusFacts(known, request, limits)
  const provenBytes = isCheckedWhole(incoming, request) ? request.offsetBytes : null
  const piece: Piece = {
    facts: { ...upload, provenBytes },
    offsetBytes: request.offsetBytes,
    // At the end it was seen to have none.
    hasBytes: !isAtEnd,
    checksum: request.checksum,
    success: appended,
  }
  const currentBytes = await countProvenBytes(known)
  if (currentBytes !== request.offsetBytes)
    throw new TitofistoError(
      'upload-offset-mismatch',
      `The upload has ${currentBytes} bytes, so it can't go on at ${request.offsetBytes}. Ask by HEAD, and go on from there.`,
      { expected: currentBytes, actual: request.offsetBytes },
    )
  return takePiece(ground, kind, incoming, record, lease, piece)
}

/**
 * How far an upload came. What a claim that never gave it back wrote under a checksum does not count.
 *
 * @throws TitofistoError `storage-failed`
 */
export async function countProvenBytes({ path, provenBytes }: TusFacts): Promise<number> {
  return Math.min(await readOffset(path), provenBytes ?? Infinity)
}

/** Runs the handler on an upload that was kept, where it is due or has thrown; the answer is not waited for. */
export async function handleAgain(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
): Promise<void> {
  await withLease(ground, async (lease) => {
    const change = await claimHandling(ground, record, lease)
    if (change.moved) void handleUnasked(ground, kind, change.record)
  })
}

/** Finishes an upload whose bytes are all here while nobody works on it; the answer is not waited for. */
export async function finishLeftUpload(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
): Promise<void> {
  const { tus } = record
  if (tus === null) return
  await withLease(ground, async (lease) => {
    const claimed = await changeSlot(ground, record, (current) =>
      isSameUpload(current, record)
        ? // The answer is for the bearer of the key that came with the last byte.
          claimSlot(current, claimFor(lease, tus, current.idempotencyDigest), momentOf(ground))
        : { moved: false, refusal: 'busy' },
    )
    if (!claimed.moved) return
    const change = await workUnderClaim(ground, kind, claimed.record, lease, async (claim) => {
      const taken = await takeOverOrGiveBack(ground, claim, claimed, tus)
      const own = taken.moved ? taken.record.tus : null
      return own === null ? taken : finishUpload(ground, claim, own)
    })
    if (change.moved) void handleUnasked(ground, kind, change.record)
  })
}

/** One request's part of an upload. */
interface Piece {
  readonly facts: TusFacts
  readonly offsetBytes: number
  readonly hasBytes: boolean
  readonly checksum: Appending['checksum']
  readonly success: Success
}

/** What a request that went well is answered with. */
interface Success {
  readonly status: number
  readonly headers: readonly string[]
}

const appended: Success = { status: 204, headers: [] }

async function takePiece(
  ground: SlotGround,
  kind: SlotKindRules,
  incoming: Incoming,
  record: SlotRecord,
  lease: Lease,
  piece: Piece,
): Promise<Reply> {
  const digest = digestIdempotencyKey(incoming)
  // The record may have changed since it was looked at: only the very same upload can go on.
  const claimed = await changeSlot(ground, record, (current) =>
    isSameUpload(current, record)
      ? claimSlot(current, claimFor(lease, piece.facts, digest), momentOf(ground))
      : { moved: false, refusal: 'busy' },
  )
  if (!claimed.moved) return refuseTus(claimed.refusal)
  await dropUnneeded(ground, claimed.before, claimed.record)

  let offsetBytes = piece.offsetBytes
  let { facts } = piece
  const change = await workUnderClaim(ground, kind, claimed.record, lease, async (claim) => {
    const taken = await takeOverOrGiveBack(ground, claim, claimed, facts)
    if (!taken.moved) return taken
    facts = taken.record.tus ?? facts
    offsetBytes = await append(incoming, claim, { ...piece, facts })
    if (offsetBytes === facts.lengthBytes) return finishUpload(ground, claim, facts)
    return claim.hold.move((current) => releaseSlot(current, lease.holder, facts))
  })
  if (!change.moved) {
    // Somebody else has the upload by now, and may have it in another file.
    await removeUnnamed(ground, record.id, [facts.path])
    // Even where it is done: the answer is then to be had by asking.
    const isEnded = change.refusal === 'used' || change.refusal === 'rejected'
    return refuseTus(isEnded ? 'busy' : change.refusal)
  }
  if (change.record.state.name === 'handling') {
    const reply = await handleSlot(ground, kind, change.record, incoming.platformRequest)
    return toTusReply(incoming, reply, facts, piece.success)
  }
  const { lengthBytes } = facts
  const { expiresMs } = change.record
  return succeed(piece.success, { offsetBytes, lengthBytes, expiresMs })
}

/**
 * Whether a slot's upload is still what it was when it was looked at: another request may have told
 * its length or its metadata meanwhile, each of which is told once.
 */
function isSameUpload({ tus: now }: SlotRecord, { tus: before }: SlotRecord): boolean {
  return (
    now?.path === before?.path &&
    now?.lengthBytes === before?.lengthBytes &&
    now?.metadata === before?.metadata
  )
}

async function takeOverOrGiveBack(
  ground: SlotGround,
  claim: ClaimAtWork,
  claimed: MadeClaim,
  facts: TusFacts,
): Promise<Change> {
  try {
    return await takeOver(ground, claim, claimed, facts)
  } catch (error) {
    // As it was: the file is not this claim's yet, nor cut to what was proven.
    await claim.giveBack(claimed.before.tus)
    throw error
  }
}

/** Appends what the request brings; whatever came stays, and the slot is given back if it fails. */
async function append(incoming: Incoming, claim: ClaimAtWork, piece: Piece): Promise<number> {
  const { facts, offsetBytes, checksum } = piece
  if (!piece.hasBytes) return offsetBytes
  const reception: Reception = {
    ...claim.reception,
    onProgress: (receivedBytes) =>
      claim.reception.onProgress(offsetBytes + receivedBytes, facts.lengthBytes),
  }
  try {
    return await appendBytes(incoming, reception, { ...facts, offsetBytes, checksum })
  } catch (error) {
    await claim.giveBack(piece.facts)
    throw error
  }
}

/** All bytes are here: looks at them as a whole, and starts handling. */
async function finishUpload(
  ground: SlotGround,
  claim: ClaimAtWork,
  facts: TusFacts,
): Promise<Change> {
  const { hold, reception } = claim
  const upload = await finishPieces(reception, facts, readTusFileHead(facts.metadata)).catch(
    async (error: unknown) => {
      const isRefused =
        isTitofistoError(error) && error.status < 500 && error.code !== 'upload-offset-mismatch'
      await claim.giveBack(isRefused ? null : facts)
      // What is refused as a whole would be refused again.
      if (isRefused) await removeUnnamed(ground, claim.id, [facts.path])
      throw error
    },
  )
  const recorded = await spoolDetails(reception, upload).catch(async (error: unknown) => {
    await claim.giveBack(facts)
    throw error
  })
  const lease = claim.renewedLease()
  const kept = await hold.move((current) => keepUpload(current, lease, recorded))
  if (!kept.moved) {
    const { detailsPath } = recorded
    if (detailsPath !== undefined) await removeUnnamed(ground, claim.id, [detailsPath])
    return kept
  }
  return hold.move((current) => handleKeptUpload(current, lease, 'keeper', momentOf(ground)))
}

/**
 * The answer to a client that lost the last one, and sends its request again, or one without bytes at
 * the end: what the handler said, where it bears the key; that the upload has ended, where it does
 * not; or another run of a handler that has thrown. `null` where the upload is to go on.
 */
async function answerAgain(
  ground: SlotGround,
  kind: SlotKindRules,
  incoming: Incoming,
  record: SlotRecord,
  isAtEnd: boolean,
): Promise<Reply | null> {
  const { tus, state } = record
  if (tus === null) return null
  const replay = replayForBearer(ground, kind, incoming, record)
  if (replay !== null) return toTusReply(incoming, replay, tus, appended)
  if (!isAtEnd) return null
  const ending = tusEndingOf(record, kind, ground.nowMs())
  if (ending !== null) return tellEndingAgain(ending)
  if (state.name !== 'received') return null
  return withLease(ground, async (lease) => {
    const change = await claimHandling(ground, record, lease)
    if (!change.moved) return refuseTus(change.refusal)
    const reply = await handleSlot(ground, kind, change.record, incoming.platformRequest)
    const key = change.record.idempotencyDigest
    return key === null || key === digestIdempotencyKey(incoming)
      ? toTusReply(incoming, reply, tus, appended)
      : toEndingReply(reply, tus)
  })
}

/** What a handler's answer, which is for the bearer of a key alone, tells anybody else. */
async function toEndingReply(reply: Reply, { lengthBytes }: TusFacts): Promise<Reply> {
  if (reply.body.kind === 'stream') await reply.body.stream.cancel()
  return tellEndingAgain(
    reply.status >= 400 ? { kind: 'rejected' } : { kind: 'done', lengthBytes: lengthBytes ?? 0 },
  )
}

function replayForBearer(
  ground: SlotGround,
  kind: SlotKindRules,
  incoming: Incoming,
  record: SlotRecord,
): Reply | null {
  return replayFor(record, kind, digestIdempotencyKey(incoming), ground.nowMs())
}

/** Whether who has the URL may know of an upload that it is whole; otherwise there is nothing here. */
function isTold(record: SlotRecord, kind: SlotKindRules, nowMs: number): boolean {
  const { name } = record.state
  if (name === 'open' || name === 'receiving') return record.expiresMs > nowMs
  if (name === 'received' || name === 'handling') return true
  return tusEndingOf(record, kind, nowMs) !== null
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
  await createInflow(incoming, body).read((chunk) => {
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

function claimHandling(ground: SlotGround, record: SlotRecord, lease: Lease): Promise<Change> {
  return changeSlot(ground, record, (current) =>
    handleKeptUpload(current, lease, 'client', momentOf(ground)),
  )
}

/**
 * tus says that the last PATCH is answered by 204; a client that says it accepts JSON gets what the
 * handler returned instead. A refusal stays as it is.
 */
async function toTusReply(
  incoming: Incoming,
  reply: Reply,
  facts: TusFacts,
  success: Success,
): Promise<Reply> {
  if (reply.status >= 400) return reply
  const lengthBytes = facts.lengthBytes ?? 0
  const told = succeed(success, { offsetBytes: lengthBytes, lengthBytes, expiresMs: null })
  const wantsJson = /\bapplication\/json\b/i.test(incoming.header('accept') ?? '')
  if (wantsJson && reply.body.kind !== 'empty')
    return { ...reply, headers: [...reply.headers, ...told.headers] }
  if (reply.body.kind === 'stream') await reply.body.stream.cancel()
  return told
}

function succeed(success: Success, progress: TusProgress): Reply {
  return {
    status: success.status,
    headers: [...formatTusProgress(progress), ...success.headers],
    body: { kind: 'empty' },
  }
}

function claimFor(lease: Lease, tus: TusFacts, idempotencyDigest: string | null = null): Claim {
  return { lease, idempotencyDigest, tus }
}

/** An upload of which nothing is known yet. */
function freshUpload(ground: SlotGround, record: SlotRecord, lease: Lease): TusFacts {
  return {
    path: tusPath(ground, record, lease),
    writer: null,
    provenBytes: null,
    lengthBytes: promisedBytes(record.policy),
    metadata: null,
  }
}

/** The slot's own URL, relative to itself: only the client knows what lies between it and us. */
function locationFor(target: string): string {
  const [path = ''] = target.split('?')
  const segments = path.split('/')
  const last = segments.pop() ?? ''
  return last === '' ? `../${segments.pop() ?? ''}/` : last
}

/** tus clients wait at 423, where others are told of a conflict. */
function refuseTus(refusal: Refusal): Reply {
  if (refusal !== 'busy') return refusal === 'lost' ? notFound : replyToRefusal(refusal)
  return plainReply(423, 'This upload is being worked on. Ask again soon.', ['Retry-After', '1'])
}
