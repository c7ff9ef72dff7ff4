// The bytes of tus uploads over real sockets: what stays, what is cut off again.

import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Reception } from '../../src/receive/intake/reception.ts'
import { readTusRequest } from '../../src/slots/ways-in/tus-request.ts'
import { addTold } from '../../src/slots/uploads/partial-upload.ts'
import { readTusFileHead } from '../../src/slots/ways-in/tus-metadata.ts'
import { appendBytes, readOffset } from '../../src/receive/append-bytes.ts'
import { finishPieces } from '../../src/receive/finish-pieces.ts'
import { StopSign } from '../../src/receive/intake/stop-sign.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { sendBytes, startUploadServer, wideLimits } from '../support/receive-server.ts'
import type { UploadServer } from '../support/receive-server.ts'

let server: UploadServer
let path: string
let lengthBytes: number | null

beforeEach(async () => {
  server = await startUploadServer()
  path = join(server.spoolFolder, 'slot-tus')
  lengthBytes = null
  server.receive = async (incoming, reception) => {
    const request = readTusRequest(incoming)
    if (request?.kind !== 'append') throw new Error('Only PATCH is sent here.')
    const known = { path, lengthBytes, metadata: null, writer: null, provenBytes: null }
    const told = { ...request, fileHead: readTusFileHead(request.metadata) }
    const upload = addTold(known, told, reception.limits)
    const { offsetBytes, checksum } = request
    await appendBytes(incoming, reception, { ...upload, offsetBytes, checksum })
    return { files: [], fields: [] }
  }
})

afterEach(async () => {
  expect(countDescriptors(server.spoolFolder)).toBe(0)
  await server.close()
})

async function patch(
  body: string | Buffer,
  offsetBytes: number,
  headers: Record<string, string> = {},
): Promise<number> {
  const response = await fetch(server.url, {
    method: 'PATCH',
    body,
    headers: {
      'tus-resumable': '1.0.0',
      'content-type': 'application/offset+octet-stream',
      'upload-offset': String(offsetBytes),
      ...headers,
    },
  })
  await response.arrayBuffer()
  return response.status
}

function patchHead(offsetBytes: number, more = ''): string {
  return `PATCH /slot HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: ${offsetBytes}\r\nContent-Length: 1000000\r\n${more}\r\n`
}

function sha1(body: string): string {
  return `sha1 ${createHash('sha1').update(body).digest('base64')}`
}

function stored(): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

describe('a tus upload', () => {
  it('grows by each request, in order', async () => {
    expect(await readOffset(path)).toBe(0)
    const bytes = randomBytes(3_000_000)
    expect(await patch(bytes.subarray(0, 1_000_000), 0)).toBe(200)
    server.durable = true
    expect(await patch(bytes.subarray(1_000_000), 1_000_000)).toBe(200)
    expect(await readOffset(path)).toBe(3_000_000)
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })

  it('does not grow from another offset than its own', async () => {
    await patch('hello', 0)
    expect(await patch('hello', 0)).toBe(409)
    expect(await patch('hello', 6)).toBe(409)
    expect(stored()).toBe('hello')
  })

  it('keeps what came of a request that broke off, and goes on from there', async () => {
    await patch('hello ', 0)
    const socket = await sendBytes(server.port, `${patchHead(6)}${'x'.repeat(400_000)}`)
    while (server.progressBytes() < 400_000) await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
    await server.nextOutcome()
    expect(await server.nextOutcome()).toMatchObject({ code: 'upload-incomplete' })
    expect(await readOffset(path)).toBe(400_006)
    expect(await patch('!', 400_006)).toBe(200)
    expect(stored()).toBe(`hello ${'x'.repeat(400_000)}!`)
  })

  it('keeps what came of a request that the server stopped', async () => {
    const socket = await sendBytes(server.port, `${patchHead(0)}hello`)
    while (server.progressBytes() < 5) await new Promise((resolve) => setImmediate(resolve))
    server.abort()
    expect(await server.nextOutcome()).toMatchObject({ code: 'upload-stopped' })
    expect(stored()).toBe('hello')
    socket.destroy()
  })

  it('may never have more bytes than its length, or than the slot takes', async () => {
    lengthBytes = 8
    await patch('hello', 0)
    expect(await patch('long', 5)).toBe(413)
    expect(await patch('', 5, { 'upload-length': '9' })).toBe(400)
    lengthBytes = null
    server.limits = { ...wideLimits, maxBytes: 7 }
    expect(await patch('long', 5)).toBe(413)
    expect(await patch('', 5, { 'upload-length': '8' })).toBe(413)
    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('long'))
        controller.close()
      },
    })
    const response = await fetch(server.url, {
      method: 'PATCH',
      body: chunked,
      duplex: 'half',
      headers: {
        'tus-resumable': '1.0.0',
        'content-type': 'application/offset+octet-stream',
        'upload-offset': '5',
      },
    })
    expect(response.status).toBe(413)
    expect(stored()).toBe('hello')
  })
})

