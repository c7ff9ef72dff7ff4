// Two servers that share slots and a disk, and can't see each other's processes, as on two machines: the
// first runs in namespaces of its own, where the kernel numbers its processes anew. When it is killed,
// nothing but its lease tells the other. And servers whose clocks differ.

import { once } from 'node:events'
import { request } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Upload } from 'tus-js-client'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { isHolderDead } from '../../src/holders/holder.ts'
import type { SlotId, SlotRecord } from '../../src/index.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { postgresClients, redisClients } from '../support/engines/clients.ts'
import type { OpenSetting, OpenStore } from '../support/engines/clients.ts'
import { describeOnPostgres, describeOnRedis } from '../support/engines/stage.ts'
import { createSharedGround, startServerProcess } from '../support/upload-server-process.ts'
import type { ServerProcess, SharedGround } from '../support/upload-server-process.ts'
import { describeUnless } from '../support/unless.ts'

const apart = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL', '--']
const mayUnshare = spawnSync('unshare', [...apart.slice(1), 'true']).status === 0
const mayNot = mayUnshare ? null : 'unshare needs root'

let source: CompiledSource

beforeAll(async () => {
  source = await compileSource()
})

afterAll(() => source.remove())

describeUnless(mayNot, 'a slot whose holder is on another machine', () => {
  describeOnRedis('in Redis', (engine) => isTakenOver(engine, redisClients.redis))
  describeOnPostgres('in PostgreSQL', (engine) =>
    isTakenOver(engine, postgresClients['pg, a pool']),
  )
})

