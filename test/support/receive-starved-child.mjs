// Receives an upload while the process has no descriptor left, and one after. Arguments: the compiled
// source, and a folder to spool to. Writes what happened to stdout.

import { closeSync, openSync, readdirSync } from 'node:fs'
import { Readable } from 'node:stream'

const [source, folder] = process.argv.slice(2)
const { receiveUpload } = await import(`${source}/receive/receive-upload.js`)
const { readUploadHead } = await import(`${source}/receive/upload-head.js`)
const { StopSign } = await import(`${source}/receive/intake/stop-sign.js`)

const limits = {
  maxBytes: 1e9,
  minBytes: 0,
  maxFiles: 9,
  maxTotalBytes: null,
  maxFields: 9,
  maxFieldBytes: 1000,
  accept: null,
  idleTimeoutMs: 10_000,
  totalTimeoutMs: 10_000,
  minBytesPerSecond: 0,
}
const part = '--B\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nGIF89a\r\n'

function receive(spoolPrefix, body, contentType) {
  const incoming = {
    method: 'POST',
    target: '/',
    origin: '',
    header: (name) => (name === 'content-type' ? contentType : undefined),
    platformRequest: null,
    body: () => Readable.from([Buffer.from(body)]),
  }
  const reception = {
    limits,
    spoolFolder: folder,
    spoolPrefix,
    durable: true,
    stopSign: new StopSign(),
    onProgress() {},
    async checkFields() {},
  }
  return receiveUpload(incoming, readUploadHead(incoming, limits), reception).then(
    (upload) => upload.files[0].sniffedType,
    (error) => error.code,
  )
}

const raw = (prefix) => receive(prefix, 'GIF89a', 'image/gif')
const form = (prefix) => receive(prefix, `${part}${part}--B--`, 'multipart/form-data; boundary=B')

const held = []
try {
  for (;;) held.push(openSync('/dev/null'))
} catch {
  // Not one is left now.
}
const starved = [await raw('a'), await form('b')]
for (const descriptor of held) closeSync(descriptor)
const left = readdirSync(folder).length
const recovered = [await raw('c'), await form('d')]
process.stdout.write(JSON.stringify({ starved, left, recovered }))
