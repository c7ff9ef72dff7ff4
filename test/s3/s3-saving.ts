// What saving and copying do beyond the storage's contract: large files, engines that can do less, and
// what is left behind.

import { ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { S3Storage } from '../../src/adapters/s3.ts'
import type { S3Ground } from './s3-ground.ts'

const mebibyte = 1024 * 1024

/** What counts on every engine; `isAtomic`: it looks whether a name is free in the step that takes it, also for large files. */
export function describeSaving(ground: S3Ground, { isAtomic }: { isAtomic: boolean }): void {
  describe('a large file that is saved in S3', () => {
    /** Three parts, of which two go at once; two will do where no more is asked. */
    const threeParts = randomBytes(10 * mebibyte + 1)
    const bytes = threeParts.subarray(0, 5 * mebibyte + 1)

    async function* inPieces(from = bytes) {
      for (let at = 0; at < from.length; at += 100_000) yield from.subarray(at, at + 100_000)
    }

    async function createSmallParts(): Promise<S3Storage> {
      return ground.createStorage({ partBytes: 5 * mebibyte, maxPartsAtOnce: 2 })
    }

    it('is whole, from a stream, from memory and from the spool', async () => {
      const storage = await createSmallParts()
      await storage.save('streamed', inPieces(threeParts))
      await storage.save('given', threeParts)
      await storage.adopt('adopted', await spool(storage, threeParts))
      for (const name of ['streamed', 'given', 'adopted'])
        expect(await digestOf(storage, name), name).toBe(sha256(threeParts))
      await expectNothingUnfinished(ground, storage)
    })

    it('never overwrites, and finds another name, also in a race', async () => {
      const storage = await createSmallParts()
      const names: string[] = []
      if (isAtomic)
        names.push(...(await Promise.all([1, 2, 3].map(() => storage.save('same.bin', bytes)))))
      else for (const _ of [1, 2, 3]) names.push(await storage.save('same.bin', bytes))
      expect(new Set(names).size).toBe(3)
      for (const name of names) expect(await digestOf(storage, name)).toBe(sha256(bytes))
      await expect(
        storage.save('same.bin', inPieces(), { onTaken: 'refuse' }),
      ).rejects.toMatchObject({
        code: 'name-taken',
      })
      await expectNothingUnfinished(ground, storage)
    })

    it('takes the place of another where it is told to', async () => {
      const storage = await createSmallParts()
      await storage.save('f', 'old')
      await storage.save('f', inPieces(), { onTaken: 'replace', contentType: 'text/x-new' })
      expect(await digestOf(storage, 'f')).toBe(sha256(bytes))
      expect((await storage.stat('f'))?.contentType).toBe('text/x-new')
    })

    it('leaves nothing where its source fails or it is cancelled', async () => {
      const storage = await createSmallParts()
      async function* failing() {
        yield* inPieces()
        throw new Error('the sender vanished')
      }
      await expect(storage.save('f', failing())).rejects.toThrow('the sender vanished')
      const cancellation = new AbortController()
      ground.proxy.choose = (request) => {
        if (request.url?.includes('partNumber=2')) cancellation.abort(new Error('no longer wanted'))
        return null
      }
      const { signal } = cancellation
      const saving = storage.save('f', bytes, { signal, onTaken: 'replace' })
      await expect(saving).rejects.toThrow('no longer wanted')
      ground.proxy.choose = () => null
      expect(await storage.exists('f')).toBe(false)
      await expectNothingUnfinished(ground, storage)
      expect(await filesIn(storage)).toEqual([])
    })

    it('is copied and moved with all that is kept of it, and overwrites nothing', async () => {
      const storage = await createSmallParts()
      const kept = { contentType: 'text/x-kept', metadata: { by: 'Zoë' } }
      await storage.save('f', bytes, kept)
      await storage.save('taken', 'x')
      const copy = await storage.copy('f', 'taken')
      expect(copy).not.toBe('taken')
      await storage.copy('f', 'over')
      await storage.copy('f', 'over', { onTaken: 'replace' })
      const moved = await storage.move('f', 'moved')
      for (const name of [copy, 'over', moved]) {
        expect(await digestOf(storage, name), name).toBe(sha256(bytes))
        expect(await storage.stat(name), name).toMatchObject(kept)
      }
      expect(await storage.exists('f')).toBe(false)
      expect(await storage.readText('taken')).toBe('x')
      await expectNothingUnfinished(ground, storage)
    })
  })

  describe('a save', () => {
    it('is sent with the digest of its bytes: S3 refuses what was changed on the way', async ({
      skip,
    }) => {
      const client = ground.engine.connect({ port: ground.proxy.port, maxAttempts: 1 })
      // After the signature, as a fault on the way would.
      client.middlewareStack.add(
        (next) => (args) => {
          const request = args.request as { method: string; body: unknown }
          if (request.method === 'PUT' && request.body instanceof Uint8Array)
            request.body = Buffer.alloc(request.body.length, '!')
          return next(args)
        },
        { step: 'deserialize', priority: 'low' },
      )
      const storage = await ground.createStorage({ client })
      const saved = await storage.save('f', 'hello', { onTaken: 'replace' }).then(
        () => true,
        () => false,
      )
      if (saved) skip('this engine checks no digest')
      expect(await storage.exists('f')).toBe(false)
    })

    it('whose answer was lost is known as its own, and not made twice', async () => {
      const storage = await ground.createStorage()
      await storage.ready()
      let lost = 0
      ground.proxy.choose = ({ method }) =>
        method === 'PUT' && lost++ === 0 ? { kind: 'lose-answer' } : null
      expect(await storage.save('f.txt', 'hello')).toBe('f.txt')
      expect(lost).toBeGreaterThan(1)
      expect((await storage.list()).files.map(({ name }) => name)).toEqual(['f.txt'])
    })

    it('below another’s folder marker, or beside keys that are no names, is found alone', async () => {
      const storage = await ground.createStorage()
      const client = ground.engine.connect()
      for (const key of ['a/', 'a//b', './x', '.titofisto/x'])
        await client.send(
          new PutObjectCommand({ Bucket: ground.bucket, Key: storage.prefix + key, Body: 'x' }),
        )
      await storage.save('a/b', 'x')
      expect((await storage.list()).files.map(({ name }) => name)).toEqual(['a/b'])
      expect(await storage.open('a/')).toBe(null)
    })
  })

  describe('what a crash leaves behind', () => {
    it('is removed here and at S3, once it is old, and nothing else', async () => {
      const storage = await ground.createStorage({ partBytes: 5 * mebibyte, timeoutSeconds: 1 })
      // As a process that dies: nothing of it is heard any more, nor can it clean up.
      ground.proxy.choose = (request) =>
        request.url?.includes('partNumber') || request.method === 'DELETE'
          ? { kind: 'refuse', status: 503, code: 'SlowDown' }
          : null
      await expect(
        storage.save('f', randomBytes(6 * mebibyte), { onTaken: 'replace' }),
      ).rejects.toMatchObject({ code: 'storage-unavailable' })
      ground.proxy.choose = () => null
      expect(await unfinishedOf(ground, storage)).toHaveLength(1)
      expect(await storage.removeStaleTemporaries(86_400_000)).toBe(0)
      const [note = ''] = await filesIn(storage)
      const past = new Date(Date.now() - 90_000_000)
      await utimes(join(dirname(storage.spoolFolder), 'tmp', note), past, past)
      expect(await storage.removeStaleTemporaries(86_400_000)).toBe(1)
      await expectNothingUnfinished(ground, storage)
      expect(await filesIn(storage)).toEqual([])
    })
  })
}

async function spool(storage: S3Storage, bytes: Uint8Array): Promise<string> {
  await mkdir(storage.spoolFolder, { recursive: true })
  const path = join(storage.spoolFolder, `spooled-${randomBytes(4).toString('hex')}`)
  await writeFile(path, bytes)
  return path
}

async function filesIn(storage: S3Storage): Promise<string[]> {
  return readdir(join(dirname(storage.spoolFolder), 'tmp')).catch(() => [])
}

async function unfinishedOf({ engine }: S3Ground, { bucket, prefix }: S3Storage) {
  const command = new ListMultipartUploadsCommand({ Bucket: bucket })
  const { Uploads = [] } = await engine.connect().send(command)
  return Uploads.filter(({ Key = '' }) => Key.startsWith(prefix))
}

async function expectNothingUnfinished(ground: S3Ground, storage: S3Storage): Promise<void> {
  expect(await unfinishedOf(ground, storage)).toEqual([])
}

async function digestOf(storage: S3Storage, name: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of (await storage.stream(name)) ?? []) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
