// nginx, as Debian has it, in front of several servers that share slots in an engine and one disk. It
// takes turns: what begins on one goes on at another.

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { hasNginx, startNginx } from '../support/engines/nginx.ts'
import type { Balancer } from '../support/engines/nginx.ts'
import { describeOnPostgresInMatrix, describeOnRedisInMatrix } from '../support/engines/stage.ts'
import { askIetf } from '../support/ietf-client.ts'
import { startTusUpload } from '../support/tus-upload.ts'
import { createSharedGround, startServerProcess } from '../support/upload-server-process.ts'
import type { ServerProcess, SharedGround } from '../support/upload-server-process.ts'
import { describeUnless } from '../support/unless.ts'

const page = readFileSync(new URL('../../docs/stores.md', import.meta.url), 'utf8')
const [, ofDocs = ''] = /```nginx\n([^]*?)```/.exec(page) ?? []
/** What nginx does by itself, but for the size that it takes. */
const byDefault = `upstream titofisto {\n  server x;\n}
server { listen 80; client_max_body_size 0; location / { proxy_pass http://titofisto; } }`

const inDocs = ['as docs/stores.md has it', ofDocs] as const
const configs = [inDocs, ['with its defaults', byDefault] as const]

if (!hasNginx()) console.warn('Skipped, since nginx is not installed: servers behind a balancer.')

let source: CompiledSource

beforeAll(async () => {
  source = await compileSource()
})

afterAll(() => source.remove())

describeUnless(hasNginx() ? null : 'nginx is not installed', 'servers behind nginx', () => {
  describeOnRedisInMatrix('with slots in Redis', (engine) =>
    workBehind(configs, () => engine().url, 8),
  )

  describeOnPostgresInMatrix('with slots in PostgreSQL', (engine) =>
    workBehind([inDocs], () => engine().url, 2),
  )
})

