// One battery behind each of the zoo: same bytes, same status, and no safety header lost.

import { once } from 'node:events'
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { countDescriptors, until } from '../support/descriptors.ts'
import { createGround, tenBytes } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { startFileServer } from '../support/file-server.ts'
import type { FileServer } from '../support/file-server.ts'
import { startTusUpload } from '../support/tus-upload.ts'
import { zoo } from './zoo.ts'

let ground: Ground

beforeAll(async () => {
  ground = await createGround()
})

afterAll(() => ground.remove())

describe.each(Object.entries(zoo))('behind %s', (_, keeper) => {
  let files: Titofisto<LocalStorage>
  let server: FileServer
  let uncaught: unknown[]
  const note = (error: unknown) => uncaught.push(error)

  beforeEach(async () => {
    uncaught = []
    process.on('unhandledRejection', note).on('uncaughtException', note)
    files = ground.create({ sweepSeconds: 0 })
    server = await startFileServer((req, res) => void keeper(files.handler)(req, res))
  })

  afterEach(async () => {
    await server.close()
    await files.close()
    process.off('unhandledRejection', note).off('uncaughtException', note)
    expect(uncaught).toEqual([])
    await until(() => countDescriptors(ground.root) === 0, 'all files are closed')
  })

  it('a file arrives with its type, and can do no harm', async () => {
    const reply = await server.get(await files.url('ten.bin'))
    expect(reply.status).toBe(200)
    expect(reply.body).toEqual(tenBytes)
    expect(reply.header('content-type')).toBe('application/octet-stream')
    expect(reply.header('x-content-type-options')).toBe('nosniff')
    expect(reply.header('content-disposition')).toBe('attachment; filename="ten.bin"')
    expect(reply.header('cache-control')).toMatch(/^private, /)
    expect(reply.header('0')).toBeUndefined()
  })

  it('a page is a download in a sandbox', async () => {
    const reply = await server.get('/media/public/page.html', { 'accept-encoding': 'gzip' })
    expect(reply.status).toBe(200)
    expect(reply.header('content-type')).toBe('text/html; charset=utf-8')
    expect(reply.header('content-disposition')).toBe('attachment; filename="page.html"')
    expect(reply.header('x-content-type-options')).toBe('nosniff')
    expect(reply.header('content-security-policy')).toMatch(/^sandbox; default-src 'none'/)
  })

  it('a large file arrives whole, compressed or not', async () => {
    const url = await files.url('big.bin', { contentType: 'text/plain' })
    const plain = await server.get(url)
    expect(plain.status).toBe(200)
    expect(plain.body.equals(ground.bigBytes)).toBe(true)
    const packed = await server.get(url, { 'accept-encoding': 'gzip' })
    const isPacked = packed.header('content-encoding') === 'gzip'
    const bytes = isPacked ? gunzipSync(packed.body) : packed.body
    expect(bytes.equals(ground.bigBytes)).toBe(true)
  })

  it('one range and several come with their bytes', async () => {
    const url = await files.url('big.bin')
    const one = await server.get(url, { range: 'bytes=1000-1999999' })
    expect(one.status).toBe(206)
    expect(one.header('content-range')).toBe('bytes 1000-1999999/3145728')
    expect(one.body.equals(ground.bigBytes.subarray(1000, 2_000_000))).toBe(true)
    const several = await server.get(url, { range: 'bytes=0-9,2000000-2000009' })
    expect(several.status).toBe(206)
    expect(several.header('content-type')).toMatch(/^multipart\/byteranges; /)
    expect(several.body.includes(ground.bigBytes.subarray(2_000_000, 2_000_010))).toBe(true)
  })

  it('what the client has is a 304, what is not to be had a 404, HEAD has no body', async () => {
    for (const name of ['ten.bin', 'big.bin']) {
      const url = await files.url(name)
      const { headers } = await fetch(server.origin + url, { method: 'HEAD' })
      expect(Number(headers.get('content-length'))).toBe(name === 'ten.bin' ? 10 : 3_145_728)
      const etag = headers.get('etag') ?? ''
      const kept = await fetch(server.origin + url, { headers: { 'if-none-match': etag } })
      expect([kept.status, await kept.text()]).toEqual([304, ''])
      const refused = await fetch(`${server.origin + url}x`)
      expect([refused.status, await refused.text()]).toEqual([404, 'Not found\n'])
    }
  })

  it('a GET with a body is answered', async () => {
    const reply = await server.get(await files.url('ten.bin'), { 'content-length': '0' })
    expect(reply.body).toEqual(tenBytes)
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1')
    socket.write(
      `GET ${await files.url('big.bin')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello`,
    )
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    const whole = Buffer.concat(chunks)
    expect(whole.subarray(-ground.bigBytes.length).equals(ground.bigBytes)).toBe(true)
  })

  it('uploads arrive: raw, in a form, and by tus', async () => {
    const sums: string[] = []
    const kind = files.slot('upload', {
      maxBytes: 10_000_000,
      async handler({ file }) {
        sums.push(await file.sha256())
        return { size: file.sizeBytes }
      },
    })
    const bytes = ground.bigBytes
    const raw = await fetch(server.origin + (await kind.url()), {
      method: 'PUT',
      body: bytes,
      headers: { 'content-type': 'application/octet-stream' },
    })
    expect(await raw.json()).toEqual({ size: bytes.length })
    const body = new FormData()
    body.set('file', new Blob([bytes]), 'a.bin')
    const form = await fetch(server.origin + (await kind.url()), { method: 'POST', body })
    expect(await form.json()).toEqual({ size: bytes.length })
    const run = startTusUpload(bytes, {
      endpoint: server.origin + (await kind.url()),
      chunkSize: 1_000_000,
    })
    await run.done
    expect(new Set(sums).size).toBe(1)
    expect(sums.length).toBe(3)
  })

  it("a handler's own answer arrives, with its cookies", async () => {
    const kind = files.slot('answer', {
      handler() {
        const headers = new Headers({ 'content-type': 'text/plain' })
        headers.append('set-cookie', 'a=1')
        headers.append('set-cookie', 'b=2')
        return new Response(new Blob(['x'.repeat(300_000)]).stream(), { headers })
      },
    })
    const url = server.origin + (await kind.url())
    const answer = await fetch(url, { method: 'PUT', body: 'y' })
    expect(answer.headers.getSetCookie()).toEqual(expect.arrayContaining(['a=1', 'b=2']))
    expect(await answer.text()).toBe('x'.repeat(300_000))
  })

  it('a client that leaves in the middle frees all', async () => {
    const socket = await server.open()
    socket.write(`GET ${await files.url('big.bin')} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await once(socket, 'readable')
    socket.destroy()
    await until(() => countDescriptors(ground.root) === 0, 'the file is closed')
  })
})
