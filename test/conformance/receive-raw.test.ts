// Raw uploads over real sockets: what comes in whole, what is refused, and that nothing stays behind.

import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttp2Server, connect as connectHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReceivedFile } from '../../src/receive/intake/reception.ts'
import { StopSign } from '../../src/receive/intake/stop-sign.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { sendBytes, startUploadServer, statusLine } from '../support/receive-server.ts'
import type { UploadServer } from '../support/receive-server.ts'

const run = promisify(execFile)
let server: UploadServer

beforeEach(async () => {
  server = await startUploadServer()
})

afterEach(async () => {
  await server.close()
})

function head(lines: readonly string[], body = ''): string {
  return `PUT /slot HTTP/1.1\r\nHost: x\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

async function receivedFile(): Promise<ReceivedFile> {
  const { upload } = await server.nextOutcome()
  const file = upload?.files[0]
  if (file === undefined) throw new Error('No file came in.')
  return file
}

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

async function expectRefusal(code: string): Promise<void> {
  expect(await server.nextOutcome()).toMatchObject({ code })
  expect(server.spooled()).toEqual([])
  expect(countDescriptors(server.spoolFolder)).toBe(0)
}

describe('a raw upload', () => {
  it.each([0, 1, 1024, 64 * 1024, 5 * 1024 * 1024 + 3])(
    'of %i bytes lies in the spool, byte for byte',
    async (sizeBytes) => {
      const bytes = randomBytes(sizeBytes)
      const response = await fetch(server.url, { method: 'PUT', body: bytes })
      expect(response.status).toBe(200)
      const file = await receivedFile()
      expect(file).toMatchObject({ sizeBytes, fieldName: null, type: 'application/octet-stream' })
      expect(readFileSync(file.path).equals(bytes)).toBe(true)
      expect(server.progressBytes()).toBe(sizeBytes)
      expect(countDescriptors(server.spoolFolder)).toBe(0)
    },
  )

  it('is flushed where it must be durable', async () => {
    server.durable = true
    await fetch(server.url, { method: 'PUT', body: 'hello' })
    expect(readFileSync((await receivedFile()).path, 'utf8')).toBe('hello')
  })

  it('comes from curl, in one piece or in chunks', async () => {
    const source = join(server.spoolFolder, 'source.gif')
    writeFileSync(source, Buffer.concat([Buffer.from('GIF89a'), randomBytes(300_000)]))
    for (const extra of [[], ['-H', 'Transfer-Encoding: chunked']]) {
      await run('curl', ['-sS', '-T', source, ...extra, `${server.url}?filename=a%20b.gif`])
      const file = await receivedFile()
      expect(file).toMatchObject({ name: 'a b.gif', sniffedType: 'image/gif' })
      expect(readFileSync(file.path).equals(readFileSync(source))).toBe(true)
    }
  })

  it('has the name of its Content-Disposition, made harmless', async () => {
    const disposition = `attachment; filename="../../e.txt"; filename*=UTF-8''..%2F%e2%82%ac.txt`
    await fetch(`${server.url}?filename=other`, {
      method: 'POST',
      body: 'x',
      headers: { 'content-disposition': disposition, 'content-type': 'Text/Plain; charset=x' },
    })
    expect(await receivedFile()).toMatchObject({
      originalName: '../€.txt',
      name: '€.txt',
      type: 'text/plain',
    })
  })

  it('is named by its URL once: two names could be read in two ways', async () => {
    await fetch(`${server.url}?x=%&filename=a%20b+c%zz&filenames=d`, { method: 'PUT', body: 'x' })
    expect(await receivedFile()).toMatchObject({ originalName: 'a b c%zz' })
    await fetch(`${server.url}?filename=a&file%6Eame=b`, { method: 'PUT', body: 'x' })
    expect(await server.nextOutcome()).toMatchObject({ code: 'upload-malformed' })
  })

  it('of 200,000 one-byte chunks is taken with little memory', async () => {
    const socket = await sendBytes(server.port, head(['Transfer-Encoding: chunked']))
    const piece = '1\r\nx\r\n'.repeat(10_000)
    const before = usedBytes()
    let most = 0
    for (let count = 0; count < 20; count += 1) {
      if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve))
      most = Math.max(most, usedBytes() - before)
    }
    socket.write('0\r\n\r\n')
    expect((await receivedFile()).sizeBytes).toBe(200_000)
    expect(most).toBeLessThan(64 * 1024 * 1024)
    socket.destroy()
  })
})

describe('a digest that is sent', () => {
  const body = randomBytes(100_000)
  const digest = createHash('sha256').update(body).digest('base64')

  it('lets the right bytes in', async () => {
    const headers = {
      'content-digest': `sha-256=:${digest}:`,
      'repr-digest': `sha-256=:${digest}:`,
    }
    await fetch(server.url, { method: 'PUT', body, headers })
    expect((await receivedFile()).sizeBytes).toBe(body.length)
  })

  it.each(['content-digest', 'repr-digest'])('keeps wrong bytes out (%s)', async (field) => {
    const headers = { [field]: `sha-256=:${digest}:` }
    const response = await fetch(server.url, { method: 'PUT', body: body.subarray(1), headers })
    expect(response.status).toBe(400)
    await expectRefusal('upload-digest-mismatch')
  })
})

describe('a raw upload that is refused', () => {
  it('declares too many bytes: before any is read', async () => {
    server.limits = { ...server.limits, maxBytes: 10 }
    const socket = await sendBytes(
      server.port,
      head(['Content-Length: 11', 'Expect: 100-continue']),
    )
    expect(await statusLine(socket)).toBe('HTTP/1.1 413 Payload Too Large')
    await expectRefusal('upload-too-large')
    socket.destroy()
  })

  it('brings too many bytes without declaring them', async () => {
    server.limits = { ...server.limits, maxBytes: 1_000_000 }
    const socket = await sendBytes(server.port, head(['Transfer-Encoding: chunked']))
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    socket.write(chunk.repeat(16))
    expect(await statusLine(socket)).toBe('HTTP/1.1 413 Payload Too Large')
    await expectRefusal('upload-too-large')
    socket.destroy()
  })

  it.each([
    ['too few bytes', { minBytes: 10 }, {}, 'upload-too-small'],
    [
      'another type',
      { accept: ['image/png'] },
      { 'content-type': 'text/html' },
      'upload-type-refused',
    ],
    [
      'bytes of another type',
      { accept: ['image/*'] },
      { 'content-type': 'image/png' },
      'upload-type-refused',
    ],
    ['packed bytes', {}, { 'content-encoding': 'gzip' }, 'upload-type-refused'],
    ['a piece', {}, { 'content-range': 'bytes 0-4/9' }, 'upload-malformed'],
    [
      'parts of no form',
      {},
      { 'content-type': 'multipart/mixed; boundary=x' },
      'upload-type-refused',
    ],
    [
      'two names',
      {},
      { 'content-disposition': 'attachment; filename=a; filename=b' },
      'upload-malformed',
    ],
    ['an unreadable digest', {}, { 'content-digest': 'sha-256' }, 'upload-malformed'],
  ])('brings %s', async (_, limits, headers, code) => {
    server.limits = { ...server.limits, ...limits }
    const response = await fetch(server.url, { method: 'PUT', body: 'hello', headers })
    expect(response.status).toBeLessThan(500)
    await expectRefusal(code)
  })

  it('shows another type while it still comes', async () => {
    server.limits = { ...server.limits, accept: ['image/*'] }
    const socket = await sendBytes(
      server.port,
      head(['Content-Type: image/png', 'Content-Length: 50000000'], 'x'.repeat(5000)),
    )
    expect(await statusLine(socket)).toBe('HTTP/1.1 415 Unsupported Media Type')
    await expectRefusal('upload-type-refused')
    socket.destroy()
  })

  it.each(['', 'x'.repeat(600_000)])('breaks off after %# pieces', async (sent) => {
    const socket = await sendBytes(server.port, head(['Content-Length: 1000000'], sent))
    while (server.progressBytes() < sent.length)
      await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
    await expectRefusal('upload-incomplete')
  })

  it('breaks off within a chunk, or has a bad one', async () => {
    for (const rest of ['5\r\nhel', 'zz\r\nhello\r\n', '5\r\nhello!\r\n']) {
      const socket = await sendBytes(server.port, head(['Transfer-Encoding: chunked'], rest))
      socket.end()
      await expectRefusal('upload-incomplete')
    }
  })

  it('is broken off over HTTP/2', async () => {
    const http2 = createHttp2Server((req, res) => {
      const incoming = {
        method: req.method,
        target: req.url,
        origin: '',
        header: (name: string) => req.headers[name]?.toString(),
        platformRequest: req,
        body: () => req,
      }
      void server
        .receive(incoming, {
          limits: server.limits,
          spoolFolder: server.spoolFolder,
          spoolPrefix: 'h2',
          durable: false,
          stopSign: new StopSign(),
          onProgress: () => client.destroy(),
          checkFields: async () => {},
        })
        .then(
          () => ended('whole'),
          (error: { code: string }) => ended(error.code),
        )
      res.on('error', () => {})
    })
    let ended: (how: string) => void = () => {}
    const how = new Promise<string>((resolve) => {
      ended = resolve
    })
    await new Promise<void>((resolve) => http2.listen(0, '127.0.0.1', resolve))
    const client = connectHttp2(`http://127.0.0.1:${(http2.address() as AddressInfo).port}`)
    client.on('error', () => {})
    const stream = client.request({ ':method': 'PUT', ':path': '/' })
    stream.on('error', () => {})
    stream.write('half of it')
    expect(await how).toBe('upload-incomplete')
    expect(server.spooled()).toEqual([])
    await new Promise((resolve) => http2.close(resolve))
  })

  it('falls silent for too long', async () => {
    server.limits = { ...server.limits, idleTimeoutMs: 80 }
    const socket = await sendBytes(server.port, head(['Content-Length: 10'], 'hello'))
    expect(await statusLine(socket)).toBe('HTTP/1.1 408 Request Timeout')
    await expectRefusal('upload-too-slow')
    socket.destroy()
  })

  it('drips', async () => {
    server.limits = { ...server.limits, idleTimeoutMs: 200, minBytesPerSecond: 10_000 }
    const socket = await sendBytes(server.port, head(['Content-Length: 100000']))
    const drip = setInterval(() => socket.write('x'), 20)
    await expectRefusal('upload-too-slow')
    clearInterval(drip)
    socket.destroy()
  })

  it('takes too long as a whole', async () => {
    server.limits = { ...server.limits, totalTimeoutMs: 150 }
    const socket = await sendBytes(server.port, head(['Content-Length: 100000']))
    const drip = setInterval(() => socket.write('x'), 20)
    await expectRefusal('upload-too-slow')
    clearInterval(drip)
    socket.destroy()
  })

  it('is stopped by the server', async () => {
    const socket = await sendBytes(
      server.port,
      head(['Content-Length: 1000000'], 'x'.repeat(500_000)),
    )
    while (server.progressBytes() < 500_000) await new Promise((resolve) => setImmediate(resolve))
    server.abort()
    expect(await statusLine(socket)).toBe('HTTP/1.1 503 Service Unavailable')
    await expectRefusal('upload-stopped')
    socket.destroy()
  })

  it('comes when it is stopped already', async () => {
    const { receive } = server
    server.receive = (incoming, reception) => {
      reception.stopSign.stop('The server stops.')
      return receive(incoming, reception)
    }
    await fetch(server.url, { method: 'PUT', body: 'hello' })
    await expectRefusal('upload-stopped')
  })
})
