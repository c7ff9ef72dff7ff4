// What becomes of downloads and uploads where S3, or the way to it, goes wrong.

import { describe, expect, it } from 'vitest'
import { readdir } from 'node:fs/promises'
import { exchange } from '../support/raw-http.ts'
import type { Fault } from '../support/engines/fault-proxy.ts'
import type { S3Ground } from './s3-ground.ts'

/** What counts on every engine. */
export function describeFaults(ground: S3Ground): void {
  const bytes = Buffer.from(Uint8Array.from({ length: 2_000_000 }, (_, index) => index % 251))

  async function serveFile() {
    const client = ground.engine.connect({ port: ground.proxy.port, maxAttempts: 2 })
    const storage = await ground.createStorage({ client, timeoutSeconds: 1 })
    await storage.save('f.bin', bytes)
    const app = await ground.serve(storage)
    const slot = app.files.slot('inbox', {
      handler: async ({ file }) => ({ name: await file.save('inbox/up.bin') }),
    })
    return { storage, client, slot, ...app, url: await app.files.url('f.bin') }
  }

  /** The same fault in each request that matches. */
  function always(fault: Fault, method = 'GET'): void {
    ground.proxy.choose = (request) => (request.method === method ? fault : null)
  }

  async function download(server: { open(): Promise<import('node:net').Socket> }, url: string) {
    return exchange(await server.open(), `GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`)
  }

  describe('a download from S3', () => {
    it.each([
      ['that is throttling', { kind: 'refuse', status: 503, code: 'SlowDown' }],
      ['that is broken', { kind: 'refuse', status: 500, code: 'InternalError' }],
      ['that does not answer', { kind: 'hang' }],
      ['whose answer is lost', { kind: 'lose-answer' }],
    ] as const)('%s is a 503 that says when to ask again', async (_, fault) => {
      const { server, url, entries } = await serveFile()
      always(fault)
      const reply = await server.get(url)
      expect([reply.status, reply.header('retry-after')]).toEqual([503, '5'])
      expect(reply.body.toString()).toBe('Service unavailable\n')
      expect(entries.map(({ event }) => event)).toEqual(['storage-unavailable'])
      ground.proxy.choose = () => null
      expect((await server.get(url)).status).toBe(200)
    })

    it('that can not be reached is a 503, and heals by itself', async () => {
      const { server, url } = await serveFile()
      await ground.proxy.shut()
      expect((await server.get(url)).status).toBe(503)
      await ground.proxy.open()
      expect((await server.get(url)).status).toBe(200)
    })

    it('that denies access is a 500 with a clear log, and no word of it outward', async () => {
      const { server, url, entries } = await serveFile()
      always({ kind: 'refuse', status: 403, code: 'AccessDenied' })
      const reply = await server.get(url)
      expect([reply.status, reply.body.toString()]).toEqual([500, 'Internal server error\n'])
      expect(entries).toMatchObject([
        {
          event: 'storage-failed',
          cause: { message: expect.stringMatching(/denied \(AccessDenied\)/) },
        },
      ])
    })

    it('that is reset once goes on from where it was', async () => {
      const { server, url } = await serveFile()
      let count = 0
      ground.proxy.choose = () => (count++ === 0 ? { kind: 'reset', afterBytes: 700_000 } : null)
      const { replies, isBroken } = await download(server, url)
      expect(isBroken).toBe(false)
      expect(replies[0]?.body.equals(bytes)).toBe(true)
      expect(count).toBe(2)
    })

    it.each([
      ['is reset again and again', { kind: 'reset', afterBytes: 300_000 }],
      ['stops within', { kind: 'stall', afterBytes: 300_000 }],
    ] as const)(
      'that %s breaks its client’s connection, with right bytes up to there',
      async (_, fault) => {
        const { server, url } = await serveFile()
        always(fault)
        const { replies, isBroken } = await download(server, url)
        expect(isBroken).toBe(true)
        const body = replies[0]?.body ?? Buffer.alloc(0)
        expect(body.length).toBeGreaterThan(0)
        expect(body.length).toBeLessThan(bytes.length)
        expect(body.equals(bytes.subarray(0, body.length))).toBe(true)
      },
    )

    it('that says a wrong length never passes for a whole file', async () => {
      const { server, url } = await serveFile()
      always({ kind: 'promise-more', bytes: 1000 })
      // The size is a part of what the token was signed for only by way of the ETag: it must break.
      const { replies, isBroken } = await download(server, url)
      const [reply] = replies
      expect(isBroken || reply?.status !== 200).toBe(true)
    })

    it('that is replaced between two reads is never put together of two', async () => {
      const { storage } = await serveFile()
      const opened = await storage.open('f.bin')
      await storage.save('f.bin', Buffer.alloc(bytes.length, 'x'), { onTaken: 'replace' })
      const read = async () => {
        for await (const chunk of opened?.chunks(0, 1000) ?? []) expect(chunk[0]).toBe(0)
      }
      await expect(read()).rejects.toMatchObject({ code: 'storage-failed' })
      await opened?.close()
    })
  })

  describe('an upload that goes through to S3', () => {
    async function upload(app: Awaited<ReturnType<typeof serveFile>>, body = 'hello') {
      const url = app.server.origin + (await app.slot.url())
      return { url, reply: await fetch(url, { method: 'PUT', body }) }
    }

    it('is in S3 before its sender hears of it', async () => {
      const app = await serveFile()
      const { reply } = await upload(app)
      expect(reply.status).toBe(200)
      expect(await reply.json()).toEqual({ name: 'inbox/up.bin' })
      expect(await app.storage.readText('inbox/up.bin')).toBe('hello')
    })

    it.each([
      ['is throttling', { kind: 'refuse', status: 503, code: 'SlowDown' }],
      ['does not answer', { kind: 'hang' }],
    ] as const)(
      'is a 503 where S3 %s, leaves nothing, and its slot works later',
      async (_, fault) => {
        const app = await serveFile()
        always(fault, 'PUT')
        const { url, reply } = await upload(app)
        expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '5'])
        expect(await reply.text()).toBe('Uploads can not be taken now. Try again later\n')
        ground.proxy.choose = () => null
        expect(await app.storage.exists('inbox/up.bin')).toBe(false)
        const again = await fetch(url, { method: 'PUT', body: 'hello' })
        expect(again.status).toBe(200)
        expect(await app.storage.readText('inbox/up.bin')).toBe('hello')
        expect((await app.storage.list({ prefix: 'inbox/' })).files).toHaveLength(1)
      },
    )

    it('is a 503 where S3 can not be reached, and heals by itself', async () => {
      const app = await serveFile()
      await ground.proxy.shut()
      const { url, reply } = await upload(app)
      expect(reply.status).toBe(503)
      await ground.proxy.open()
      expect((await fetch(url, { method: 'PUT', body: 'hello' })).status).toBe(200)
    })

    it('that can be resumed keeps its bytes until S3 is back', async () => {
      const app = await serveFile()
      const url = app.server.origin + (await app.slot.url())
      const tus = { 'Tus-Resumable': '1.0.0' }
      await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '5' } })
      const patch = {
        ...tus,
        'Upload-Offset': '0',
        'Content-Type': 'application/offset+octet-stream',
      }
      always({ kind: 'refuse', status: 503, code: 'SlowDown' }, 'PUT')
      const reply = await fetch(url, { method: 'PATCH', headers: patch, body: 'hello' })
      expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '5'])
      expect(await readdir(app.storage.spoolFolder)).not.toEqual([])
      ground.proxy.choose = () => null
      // Asking where it stands has it handled: nothing is sent again.
      await expect
        .poll(async () => {
          await fetch(url, { method: 'HEAD', headers: tus })
          return app.storage.exists('inbox/up.bin')
        })
        .toBe(true)
      expect(await app.storage.readText('inbox/up.bin')).toBe('hello')
    })
  })
}
