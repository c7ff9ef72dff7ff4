// @ts-check
// Which bytes a file must have, and whether it has them.

import { describeBytes, nameOfBody, patternBytes } from '../pattern.mjs'

/**
 * Bytes of a file that all belong to one of some bodies, at the body's own positions.
 * @typedef {{ readonly fromByte: number, readonly toByte: number, readonly bodies: readonly number[] }} Range
 */

/** @typedef {{ readonly lengthBytes: number, readonly ranges: readonly Range[] }} Expected */

/**
 * @param {{ readonly body: number, readonly lengthBytes: number }} file
 * @returns {Expected}
 */
export function expectedOfFile({ body, lengthBytes }) {
  return { lengthBytes, ranges: [{ fromByte: 0, toByte: lengthBytes, bodies: [body] }] }
}

/** @typedef {import('../ledger.mjs').Piece} Piece */

/**
 * What a resumable upload may have become. A creation that was never answered may have been read
 * late, by a server that was stopped: then it began the upload anew in the midst of later pieces.
 * @param {import('../ledger.mjs').SlotEntry} entry
 * @returns {readonly Expected[]}
 */
export function expectationsOf(entry) {
  const taken = entry.deeds.flatMap(({ of, status }) => {
    if (of.what !== 'piece') return []
    const isRefused = status === 409 || status === 400 || status === 460 || status === 413
    return isRefused ? [] : [{ of, isLateMaybe: of.isCreation && status === null }]
  })
  const pieces = taken.map(({ of }) => of)
  const orders = [pieces]
  for (const [index, { of, isLateMaybe }] of taken.entries()) {
    if (!isLateMaybe) continue
    for (let later = index + 1; later < pieces.length; later++) {
      // After the last byte was acknowledged nothing begins anew.
      if (pieces[later]?.ackedByte === entry.lengthBytes) break
      orders.push([
        ...pieces.slice(0, index),
        ...pieces.slice(index + 1, later + 1),
        of,
        ...pieces.slice(later + 1),
      ])
    }
  }
  return orders.map((order) => expectedOfPieces(entry, order))
}

/**
 * A piece that was acknowledged owns its bytes; others may have come as far as the next one began.
 * @param {import('../ledger.mjs').SlotEntry} entry
 * @param {readonly Piece[]} pieces In the order in which they took effect.
 * @returns {Expected}
 */
function expectedOfPieces(entry, pieces) {
  const lengthBytes = entry.lengthBytes ?? 0
  const edges = new Set([0, lengthBytes])
  for (const { fromByte, toByte, ackedByte } of pieces)
    for (const edge of [fromByte, toByte, ackedByte ?? 0]) if (edge <= lengthBytes) edges.add(edge)
  const sorted = [...edges].sort((a, b) => a - b)
  const ranges = sorted.slice(1).map((toByte, index) => {
    const fromByte = sorted[index] ?? 0
    const here = pieces.filter((piece) => piece.fromByte <= fromByte && piece.toByte >= toByte)
    const lastAcked = here.findLastIndex((piece) => (piece.ackedByte ?? 0) >= toByte)
    // A creation may have begun anew since; of two clients nobody knows whose creation was the last.
    const isFinal =
      lastAcked !== -1 &&
      entry.plan.way === 'tus' &&
      !pieces
        .slice(pieces.indexOf(/** @type {any} */ (here[lastAcked])) + 1)
        .some((piece) => piece.isCreation)
    const owners = isFinal ? here.slice(lastAcked, lastAcked + 1) : here
    return { fromByte, toByte, bodies: owners.map((piece) => piece.body) }
  })
  return { lengthBytes, ranges }
}

/**
 * Says what is wrong with bytes of a file, from an offset on; `null` where nothing is.
 * @param {Buffer} bytes
 * @param {number} offset
 * @param {Expected} expected
 * @returns {string | null}
 */
export function whyWrong(bytes, offset, { lengthBytes, ranges }) {
  if (offset + bytes.length > lengthBytes)
    return `there are ${offset + bytes.length} bytes, of ${lengthBytes}; ${describeBytes(bytes.subarray(Math.max(0, lengthBytes - offset)), lengthBytes)}`
  for (const { fromByte, toByte, bodies } of ranges) {
    const from = Math.max(fromByte, offset)
    const to = Math.min(toByte, offset + bytes.length)
    if (to <= from) continue
    const part = bytes.subarray(from - offset, to - offset)
    if (bodies.some((body) => patternBytes(body, from, to - from).equals(part))) continue
    return `bytes ${from}-${to - 1} should belong to ${bodies.map(nameOfBody).join(' or ') || 'nobody'}; ${describeWrong(part, from, bodies)}`
  }
  return null
}

/**
 * @param {Buffer} part
 * @param {number} from
 * @param {readonly number[]} bodies
 */
function describeWrong(part, from, bodies) {
  const right = patternBytes(bodies[0] ?? 0, from, part.length)
  let first = 0
  while (first < part.length && part[first] === right[first]) first += 1
  // Blocks are told from their first byte on.
  const start = Math.max(0, from + first - ((from + first) % 16) - from)
  return `but from ${from + first} on: ${describeBytes(part.subarray(start), from + start)}`
}
