// Two processes share a store, and one of them stalls past its lease (SIGSTOP, for real), at every
// point of an upload. The other one takes over; then the first wakes, and goes on with what it was
// about to do. No byte of it may reach what the other one has, and its own client hears that the
// slot is in use.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { SlotStatus, SlotTicket } from '../../src/index.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { createSharedGround, spawnServer } from '../support/upload-server-process.ts'
import type { SharedGround, SpawnedServer } from '../support/upload-server-process.ts'
import { describeUnless } from '../support/unless.ts'

// Each byte says where it belongs.
const bytes = Buffer.alloc(2_000_000)
for (let index = 0; index < bytes.length; index++) bytes[index] = (index * 31 + (index >> 8)) & 0x7f
const half = 1_000_000
/** What no honest byte is. */
const foreignByte = 0xee

let source: CompiledSource
let ground: SharedGround
let awake: SpawnedServer
let stalled: SpawnedServer

beforeAll(async () => {
  source = await compileSource()
})

afterAll(async () => {
  await source.remove()
})

beforeEach(async () => {
  ground = await createSharedGround()
  awake = await startServer('never')
})

afterEach(async () => {
  await Promise.all([awake.kill(), stalled.kill()])
  await ground.remove()
})

describeUnless(
  process.platform === 'linux' ? null : 'not on Linux',
  'a process that stalls past its lease',
  () => {
    const takenOver = [
      ['before its first byte', 'after receiving', bytes.length],
      ['with a piece that it has not given back', 'before open', half],
      ['with all bytes, before it says so', 'before received', bytes.length],
      ['with an upload that it has kept, before its handler', 'after received', bytes.length],
    ] as const

    it.each(takenOver)('%s loses the upload to another, whole', async (_, point, sentBytes) => {
      stalled = await startServer(point)
      const ticket = await mint('keep')
      const answered = patch(stalled, ticket, 0, bytes.subarray(0, sentBytes))
      await stopped(stalled)
      await upload(awake, ticket)
      process.kill(stalled.pid, 'SIGCONT')
      expect((await answered).statusCode).toBe(423)
      await expectOneRun()
      await expectSaved(ticket)
      await expectNothingLeft()
    })

    it.each([
      ['just before its handler', 'keep', 'after handling'],
      ['within its handler', 'sleepy', 'never'],
      ['after its handler', 'keep', 'before done'],
    ])(
      '%s is taken for dead; nothing runs again, and its outcome counts',
      async (_, kind, point) => {
        stalled = await startServer(point)
        const ticket = await mint(kind)
        const answered = patch(stalled, ticket, 0, bytes)
        await stopped(stalled)
        await expect.poll(async () => (await head(awake, ticket)).statusCode, patience).toBe(404)
        expect(await stateOf(ticket)).toBe('interrupted')
        process.kill(stalled.pid, 'SIGCONT')
        expect((await answered).statusCode).toBe(204)
        expect(await stateOf(ticket)).toBe('done')
        await expectOneRun()
        await expectSaved(ticket)
        await expectNothingLeft()
      },
    )

    it('within an idempotent handler: another run saves the same bytes, and its outcome counts', async () => {
      stalled = await startServer('never')
      const ticket = await mint('sleepy-idempotent')
      const answered = patch(stalled, ticket, 0, bytes)
      await stopped(stalled)
      await upload(awake, ticket)
      await expectSaved(ticket)
      process.kill(stalled.pid, 'SIGCONT')
      await answered
      expect(await ground.lines('runs.log')).toEqual(['1', '2'])
      expect(await stateOf(ticket)).toBe('done')
      await expectSaved(ticket)
      await expectNothingLeft()
    })

    it('just before an idempotent handler does not begin what another one has done', async () => {
      stalled = await startServer('after handling')
      const ticket = await mint('keep-idempotent')
      const answered = patch(stalled, ticket, 0, bytes)
      await stopped(stalled)
      await upload(awake, ticket)
      process.kill(stalled.pid, 'SIGCONT')
      expect((await answered).statusCode).toBeGreaterThanOrEqual(400)
      expect(await ground.lines('runs.log')).toEqual(['2'])
      await expectSaved(ticket)
    })

    it('between two batches writes what still comes to nowhere', async () => {
      stalled = await startServer('never')
      const ticket = await mint('keep')
      const request = beginPatch(stalled, ticket, { 'Content-Length': bytes.length })
      const answered = responseTo(request)
      request.write(bytes.subarray(0, half))
      await spooledBytes(half)
      process.kill(stalled.pid, 'SIGSTOP')
      request.end(Buffer.alloc(bytes.length - half, foreignByte))
      await upload(awake, ticket)
      await expectSaved(ticket)
      process.kill(stalled.pid, 'SIGCONT')
      expect((await answered).statusCode).toBe(423)
      await expectOneRun()
      await expectSaved(ticket)
      await expectNothingLeft()
    })

    it.each([
      ['whose length it told', {}],
      ['of untold length', { 'Transfer-Encoding': 'chunked' }],
    ])(
      'within the one request of an IETF client %s loses it, and the bytes that came stay',
      async (_, sized) => {
        const ietf = { 'Upload-Draft-Interop-Version': 8, 'Upload-Complete': '?1' }
        const told = 'Transfer-Encoding' in sized ? sized : { 'Content-Length': bytes.length }
        stalled = await startServer('never')
        const ticket = await mint('keep', {})
        const request = ask(stalled, ticket, 'POST', { ...ietf, ...told })
        const answered = responseTo(request)
        request.write(bytes.subarray(0, half))
        await spooledBytes(half)
        process.kill(stalled.pid, 'SIGSTOP')
        request.end(Buffer.alloc(bytes.length - half, foreignByte))

        const asked = async (): Promise<IncomingMessage> => {
          const asking = ask(awake, ticket, 'HEAD', { 'Upload-Draft-Interop-Version': 8 })
          asking.end()
          return responseTo(asking)
        }
        await expect.poll(async () => (await asked()).statusCode, patience).toBe(204)
        const offset = Number((await asked()).headers['upload-offset'])
        expect(offset).toBeGreaterThanOrEqual(half)
        const last = ask(awake, ticket, 'PATCH', {
          ...ietf,
          ...sized,
          'Content-Type': 'application/partial-upload',
          'Upload-Offset': offset,
        })
        last.end(bytes.subarray(offset))
        expect((await responseTo(last)).statusCode).toBeLessThan(300)
        await expectSaved(ticket)
        process.kill(stalled.pid, 'SIGCONT')
        expect((await answered).statusCode).toBe(503)
        await expectOneRun()
        await expectSaved(ticket)
        await expectNothingLeft()
      },
    )

    it('with bytes whose checksum nobody has seen: they do not count, and its late cut hits nobody', async () => {
      stalled = await startServer('never')
      const ticket = await mint('keep')
      const wrong = createHash('sha256').update('something else').digest('base64')
      const request = beginPatch(stalled, ticket, {
        'Content-Length': bytes.length,
        'Upload-Checksum': `sha256 ${wrong}`,
      })
      request.on('error', () => {})
      request.write(Buffer.alloc(half, foreignByte))
      await spooledBytes(half)
      const itsOwn = await spoolNames()
      process.kill(stalled.pid, 'SIGSTOP')
      request.destroy()
      await expect.poll(async () => (await head(awake, ticket)).statusCode, patience).toBe(200)
      expect((await head(awake, ticket)).headers['upload-offset']).toBe('0')

      const honest = beginPatch(awake, ticket, { 'Content-Length': bytes.length })
      const answered = responseTo(honest)
      honest.write(bytes.subarray(0, half))
      await expect.poll(spoolNames, patience).not.toEqual(expect.arrayContaining(itsOwn))
      await spooledBytes(half)
      const linesBefore = (await ground.lines('log')).length
      process.kill(stalled.pid, 'SIGCONT')
      // It says so once it has given up.
      await expect
        .poll(async () => (await ground.lines('log')).length, patience)
        .toBeGreaterThan(linesBefore)
      honest.end(bytes.subarray(half))
      expect((await answered).statusCode).toBe(204)
      await expectSaved(ticket)
      await expectNothingLeft()
    })

    it('with an upload in one piece loses the slot to another one', async () => {
      stalled = await startServer('before handling')
      const ticket = await mint('keep', {})
      const foreign = Buffer.alloc(1000, foreignByte)
      const answered = put(stalled, ticket, foreign)
      await stopped(stalled)
      await expect
        .poll(async () => (await put(awake, ticket, bytes)).statusCode, patience)
        .toBe(204)
      process.kill(stalled.pid, 'SIGCONT')
      // Used by then, and so a slot like any other that is gone.
      expect((await answered).statusCode).toBe(404)
      await expectOneRun()
      await expectSaved(ticket)
      await expectNothingLeft()
    })

    it('finds the slot open again, and tells its own client that it is in use, not gone', async () => {
      stalled = await startServer('before handling')
      const ticket = await mint('keep', {})
      const request = ask(stalled, ticket, 'PUT', { 'Transfer-Encoding': 'chunked' })
      // Of a body without a length nobody knows that it is here: it is claimed before it is read.
      request.end(Buffer.alloc(1000, foreignByte))
      const answered = responseTo(request)
      await stopped(stalled)
      await expect
        .poll(async () => {
          await (await fetch(`${awake.origin}/sweep`, { method: 'POST' })).arrayBuffer()
          return stateOf(ticket)
        }, patience)
        .toBe('open')
      process.kill(stalled.pid, 'SIGCONT')
      expect((await answered).statusCode).toBe(409)
      expect((await put(awake, ticket, bytes)).statusCode).toBe(204)
      await expectSaved(ticket)
      await expectNothingLeft()
    })
  },
)

