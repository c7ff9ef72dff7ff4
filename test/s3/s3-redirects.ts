// Files of S3, sent by S3 itself: our token is checked, and its client is sent on.

import { describe, expect, it } from 'vitest'
import type { RawReply } from '../support/raw-http.ts'
import type { TitofistoEvent } from '../../src/titofisto-events.ts'
import type { S3Ground } from './s3-ground.ts'

/** What counts on every engine. */
export function describeRedirects(ground: S3Ground): void {
  describe('a link to a file in S3, sent by S3', () => {
    async function serveFile(delivery: 'proxy' | 'redirect' = 'redirect') {
      // Signed for where a browser would go: the proxy of tests is none for it.
      const storage = await ground.createStorage({
        delivery,
        redirectClient: ground.engine.connect(),
      })
      await storage.save('cat.png', 'a cat')
      const events: TitofistoEvent[] = []
      const app = await ground.serve(storage, { onEvent: (event) => void events.push(event) })
      return { storage, events, ...app }
    }

    it('is a redirect to a short URL that gives the file under our headers', async () => {
      const { files, server } = await serveFile()
      const url = await files.url('cat.png', { download: 'Zoë’s cat.png', expiresIn: 100 })
      const reply = await server.get(url)
      expect(reply.status).toBe(307)
      expect(reply.body).toHaveLength(0)
      expect(reply.header('referrer-policy')).toBe('no-referrer')
      expect(reply.header('access-control-allow-origin')).toBe('*')
      expect(reply.header('etag')).toBe(undefined)
      const target = targetOf(reply)
      const lifeSeconds = Number(target.searchParams.get('X-Amz-Expires'))
      expect(lifeSeconds).toBeLessThanOrEqual(100)
      const [, maxAge] = /^private, max-age=(\d+)$/.exec(reply.header('cache-control') ?? '') ?? []
      expect(Number(maxAge)).toBeLessThanOrEqual(lifeSeconds / 2)
      const answer = await fetch(target)
      expect(await answer.text()).toBe('a cat')
      expect(answer.headers.get('content-type')).toBe('image/png')
      expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=/)
      expect(answer.headers.get('cache-control')).toMatch(/^private, max-age=\d+, immutable$/)
    })

    it('asks S3 for the facts alone', async () => {
      const { files, server } = await serveFile()
      const url = await files.url('cat.png')
      ground.proxy.seen.length = 0
      await server.get(url)
      expect(ground.proxy.seen.map((line) => line.split(' ')[0])).toEqual(['HEAD'])
    })

    it('works for HEAD and for ranges', async () => {
      const { files, server } = await serveFile()
      const url = server.origin + (await files.url('cat.png'))
      const head = await fetch(url, { method: 'HEAD' })
      expect([head.status, head.headers.get('content-length')]).toEqual([200, '5'])
      const range = await fetch(url, { headers: { Range: 'bytes=2-4' } })
      expect([range.status, await range.text()]).toEqual([206, 'cat'])
    })

    it('is no longer good than the link', async () => {
      const { files, server } = await serveFile()
      const reply = await server.get(await files.url('cat.png', { expiresIn: 3 }))
      expect(Number(targetOf(reply).searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(3)
    })

    it('is kept by nobody where the link says so', async () => {
      const { files, server } = await serveFile()
      const reply = await server.get(await files.url('cat.png', { cache: 'no-store' }))
      expect([reply.status, reply.header('cache-control')]).toEqual([307, 'no-store'])
      expect(targetOf(reply).searchParams.get('response-cache-control')).toBe('no-store')
    })

    it('sends nobody to what could run scripts, but gives it in our sandbox', async () => {
      const { storage, files, server } = await serveFile()
      await storage.save('page.html', '<script>alert(1)</script>')
      await storage.save('drawing.svg', '<svg/>')
      for (const name of ['page.html', 'drawing.svg']) {
        const shown = await server.get(await files.url(name, { inline: true }))
        expect(shown.status, name).toBe(200)
        expect(shown.header('content-security-policy'), name).toMatch(/^sandbox/)
        const saved = await server.get(await files.url(name))
        expect(saved.status, name).toBe(307)
        const disposition = targetOf(saved).searchParams.get('response-content-disposition')
        expect(disposition, name).toMatch(/^attachment/)
      }
      const disguised = await files.url('cat.png', { inline: true, contentType: 'text/html' })
      expect((await server.get(disguised)).status).toBe(200)
    })

    it('is chosen by the storage, and by each link, which is signed', async () => {
      const byStorage = await serveFile('redirect')
      const proxied = await byStorage.files.url('cat.png', { delivery: 'proxy' })
      expect((await byStorage.server.get(proxied)).status).toBe(200)
      const byLink = await serveFile('proxy')
      const redirected = await byLink.files.url('cat.png', { delivery: 'redirect' })
      expect((await byLink.server.get(await byLink.files.url('cat.png'))).status).toBe(200)
      expect((await byLink.server.get(redirected)).status).toBe(307)
      // `vr` becomes `vp`, in the clear part of the token.
      expect((await byLink.server.get(redirected.replace('.vr.', '.vp.'))).status).toBe(404)
    })

    it('is the one 404 for whatever is wrong with it', async () => {
      const { storage, files, server } = await serveFile()
      const url = await files.url('cat.png')
      await storage.save('cat.png', 'another', { onTaken: 'replace' })
      for (const path of [url, url.slice(0, -4), '/media/cat.png', '/media/none.png']) {
        const reply = await server.get(path)
        expect([reply.status, reply.body.toString()], path).toEqual([404, 'Not found\n'])
      }
    })

    it('leads to no other file: S3 refuses what was changed in its URL', async ({ skip }) => {
      const { storage, files, server } = await serveFile()
      await storage.save('dog.png', 'a dog')
      const target = targetOf(await server.get(await files.url('cat.png')))
      const other = new URL(target.href.replace('cat.png', 'dog.png'))
      const { status } = await fetch(other)
      if (status === 200) skip('this engine checks no signature')
      expect(status).toBe(403)
      target.searchParams.set('response-content-type', 'text/html')
      expect((await fetch(target)).status).toBe(403)
    })

    it('is told as an event that speaks of no bytes', async () => {
      const { files, server, events } = await serveFile()
      await server.get(await files.url('cat.png'))
      await expect.poll(() => events.filter(({ type }) => type === 'file-served')).toHaveLength(1)
      expect(events.find(({ type }) => type === 'file-served')).toMatchObject({
        status: 307,
        from: 'redirect',
        bytes: 0,
        aborted: false,
      })
    })

    it('leads to the version that the token was for, where the bucket keeps versions', async () => {
      const storage = await ground.createStorage({
        bucket: ground.versionedBucket,
        delivery: 'redirect',
        redirectClient: ground.engine.connect(),
      })
      await storage.save('cat.png', 'a cat', { onTaken: 'replace' })
      const { files, server } = await ground.serve(storage)
      const target = targetOf(await server.get(await files.url('cat.png')))
      await storage.save('cat.png', 'a dog', { onTaken: 'replace' })
      expect(await (await fetch(target)).text()).toBe('a cat')
    })
  })
}

function targetOf(reply: RawReply): URL {
  return new URL(reply.header('location') ?? '')
}
