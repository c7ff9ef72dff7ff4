// @ts-check
// Uploads that come at once: bare bytes and forms, tried until they are in or it is clear that they
// never will be.

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { digestOf, lengthOf, writesOf } from './body.mjs'
import { isSuccess } from './slot-client.mjs'

/**
 * @typedef {import('./slot-client.mjs').SlotClient} SlotClient
 * @typedef {import('../ledger.mjs').Try} Try
 */

const mostTries = 9

/**
 * Gives the conclusion.
 * @param {SlotClient} client
 * @returns {Promise<string>}
 */
export async function uploadWhole(client) {
  const { plan, chance } = client
  /** @type {Try['fault'] | 'none'} */
  let fault = plan.firstFault
  // Who says that two requests are the same sends the same.
  const kept = plan.idempotencyKey === null ? null : makeFiles(client)
  let losesAnswer = plan.losesAnswer
  for (let attempt = 0; attempt < mostTries; attempt++) {
    if (attempt > 0) client.ledger.counts.retried += 1
    const files = kept ?? makeFiles(client)
    const isForm = plan.way === 'form'
    const { status } = await tryOnce(client, { files, isForm, fault, losesAnswer })
    if (fault === 'none') losesAnswer = false
    if (isSuccess(status)) return 'done'
    if (status === 404) return 'gone'
    if (status === 422 && plan.args.reject === 'final') return 'rejected'
    if (client.isCutOff()) return 'cut off'
    if (plan.givesUp && attempt > 0) return 'given up'
    fault = 'none'
    // Held by a request that this client gave up, or by a process that has died: worth waiting for.
    if (status === 409) {
      attempt -= 0.7
      await sleep(chance.whole(200, 900))
    } else if (status === null || status >= 500) await sleep(chance.whole(20, 400))
  }
  return 'out of tries'
}

/**
 * Two clients at once with one slot, each with bytes of its own.
 * @param {SlotClient} client
 * @returns {Promise<string>}
 */
export async function uploadDouble(client) {
  const outcomes = await Promise.all(
    [0, 1, 2].map(() =>
      tryOnce(client, {
        files: makeFiles(client),
        isForm: client.chance.happens(0.5),
        fault: 'none',
        losesAnswer: false,
        isKeyless: true,
      }),
    ),
  )
  if (outcomes.some(({ status }) => isSuccess(status))) return 'done'
  client.ledger.counts.retried += 1
  return uploadWhole(client)
}

/**
 * @param {SlotClient} client
 * @param {{ files: Try['files'], isForm: boolean, fault: Try['fault'] | 'none', losesAnswer: boolean, isKeyless?: boolean }} how
 */
async function tryOnce(client, { files, isForm, fault, losesAnswer, isKeyless = false }) {
  const { plan, chance } = client
  const key = isKeyless ? null : plan.idempotencyKey
  const sent =
    fault === 'too-large' ? files.map((file) => ({ ...file, lengthBytes: tooManyBytes })) : files
  const { sections, headers, fieldsDigest } = isForm
    ? makeForm(client, sent)
    : makeRaw(client, sent)
  const isChunked = plan.sending.isChunked
  const lines = [
    ...headers,
    isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${lengthOf(sections)}`,
  ]
  if (fault === 'digest')
    lines.push(
      `Content-Digest: sha-256=:${createHash('sha256').update('other bytes').digest('base64')}:`,
    )
  else if (plan.sendsDigest && fault === 'none')
    lines.push(
      chance.happens(0.7)
        ? `Content-Digest: sha-256=:${digestOf(sections, 'sha256')}:`
        : `Content-MD5: ${digestOf(sections, 'md5')}`,
    )
  if (key !== null) lines.push(`Idempotency-Key: "${key}"`)
  const server = await client.pickServer()
  const bytes = lengthOf(sections)
  return client.send(
    server,
    { what: 'whole', files: sent, fieldsDigest, fault: fault === 'none' ? 'good' : fault },
    {
      method: isForm || chance.happens(0.5) ? 'POST' : 'PUT',
      headers: lines,
      writes: writesOf(sections, plan.sending, chance),
      key,
      ...(fault === 'abort' && bytes > 0 ? { abortAfterBytes: chance.whole(1, bytes) } : {}),
      ...(losesAnswer ? { abortAnswerAfterBytes: 0 } : {}),
    },
  )
}

/** More than any kind takes. */
const tooManyBytes = 17 * 1024 * 1024

/**
 * @param {SlotClient} client
 * @returns {Try['files']}
 */
function makeFiles(client) {
  return client.plan.fileBytes.map((lengthBytes) => ({ body: client.newBody(), lengthBytes }))
}

/**
 * @param {SlotClient} client
 * @param {Try['files']} files
 */
function makeRaw({ plan, chance }, files) {
  const [file] = files
  if (file === undefined) throw new RangeError('A bare upload has one file.')
  const headers = ['Content-Type: application/octet-stream']
  if (chance.happens(0.5))
    headers.push(`Content-Disposition: attachment; filename="upload ${plan.script}.bin"`)
  return {
    sections: [{ body: file.body, from: 0, length: file.lengthBytes }],
    headers,
    fieldsDigest: digestFields([]),
  }
}

/**
 * @param {SlotClient} client
 * @param {Try['files']} files
 */
function makeForm({ plan, chance }, files) {
  const boundary = `----soak${chance.whole(1e9, 9e9)}`
  /** @type {[string, string][]} */
  const fields = Array.from({ length: plan.fields }, (_, index) => [
    `field-${index}`,
    `value ${plan.script}-${index} `.repeat(1 + ((plan.script * 31 + index * 7) % 60)),
  ])
  const fieldParts = fields.map(([name, value]) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    ),
  ])
  const fileParts = files.map(({ body, lengthBytes }, index) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${plan.script}-${index}.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    { body, from: 0, length: lengthBytes },
    Buffer.from('\r\n'),
  ])
  const parts = chance.happens(0.5) ? [...fieldParts, ...fileParts] : [...fileParts, ...fieldParts]
  return {
    sections: [...parts.flat(), Buffer.from(`--${boundary}--\r\n`)],
    headers: [`Content-Type: multipart/form-data; boundary=${boundary}`],
    fieldsDigest: digestFields(fields),
  }
}

/** @param {readonly [string, string][]} fields */
function digestFields(fields) {
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex')
}