const patience = { timeout: 60_000, interval: 100 }

function startServer(point: string): Promise<SpawnedServer> {
  const args = [source.folder, ground.root, ...point.split(' ')]
  return spawnServer('stopping-server-child.mjs', args)
}

async function mint(
  kind: string,
  overrides: object = { sizeBytes: bytes.length },
): Promise<SlotTicket> {
  const body = JSON.stringify(overrides)
  const response = await fetch(`${awake.origin}/mint/${kind}`, { method: 'POST', body })
  return (await response.json()) as SlotTicket
}

async function stateOf({ id }: SlotTicket): Promise<string | undefined> {
  const response = await fetch(`${awake.origin}/status/${id}`)
  return ((await response.json()) as SlotStatus | null)?.state
}

/** Waits until a process has stopped itself. */
async function stopped({ pid }: SpawnedServer): Promise<void> {
  await expect
    .poll(() => {
      const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
      return text.slice(text.lastIndexOf(')') + 2)[0]
    }, patience)
    .toBe('T')
}

/** Goes on with an upload as a tus client does: asks, waits, sends, until all is said to be there. */
async function upload(server: SpawnedServer, ticket: SlotTicket): Promise<void> {
  await expect
    .poll(async () => {
      const { statusCode, headers } = await head(server, ticket)
      if (statusCode !== 200) return statusCode
      const offset = Number(headers['upload-offset'])
      if (offset === bytes.length) return 'all here'
      return (await patch(server, ticket, offset, bytes.subarray(offset))).statusCode
    }, patience)
    .toBe('all here')
}

