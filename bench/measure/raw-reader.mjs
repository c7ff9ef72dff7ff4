// @ts-check
// Reads large answers as fast as a socket gives them: into one buffer, without a stream or a
// parser, so that the client is not what is measured.

import net from 'node:net'

/**
 * Asks over and over on each connection until the time is up.
 * @param {object} load
 * @param {number} load.port
 * @param {() => string} load.nextRequest Gives the next request's head.
 * @param {number} load.connections
 * @param {number} load.seconds
 * @returns {Promise<{ bytes: number, seconds: number, finished: number }>} Bytes of bodies; answers that came whole.
 */
export async function readForSeconds({ port, nextRequest, connections, seconds }) {
  const started = performance.now()
  const until = started + seconds * 1000
  const results = await Promise.all(
    Array.from({ length: connections }, () => readOn(port, nextRequest, until)),
  )
  return {
    bytes: sum(results.map((each) => each.bytes)),
    seconds: (performance.now() - started) / 1000,
    finished: sum(results.map((each) => each.finished)),
  }
}

/**
 * @param {number} port
 * @param {() => string} nextRequest
 * @param {number} until Of `performance.now()`.
 * @returns {Promise<{ bytes: number, finished: number }>}
 */
function readOn(port, nextRequest, until) {
  return new Promise((resolve, reject) => {
    let head = ''
    let bytes = 0
    let left = 0
    let finished = 0
    let isOver = false

    /**
     * @param {number} count
     * @param {Uint8Array} target
     */
    function take(count, target) {
      if (isOver) return false
      let start = 0
      while (start < count) {
        if (left === 0) {
          const before = head.length
          head += Buffer.from(target.buffer, target.byteOffset + start, count - start).toString(
            'latin1',
          )
          const headEnd = head.indexOf('\r\n\r\n')
          if (headEnd === -1) break
          start += headEnd + 4 - before
          left = bodyLength(head.slice(0, headEnd))
          if (Number.isNaN(left)) return fail(new Error(`Not a file: ${head.slice(0, headEnd)}`))
          head = ''
          continue
        }
        const taken = Math.min(left, count - start)
        start += taken
        left -= taken
        bytes += taken
        if (left === 0) {
          finished++
          if (performance.now() < until) socket.write(nextRequest())
        }
      }
      if (performance.now() < until) return true
      return end()
    }

    function end() {
      isOver = true
      socket.destroy()
      resolve({ bytes, finished })
      return false
    }

    /** @param {Error} error */
    function fail(error) {
      isOver = true
      socket.destroy()
      reject(error)
      return false
    }

    const socket = net.connect({
      port,
      host: '127.0.0.1',
      onread: { buffer: Buffer.allocUnsafeSlow(256 * 1024), callback: take },
    })
    socket.once('connect', () => socket.write(nextRequest()))
    socket.once('error', fail)
    socket.once('close', () => {
      if (!isOver) fail(new Error('The server closed the connection.'))
    })
  })
}

/**
 * The length of a success's body; `NaN` for all else.
 * @param {string} head
 */
function bodyLength(head) {
  if (!/^HTTP\/1\.1 20[06] /.test(head)) return NaN
  return Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? NaN)
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0)
}
