// @ts-check
// A client that sends one upload as fast as the socket takes it, out of one buffer that is sent
// over and over, so that the client is not what is measured.

import { createHash } from 'node:crypto'
import { pattern } from './sample-files.mjs'
import { connect } from './upload-connection.mjs'

/** @typedef {import('./upload-servers.mjs').Protocol} Protocol */

const block = pattern(1024 * 1024)
const boundary = '----titofisto-bench-7d0f3b9a5c'
const formStart = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="video.mp4"\r\nContent-Type: video/mp4\r\n\r\n`
const formEnd = `\r\n--${boundary}--\r\n`
/** Each field on a line of its own, as HTTP wants them. */
const formType = `Content-Type: multipart/form-data; boundary=${boundary}\r\n`
const tusVersion = 'Tus-Resumable: 1.0.0\r\n'

/**
 * SHA-256 of an upload of so many bytes.
 * @param {number} bytes
 */
export function hashOfUpload(bytes) {
  const hash = createHash('sha256')
  for (let left = bytes; left > 0; left -= block.length)
    hash.update(left >= block.length ? block : block.subarray(0, left))
  return hash.digest('hex')
}

/**
 * Sends one upload from its first request to its last answer.
 * @param {{ port: number, protocol: Protocol, target: string, bytes: number }} upload
 * @throws Error where the server does not take it.
 */
export async function sendUpload({ port, protocol, target, bytes }) {
  const connection = await connect(port)
  try {
    switch (protocol) {
      case 'multipart':
        return await connection.exchange(formatForm(target, bytes), block, bytes, formEnd)
      case 'raw':
        return await connection.exchange(
          formatHead('PUT', target, bytes, 'Content-Type: application/octet-stream\r\n'),
          block,
          bytes,
        )
      case 'tus': {
        const created = await connection.exchange(
          formatHead('POST', target, 0, `${tusVersion}Upload-Length: ${bytes}\r\n`),
          block,
          0,
        )
        const location = /\r\nlocation: (?:https?:)?(?:\/\/[^/]+)?(\/\S*)/i.exec(created)?.[1]
        if (location === undefined) throw new Error(`No Location: ${created}`)
        return await connection.exchange(formatPatch(location, bytes, ''), block, bytes)
      }
      case 'tus on a slot': {
        // What the stock client does with an `uploadUrl`: it asks how far it is, then it sends, and
        // says the length that was open until then.
        await connection.exchange(formatHead('HEAD', target, 0, tusVersion), block, 0)
        return await connection.exchange(
          formatPatch(target, bytes, `Upload-Length: ${bytes}\r\n`),
          block,
          bytes,
        )
      }
    }
  } finally {
    connection.close()
  }
}

/**
 * The beginning of an upload, with so many of its bytes, for a client that then stalls.
 * @param {Protocol} protocol
 * @param {string} target
 * @param {number} bytes Of the whole.
 * @param {number} sentBytes
 */
export function formatBeginning(protocol, target, bytes, sentBytes) {
  const head =
    protocol === 'multipart' ? formatForm(target, bytes) : formatHead('PUT', target, bytes, '')
  return [head, block.subarray(0, sentBytes)]
}

/**
 * A whole small upload as one piece of text and bytes.
 * @param {Protocol} protocol
 * @param {string} target
 * @param {number} bytes
 */
export function formatSmallUpload(protocol, target, bytes) {
  const body = block.subarray(0, bytes)
  if (protocol === 'multipart')
    return Buffer.concat([
      Buffer.from(formatForm(target, bytes), 'latin1'),
      body,
      Buffer.from(formEnd, 'latin1'),
    ])
  const head = formatHead('PUT', target, bytes, 'Content-Type: application/octet-stream\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

/**
 * @param {string} target
 * @param {number} bytes
 */
function formatForm(target, bytes) {
  const length = formStart.length + bytes + formEnd.length
  return `${formatHead('POST', target, length, formType)}${formStart}`
}

/**
 * @param {string} target
 * @param {number} bytes
 * @param {string} fields
 */
function formatPatch(target, bytes, fields) {
  const offset = 'Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n'
  return formatHead('PATCH', target, bytes, `${tusVersion}${offset}${fields}`)
}

/**
 * @param {string} method
 * @param {string} target
 * @param {number} length
 * @param {string} fields
 */
function formatHead(method, target, length, fields) {
  return `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${length}\r\n${fields}\r\n`
}
