// @ts-check
// Reads one HTTP/1.1 answer: its head, and its body by length, by chunks or to the connection's end.

/**
 * @typedef {object} ResponseReader
 * @property {(chunk: Buffer) => void} take
 * @property {() => void} end The other side sends no more.
 * @property {() => boolean} isWhole
 * @property {() => number} bodyBytes
 * @property {() => { readonly status: number | null, readonly headers: Record<string, string>, readonly body: Buffer }} response
 */

/**
 * @param {boolean} isHead Whether it answers a HEAD.
 * @returns {ResponseReader}
 */
export function createResponseReader(isHead) {
  let bytes = Buffer.alloc(0)
  /** @type {{ status: number, headers: Record<string, string> } | null} */
  let head = null
  /** @type {Buffer[]} */
  let parts = []
  let partBytes = 0
  let hasEnded = false

  function readHead() {
    while (head === null) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end === -1) return
      const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
      bytes = bytes.subarray(end + 4)
      const status = Number(first.split(' ')[1])
      // 100 Continue is no answer yet.
      if (status < 200) continue
      /** @type {Record<string, string>} */
      const headers = {}
      for (const line of lines) {
        const colon = line.indexOf(':')
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
      }
      head = { status, headers }
      parts = [bytes]
      partBytes = bytes.length
    }
  }

  function joined() {
    if (parts.length > 1) parts = [Buffer.concat(parts)]
    return parts[0] ?? Buffer.alloc(0)
  }

  function isWhole() {
    if (head === null) return false
    const { status, headers } = head
    if (isHead || status === 204 || status === 304) return true
    if (headers['content-length'] !== undefined)
      return partBytes >= Number(headers['content-length'])
    if (headers['transfer-encoding'] === 'chunked')
      return joined().includes('0\r\n\r\n') && unchunk(joined()) !== null
    return hasEnded
  }

  return {
    take(chunk) {
      if (head === null) {
        bytes = Buffer.concat([bytes, chunk])
        readHead()
        return
      }
      parts.push(chunk)
      partBytes += chunk.length
    },
    end() {
      hasEnded = true
    },
    isWhole,
    bodyBytes: () => partBytes,
    response() {
      if (head === null) return { status: null, headers: {}, body: Buffer.alloc(0) }
      const isChunked = head.headers['transfer-encoding'] === 'chunked'
      const body = isChunked ? (unchunk(joined()) ?? joined()) : joined()
      return { ...head, body }
    },
  }
}

/**
 * Takes the transfer coding away; `null` as long as the last chunk is missing.
 * @param {Buffer} bytes
 */
function unchunk(bytes) {
  const parts = []
  let at = 0
  while (true) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) return null
    const length = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    at = lineEnd + 2
    if (length === 0) return Buffer.concat(parts)
    if (at + length + 2 > bytes.length) return null
    parts.push(bytes.subarray(at, at + length))
    at += length + 2
  }
}