describe('a checksum', () => {
  it('lets the right bytes in, and wrong ones not', async () => {
    expect(await patch('hello', 0, { 'upload-checksum': sha1('hello') })).toBe(200)
    expect(await patch('world', 5, { 'upload-checksum': sha1('other') })).toBe(460)
    expect(await patch('x'.repeat(900_000), 5, { 'upload-checksum': sha1('other') })).toBe(460)
    expect(stored()).toBe('hello')
  })

  it('that was never seen to be right keeps nothing of a request that broke off', async () => {
    await patch('hello', 0)
    const head = patchHead(5, `Upload-Checksum: ${sha1('other')}\r\n`)
    const socket = await sendBytes(server.port, `${head}${'x'.repeat(600_000)}`)
    while (server.progressBytes() < 600_000) await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
    await server.nextOutcome()
    expect(await server.nextOutcome()).toMatchObject({ code: 'upload-incomplete' })
    expect(stored()).toBe('hello')
  })

  it('of a piece may also be a Content-Digest', async () => {
    const digest = createHash('sha256').update('other').digest('base64')
    expect(await patch('hello', 0, { 'content-digest': `sha-256=:${digest}:` })).toBe(400)
    expect(stored()).toBe('')
  })
})

describe('a finished tus upload', () => {
  function reception(accept: readonly string[] | null): Reception {
    return {
      limits: { ...wideLimits, accept },
      spoolFolder: server.spoolFolder,
      spoolPrefix: 'slot',
      durable: true,
      stopSign: new StopSign(),
      onProgress() {},
      checkFields: async () => {},
    }
  }

  it('is a file with the name and type of its metadata', async () => {
    writeFileSync(path, 'GIF89a and more')
    const encoded = Buffer.from('../a b.gif').toString('base64')
    const metadata = `filename ${encoded},filetype ${Buffer.from('image/gif').toString('base64')}`
    expect(
      await finishPieces(
        reception(['image/*']),
        { path, lengthBytes: 15 },
        readTusFileHead(metadata),
      ),
    ).toEqual({
      files: [
        {
          fieldName: null,
          originalName: '../a b.gif',
          name: 'a b.gif',
          type: 'image/gif',
          sniffedType: 'image/gif',
          sizeBytes: 15,
          path,
        },
      ],
      fields: [],
    })
  })

  it('may be empty, and is a file then too', async () => {
    const upload = await finishPieces(
      reception(null),
      { path, lengthBytes: 0 },
      readTusFileHead(null),
    )
    expect(upload.files).toMatchObject([{ sizeBytes: 0, name: 'upload' }])
    expect(existsSync(path)).toBe(true)
  })

  it('is refused where its bytes show another type', async () => {
    writeFileSync(path, '<script>')
    const upload = { path, lengthBytes: 8 }
    const head = readTusFileHead(null)
    await expect(finishPieces(reception(['image/png']), upload, head)).rejects.toMatchObject({
      code: 'upload-type-refused',
    })
  })
})
