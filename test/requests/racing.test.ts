// `maxUploads` under people who come at once, over processes that share a store, and with processes
// that die in between.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileSource } from '../../tools/compile-source.mjs'
import {
  createSharedGround,
  spawnServer,
  startServerProcess,
} from '../support/upload-server-process.ts'

let source: Awaited<ReturnType<typeof compileSource>>
beforeAll(async () => {
  source = await compileSource()
}, 120_000)
afterAll(() => source.remove())

const people = 50

/** What became of one person's try. */
type Ending = 'sent' | 'left' | 'refused'

describe(`${people} people at once, over two processes that share a store`, () => {
  it(
    'make exactly maxUploads uploads, also where some leave and their places are taken by others',
    { timeout: 120_000 },
    async () => {
      const ground = await createSharedGround()
      const servers = await Promise.all([
        startServerProcess(source.folder, ground),
        startServerProcess(source.folder, ground),
      ])
      try {
        const [first, second] = servers
        const maxUploads = 7
        const { id, url } = await first.request({ maxUploads, perPersonName: true })
        async function come(person: number, leaves: boolean): Promise<Ending> {
          const there = person % 2 === 0 ? url : url.replace(first.origin, second.origin)
          const taken = await fetch(there, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ name: `Person ${person}` }),
          })
          if (taken.status !== 201) {
            expect([404, 409]).toContain(taken.status)
            await taken.arrayBuffer()
            return 'refused'
          }
          const slot = (await taken.json()) as { id: string; url: string }
          if (leaves) {
            expect(await second.revoke(slot.id)).toBe(true)
            return 'left'
          }
          const sent = await fetch(new URL(slot.url, there), { method: 'PUT', body: 'x' })
          expect(sent.status).toBe(204)
          return 'sent'
        }
        const endings: Ending[] = []
        // The first all at once; then, while places are left, those who are told to come again.
        for (let round = 0; round < 20; round++) {
          const now = Array.from({ length: people }, (_, person) =>
            come(person, round === 0 && person % 3 === 0),
          )
          endings.push(...(await Promise.all(now)))
          if ((await first.requestStatus(id)).state === 'complete') break
        }
        expect(endings.filter((ending) => ending === 'sent')).toHaveLength(maxUploads)
        const runs = (await ground.lines('runs.log')).map((line) => line.split(' ')[0])
        expect(runs).toHaveLength(maxUploads)
        expect(new Set(runs).size).toBe(maxUploads)
        expect(await second.requestStatus(id)).toMatchObject({
          state: 'complete',
          uploadCount: maxUploads,
          waitingCount: 0,
        })
      } finally {
        await Promise.all(servers.map((server) => server.kill()))
        await ground.remove()
      }
    },
  )
})

describe('promise 17: a process that is killed while it gives a place', () => {
  it.each(['before 1', 'after 1'])(
    'loses no place for ever, and gives none twice: killed %s the place is in the store',
    { timeout: 60_000 },
    async (when) => {
      const folder = await mkdtemp(join(tmpdir(), 'titofisto-requests-'))
      const start = async (how: readonly string[], env: Readonly<Record<string, string>> = {}) => {
        Object.assign(process.env, env)
        try {
          return await spawnServer('slot-server-child.mjs', [source.folder, folder, ...how])
        } finally {
          for (const name of Object.keys(env)) delete process.env[name]
        }
      }
      try {
        const REQUEST = JSON.stringify({ maxUploads: 1, placeSeconds: 60 })
        const dying = await start(when.split(' '), { REQUEST })
        const made = await fetch(`${dying.origin}/request`, { method: 'POST' })
        const { id, url } = (await made.json()) as { id: string; url: string }
        await expect(fetch(dying.origin + url, { method: 'POST' })).rejects.toThrow()
        await dying.kill()

        const next = await start(['never'])
        const soon = await fetch(next.origin + url, { method: 'POST' })
        // Nobody knows what a process that has its place would still do with it.
        expect(soon.status).toBe(when === 'before 1' ? 201 : 409)
        await next.kill()

        const later = await start(['never'], { AHEAD_MS: '200000' })
        const taken = await fetch(later.origin + url, { method: 'POST' })
        expect(taken.status).toBe(201)
        const slot = (await taken.json()) as { url: string }
        expect((await fetch(later.origin + slot.url, { method: 'PUT', body: 'x' })).status).toBe(
          200,
        )
        const status = await fetch(`${later.origin}/request-status/${id}`)
        expect(await status.json()).toMatchObject({ state: 'complete', uploadCount: 1 })
        await later.kill()
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})