function workBehind(
  chosen: readonly (readonly [name: string, config: string])[],
  url: () => string,
  count: number,
): void {
  let ground: SharedGround
  let servers: ServerProcess[] = []
  let nginx: Balancer
  const start = (port = 0): Promise<ServerProcess> =>
    startServerProcess(source.folder, ground, port, { env: { SLOT_STORE: url() } })

  beforeAll(async () => {
    ground = await createSharedGround()
    servers = await Promise.all(Array.from({ length: count }, () => start()))
  })

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill()))
    await ground.remove()
  })

  /** Who was killed comes back. */
  async function revive(server: ServerProcess): Promise<void> {
    await server.kill()
    servers[servers.indexOf(server)] = await start(server.port)
  }

  /** Mints by one of the servers, for all. */
  async function mint(kind: string, sizeBytes?: number): Promise<{ id: string; url: string }> {
    const [first = expect.unreachable()] = servers
    const ticket = await first.mint(kind, sizeBytes === undefined ? {} : { sizeBytes })
    return { id: ticket.id, url: nginx.origin + new URL(ticket.url).pathname }
  }

  async function expectSaved(id: string, bytes: Buffer): Promise<void> {
    const saved = await readFile(join(ground.root, `kept/${id}.bin`))
    expect(saved.equals(bytes)).toBe(true)
    expect(await runsOf([id])).toEqual([id])
  }

  /** Which slots' handlers ran, once for each run. */
  async function runsOf(ids: readonly string[]): Promise<readonly string[]> {
    const runs = (await ground.lines('runs.log')).map((line) => line.split(' ')[0] ?? '')
    return runs.filter((id) => ids.includes(id))
  }

  for (const [name, config] of chosen)
    describe(name, () => {
      beforeAll(async () => {
        nginx = await startNginx(
          config,
          servers.map(({ port }) => port),
        )
      })

      afterAll(() => nginx.stop())

      it('a tus upload begun on one goes on at another', async () => {
        const bytes = randomBytes(400_000)
        const { id, url: slotUrl } = await mint('keep', bytes.length)
        const servedBy = new Set<string | undefined>()
        const { done } = startTusUpload(bytes, {
          endpoint: null,
          uploadUrl: slotUrl,
          chunkSize: 50_000,
          onAfterResponse: (_, answer) => void servedBy.add(answer.getHeader('X-Served-By')),
        })
        await done
        await expectSaved(id, bytes)
        expect(servedBy.size).toBeGreaterThan(1)
      })

      it('an upload by the IETF’s protocol does, too', async () => {
        const dialect = { interop: null, isInverse: false, hasMediaType: true }
        const bytes = randomBytes(300_000)
        const { id, url: slotUrl } = await mint('keep')
        const created = await askIetf(dialect, 'POST', slotUrl, {
          isComplete: false,
          length: bytes.length,
          body: bytes.subarray(0, 100_000),
        })
        expect(created.status).toBe(201)
        const servedBy = new Set([created.headers['x-served-by']])
        for (const offset of [100_000, 200_000]) {
          const { status, headers } = await askIetf(dialect, 'PATCH', slotUrl, {
            isComplete: offset === 200_000,
            offset,
            body: bytes.subarray(offset, offset + 100_000),
          })
          expect(status).toBeLessThan(300)
          servedBy.add(headers['x-served-by'])
        }
        await expectSaved(id, bytes)
        expect(servedBy.size).toBeGreaterThan(1)
      })

      it('one killed while bytes come in: its client goes on at another, and loses nothing that had been taken', async () => {
        const bytes = randomBytes(600_000)
        const { id, url: slotUrl } = await mint('keep', bytes.length)
        let doomed: ServerProcess | null = null
        const { done } = startTusUpload(bytes, {
          endpoint: null,
          uploadUrl: slotUrl,
          chunkSize: 100_000,
          retryDelays: [50, 100, 500, 1000, 2000, 4000],
          onAfterResponse(_, answer) {
            // Whoever has just taken a piece, once some have come.
            const port = answer.getHeader('X-Served-By')?.split(':').at(-1)
            if (answer.getStatus() === 204 && answer.getHeader('Upload-Offset') === '300000')
              doomed ??= servers.find((server) => String(server.port) === port) ?? null
            void doomed?.kill()
          },
        })
        await done
        await revive(doomed ?? expect.unreachable())
        await expectSaved(id, bytes)
      })

      it('one killed while its handler runs: the others see it, and run nothing again', async () => {
        const { id, url: slotUrl } = await mint('hang')
        const answer = putAlone(slotUrl, 'bytes')
        await expect.poll(() => runsOf([id])).toEqual([id])
        const line = (await ground.lines('runs.log')).find((each) => each.startsWith(id))
        const pid = line?.split(' ')[1]
        const doomed = servers.find((server) => String(server.pid) === pid) ?? expect.unreachable()
        await doomed.kill()
        // nginx tells that it has no answer, or asks the next one, where the slot is none any more.
        expect([404, 502, 504]).toContain(await answer)
        const others = servers.filter((server) => server !== doomed)
        for (const other of others) await fetch(`${other.origin}/sweep`, { method: 'POST' })
        for (const other of others)
          expect(await other.status(id)).toMatchObject({ state: 'interrupted', attempt: 1 })
        expect(await putAlone(slotUrl, 'bytes')).toBe(404)
        expect(await runsOf([id])).toEqual([id])
        await revive(doomed)
      })

      it('restarted one after another under load: nothing is lost, nothing is done twice', async () => {
        const uploads = 20 * count
        const tickets = await Promise.all(Array.from({ length: uploads }, () => mint('count')))
        const ids = tickets.map(({ id }) => id)
        const waiting = [...tickets]
        async function sendSome(): Promise<void> {
          for (let ticket = waiting.pop(); ticket !== undefined; ticket = waiting.pop())
            while (true) {
              const status = await putAlone(ticket.url, `upload ${ticket.id}`)
              // 404 where nginx has asked a second one for an answer that was lost.
              if (status === 204 || status === 404) break
              expect([0, 409, 502, 503, 504]).toContain(status)
            }
        }
        const sending = Promise.all([0, 1, 2, 3].map(sendSome))
        for (const [index, server] of servers.entries()) {
          const doneBefore = (await runsOf(ids)).length
          await server.stop()
          servers[index] = await start(server.port)
          await expect
            .poll(async () => (await runsOf(ids)).length)
            .toBeGreaterThanOrEqual(Math.min(uploads, doneBefore + 1))
        }
        await sending
        expect((await runsOf(ids)).toSorted()).toEqual(ids.toSorted())
        const [asked = expect.unreachable()] = servers
        for (const id of ids) expect(await asked.status(id)).toMatchObject({ state: 'done' })
      })
    })
}

/** Sends by a connection of its own, and gives the status; 0 where it broke. */
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
