// Files of S3, sent by this server.

import { PutObjectCommand } from '@aws-sdk/client-s3'
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { S3Ground } from './s3-ground.ts'

/** What counts on every engine. */
export function describeReading(ground: S3Ground): void {
  describe('a link to a file in S3, sent by this server', () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, index) => index % 251))

    async function serveFile() {
      const storage = await ground.createStorage()
      await storage.save('photos/cät 1.png', bytes)
      const { files, server } = await ground.serve(storage)
      const url = await files.url('photos/cät 1.png')
      ground.proxy.seen.length = 0
      return { storage, files, server, url }
    }

    it('gives the file and our headers, for one request to S3', async () => {
      const { server, url } = await serveFile()
      const reply = await server.get(url)
      expect(reply.status).toBe(200)
      expect(reply.body.equals(bytes)).toBe(true)
      expect(reply.header('content-type')).toBe('image/png')
      expect(reply.header('x-content-type-options')).toBe('nosniff')
      expect(reply.header('cache-control')).toMatch(/^private, max-age=\d+, immutable$/)
      expect(ground.proxy.seen).toHaveLength(1)
      expect(ground.proxy.seen[0]).toMatch(/^GET /)
    })

    it.each([
      ['bytes=0-99', 0, 100],
      ['bytes=100000-', 100_000, 300_000],
      ['bytes=-500', 299_500, 300_000],
      ['bytes=299999-400000', 299_999, 300_000],
    ])('gives the range %s, for one request to S3', async (range, startByte, endByte) => {
      const { server, url } = await serveFile()
      const reply = await server.get(url, { Range: range })
      expect(reply.status).toBe(206)
      expect(reply.header('content-range')).toBe(`bytes ${startByte}-${endByte - 1}/300000`)
      expect(reply.body.equals(bytes.subarray(startByte, endByte))).toBe(true)
      expect(ground.proxy.seen).toHaveLength(1)
    })

    it('gives several ranges, and refuses one behind the end', async () => {
      const { server, url } = await serveFile()
      const several = await server.get(url, { Range: 'bytes=0-9,200000-200009' })
      expect(several.status).toBe(206)
      expect(several.header('content-type')).toMatch(/^multipart\/byteranges/)
      expect(several.body.includes(bytes.subarray(200_000, 200_010))).toBe(true)
      const behind = await server.get(url, { Range: 'bytes=300000-' })
      expect([behind.status, behind.header('content-range')]).toEqual([416, 'bytes */300000'])
    })

    it('answers conditions without asking S3 for bytes', async () => {
      const { server, url } = await serveFile()
      const etag = (await server.get(url)).header('etag') ?? ''
      ground.proxy.seen.length = 0
      const kept = await server.get(url, { 'If-None-Match': etag })
      const failed = await server.get(url, { 'If-Match': '"another"' })
      expect([kept.status, failed.status]).toEqual([304, 412])
      expect(ground.proxy.seen.every((line) => line.startsWith('HEAD '))).toBe(true)
    })

    it('gives an empty file', async () => {
      const { storage, files, server } = await serveFile()
      await storage.save('empty.txt', '')
      const reply = await server.get(await files.url('empty.txt'))
      expect([reply.status, reply.header('content-length')]).toEqual([200, '0'])
    })

    it('is over once the file is replaced, and never gives the new one', async () => {
      const { storage, server, url } = await serveFile()
      await storage.save('photos/cät 1.png', 'other', { onTaken: 'replace' })
      expect((await server.get(url)).status).toBe(404)
      await storage.delete('photos/cät 1.png')
      expect((await server.get(url)).status).toBe(404)
    })

    it('asks S3 for nothing where the token can be refused without it', async () => {
      const { server, url } = await serveFile()
      expect((await server.get(`${url}x`.replace(/=[^.]+\./, '=!.'))).status).toBe(404)
      expect(ground.proxy.seen).toEqual([])
    })

    it('gives a file the type it was saved with', async () => {
      const { storage, files, server } = await serveFile()
      await storage.save('notes', 'hello', { contentType: 'text/plain; charset=utf-8' })
      await storage.save('sure.png', 'hello', { contentType: 'application/octet-stream' })
      const notes = await server.get(await files.url('notes'))
      expect(notes.header('content-type')).toBe('text/plain; charset=utf-8')
      const sure = await server.get(await files.url('sure.png'))
      expect(sure.header('content-type')).toBe('application/octet-stream')
      expect(sure.header('content-disposition')).toMatch(/^attachment/)
    })

    it('reads from S3 no faster than its client does, and leaves S3 when its client leaves', async () => {
      const storage = await ground.createStorage()
      const large = randomBytes(24 * 1024 * 1024)
      const Key = `${storage.prefix}large.bin`
      await ground.engine
        .connect()
        .send(new PutObjectCommand({ Bucket: ground.bucket, Key, Body: large }))
      const { files, server } = await ground.serve(storage)
      const url = await files.url('large.bin')
      ground.proxy.sentBytes = 0
      const socket = await server.open()
      socket.pause()
      socket.write(`GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`)
      await expect.poll(() => ground.proxy.sentBytes).toBeGreaterThan(0)
      // Once nothing moves any more, most of the file is still at S3.
      await expect.poll(async () => isStill(() => ground.proxy.sentBytes)).toBe(true)
      expect(ground.proxy.sentBytes).toBeLessThan(large.length - 4 * 1024 * 1024)
      const inUse = ground.proxy.sockets.size
      socket.destroy()
      await expect.poll(() => ground.proxy.sockets.size).toBeLessThan(inUse)
    })
  })

  describe('a file of S3 that is read by code', () => {
    it('is read for one request, whole or in part', async () => {
      const storage = await ground.createStorage()
      await storage.save('a.txt', 'Dear reader')
      ground.proxy.seen.length = 0
      expect(await storage.readText('a.txt')).toBe('Dear reader')
      const part = await storage.read('a.txt', { startByte: 5, endByte: 9 })
      expect(Buffer.from(part ?? []).toString()).toBe('read')
      expect(await storage.read('none.txt')).toBe(null)
      expect(ground.proxy.seen).toHaveLength(3)
      const behind = await storage.read('a.txt', { startByte: 50 })
      expect(behind).toHaveLength(0)
    })

    it('keeps names that URLs, XML and signatures trip over', async () => {
      const storage = await ground.createStorage()
      const names = [
        `a b+c%20&=?#'"<>!*().txt`,
        '%2F',
        'ä/ö/😀',
        'a:b@c;d,e$f',
        '~user',
        'x=1&y=2',
        ' leading',
        'trailing ',
      ]
      for (const name of names) expect(await storage.save(name, name)).toBe(name)
      for (const name of names) expect(await storage.readText(name), name).toBe(name)
      const { files } = await storage.list()
      expect(new Set(files.map(({ name }) => name))).toEqual(new Set(names))
      for (const name of names)
        expect(await storage.copy(name, `copies/${name}`)).toBe(`copies/${name}`)
      for (const name of names) expect(await storage.readText(`copies/${name}`)).toBe(name)
    })

    it('keeps metadata of any names and words', async () => {
      const storage = await ground.createStorage()
      const metadata = {
        a: '',
        under_score: '1',
        'under-score': '2',
        'titofisto-save': 'theirs',
        words: ' =?UTF-8?B?eA==?= ',
        zoë: '',
      }
      const { zoë: _, ...good } = metadata
      await expect(storage.save('f', 'x', { metadata })).rejects.toThrow(TypeError)
      await storage.save('f', 'x', { metadata: good })
      expect((await storage.stat('f'))?.metadata).toEqual(good)
    })

    it('lists more than S3 gives at once, and passes over what are no names of ours', async () => {
      const prefix = `many ${randomBytes(4).toString('hex')}/`
      const storage = await ground.createStorage({ prefix })
      const client = ground.engine.connect()
      const names = Array.from(
        { length: 1005 },
        (_, index) => `m/${String(index).padStart(4, '0')}`,
      )
      const strangers = Array.from({ length: 12 }, (_, index) => `a//${index}`)
      const keys = [...strangers, ...names, 'z/1']
      for (let from = 0; from < keys.length; from += 40)
        await Promise.all(
          keys.slice(from, from + 40).map((key) => {
            const put = { Bucket: ground.bucket, Key: prefix + key, Body: 'x' }
            return client.send(new PutObjectCommand(put))
          }),
        )
      const all = await storage.list({ limit: 2000 })
      expect(all.files.map(({ name }) => name)).toEqual([...names, 'z/1'])
      expect(all.next).toBe(null)
      expect((await storage.list({ limit: 2 })).files.map(({ name }) => name)).toEqual(
        names.slice(0, 2),
      )
      expect((await storage.listFolder('', { limit: 2000 })).folders).toEqual(['a/', 'm/', 'z/'])
    })

    it('lists folders without listing what is in them', async () => {
      const storage = await ground.createStorage()
      for (const name of ['a/1', 'a/2/3', 'b', 'c/1', 'c-d', 'z/1']) await storage.save(name, name)
      ground.proxy.seen.length = 0
      const page = await storage.listFolder()
      expect(page.folders).toEqual(['a/', 'c/', 'z/'])
      expect(page.files.map(({ name }) => name)).toEqual(['b', 'c-d'])
      expect(page.next).toBe(null)
      expect(ground.proxy.seen).toHaveLength(1)
      const seen: string[] = []
      for (let after: string | null = ''; after !== null;) {
        const next = await storage.listFolder('', { after, limit: 2 })
        seen.push(...next.folders, ...next.files.map(({ name }) => name))
        after = next.next
      }
      expect(seen.toSorted()).toEqual(['a/', 'b', 'c-d', 'c/', 'z/'])
    })
  })
}

/** Whether a number stays the same for a while. */
async function isStill(read: () => number): Promise<boolean> {
  const before = read()
  await new Promise((resolve) => {
    setTimeout(resolve, 300)
  })
  return read() === before
}
