// What goes wrong around an IETF upload: several clients at once, a server that is killed, bytes and
// lengths that don't fit. One upload comes of it, whole, or none.

import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { SlotStatus, SlotTicket } from '../../src/index.ts'
import { askIetf, beginIetf } from '../support/ietf-client.ts'
import type { IetfAnswer, IetfDialect, IetfSaying, IetfSending } from '../support/ietf-client.ts'
import { useServerProcess } from '../support/server-process-stage.ts'
import { startTusUpload } from '../support/tus-upload.ts'

const dialect: IetfDialect = { interop: 8, isInverse: false, hasMediaType: true }
const bytes = randomBytes(2_000_000)
const digest = createHash('sha256').update(bytes).digest('hex')
const patience = { timeout: 25_000, interval: 20 }

const stage = useServerProcess()

function ask(url: string, method: string, saying: IetfSaying = {}): Promise<IetfAnswer> {
  return askIetf(dialect, method, url, saying)
}

function begin(url: string, method: string, saying: IetfSaying): IetfSending {
  const sending = beginIetf(dialect, method, url, saying)
  sending.request.on('error', () => {})
  return sending
}

/** Waits until so many bytes are on the disk. */
async function spooled(sizeBytes: number): Promise<void> {
  await expect.poll(() => stage.ground.spooledBytes(), patience).toBeGreaterThanOrEqual(sizeBytes)
}

async function runs(): Promise<number> {
  return (await stage.ground.lines('runs.log')).length
}

async function expectSavedOnce({ id }: SlotTicket): Promise<void> {
  expect(await stage.server.status(id)).toMatchObject({
    state: 'done',
  } satisfies Partial<SlotStatus>)
  expect((await stage.ground.lines('seen.log')).map((line) => JSON.parse(line).sha256)).toEqual([
    digest,
  ])
  expect(await runs()).toBe(1)
}

async function finish(url: string): Promise<IetfAnswer> {
  const asked = await ask(url, 'HEAD')
  expect(asked.status).toBe(204)
  const offset = Number(asked.headers['upload-offset'])
  return ask(url, 'PATCH', { isComplete: true, offset, body: bytes.subarray(offset) })
}

describe('a server that is killed', () => {
  it('in the middle of the first request has what was on the disk, and goes on', async () => {
    const ticket = await stage.server.mint('keep')
    const { request } = begin(ticket.url, 'POST', { isComplete: true, length: bytes.length })
    request.write(bytes.subarray(0, 1_000_000))
    await spooled(500_000)
    await stage.restart('kill')
    const asked = await ask(ticket.url, 'HEAD')
    expect(Number(asked.headers['upload-offset'])).toBeGreaterThanOrEqual(500_000)
    expect(asked.headers['upload-complete']).toBe('?0')
    expect((await finish(ticket.url)).status).toBe(200)
    await expectSavedOnce(ticket)
  })

  it('in the middle of an append keeps all before it, and never gives less than it had told', async () => {
    const ticket = await stage.server.mint('keep')
    await ask(ticket.url, 'POST', { isComplete: false, body: bytes.subarray(0, 700_000) })
    const told = Number((await ask(ticket.url, 'HEAD')).headers['upload-offset'])
    const piece = { isComplete: true, offset: told, length: bytes.length }
    const { request } = begin(ticket.url, 'PATCH', piece)
    request.write(bytes.subarray(told, 1_500_000))
    await spooled(1_000_000)
    await stage.restart('kill')
    const asked = await ask(ticket.url, 'HEAD')
    expect(Number(asked.headers['upload-offset'])).toBeGreaterThanOrEqual(1_000_000)
    expect((await finish(ticket.url)).status).toBe(200)
    await expectSavedOnce(ticket)
  })

  it('with bytes under a digest that nobody has seen to be right has none of them', async () => {
    const ticket = await stage.server.mint('keep')
    const value = `sha-256=:${createHash('sha256').update('other').digest('base64')}:`
    const headers = { 'Content-Digest': value }
    const { request } = begin(ticket.url, 'POST', { isComplete: true, headers })
    request.write(Buffer.alloc(1_000_000, 'wrong'))
    await spooled(500_000)
    await stage.restart('kill')
    expect((await ask(ticket.url, 'HEAD')).headers['upload-offset']).toBe('0')
    expect((await finish(ticket.url)).status).toBe(200)
    await expectSavedOnce(ticket)
  })

  it('with all bytes of an upload that nobody has called complete does not handle it', async () => {
    const ticket = await stage.server.mint('keep')
    await ask(ticket.url, 'POST', { isComplete: false, length: bytes.length, body: bytes })
    await stage.restart('kill')
    const asked = await ask(ticket.url, 'HEAD')
    expect(asked.headers['upload-offset']).toBe(String(bytes.length))
    expect([asked.headers['upload-complete'], await runs()]).toEqual(['?0', 0])
    const last = { isComplete: true, offset: bytes.length }
    expect((await ask(ticket.url, 'PATCH', last)).status).toBe(200)
    await expectSavedOnce(ticket)
  })
})

