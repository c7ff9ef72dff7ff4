// @ts-check
// A resumable upload over tus 1.0.0: creation, pieces, questions, resuming at another server, giving
// up. Each piece has bytes of its own, so that a late write of an old one shows in the file.

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { digestOf, writesOf } from './body.mjs'
import { noWrites } from './exchange.mjs'
import { isSuccess } from './slot-client.mjs'

/**
 * @typedef {import('./slot-client.mjs').SlotClient} SlotClient
 * @typedef {import('../servers/server.mjs').Server} Server
 */

const mostMs = 90_000
const version = 'Tus-Resumable: 1.0.0'

/**
 * Gives the conclusion.
 * @param {SlotClient} client
 * @returns {Promise<string>}
 */
export async function uploadByTus(client) {
  const { plan, chance, entry } = client
  const [sizeBytes = 0] = plan.fileBytes
  entry.lengthBytes = sizeBytes
  const untilMs = Date.now() + mostMs
  let server = await client.pickServer()
  /** Where the upload stands, as far as the client knows; `null`: it has to ask. @type {number | null} */
  let offset = null
  let isCreated = false
  let isWrongOnce = chance.happens(plan.tusChecksumProbability * 0.2)
  let isDeleting = plan.tusDeletes
  while (Date.now() < untilMs && !client.isOutOfBodies && !client.isCutOff()) {
    if (!server.isUp || chance.happens(0.1)) server = await client.pickServer()
    if (!isCreated) {
      const outcome = await create(client, server, sizeBytes)
      if (outcome.conclusion !== null) return outcome.conclusion
      offset = outcome.offset
      isCreated = outcome.isCreated
    } else if (offset === null) {
      const asked = await ask(client, server)
      if (asked.conclusion !== null) return asked.conclusion
      offset = asked.offset
      if (offset === sizeBytes && asked.isTold) return 'done'
      if (asked.isFresh) isCreated = false
    } else if (isDeleting && offset > 0 && offset < sizeBytes) {
      isDeleting = false
      const { status } = await client.send(
        server,
        { what: 'delete' },
        { method: 'DELETE', headers: [version], writes: noWrites },
      )
      if (status === 204) return 'deleted'
      offset = null
    } else {
      const { status, headers } = await append(client, server, offset, {
        sizeBytes,
        isWrong: isWrongOnce,
      })
      isWrongOnce = false
      if (isSuccess(status)) offset = Number(headers['upload-offset'])
      else offset = null
      if (offset === sizeBytes) return 'done'
      if (status === 404) return 'gone'
      if (status === 422 && plan.args.reject === 'final') return 'rejected'
      // The handler wants another upload: the slot is as new.
      if (status === 422) isCreated = false
    }
    if (offset !== null) continue
    client.ledger.counts.retried += 1
    if (!server.isUp || server.frozenMs > 0 || chance.happens(0.5))
      server = await client.pickServer()
    await sleep(chance.whole(30, 300))
  }
  return 'out of time'
}

/**
 * Two resumable clients that don't know of each other, with one slot.
 * @param {SlotClient} client
 * @returns {Promise<string>}
 */
export async function uploadByTwo(client) {
  const conclusions = await Promise.all([uploadByTus(client), uploadByTus(client)])
  return conclusions.find((conclusion) => conclusion === 'done') ?? conclusions[0]
}

/**
 * @param {SlotClient} client
 * @param {Server} server
 * @param {number} sizeBytes
 * @returns {Promise<{ conclusion: string | null, offset: number | null, isCreated: boolean }>}
 */
async function create(client, server, sizeBytes) {
  const { plan, chance } = client
  const isDeferred = plan.tusLength === 'deferred' && sizeBytes > 0
  const bytes =
    chance.happens(0.3) && !isDeferred
      ? chance.whole(0, Math.min(sizeBytes, plan.tusPieceBytes))
      : 0
  const body = client.newBody()
  const sections = [{ body, from: 0, length: bytes }]
  const headers = [
    version,
    isDeferred ? 'Upload-Defer-Length: 1' : `Upload-Length: ${sizeBytes}`,
    `Upload-Metadata: filename ${Buffer.from(`upload ${plan.script}`).toString('base64')}`,
    `Content-Length: ${bytes}`,
  ]
  if (bytes > 0) headers.push('Content-Type: application/offset+octet-stream')
  /** @type {import('../ledger.mjs').Piece} */
  const piece = {
    what: 'piece',
    isCreation: true,
    body,
    fromByte: 0,
    toByte: bytes,
    ackedByte: null,
    fault: 'good',
  }
  const sending = { ...plan.sending, isChunked: false }
  const { status, headers: told } = await client.send(server, piece, {
    method: 'POST',
    headers,
    writes: writesOf(sections, sending, chance),
  })
  if (isSuccess(status)) {
    const offset = Number(told['upload-offset'] ?? (bytes === sizeBytes ? sizeBytes : 0))
    piece.ackedByte = offset
    return {
      conclusion: offset === sizeBytes && !isDeferred ? 'done' : null,
      offset,
      isCreated: true,
    }
  }
  if (status === 404) return { conclusion: 'gone', offset: null, isCreated: false }
  if (status === 422 && plan.args.reject === 'final')
    return { conclusion: 'rejected', offset: null, isCreated: false }
  // Unanswered, or answered by a handler that failed: it may have begun. HEAD will tell.
  return { conclusion: null, offset: null, isCreated: status === null || status >= 500 }
}

