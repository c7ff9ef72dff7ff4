// @ts-check
// What uploads are made of. Byte i of body S is a function of S and i, and any 16 bytes that begin
// at a multiple of 16 say which S and which i: so every byte found anywhere says whose it is.
// A block is four words of 32 bits: its number, its body, and two that follow from these.

const blockBytes = 16
const numberMask = 0x5b_d1_e9_95
const bodyMask = 0x1b_87_35_93

/**
 * Bytes of a body.
 * @param {number} body 32 bits
 * @param {number} position Of the first byte, in the whole body.
 * @param {number} length In bytes.
 * @returns {Buffer}
 */
export function patternBytes(body, position, length) {
  const first = Math.floor(position / blockBytes)
  const end = Math.ceil((position + length) / blockBytes)
  const words = new Uint32Array((end - first) * 4)
  for (let number = first, at = 0; number < end; number++, at += 4) {
    const check = mix(body, number)
    words[at] = number ^ numberMask
    words[at + 1] = body ^ bodyMask
    words[at + 2] = check
    words[at + 3] = Math.imul(check ^ 0x27_d4_eb_2f, 0x16_56_67_b1)
  }
  const start = position - first * blockBytes
  return Buffer.from(words.buffer).subarray(start, start + length)
}

/**
 * Says whose 16 bytes these are; `null` where they are no block of anybody's.
 * @param {Buffer} bytes
 * @param {number} at
 * @returns {{ readonly body: number, readonly position: number } | null}
 */
export function identifyBlock(bytes, at) {
  if (at + blockBytes > bytes.length) return null
  const number = (bytes.readUInt32LE(at) ^ numberMask) >>> 0
  const body = (bytes.readUInt32LE(at + 4) ^ bodyMask) >>> 0
  const check = mix(body, number)
  if (bytes.readUInt32LE(at + 8) !== check) return null
  if (bytes.readUInt32LE(at + 12) !== Math.imul(check ^ 0x27_d4_eb_2f, 0x16_56_67_b1) >>> 0)
    return null
  return { body, position: number * blockBytes }
}

/**
 * @param {number} body
 * @param {number} number
 */
function mix(body, number) {
  let mixed =
    Math.imul(body ^ 0x9e_37_79_b9, 0x85_eb_ca_6b) ^
    Math.imul(number + 0x7f_4a_7c_15, 0xc2_b2_ae_35)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c_1b_3c_6d)
  return (mixed ^ (mixed >>> 12)) >>> 0
}

/**
 * Says in words what bytes are, where they are not what they should be.
 * @param {Buffer} bytes
 * @param {number} offset Of the first of them in the file.
 * @returns {string}
 */
export function describeBytes(bytes, offset) {
  /** @type {string[]} */
  const found = []
  let at = 0
  while (at < bytes.length && found.length < 6) {
    const start = at
    const block = identifyBlock(bytes, at)
    if (block !== null) {
      let next = block.position
      while (true) {
        const more = identifyBlock(bytes, at)
        if (more === null || more.body !== block.body || more.position !== next) break
        at += blockBytes
        next += blockBytes
      }
      found.push(
        `bytes ${offset + start}-${offset + at - 1} belong to ${nameOfBody(block.body)}, from its byte ${block.position}`,
      )
    } else if (bytes[at] === 0) {
      while (at < bytes.length && bytes[at] === 0) at += 1
      if (at - start >= blockBytes)
        found.push(`bytes ${offset + start}-${offset + at - 1} are zeros`)
      else at = Math.max(at, start + 1)
    } else at += 1
  }
  return found.length === 0
    ? `${bytes.length} bytes from ${offset} that are nobody's`
    : found.join('; ')
}

/** More than a client that is out of bodies has begun, and the files of its last form. */
const bodiesPerScript = 256

/**
 * The number of a script's body: the script can be told from it.
 * @param {number} script
 * @param {number} index
 */
export function bodyNumber(script, index) {
  if (index >= bodiesPerScript) throw new RangeError('A script has too many bodies.')
  return (script * bodiesPerScript + index) >>> 0
}

/** @param {number} body */
export function nameOfBody(body) {
  return `upload ${Math.floor(body / bodiesPerScript)} (its body ${indexOfBody(body)})`
}

/**
 * Which of its script's bodies it is.
 * @param {number} body
 */
export function indexOfBody(body) {
  return body % bodiesPerScript
}
