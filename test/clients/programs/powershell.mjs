// What PowerShell 7 sends for `Invoke-RestMethod -Form` and `-InFile`, byte by byte: it is in no
// package of Debian's. Its form parts are made by .NET: `name` without quotes, a name beyond ASCII as
// a MIME word and, behind it, as RFC 8187 has it; the boundary in quotes.

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { answerLines } from './lines.mjs'

await answerLines({
  async form(url, path, name) {
    const boundary = randomUUID()
    const encoded = Buffer.from(name).toString('base64')
    const star = encodeURIComponent(name).replaceAll(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    )
    const body = Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
          'Content-Disposition: form-data; name=note\r\n\r\ngrößer\r\n' +
          `--${boundary}\r\nContent-Disposition: form-data; name=file; ` +
          `filename="=?utf-8?B?${encoded}?="; filename*=utf-8''${star}\r\n` +
          'Content-Type: application/octet-stream\r\n\r\n',
      ),
      await readFile(path),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ])
    return send(
      'POST',
      new URL(url),
      [`Content-Type: multipart/form-data; boundary="${boundary}"`],
      body,
    )
  },
  async put(url, path, name, type) {
    const target = new URL(`${url}?filename=${encodeURIComponent(name)}`)
    return send('PUT', target, [`Content-Type: ${type}`], await readFile(path))
  },
  async untyped(url, path) {
    const named = 'Content-Type: application/x-www-form-urlencoded'
    return send('POST', new URL(url), [named], await readFile(path))
  },
})

/** Writes all of it before it reads, as .NET's HttpClient does for HTTP/1.1. */
async function send(method, { pathname, search, host, hostname, port }, headers, body) {
  const socket = connect(Number(port), hostname)
  const chunks = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.pause()
  await once(socket, 'connect')
  const head = [
    `${method} ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    'User-Agent: Mozilla/5.0 (Windows NT 10.0; Microsoft Windows 10.0.22631; en-US) PowerShell/7.4.6',
    ...headers,
    `Content-Length: ${body.length}`,
    // Ours: so the end of the connection says that the answer is whole.
    'Connection: close',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.write(body, resolve)
  })
  socket.resume()
  await once(socket, 'close')
  const [answerHead = '', ...rest] = Buffer.concat(chunks).toString().split('\r\n\r\n')
  return [Number(answerHead.split(' ')[1]), rest.join('\r\n\r\n')]
}
