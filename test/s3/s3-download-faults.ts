// What becomes of downloads where S3, or the way to it, goes wrong.

import { describe, expect, it } from 'vitest'
import { exchange } from '../support/raw-http.ts'
import { openFaultStage } from './s3-fault-stage.ts'
import type { S3Ground } from './s3-ground.ts'

/** What counts on every engine. */
export function describeDownloadFaults(ground: S3Ground): void {
  const { serveFile, always, bytes } = openFaultStage(ground)

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

    it.each([
      ['more bytes than there are', { kind: 'promise-more', bytes: 1000 }],
      ['less bytes than there are', { kind: 'cut-short', bytes: 1000 }],
    ] as const)('that says that it has %s is not what its link was made for', async (_, fault) => {
      const { server, url, entries } = await serveFile()
      always(fault)
      const { replies, isBroken } = await download(server, url)
      expect([isBroken, replies.map(({ status }) => status)]).toEqual([false, [404]])
      expect(entries).toMatchObject([{ event: 'refused', reason: 'bad-signature' }])
    })

    it.each([
      ['more', { kind: 'promise-more', bytes: 1000 }],
      ['less', { kind: 'cut-short', bytes: 1000 }],
    ] as const)(
      'of which a part says that it has %s than was asked for breaks off',
      async (_, fault) => {
        const { storage } = await serveFile()
        const opened = await storage.open('f.bin')
        always(fault)
        const read = async () => {
          for await (const _chunk of opened?.chunks(1000, 100_000) ?? []);
        }
        await expect(read()).rejects.toMatchObject({ code: 'storage-failed' })
        await opened?.close()
      },
    )

    it('whose bytes were changed on the way breaks off at its end, where S3 keeps a checksum', async ({
      skip,
    }) => {
      const { server, url } = await serveFile()
      always({ kind: 'flip', atByte: 1_000_000 })
      const { replies, isBroken } = await download(server, url)
      if (!isBroken)
        skip('this engine keeps no checksum of what is sent without the SDK’s trailers')
      expect(replies[0]?.body.length ?? 0).toBeLessThan(bytes.length)
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
}