describe('several clients at once', () => {
  it('that begin on one slot: one wins, and nobody sees a mixture', async () => {
    const ticket = await stage.server.mint('keep')
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask(ticket.url, 'POST', { isComplete: true, body: bytes })),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    for (const status of statuses) expect([200, 404, 503]).toContain(status)
    await expectSavedOnce(ticket)
  })

  it('that append at one offset: each byte comes once', async () => {
    const ticket = await stage.server.mint('keep')
    const step = 500_000
    await ask(ticket.url, 'POST', { isComplete: false })
    for (let offset = 0; offset < bytes.length; offset += step) {
      const body = bytes.subarray(offset, offset + step)
      const piece = { isComplete: false, offset, body }
      const answers = await Promise.all(
        Array.from({ length: 4 }, () => ask(ticket.url, 'PATCH', piece)),
      )
      for (const { status } of answers) expect([204, 409, 503]).toContain(status)
      // Whoever was stopped by another has sent a part; it is gone on with, as clients do.
      for (;;) {
        const at = Number((await ask(ticket.url, 'HEAD')).headers['upload-offset'])
        expect(at).toBeGreaterThanOrEqual(offset)
        if (at === offset + step) break
        const rest = { isComplete: false, offset: at, body: bytes.subarray(at, offset + step) }
        await ask(ticket.url, 'PATCH', rest)
      }
    }
    expect((await finish(ticket.url)).status).toBe(200)
    await expectSavedOnce(ticket)
  })

  it('of which one speaks tus: it learns no success before the handler has it', async () => {
    const ticket = await stage.server.mint('keep')
    await ask(ticket.url, 'POST', { isComplete: false, length: bytes.length, body: bytes })
    expect(await runs()).toBe(0)
    // By tus an upload that has its length is whole.
    const retryDelays = Array.from({ length: 100 }, () => 20)
    await startTusUpload(bytes, { uploadUrl: ticket.url, retryDelays }).done
    await expectSavedOnce(ticket)
  })

  it('that ask all the while never hear an offset that was not there', async () => {
    const ticket = await stage.server.mint('keep')
    await ask(ticket.url, 'POST', { isComplete: false, length: bytes.length })
    let told = 0
    const done = new AbortController()
    const watcher = (async () => {
      // Not without end: each question stops the piece that comes in.
      for (let asked = 0; asked < 100 && !done.signal.aborted; asked++) {
        const { status, headers } = await ask(ticket.url, 'HEAD')
        if (status !== 204) continue
        const offset = Number(headers['upload-offset'])
        expect(offset).toBeGreaterThanOrEqual(told)
        told = offset
      }
    })()
    for (;;) {
      const { status, headers } = await ask(ticket.url, 'HEAD')
      if (headers['upload-complete'] === '?1') break
      if (status !== 204) continue
      const offset = Number(headers['upload-offset'])
      const end = Math.min(bytes.length, offset + 100_000)
      const isComplete = end === bytes.length
      const body = bytes.subarray(offset, end)
      await ask(ticket.url, 'PATCH', { isComplete, offset, body }).catch(() => null)
    }
    done.abort()
    await watcher
    await expectSavedOnce(ticket)
  })
})
