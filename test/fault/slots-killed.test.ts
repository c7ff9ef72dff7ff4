// A server that is killed (SIGKILL, for real) at every point of an upload, and started again.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Upload } from 'tus-js-client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SlotTicket } from '../../src/slots/minting/mint.ts'
import type { SlotStatus } from '../../src/slots/minting/status.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'

let source: CompiledSource
let folder: string
let server: Server | null = null

beforeAll(async () => {
  source = await compileSource()
})

afterAll(async () => {
  await source.remove()
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'titofisto-killed-'))
})

afterEach(async () => {
  await server?.kill()
  server = null
  await rm(folder, { recursive: true, force: true })
})

/** How long a machine with much else to do may take. */
const patience = { timeout: 25_000, interval: 50 }

// Above what counts as small, so that the upload passes every state: claim, kept, handling, done.
const bytes = randomBytes(2 * 1024 * 1024)
const small = bytes.subarray(0, 1000)

/** Ways to upload, and the changes of the slot's record that each makes. */
const ways = [
  // Claimed with its handler's start.
  { upload: 'a small upload that comes at once', body: small, changes: [1, 2], send: put },
  { upload: 'a small upload', body: small, changes: [1, 2, 3], send: putAsItComes },
  { upload: 'a large upload', body: bytes, changes: [1, 2, 3, 4], send: put },
]

