// Several servers that share slots in an engine and one disk: sweeps at once, a server that is killed
// in the middle of a handler, and one after another being restarted under load.

import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import type { SweepReport } from '../../src/index.ts'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { isLapsed } from '../../src/slots/record/lifecycle.ts'
import type { Moment } from '../../src/slots/record/lifecycle.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { postgresClients, redisClients } from '../support/engines/clients.ts'
import type { OpenSetting, OpenStore } from '../support/engines/clients.ts'
import { describeOnPostgres, describeOnRedis } from '../support/engines/stage.ts'
import { createSharedGround, startServerProcess } from '../support/upload-server-process.ts'
import type { ServerProcess, SharedGround } from '../support/upload-server-process.ts'

let source: CompiledSource

beforeAll(async () => {
  source = await compileSource()
})

afterAll(() => source.remove())

describeOnRedis('servers with slots in Redis', (engine) =>
  workTogether(engine, redisClients.ioredis),
)

describeOnPostgres('servers with slots in PostgreSQL', (engine) =>
  workTogether(engine, postgresClients['pg, a pool']),
)

describe('a lease, by clocks that differ by less than a third of it', () => {
  it('is not over for anybody while its holder renews it in time, give or take another third', () => {
    const third = 10_000
    fc.assert(
      fc.property(fc.integer({ min: 0, max: third - 1 }), fc.nat(2 * third), (aheadMs, sinceMs) => {
        const lease = { holder: 'elsewhere', untilMs: 3 * third }
        const moment: Moment = { nowMs: sinceMs + aheadMs, lifeOf: () => 'unknown' }
        expect(isLapsed(lease, moment)).toBe(false)
      }),
    )
  })
})

function workTogether(
  engine: () => { readonly port: number; readonly url: string },
  open: (setting: OpenSetting) => Promise<OpenStore>,
): void {
  let ground: SharedGround
  let servers: ServerProcess[] = []
  const start = (port = 0): Promise<ServerProcess> =>
    startServerProcess(source.folder, ground, port, { env: { SLOT_STORE: engine().url } })

  beforeAll(async () => {
    ground = await createSharedGround()
    servers = await Promise.all(Array.from({ length: runsAllClients() ? 8 : 3 }, () => start()))
  })

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill()))
    await ground.remove()
  })

  /** Which slots' handlers ran, once for each run. */
  async function runsOf(ids: readonly string[]): Promise<readonly string[]> {
    const runs = (await ground.lines('runs.log')).map((line) => line.split(' ')[0] ?? '')
    return runs.filter((id) => ids.includes(id))
  }

  it('sweep at once: each slot that has expired is ended once', async () => {
    const [first = expect.unreachable()] = servers
    const ids: string[] = []
    for (let slot = 0; slot < 50; slot++)
      ids.push((await first.mint('keep', { expiresIn: 0.001 })).id)
    const reports = await Promise.all(servers.map(sweep))
    expect(reports.reduce((sum, { movedSlots }) => sum + movedSlots, 0)).toBe(ids.length)
    for (const id of ids) expect(await first.status(id)).toMatchObject({ state: 'expired' })
  })

  it('sweep at once: each upload that nobody has handled is handled once', async () => {
    const [first = expect.unreachable()] = servers
    const { store, close } = await open(engine())
    const ids: string[] = []
    try {
      for (let slot = 0; slot < 30; slot++) {
        const { id } = await first.mint('count')
        const record = (await store.read(id)) ?? expect.unreachable()
        // As its server left it that died before the handler began.
        const path = join(ground.root, `.titofisto/spool/${id}.x.0`)
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, 'bytes')
        const names = { fieldName: null, originalName: null, name: 'upload' }
        const file = { ...names, type: '', sniffedType: null, sizeBytes: 'bytes'.length, path }
        const upload = { files: [file], fields: [] }
        const state = { name: 'received', upload, failed: false, keeper: null } as const
        await store.replace({ ...record, revision: record.revision + 1, state }, record.revision)
        ids.push(id)
      }
    } finally {
      await close()
    }
    const reports = await Promise.all(servers.map(sweep))
    expect(reports.reduce((sum, { handledSlots }) => sum + handledSlots, 0)).toBe(ids.length)
    expect((await runsOf(ids)).toSorted()).toEqual(ids.toSorted())
    for (const id of ids) expect(await first.status(id)).toMatchObject({ state: 'done' })
  })

  it('see that one was killed in the middle of a handler, and run nothing again', async () => {
    const [doomed = expect.unreachable(), other = expect.unreachable()] = servers
    const { url: slotUrl, id } = await doomed.mint('hang')
    const upload = fetch(slotUrl, { method: 'PUT', body: 'bytes' }).catch(() => 'broken')
    await expect.poll(() => runsOf([id])).toEqual([id])
    await doomed.kill()
    expect(await upload).toBe('broken')
    await fetch(`${other.origin}/sweep`, { method: 'POST' })
    expect(await other.status(id)).toMatchObject({ state: 'interrupted', attempt: 1 })
    expect(await runsOf([id])).toEqual([id])
    expect(await ground.spooledBytes()).toBe('bytes'.length)
    servers[0] = await start(doomed.port)
  })

  it('are restarted one after another under load: nothing is lost, nothing is done twice', async () => {
    const [first = expect.unreachable()] = servers
    const uploads = 90
    const tickets = await Promise.all(Array.from({ length: uploads }, () => first.mint('count')))
    const ids = tickets.map(({ id }) => id)
    const waiting = [...tickets]
    async function sendSome(sender: number): Promise<void> {
      for (let ticket = waiting.pop(); ticket !== undefined; ticket = waiting.pop()) {
        const { pathname } = new URL(ticket.url)
        // As a client behind a balancer: whoever is up; 404 where the answer of one that stopped was lost.
        for (let attempt = sender; ; attempt++) {
          const at = servers[attempt % servers.length] ?? expect.unreachable()
          const status = await putAlone(at.origin + pathname, `upload ${ticket.id}`)
          if (status === 204 || status === 404) break
          expect([0, 409, 503]).toContain(status)
        }
      }
    }
    const sending = Promise.all([0, 1, 2, 3, 4, 5].map(sendSome))
    for (const [index, server] of servers.entries()) {
      const doneBefore = (await runsOf(ids)).length
      await server.stop()
      servers[index] = await start(server.port)
      // Some more have come through since, or all have.
      await expect
        .poll(async () => (await runsOf(ids)).length)
        .toBeGreaterThanOrEqual(Math.min(uploads, doneBefore + 1))
    }
    await sending
    expect((await runsOf(ids)).toSorted()).toEqual(ids.toSorted())
    const [asked = expect.unreachable()] = servers
    for (const id of ids) expect(await asked.status(id)).toMatchObject({ state: 'done' })
  })
}

async function sweep({ origin }: ServerProcess): Promise<SweepReport> {
  const answer = await fetch(`${origin}/sweep`, { method: 'POST' })
  // A server of ours answers with nothing else.
  return (await answer.json()) as SweepReport
}

/**
 * Sends by a connection of its own, and gives the status; 0 where it broke. Node 20's fetch() has been
 * seen to wait for ever for an answer from a server that had ended.
 */
function putAlone(url: string, body: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(url, { method: 'PUT', agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.once('error', () => resolve(0))
    sent.end(body)
  })
}
