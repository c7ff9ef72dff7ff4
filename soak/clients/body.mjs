// @ts-check
// A request's body before it is sent: sections of pattern and of text, cut into pieces.

import { createHash } from 'node:crypto'
import { patternBytes } from '../pattern.mjs'

/** @typedef {Buffer | { readonly body: number, readonly from: number, readonly length: number }} Section */

/**
 * How a body goes out.
 * @typedef {object} Sending
 * @property {'whole' | 'tiny' | 'small' | 'mixed' | 'large' | 'small-then-middle'} pieces
 * @property {boolean} isChunked Whether each piece is a chunk of the transfer coding.
 * @property {boolean} isPrepared Whether all of it is made before the first byte goes out, so that it comes as fast as can be.
 * @property {number} pauseProbability After a piece.
 * @property {number} mostPauseMs
 */

/** @param {readonly Section[]} sections */
export function lengthOf(sections) {
  return sections.reduce((sum, section) => sum + section.length, 0)
}

/**
 * @param {readonly Section[]} sections
 * @param {string} algorithm
 */
export function digestOf(sections, algorithm) {
  const hash = createHash(algorithm)
  for (const section of sections) hash.update(toBuffer(section, 0, section.length))
  return hash.digest('base64')
}

/**
 * The body as writes to a socket, with the pauses between.
 * @param {readonly Section[]} sections
 * @param {Sending} sending
 * @param {import('../random.mjs').Chance} chance
 * @returns {Iterable<{ readonly bytes: Buffer, readonly pauseMs: number }>}
 */
export function writesOf(sections, sending, chance) {
  const writes = makeWrites(sections, sending, chance)
  if (!sending.isPrepared) return writes
  return [{ bytes: Buffer.concat([...writes].map((write) => write.bytes)), pauseMs: 0 }]
}

/**
 * @param {readonly Section[]} sections
 * @param {Sending} sending
 * @param {import('../random.mjs').Chance} chance
 * @returns {Generator<{ readonly bytes: Buffer, readonly pauseMs: number }>}
 */
function* makeWrites(sections, sending, chance) {
  const reader = createReader(sections)
  /** @type {Buffer[]} */
  let waiting = []
  let waitingBytes = 0
  let sentBytes = 0
  while (reader.left() > 0) {
    const piece = reader.take(pieceSize(sending.pieces, sentBytes, chance))
    sentBytes += piece.length
    if (sending.isChunked)
      waiting.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, crlf)
    else waiting.push(piece)
    waitingBytes += piece.length
    const pauseMs = chance.happens(sending.pauseProbability)
      ? chance.whole(0, sending.mostPauseMs)
      : 0
    // Chunks keep their edges however they are written; bare pieces are seen by the network only.
    if (sending.isChunked && pauseMs === 0 && waitingBytes < mostWriteBytes) continue
    yield { bytes: Buffer.concat(waiting), pauseMs }
    waiting = []
    waitingBytes = 0
  }
  if (sending.isChunked) waiting.push(Buffer.from('0\r\n\r\n'))
  if (waiting.length > 0) yield { bytes: Buffer.concat(waiting), pauseMs: 0 }
}

const crlf = Buffer.from('\r\n')
const mostWriteBytes = 512 * 1024

/**
 * @param {Sending['pieces']} pieces
 * @param {number} sentBytes
 * @param {import('../random.mjs').Chance} chance
 */
function pieceSize(pieces, sentBytes, chance) {
  switch (pieces) {
    case 'whole':
      return 256 * 1024
    case 'tiny':
      // Many megabytes byte by byte would measure nothing but patience.
      return sentBytes < 1500 ? chance.whole(1, 40) : chance.whole(1, 200_000)
    case 'small':
      return chance.whole(1, 4095)
    case 'mixed':
      return chance.whole(1, chance.pick([100, 5000, 100_000]))
    case 'large':
      return chance.whole(65_537, 300_000)
    case 'small-then-middle':
      return sentBytes < 1_130_000 ? chance.whole(3000, 4095) : chance.whole(4096, 65_536)
  }
}

/** @param {readonly Section[]} sections */
function createReader(sections) {
  let index = 0
  let at = 0
  let left = lengthOf(sections)
  return {
    left: () => left,
    /** @param {number} wanted */
    take(wanted) {
      /** @type {Buffer[]} */
      const taken = []
      let missing = Math.min(wanted, left)
      left -= missing
      while (missing > 0) {
        const section = sections[index]
        if (section === undefined) break
        const count = Math.min(missing, section.length - at)
        if (count > 0) taken.push(toBuffer(section, at, count))
        at += count
        missing -= count
        if (at < section.length) continue
        index += 1
        at = 0
      }
      return taken.length === 1 && taken[0] !== undefined ? taken[0] : Buffer.concat(taken)
    },
  }
}

/**
 * @param {Section} section
 * @param {number} at
 * @param {number} count
 */
function toBuffer(section, at, count) {
  return Buffer.isBuffer(section)
    ? section.subarray(at, at + count)
    : patternBytes(section.body, section.from + at, count)
}