function isTakenOver(
  engine: () => { readonly port: number; readonly url: string },
  open: (setting: OpenSetting) => Promise<OpenStore>,
): void {
  let ground: SharedGround
  let there: ServerProcess
  let here: ServerProcess
  let opened: OpenStore

  beforeEach(async () => {
    opened = await open({ port: engine().port })
    ground = await createSharedGround()
    const env = { SLOT_STORE: engine().url, LEASE: '3' }
    there = await startServerProcess(source.folder, ground, 0, { env, under: apart })
    here = await startServerProcess(source.folder, ground, 0, { env })
  })

  afterEach(async () => {
    await Promise.all([there.kill(), here.kill()])
    await opened.close()
    await ground.remove()
  })

  it('is busy while that lives, and after it was killed free once its lease is over', async () => {
    const { url, id } = await there.mint('keep')
    const upload = beginPut(url, 'the first half, and no more')
    await expect.poll(async () => (await here.status(id))?.state).toBe('receiving')
    expect(await putHere(here, url, 'another')).toBe(409)

    await there.kill()
    await upload.broken
    expect(isHolderDead(await holderOf(opened, id))).toBe(false)
    await expect.poll(() => putHere(here, url, 'whole')).toBe(200)
    expect(await ground.lines('runs.log')).toEqual([`${id} ${here.pid}`])
    expect(await readFile(join(ground.root, `kept/${id}.bin`), 'utf8')).toBe('whole')
    expect(await here.status(id)).toMatchObject({ state: 'done', attempt: 1 })
  })

  it('goes on here, where bytes of a resumable upload are on the shared disk', async () => {
    const bytes = randomBytes(3_000_000)
    const { url, id } = await there.mint('keep', { sizeBytes: bytes.length })
    const first = bytes.subarray(0, 1_000_000)
    const begun = await fetch(url, {
      method: 'PATCH',
      headers: {
        'Tus-Resumable': '1.0.0',
        'Upload-Offset': '0',
        'Content-Type': 'application/offset+octet-stream',
      },
      body: first,
    })
    expect(begun.status).toBe(204)
    await there.kill()
    await new Promise<void>((resolve, reject) => {
      new Upload(bytes, {
        endpoint: null,
        uploadUrl: at(here, url),
        retryDelays: [100, 1000, 2000, 4000, 8000],
        onError: reject,
        onSuccess: () => resolve(),
      }).start()
    })
    const [seen = ''] = await ground.lines('seen.log')
    expect(JSON.parse(seen)).toMatchObject({
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
    expect(await ground.lines('runs.log')).toEqual([`${id} ${here.pid}`])
  })
}

describeUnless(mayNot, 'servers whose clocks differ, on machines of their own', () => {
  describeOnRedis('with slots in Redis', (engine) => workByOtherClocks(() => engine().url))
  if (runsAllClients())
    describeOnPostgres('with slots in PostgreSQL', (engine) =>
      workByOtherClocks(() => engine().url),
    )
})

function workByOtherClocks(engineUrl: () => string): void {
  let ground: SharedGround
  let servers: ServerProcess[] = []

  async function start(...aheadMs: readonly number[]): Promise<readonly ServerProcess[]> {
    servers = await Promise.all(
      aheadMs.map((ms) => {
        const env = { SLOT_STORE: engineUrl(), CLOCK_AHEAD_MS: String(ms) }
        return startServerProcess(source.folder, ground, 0, { env, under: apart })
      }),
    )
    return servers
  }

  beforeEach(async () => {
    ground = await createSharedGround()
  })

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.kill()))
    await ground.remove()
  })

  it('by less than a third of a lease: each takes the other’s slots, and leaves what the other is at', async () => {
    const started = await start(0, 9000)
    for (const [index, holder] of started.entries()) {
      const other = started[1 - index] ?? expect.unreachable()
      const taken = await holder.mint('keep')
      expect(await putHere(other, taken.url, 'whole')).toBe(200)

      const { url, id } = await other.mint('keep')
      const { upload } = beginPut(at(holder, url), 'half, ', 'half, and half'.length)
      await expect.poll(async () => (await other.status(id))?.state).toBe('receiving')
      expect(await putHere(other, url, 'another')).toBe(409)
      await fetch(`${other.origin}/sweep`, { method: 'POST' })
      upload.end('and half')
      expect(await statusOf(upload)).toBe(200)
      expect(await readFile(join(ground.root, `kept/${id}.bin`), 'utf8')).toBe('half, and half')
    }
  })

  it('by an hour, which is not promised: one may take what the other is at, and the handler runs once', async () => {
    const [slow = expect.unreachable(), fast = expect.unreachable()] = await start(0, 3_600_000)
    const { url, id } = await slow.mint('keep', { expiresIn: 86_400 })
    const { upload } = beginPut(url, 'half, ', 'half, and half'.length)
    await expect.poll(async () => (await fast.status(id))?.state).toBe('receiving')
    expect(await putHere(fast, url, 'whole')).toBe(200)
    upload.end('and half')
    expect([404, 409]).toContain(await statusOf(upload))
    expect(await ground.lines('runs.log')).toHaveLength(1)
    expect(await readFile(join(ground.root, `kept/${id}.bin`), 'utf8')).toBe('whole')
  })
}

interface BrokenUpload {
  readonly upload: ClientRequest
  readonly broken: Promise<unknown>
}

/** Begins an upload, which ends where its caller goes on. */
function beginPut(url: string, first: string, lengthBytes = 1000): BrokenUpload {
  const upload = request(url, { method: 'PUT', headers: { 'Content-Length': lengthBytes } })
  // Its error comes before, and says no more.
  upload.on('error', () => {})
  const broken = new Promise((resolve) => upload.once('close', resolve))
  upload.write(first)
  return { upload, broken }
}

async function putHere(here: ServerProcess, url: string, body: string): Promise<number> {
  return (await fetch(at(here, url), { method: 'PUT', body })).status
}

/** A slot's URL, by another server than minted it. */
function at({ origin }: ServerProcess, url: string): string {
  return origin + new URL(url).pathname
}

async function statusOf(upload: ClientRequest): Promise<number | undefined> {
  const [answer] = (await once(upload, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode
}

async function holderOf({ store }: OpenStore, id: string): Promise<string> {
  // It was minted: it is one.
  const record: SlotRecord | null = await store.read(id as SlotId)
  return record?.state.name === 'receiving' ? record.state.lease.holder : ''
}
