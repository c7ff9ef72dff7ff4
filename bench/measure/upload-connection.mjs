// @ts-check
// A connection for uploads: sends requests one after another, and hears a refusal while it sends.

import { once } from 'node:events'
import net from 'node:net'

/**
 * @param {number} port
 * @returns {Promise<UploadConnection>}
 */
export async function connect(port) {
  const connection = new UploadConnection(port)
  await connection.opened
  return connection
}

/** One socket; an answer is a head, and a body that is not looked at. */
class UploadConnection {
  #received = ''
  /** @type {Error | null} */
  #error = null
  #wake = () => {}
  // Room for two blocks: while one is on its way the next is ready. The types don't know it.
  #socket = new net.Socket(
    /** @type {net.SocketConstructorOpts} */ ({ writableHighWaterMark: 2 * 1024 * 1024 }),
  )

  /** @param {number} port */
  constructor(port) {
    this.opened = once(this.#socket, 'connect')
    this.#socket
      .on('data', (chunk) => {
        this.#received += chunk.toString('latin1')
        this.#wake()
      })
      .on('drain', () => this.#wake())
      .on('error', (error) => this.#end(error))
      .on('close', () => this.#end(new Error('The server closed the connection.')))
      .connect(port, '127.0.0.1')
  }

  /**
   * Sends a head, so many bytes out of a block that is sent over and over, and an end.
   * @param {string} head
   * @param {Buffer} block
   * @param {number} bytes
   * @param {string} [tail]
   * @returns {Promise<string>} The head of the answer.
   * @throws Error where it is no success.
   */
  async exchange(head, block, bytes, tail = '') {
    this.#socket.write(head, 'latin1')
    for (let left = bytes; left > 0 && !this.#isInterrupted(); left -= block.length) {
      this.#socket.write(left >= block.length ? block : block.subarray(0, left))
      while (this.#socket.writableNeedDrain && !this.#isInterrupted()) await this.#woken()
    }
    if (tail !== '') this.#socket.write(tail, 'latin1')
    return this.#readAnswer(head.startsWith('HEAD '))
  }

  /**
   * Sends a whole request.
   * @param {Buffer} request
   * @returns {Promise<string>} The head of the answer.
   * @throws Error where it is no success.
   */
  request(request) {
    this.#socket.write(request)
    return this.#readAnswer(false)
  }

  close() {
    this.#socket.destroy()
  }

  /** An answer before the end is a refusal. */
  #isInterrupted() {
    return this.#error !== null || this.#received !== ''
  }

  /** @param {boolean} isHead */
  async #readAnswer(isHead) {
    for (;;) {
      const headEnd = this.#received.indexOf('\r\n\r\n')
      const head = this.#received.slice(0, Math.max(headEnd, 0))
      const bodyStart = headEnd + 4
      const end = bodyStart + bodyLength(head, isHead, this.#received.slice(bodyStart))
      if (headEnd !== -1 && this.#received.length >= end) {
        this.#received = this.#received.slice(end)
        if (!/^HTTP\/1\.1 2\d\d /.test(head)) throw new Error(`The upload was refused: ${head}`)
        return head
      }
      if (this.#error !== null) throw this.#error
      await this.#woken()
    }
  }

  #woken() {
    return new Promise((resolve) => {
      this.#wake = () => resolve(undefined)
    })
  }

  /** @param {Error} error */
  #end(error) {
    this.#error ??= error
    this.#wake()
  }
}

/**
 * The length of an answer's body; `Infinity` where its end has not come yet.
 * @param {string} head
 * @param {boolean} isHead
 * @param {string} rest What has come after the head.
 */
function bodyLength(head, isHead, rest) {
  if (isHead || head.startsWith('HTTP/1.1 204')) return 0
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    const lastChunk = /(?:^|\r\n)0\r\n\r\n/.exec(rest)
    return lastChunk === null ? Infinity : lastChunk.index + lastChunk[0].length
  }
  return Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
}