/**
 * @param {SlotClient} client
 * @param {Server} server
 */
async function ask(client, server) {
  const { status, headers } = await client.send(
    server,
    { what: 'head' },
    { method: 'HEAD', headers: [version], writes: noWrites },
  )
  if (status === 404) return { conclusion: 'gone', offset: null, isTold: false, isFresh: false }
  if (status !== 200)
    return {
      conclusion: status === 422 && client.plan.args.reject === 'final' ? 'rejected' : null,
      offset: null,
      isTold: false,
      // Its handler has failed as often as it may: another upload is asked for.
      isFresh: status === 422,
    }
  const offset = Number(headers['upload-offset'])
  // Begun anew, or never begun: metadata is all there is to see it by.
  const isFresh = headers['upload-metadata'] === undefined
  return { conclusion: null, offset, isTold: headers['upload-length'] !== undefined, isFresh }
}

/**
 * @param {SlotClient} client
 * @param {Server} server
 * @param {number} offset
 * @param {{ sizeBytes: number, isWrong: boolean }} whole How long the upload is; whether this piece's checksum is to be wrong.
 */
async function append(client, server, offset, { sizeBytes, isWrong }) {
  const { plan, chance } = client
  const most = Math.min(sizeBytes - offset, plan.tusPieceBytes)
  // A few of many: bodies are numbered within limits.
  const least = Math.min(most, Math.ceil(sizeBytes / 40))
  const length = chance.happens(0.5) ? most : chance.whole(least, most)
  const body = client.newBody()
  const sections = [{ body, from: offset, length }]
  const { isChunked } = plan.sending
  const headers = [
    version,
    'Content-Type: application/offset+octet-stream',
    `Upload-Offset: ${offset}`,
    isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`,
  ]
  if (plan.tusLength === 'deferred' && offset + length === sizeBytes)
    headers.push(`Upload-Length: ${sizeBytes}`)
  const algorithm = chance.pick(['sha1', 'sha256'])
  if (isWrong)
    headers.push(
      `Upload-Checksum: ${algorithm} ${createHash(algorithm).update('other bytes').digest('base64')}`,
    )
  else if (chance.happens(plan.tusChecksumProbability))
    headers.push(`Upload-Checksum: ${algorithm} ${digestOf(sections, algorithm)}`)
  // Who comes back after a break is in a hurry.
  const isFirst = offset === 0
  const sending =
    isFirst || plan.mood !== 'stalls'
      ? plan.sending
      : { ...plan.sending, pauseProbability: 0, pieces: /** @type {const} */ ('mixed') }
  /** @type {import('../ledger.mjs').Piece} */
  const piece = {
    what: 'piece',
    isCreation: false,
    body,
    fromByte: offset,
    toByte: offset + length,
    ackedByte: null,
    fault: isWrong ? 'checksum' : 'good',
  }
  const mayAbort = plan.firstFault === 'abort' && length > 1 && chance.happens(0.3)
  const isOverridden = chance.happens(0.1)
  if (isOverridden) headers.push('X-HTTP-Method-Override: PATCH')
  if (chance.happens(0.3)) headers.push('Accept: application/json')
  const outcome = await client.send(server, piece, {
    method: isOverridden ? 'POST' : 'PATCH',
    headers,
    writes: writesOf(sections, sending, chance),
    ...(mayAbort ? { abortAfterBytes: chance.whole(1, length) } : {}),
    ...(plan.losesAnswer && chance.happens(0.3) ? { abortAnswerAfterBytes: 0 } : {}),
  })
  if (isSuccess(outcome.status)) piece.ackedByte = Number(outcome.headers['upload-offset'])
  return outcome
}
