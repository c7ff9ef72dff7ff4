// Two servers over one bucket and one store of slots, each with a spool of its own.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFileSlotStore } from '../../src/index.ts'
import type { S3Ground } from './s3-ground.ts'

/** What counts on every engine. */
export function describeServers(ground: S3Ground): void {
  describe('two servers that share S3 and slots', () => {
    async function makeFolder(): Promise<string> {
      const folder = await mkdtemp(join(tmpdir(), 'titofisto-s3-slots-'))
      onTestFinished(() => rm(folder, { recursive: true, force: true }))
      return folder
    }

    /** Each with a spool of its own, or both with one. */
    async function serveTwo(sharing: { readonly stateFolder?: string } = {}) {
      const folder = await makeFolder()
      const one = await ground.createStorage(sharing)
      const other = await ground.createStorage({ prefix: one.prefix, ...sharing })
      const serve = async (storage: typeof one) => {
        const app = await ground.serve(storage, { slotStore: createFileSlotStore({ folder }) })
        const slot = app.files.slot('inbox', { handler: ({ file }) => file.save('inbox/up.txt') })
        return { ...app, storage, slot }
      }
      return [await serve(one), await serve(other)] as const
    }

    it('take each other’s slots once, and give each other’s files', async () => {
      const [one, other] = await serveTwo()
      const url = await one.slot.url()
      const uploads = await Promise.all(
        [one, other, one, other].map(({ server }) =>
          fetch(server.origin + url, { method: 'PUT', body: 'hello' }),
        ),
      )
      expect(uploads.filter(({ ok }) => ok)).toHaveLength(1)
      expect((await one.storage.list()).files.map(({ name }) => name)).toEqual(['inbox/up.txt'])
      const link = await one.files.url('inbox/up.txt')
      expect((await other.server.get(link)).body.toString()).toBe('hello')
    })

    it('go on with each other’s resumable uploads where they share a spool', async () => {
      const [one, other] = await serveTwo({ stateFolder: await makeFolder() })
      const url = await one.slot.url()
      const tus = { 'Tus-Resumable': '1.0.0' }
      const patch = { ...tus, 'Content-Type': 'application/offset+octet-stream' }
      const at = (app: typeof one, method: string, headers = {}, body?: string) =>
        fetch(app.server.origin + url, {
          method,
          headers: { ...tus, ...headers },
          body: body ?? null,
        })
      await at(one, 'POST', { 'Upload-Length': '15' })
      await at(one, 'PATCH', { ...patch, 'Upload-Offset': '0' }, 'hello')
      expect((await at(other, 'HEAD')).headers.get('upload-offset')).toBe('5')
      await at(other, 'PATCH', { ...patch, 'Upload-Offset': '5' }, 'world')
      const last = await at(one, 'PATCH', { ...patch, 'Upload-Offset': '10' }, 'again')
      expect(last.ok).toBe(true)
      expect(await other.storage.readText('inbox/up.txt')).toBe('helloworldagain')
      expect(await readdir(one.storage.spoolFolder)).toEqual([])
    })

    it('never go on in the middle of an upload whose beginning is elsewhere', async () => {
      const [one, other] = await serveTwo()
      const url = await one.slot.url()
      const tus = { 'Tus-Resumable': '1.0.0' }
      const patch = { ...tus, 'Content-Type': 'application/offset+octet-stream' }
      const at = (app: typeof one, method: string, headers = {}, body?: string) =>
        fetch(app.server.origin + url, {
          method,
          headers: { ...tus, ...headers },
          body: body ?? null,
        })
      await at(one, 'POST', { 'Upload-Length': '10' })
      await at(one, 'PATCH', { ...patch, 'Upload-Offset': '0' }, 'hello')
      const late = await at(other, 'PATCH', { ...patch, 'Upload-Offset': '5' }, 'world')
      expect(late.status).toBe(409)
      expect((await at(other, 'HEAD')).headers.get('upload-offset')).toBe('0')
      const anew = await at(other, 'PATCH', { ...patch, 'Upload-Offset': '0' }, 'helloworld')
      expect(anew.ok).toBe(true)
      expect(await one.storage.readText('inbox/up.txt')).toBe('helloworld')
    })
  })
}