type Headers = Readonly<Record<string, string | number>>

function ask(server: SpawnedServer, { url }: SlotTicket, method: string, headers: Headers) {
  return httpRequest(server.origin + url, { method, headers, agent: false })
}

function head(server: SpawnedServer, ticket: SlotTicket): Promise<IncomingMessage> {
  const request = ask(server, ticket, 'HEAD', { 'Tus-Resumable': '1.0.0' })
  request.end()
  return responseTo(request)
}

function beginPatch(server: SpawnedServer, ticket: SlotTicket, headers: Headers): ClientRequest {
  return ask(server, ticket, 'PATCH', {
    'Tus-Resumable': '1.0.0',
    'Content-Type': 'application/offset+octet-stream',
    'Upload-Offset': 0,
    ...headers,
  })
}

function patch(
  server: SpawnedServer,
  ticket: SlotTicket,
  offset: number,
  data: Buffer,
): Promise<IncomingMessage> {
  const sized = { 'Upload-Offset': offset, 'Content-Length': data.length }
  const request = beginPatch(server, ticket, sized)
  request.end(data)
  return responseTo(request)
}

function put(server: SpawnedServer, ticket: SlotTicket, data: Buffer): Promise<IncomingMessage> {
  const request = ask(server, ticket, 'PUT', { 'Content-Length': data.length })
  request.end(data)
  return responseTo(request)
}

async function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  return response
}

function spoolNames(): Promise<string[]> {
  return readdir(join(ground.root, '.titofisto/spool'))
}

/** Waits until some file in the spool has so many bytes. */
async function spooledBytes(wanted: number): Promise<void> {
  await expect
    .poll(async () => {
      const spool = join(ground.root, '.titofisto/spool')
      const sizes = (await spoolNames()).map(async (name) => {
        const facts = await stat(join(spool, name)).catch(() => null)
        return facts?.size ?? 0
      })
      return Math.max(0, ...(await Promise.all(sizes)))
    }, patience)
    .toBeGreaterThanOrEqual(wanted)
}

async function expectOneRun(): Promise<void> {
  expect(await ground.lines('runs.log')).toHaveLength(1)
}

async function expectSaved({ id }: SlotTicket): Promise<void> {
  const saved = await readFile(join(ground.root, `kept/${id}.bin`))
  expect(saved.equals(bytes)).toBe(true)
  // What the handler read is what lies there.
  const seen = (await ground.lines('seen.log')).map((line) => JSON.parse(line) as object)
  for (const each of seen)
    expect(each).toMatchObject({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      sizeBytes: bytes.length,
    })
}

/** Not even what the one that stalled had opened under its old name. */
async function expectNothingLeft(): Promise<void> {
  await expect.poll(spoolNames, patience).toEqual([])
}