describe('a slot whose server is killed', () => {
  for (const kind of ['save', 'save-idempotent'])
    for (const { upload, body, changes, send } of ways)
      for (const side of ['before', 'after'])
        for (const change of changes)
          it(`${side} change ${change} of ${upload} (${kind}) ends well or is usable again`, async () => {
            const doomed = await start(`${side} ${change}`)
            const ticket = await mint(doomed, kind)
            const answer = await send(doomed, ticket, body).catch(() => 'no answer')
            await doomed.exited
            expect(answer).toBe('no answer')

            const next = await start('never')
            const status = await settle(next, ticket)
            const runs = await readRuns()
            if (kind === 'save') expect(runs.length).toBeLessThanOrEqual(1)
            switch (status.state) {
              case 'open':
                // Nobody had its bytes; the client sends them again.
                expect(runs).toEqual([])
                expect(await put(next, ticket, body)).toBe(200)
                expect(await readSaved(ticket)).toBe(sha256(body))
                break
              case 'done':
                expect(await readSaved(ticket)).toBe(sha256(body))
                break
              default:
                // Nobody knows whether the handler had done its work.
                expect(status.state).toBe('interrupted')
                expect(kind).toBe('save')
                expect(await readSpool()).toHaveLength(1)
                expect(await put(next, ticket, body)).toBe(404)
            }
            if (status.state !== 'interrupted') await expectCleanSpool(next)
          })

  it('while bytes come in is open again, and what came is swept', async () => {
    const doomed = await start('never')
    const ticket = await mint(doomed, 'save')
    const request = httpRequest(`${doomed.origin}${ticket.url}`, {
      method: 'PUT',
      headers: { 'Content-Length': String(bytes.length) },
    })
    request.on('error', () => {})
    request.write(bytes.subarray(0, 1_000_000))
    await expect.poll(async () => (await readSpool()).length, patience).toBe(1)
    await doomed.kill()

    const next = await start('never')
    expect(await settle(next, ticket)).toMatchObject({ state: 'open' })
    await expectCleanSpool(next)
    expect(await put(next, ticket, bytes)).toBe(200)
    expect(await readRuns()).toEqual(['save 1'])
  })

  it('while its handler runs is interrupted, with its bytes, and nothing runs again', async () => {
    const doomed = await start('never')
    const ticket = await mint(doomed, 'hang')
    const answer = put(doomed, ticket, bytes).catch(() => 'no answer')
    await expect.poll(readRuns, patience).toEqual(['hang 1'])
    await doomed.kill()
    expect(await answer).toBe('no answer')

    const next = await start('never')
    expect(await settle(next, ticket)).toMatchObject({ state: 'interrupted', attempt: 1 })
    await sweep(next)
    expect(await readRuns()).toEqual(['hang 1'])
    expect((await readSpool()).some((name) => name.startsWith(ticket.id))).toBe(true)
  })

  it('while an idempotent handler runs is handled again, with its attempt counted', async () => {
    const doomed = await start('never')
    const ticket = await mint(doomed, 'hang-once')
    const answer = put(doomed, ticket, bytes).catch(() => 'no answer')
    await expect.poll(readRuns, patience).toEqual(['hang-once 1'])
    await doomed.kill()
    await answer

    const next = await start('never')
    expect(await settle(next, ticket)).toMatchObject({ state: 'done', attempt: 2 })
    expect(await readRuns()).toEqual(['hang-once 1', 'hang-once 2'])
    expect(await readSaved(ticket)).toBe(sha256(bytes))
  })

  it('while bytes come in under a checksum has none of them: nobody has seen that they are right', async () => {
    const doomed = await start('never', 0, longLeaseSeconds)
    const ticket = await mint(doomed, 'save')
    const piece = (checksummed: Uint8Array): Record<string, string | number> => ({
      'Tus-Resumable': '1.0.0',
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Offset': 0,
      'Upload-Length': bytes.length,
      'Upload-Checksum': `sha256 ${createHash('sha256').update(checksummed).digest('base64')}`,
    })
    const request = httpRequest(`${doomed.origin}${ticket.url}`, {
      method: 'PATCH',
      headers: { ...piece(bytes), 'Content-Length': bytes.length },
    })
    request.on('error', () => {})
    request.write(Buffer.alloc(1_000_000, 'wrong'))
    await expect.poll(async () => (await readSpool()).length, patience).toBe(1)
    await doomed.kill()

    const next = await start('never', 0, longLeaseSeconds)
    const url = `${next.origin}${ticket.url}`
    const asked = await fetch(url, { method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0' } })
    expect([asked.status, asked.headers.get('upload-offset')]).toEqual([200, '0'])
    const sent = await fetch(url, {
      method: 'PATCH',
      headers: Object.entries(piece(bytes)).map(([name, value]) => [name, String(value)]),
      body: bytes,
    })
    expect(sent.status).toBe(204)
    expect(await readSaved(ticket)).toBe(sha256(bytes))
  })

  it('while its handler runs is told to whoever asks next, without a sweep', async () => {
    const doomed = await start('never', 0, longLeaseSeconds)
    const ticket = await mint(doomed, 'hang')
    const answer = put(doomed, ticket, bytes).catch(() => 'no answer')
    await expect.poll(readRuns, patience).toEqual(['hang 1'])
    await doomed.kill()
    await answer
    const next = await start('never', 0, longLeaseSeconds)
    expect(await put(next, ticket, bytes)).toBe(404)
    const { state } = (await (
      await fetch(`${next.origin}/status/${ticket.id}`)
    ).json()) as SlotStatus
    expect(state).toBe('interrupted')
    expect(await readRuns()).toEqual(['hang 1'])
  })

  it('twice while a resumable upload comes in, goes on where it was, and is handled once', async () => {
    const whole = randomBytes(20_000_000)
    let current = await start('never')
    const { port } = current
    const ticket = await mint(current, 'save')
    const restart = async (): Promise<void> => {
      await current.kill()
      current = await start('never', port)
    }
    const uploaded = new Promise<void>((resolve, reject) => {
      let kills = 0
      const upload = new Upload(whole, {
        endpoint: `http://127.0.0.1:${port}${ticket.url}`,
        chunkSize: 1_000_000,
        retryDelays: Array.from({ length: 100 }, () => 100),
        onError: reject,
        onSuccess: () => resolve(),
        onChunkComplete(_size, sent) {
          if (sent < 6_000_000 * (kills + 1) || kills === 2) return
          kills += 1
          void restart()
        },
      })
      upload.start()
    })
    await uploaded
    expect(await readSaved(ticket)).toBe(sha256(whole))
    expect(await readRuns()).toEqual(['save 1'])
  })
})

interface Server {
  readonly origin: string
  readonly port: number
  readonly exited: Promise<unknown>
  kill(): Promise<void>
}

/** For a server that would be waited for if nobody saw that it is dead. */
const longLeaseSeconds = 3600

async function start(death: string, port = 0, leaseSeconds = 0.5): Promise<Server> {
  const program = fileURLToPath(new URL('../support/slot-server-child.mjs', import.meta.url))
  const child: ChildProcess = spawn(
    process.execPath,
    [program, source.folder, folder, ...death.split(' ')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PORT: String(port), LEASE: String(leaseSeconds) },
    },
  )
  const exited = once(child, 'exit')
  const { stdout } = child
  if (stdout === null) throw new Error('the child has a stdout')
  const [line] = (await once(createInterface({ input: stdout }), 'line')) as [string]
  server = {
    port: Number(line),
    origin: `http://127.0.0.1:${line}`,
    exited,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
  return server
}

async function mint({ origin }: Server, kind: string): Promise<SlotTicket> {
  const response = await fetch(`${origin}/mint/${kind}`, { method: 'POST' })
  return (await response.json()) as SlotTicket
}

async function put({ origin }: Server, { url }: SlotTicket, body: Uint8Array): Promise<number> {
  const headers = { 'Content-Type': 'application/octet-stream' }
  const response = await fetch(`${origin}${url}`, { method: 'PUT', body, headers })
  await response.arrayBuffer()
  return response.status
}

/** In chunks, whose end nobody knows before it is there. */
async function putAsItComes(
  { origin }: Server,
  { url }: SlotTicket,
  body: Uint8Array,
): Promise<number> {
  const headers = { 'Content-Type': 'application/octet-stream' }
  const stream = new Blob([body]).stream()
  const request = { method: 'PUT', body: stream, headers, duplex: 'half' } as const
  const response = await fetch(`${origin}${url}`, request)
  await response.arrayBuffer()
  return response.status
}

async function sweep({ origin }: Server): Promise<void> {
  await (await fetch(`${origin}/sweep`, { method: 'POST' })).arrayBuffer()
}

/** Sweeps until nobody is at work on the slot, as a running server does by itself. */
async function settle(target: Server, { id }: SlotTicket): Promise<SlotStatus> {
  const settled = new Set(['open', 'done', 'interrupted', 'rejected', 'expired', 'revoked'])
  let status: SlotStatus | null = null
  await expect
    .poll(async () => {
      await sweep(target)
      status = (await (await fetch(`${target.origin}/status/${id}`)).json()) as SlotStatus
      return settled.has(status.state)
    }, patience)
    .toBe(true)
  return status ?? expect.unreachable()
}

async function readRuns(): Promise<string[]> {
  const text = await readFile(join(folder, 'runs.log'), 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}

function readSpool(): Promise<string[]> {
  return readdir(join(folder, 'files/.titofisto/spool')).catch(() => [])
}

/** What the dead one has left goes once its age shows that nobody is at work on it. */
async function expectCleanSpool(target: Server): Promise<void> {
  const sweepAndRead = async (): Promise<string[]> => {
    await sweep(target)
    return readSpool()
  }
  await expect.poll(sweepAndRead, patience).toEqual([])
}

async function readSaved({ id }: SlotTicket): Promise<string> {
  return sha256(await readFile(join(folder, 'files', `${id}.bin`)))
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
