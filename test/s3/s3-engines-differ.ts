// Engines that can do less than they should: found out at the start, and worked around or said.

import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it, vi } from 'vitest'
import type { LogEntry } from '../../src/log.ts'
import type { S3Ground } from './s3-ground.ts'

/** For engines that check no signature: fields can be taken out of requests on their way. */
export function describeLesserEngines(ground: S3Ground): void {
  describe('an engine that does not heed If-None-Match', () => {
    it('is refused for saves, since it would overwrite, and serves for the rest', async () => {
      const storage = await ground.createStorage()
      ground.proxy.choose = () => ({ kind: 'drop-fields', fields: ['if-none-match'] })
      await expect(storage.ready()).rejects.toMatchObject({ code: 'storage-failed' })
      await expect(storage.save('f', 'x')).rejects.toThrow(/does not heed If-None-Match/)
      expect(await storage.exists('f')).toBe(false)
      await storage.save('f', 'x', { onTaken: 'replace' })
      expect(await storage.readText('f')).toBe('x')
    })

    it('only for uploads in parts gets them in one piece, and it is said once', async () => {
      const entries: LogEntry[] = []
      const storage = await ground.createStorage({
        partBytes: 5 * 1024 * 1024,
        log: (entry) => entries.push(entry),
      })
      ground.proxy.choose = ({ method }) =>
        method === 'POST' ? { kind: 'drop-fields', fields: ['if-none-match'] } : null
      const bytes = Buffer.alloc(6 * 1024 * 1024, 'x')
      ground.proxy.seen.length = 0
      const names = [await storage.save('f', bytes), await storage.save('f', bytes)]
      expect(new Set(names).size).toBe(2)
      for (const name of names) expect((await storage.stat(name))?.sizeBytes).toBe(bytes.length)
      expect(entries.map(({ event }) => event)).toEqual(['s3-engine'])
      expect(ground.proxy.seen.filter((line) => line.includes('partNumber'))).toHaveLength(1)
    })
  })

  describe('a file in one piece, of which a request is reset in the middle', () => {
    it('is sent again, and nothing is said of it', async () => {
      const said = vi.spyOn(console, 'warn')
      try {
        const storage = await ground.createStorage({ partBytes: 5 * 1024 * 1024, log() {} })
        let resets = 0
        ground.proxy.choose = ({ method, url }) => {
          if (method === 'POST') return { kind: 'drop-fields', fields: ['if-none-match'] }
          const isReset =
            method === 'PUT' && /f\.bin(?!.*partNumber)/.test(url ?? '') && resets++ === 0
          return isReset ? { kind: 'reset-request', afterBytes: 1024 * 1024 } : null
        }
        expect(await storage.save('f.bin', Buffer.alloc(6 * 1024 * 1024, 'x'))).toBe('f.bin')
        expect(resets).toBe(2)
        expect(said).not.toHaveBeenCalled()
      } finally {
        said.mockRestore()
      }
    })
  })

  describe('an engine that can do all', () => {
    it('is not misjudged where what was given up is done late, within the next look', async () => {
      const logged: string[] = []
      const storage = await ground.createStorage({ log: ({ event }) => logged.push(event) })
      let path = ''
      ground.proxy.choose = ({ method, url }) => {
        if (method !== 'DELETE') return null
        path = url ?? ''
        return { kind: 'refuse', status: 503, code: 'SlowDown' }
      }
      await expect(storage.ready()).rejects.toMatchObject({ code: 'storage-unavailable' })
      const client = ground.engine.connect()
      const Key = decodeURIComponent(path.replace(/\?.*/, '').split('/').slice(2).join('/'))
      const late: Promise<unknown>[] = []
      ground.proxy.choose = ({ method, url }) => {
        if (method === 'POST' && url?.includes('uploads') === true)
          late.push(client.send(new DeleteObjectCommand({ Bucket: storage.bucket, Key })))
        return null
      }
      await storage.ready()
      expect(late).not.toEqual([])
      await Promise.all(late)
      expect(logged).toEqual([])
    })
  })

  describe('an engine that does not heed If-Match or ranges', () => {
    it('gives no bytes rather than wrong ones', async () => {
      const storage = await ground.createStorage()
      await storage.save('f', 'hello')
      const opened = await storage.open('f')
      const readTwo = async () => {
        for await (const _ of opened?.chunks(1, 3) ?? []);
      }
      ground.proxy.choose = () => ({ kind: 'drop-fields', fields: ['range'] })
      await expect(readTwo()).rejects.toMatchObject({ code: 'storage-failed' })
      await storage.save('f', 'other', { onTaken: 'replace' })
      ground.proxy.choose = () => ({ kind: 'drop-fields', fields: ['if-match'] })
      await expect(readTwo()).rejects.toMatchObject({ code: 'storage-failed' })
      await opened?.close()
    })
  })

  describe('a bucket that is not there', () => {
    it('is said by ready(), and by the first save', async () => {
      const storage = await ground.createStorage({ bucket: 'nowhere' })
      await expect(storage.ready()).rejects.toThrow('There is no such bucket.')
      await expect(storage.save('f', 'x')).rejects.toThrow(/no such bucket/)
    })
  })
}
