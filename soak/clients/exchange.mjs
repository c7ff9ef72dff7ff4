// @ts-check
// One request over a socket of its own, and what came of it. Every write is ours; whatever happens
// to the connection is an outcome, never an exception.

import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createResponseReader } from './response-reader.mjs'

/**
 * @typedef {object} Request
 * @property {number} port
 * @property {string} method
 * @property {string} target
 * @property {readonly string[]} headers Whole lines.
 * @property {Iterable<{ readonly bytes: Buffer, readonly pauseMs: number }>} writes
 * @property {number} [abortAfterBytes] The connection breaks once so many bytes of the body are written.
 * @property {number} [abortAnswerAfterBytes] The same for the bytes of the answer.
 * @property {number} patienceMs How long nothing may move before the client gives up.
 * @property {() => boolean} [hasLostHope] Asked now and then; a client that has gives up at once.
 * @property {boolean} [lingers] Whether a client that gives up leaves its connection open for a while.
 */

/**
 * @typedef {object} Outcome
 * @property {number | null} status `null`: there was no answer.
 * @property {Record<string, string>} headers
 * @property {Buffer} body
 * @property {boolean} isWholeAnswer
 * @property {boolean} wasSentWhole Whether all of the body was written.
 * @property {'answered' | 'broken' | 'aborted' | 'gave-up' | 'lost-hope' | 'refused'} end
 * @property {number} startMs
 * @property {number} endMs
 */

/** Connections that were given up but not closed: a stopped server still has their bytes to read. */
const lingering = new Set()
const lingerMs = 6000

/** How many connections linger. */
export function countLingering() {
  return lingering.size
}

/**
 * Sends a request and waits for what comes. Never rejects.
 * @param {Request} request
 * @returns {Promise<Outcome>}
 */
export async function exchange(request) {
  const startMs = Date.now()
  const socket = net.connect({ port: request.port, host: '127.0.0.1', noDelay: true })
  const reader = createResponseReader(request.method === 'HEAD')
  /** @type {Outcome['end'] | null} */
  let end = null
  let wasSentWhole = false
  let wasConnected = false
  /** @type {() => void} */
  let onEnd = () => {}
  const ended = new Promise((/** @type {(value: void) => void} */ resolve) => (onEnd = resolve))
  /** @param {Outcome['end']} how */
  const finish = (how) => {
    end ??= how
    onEnd()
  }
  let lastMoveMs = Date.now()
  const moved = () => (lastMoveMs = Date.now())
  const watch = setInterval(() => {
    if (Date.now() - lastMoveMs > request.patienceMs) finish('gave-up')
    else if (request.hasLostHope?.() === true) finish('lost-hope')
  }, 100)

  socket.on('connect', () => (wasConnected = true))
  socket.on('data', (chunk) => {
    moved()
    reader.take(chunk)
    if (reader.bodyBytes() >= (request.abortAnswerAfterBytes ?? Infinity)) finish('aborted')
    else if (reader.isWhole()) finish('answered')
  })
  socket.on('error', () => {})
  socket.on('end', () => reader.end())
  socket.on('close', () =>
    finish(reader.isWhole() ? 'answered' : wasConnected ? 'broken' : 'refused'),
  )
  socket.on('drain', moved)

  async function send() {
    socket.write(
      `${request.method} ${request.target} HTTP/1.1\r\nHost: soak\r\n${request.headers.map((line) => `${line}\r\n`).join('')}\r\n`,
    )
    let sentBytes = 0
    for (const { bytes, pauseMs } of request.writes) {
      if (end !== null) return
      const left = (request.abortAfterBytes ?? Infinity) - sentBytes
      const isLast = bytes.length >= left
      const isRoomy = socket.write(isLast ? bytes.subarray(0, left) : bytes)
      moved()
      sentBytes += bytes.length
      if (isLast) {
        // What was written is to arrive before the connection breaks.
        await sleep(5)
        return finish('aborted')
      }
      if (!isRoomy)
        await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), ended])
      if (pauseMs > 0) await Promise.race([sleep(pauseMs), ended])
    }
    wasSentWhole = true
  }
  send().catch(() => finish('broken'))
  await ended
  clearInterval(watch)
  if ((end === 'gave-up' || end === 'lost-hope') && request.lingers === true) linger(socket)
  else socket.destroy()
  const { status, headers, body } = reader.response()
  const isWholeAnswer = end === 'answered'
  return {
    status,
    headers,
    body,
    isWholeAnswer,
    wasSentWhole,
    end: end ?? 'broken',
    startMs,
    endMs: Date.now(),
  }
}

/** @param {net.Socket} socket */
function linger(socket) {
  lingering.add(socket)
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => {
    clearTimeout(timer)
    lingering.delete(socket)
  })
  if (socket.destroyed) lingering.delete(socket)
}

/** A write of nothing. */
export const noWrites = /** @type {Request['writes']} */ ([])
