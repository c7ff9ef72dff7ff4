// @ts-check
// Clients that read what was saved while everything else goes on: whole, in ranges, conditionally,
// and breaking off. Links are minted by the servers.

import { setTimeout as sleep } from 'node:timers/promises'
import { whyWrong } from '../verdict/content.mjs'
import { exchange, noWrites } from './exchange.mjs'

/**
 * A file that may be asked for.
 * @typedef {object} Readable
 * @property {string} name
 * @property {import('../servers/ground.mjs').Ground} ground
 * @property {import('../verdict/content.mjs').Expected} expected
 * @property {string} slot
 */

/**
 * Reads until it is over.
 * @param {{ readonly library: Readable[], readonly ledger: import('../ledger.mjs').Ledger, readonly chance: import('../random.mjs').Chance,
 *   readonly isOver: () => boolean, readonly onFault: (readable: Readable, fault: string) => void }} setting
 */
export async function downloadAlong({ library, ledger, chance, isOver, onFault }) {
  while (!isOver()) {
    await sleep(chance.whole(5, 60))
    const readable = library.length === 0 ? null : chance.pick(library)
    if (readable === null) continue
    const fault = await download(readable, ledger, chance)
    if (fault !== null && library.includes(readable)) onFault(readable, fault)
  }
}

/**
 * @param {Readable} readable
 * @param {import('../ledger.mjs').Ledger} ledger
 * @param {import('../random.mjs').Chance} chance
 * @returns {Promise<string | null>} What was wrong.
 */
async function download({ name, ground, expected }, ledger, chance) {
  const server = chance.pick(ground.servers)
  const startMs = Date.now()
  const target = name.startsWith('public/')
    ? `/media/${name}`
    : await server.ask('url', name).catch(() => null)
  if (target === null)
    return ground.wasDisturbed(null, startMs, Date.now()) ||
      ground.wasWithoutStorage(startMs, Date.now())
      ? null
      : `no link could be made for ${name}`
  const { lengthBytes } = expected
  const from = lengthBytes === 0 ? 0 : chance.whole(0, lengthBytes - 1)
  const to = chance.whole(from, Math.max(from, lengthBytes - 1))
  const range = chance.pick([
    null,
    null,
    `bytes=${from}-${to}`,
    `bytes=${from}-`,
    `bytes=-${lengthBytes - from}`,
  ])
  const method = chance.happens(0.15) ? 'HEAD' : 'GET'
  const outcome = await exchange({
    port: server.port,
    method,
    target,
    headers: range === null ? [] : [`Range: ${range}`],
    writes: noWrites,
    patienceMs: 45_000,
    ...(chance.happens(0.15) ? { abortAnswerAfterBytes: chance.whole(0, lengthBytes) } : {}),
  })
  ledger.counts.downloads += 1
  if (outcome.status === null)
    return ground.wasDisturbed(null, outcome.startMs, outcome.endMs) || outcome.end === 'aborted'
      ? null
      : `the download of ${name} had no answer (${outcome.end})`
  const isRange = range !== null && lengthBytes > 0 && method === 'GET'
  if (outcome.status !== (isRange ? 206 : 200)) {
    if (outcome.status >= 500 && ground.wasDisturbed(null, outcome.startMs, outcome.endMs))
      return null
    if (outcome.status === 503 && ground.wasWithoutStorage(outcome.startMs, outcome.endMs))
      return null
    if (lengthBytes === 0 && outcome.status === 416) return null
    return `the download of ${name} (${range ?? 'whole'}) was answered by ${outcome.status}`
  }
  if (method === 'HEAD')
    return outcome.headers['content-length'] === String(lengthBytes)
      ? null
      : `HEAD of ${name} told ${outcome.headers['content-length']} bytes of ${lengthBytes}`
  const offset = isRange ? from : 0
  ledger.counts.checkedBytes += outcome.body.length
  const why = whyWrong(outcome.body, offset, expected)
  if (why !== null) return `the download of ${name} (${range ?? 'whole'}): ${why}`
  const wanted = !isRange
    ? lengthBytes
    : range.startsWith('bytes=-') || range.endsWith('-')
      ? lengthBytes - from
      : to - from + 1
  // Only a trouble breaks a download off, or its client.
  const isBroken =
    outcome.end !== 'aborted' &&
    !ground.wasDisturbed(null, outcome.startMs, outcome.endMs) &&
    !ground.wasWithoutStorage(outcome.startMs, outcome.endMs)
  if ((outcome.end === 'answered' || isBroken) && outcome.body.length !== wanted)
    return `the download of ${name} (${range ?? 'whole'}) had ${outcome.body.length} bytes of ${wanted}`
  return revalidate(
    { server, target, name, ground, etag: outcome.headers.etag ?? '' },
    ledger,
    chance,
  )
}

/**
 * @param {{ server: import('../servers/server.mjs').Server, target: string, name: string, ground: import('../servers/ground.mjs').Ground, etag: string }} known
 * @param {import('../ledger.mjs').Ledger} ledger
 * @param {import('../random.mjs').Chance} chance
 */
async function revalidate({ server, target, name, ground, etag }, ledger, chance) {
  if (etag === '' || !chance.happens(0.3)) return null
  const outcome = await exchange({
    port: server.port,
    method: 'GET',
    target,
    headers: [`If-None-Match: ${etag}`],
    writes: noWrites,
    patienceMs: 45_000,
  })
  ledger.counts.conditional += 1
  const isTroubled = ground.wasDisturbed(null, outcome.startMs, outcome.endMs)
  if (outcome.status === 503 && ground.wasWithoutStorage(outcome.startMs, outcome.endMs))
    return null
  if (outcome.status === 304 || (isTroubled && (outcome.status === null || outcome.status >= 500)))
    return null
  return `a conditional request for the unchanged ${name} was answered by ${outcome.status}`
}
