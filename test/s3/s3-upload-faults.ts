// What becomes of uploads and saves where S3, or the way to it, goes wrong.

import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { S3Storage } from '../../src/storage/s3/s3.ts'
import type { Fault } from '../support/engines/fault-proxy.ts'
import { openFaultStage } from './s3-fault-stage.ts'
import type { S3Ground } from './s3-ground.ts'

const mebibyte = 1024 * 1024
const tus = { 'Tus-Resumable': '1.0.0' }

/** What counts on every engine. */
export function describeUploadFaults(ground: S3Ground): void {
  const { serveFile, always } = openFaultStage(ground)

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

  describe('an hour of throttling', () => {
    it('costs each upload a 503 in its time and few requests, leaves nothing, and ends by itself', async () => {
      const app = await serveFile()
      always({ kind: 'refuse', status: 503, code: 'SlowDown' }, 'PUT')
      ground.proxy.seen.length = 0
      const urls: string[] = []
      for (let sent = 0; sent < 5; sent++) urls.push(app.server.origin + (await app.slot.url()))
      for (const url of urls) {
        const reply = await fetch(url, { method: 'PUT', body: 'hello' })
        expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '5'])
      }
      // The client's own attempts, and no more.
      const puts = ground.proxy.seen.filter((line) => line.startsWith('PUT '))
      expect(puts.length).toBeLessThanOrEqual(2 * urls.length)
      expect(await readdir(app.storage.spoolFolder)).toEqual([])
      expect((await app.storage.list({ prefix: 'inbox/' })).files).toEqual([])

      ground.proxy.choose = () => null
      for (const url of urls)
        expect((await fetch(url, { method: 'PUT', body: 'hello' })).status).toBe(200)
      expect((await app.storage.list({ prefix: 'inbox/' })).files).toHaveLength(urls.length)
    })

    it('takes no byte from an upload that is whole here, however often it is tried', async () => {
      const app = await serveFile()
      const url = app.server.origin + (await app.slot.url())
      await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '5' } })
      always({ kind: 'refuse', status: 503, code: 'SlowDown' }, 'PUT')
      const type = { 'Content-Type': 'application/offset+octet-stream' }
      const headers = { ...tus, ...type, 'Upload-Offset': '0' }
      expect((await fetch(url, { method: 'PATCH', headers, body: 'hello' })).status).toBe(503)
      for (let looked = 0; looked < 5; looked++) {
        await fetch(url, { method: 'HEAD', headers: tus })
        await app.files.slots.sweep()
        expect(await readdir(app.storage.spoolFolder)).toHaveLength(1)
      }
      ground.proxy.choose = () => null
      await expect
        .poll(async () => {
          await fetch(url, { method: 'HEAD', headers: tus })
          return app.storage.exists('inbox/up.bin')
        })
        .toBe(true)
      expect(await app.storage.readText('inbox/up.bin')).toBe('hello')
      await expect.poll(() => readdir(app.storage.spoolFolder)).toEqual([])
    })
  })

  describe('an S3 that goes away while it is tried out', () => {
    it('is tried out again, and keeps nothing of it', async () => {
      const storage = await ground.createStorage()
      ground.proxy.choose = ({ method }) =>
        method === 'DELETE' ? { kind: 'refuse', status: 503, code: 'SlowDown' } : null
      await expect(storage.ready()).rejects.toMatchObject({ code: 'storage-unavailable' })
      ground.proxy.choose = () => null
      await storage.ready()
      const client = ground.engine.connect()
      const place = { Bucket: storage.bucket, Prefix: storage.prefix }
      expect((await client.send(new ListObjectsV2Command(place))).Contents ?? []).toEqual([])
    })

    it('leaves no upload unfinished, by its next trial or by a sweep', async () => {
      for (const clears of ['the next trial', 'a sweep']) {
        const storage = await ground.createStorage()
        ground.proxy.choose = ({ method, url = '' }) =>
          url.includes('uploadId=') && (method === 'POST' || method === 'DELETE')
            ? { kind: 'refuse', status: 503, code: 'SlowDown' }
            : null
        await expect(storage.ready()).rejects.toMatchObject({ code: 'storage-unavailable' })
        ground.proxy.choose = () => null
        expect(await unfinishedOf(storage)).toHaveLength(1)
        if (clears === 'a sweep') await storage.removeStaleTemporaries(-1000)
        else await storage.ready()
        expect(await unfinishedOf(storage), clears).toEqual([])
      }
    })
  })

  async function unfinishedOf({ bucket, prefix }: S3Storage): Promise<unknown[]> {
    const client = ground.engine.connect()
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
    return Uploads.filter(({ Key = '' }) => Key.startsWith(prefix))
  }

  describe('credentials that may not delete', () => {
    it('save all the same', async () => {
      const storage = await ground.createStorage()
      ground.proxy.choose = ({ method }) =>
        method === 'DELETE' ? { kind: 'refuse', status: 403, code: 'AccessDenied' } : null
      await storage.save('f', 'x')
      expect(await storage.readText('f')).toBe('x')
    })
  })

  describe('a save in parts', () => {
    const bytes = randomBytes(5 * mebibyte + 1)
    const digest = createHash('sha256').update(bytes).digest('hex')

    /** Where it may overwrite, it is sent in parts to any engine. */
    async function saveThrough(fault: Fault, fits: (line: string) => boolean, onTaken?: 'replace') {
      const storage = await ground.createStorage({ partBytes: 5 * mebibyte, maxPartsAtOnce: 2 })
      await storage.ready()
      let count = 0
      ground.proxy.choose = ({ method, url }) =>
        fits(`${method} ${url}`) && count++ === 0 ? fault : null
      const name = await storage.save('f.bin', bytes, onTaken === undefined ? {} : { onTaken })
      ground.proxy.choose = () => null
      expect(count).toBeGreaterThan(0)
      expect(name).toBe('f.bin')
      expect((await storage.list()).files.map((each) => each.name)).toEqual(['f.bin'])
      const hash = createHash('sha256')
      for await (const chunk of (await storage.stream(name)) ?? []) hash.update(chunk as Uint8Array)
      expect(hash.digest('hex')).toBe(digest)
    }

    it('of which a request is reset in the middle is whole, and there once', () =>
      saveThrough({ kind: 'reset-request', afterBytes: mebibyte }, (line) =>
        /^PUT .*f\.bin(?!.*partNumber=2)/.test(line),
      ))

    it('whose last answer is lost is known as its own, and not made twice', () =>
      saveThrough(
        { kind: 'lose-answer' },
        (line) => /^POST .*f\.bin\?.*uploadId=/.test(line),
        'replace',
      ))

    it('whose last answer begins well and ends with an error is tried again', () =>
      saveThrough(
        { kind: 'fail-late', code: 'InternalError' },
        (line) => /^POST .*f\.bin\?.*uploadId=/.test(line),
        'replace',
      ))
  })
}
