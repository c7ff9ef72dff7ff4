// What `files.explain` says of a slot's URL, in each state that a slot can be in.

import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request as requestOf } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SlotRejection } from '../../src/slots/handling/slot-rejection.ts'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import type { SlotRecord } from '../../src/slots/record/slot.ts'
import { parseSlotId } from '../../src/slots/record/slot.ts'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import { createTitofisto } from '../../src/titofisto.ts'
import type { TitofistoOptions } from '../../src/titofisto-options.ts'
import { createDeferred } from '../support/deferred.ts'

const secret = 'a secret for tests, 32 bytes and more'
let root = ''
let offsetMs = 0
let server: Server
let origin = ''
let store = createMemorySlotStore()
let files = create()

function create(options: Partial<TitofistoOptions> = {}) {
  return createTitofisto({
    secret,
    storage: createLocalStorage({ root: root === '' ? tmpdir() : root, durable: false }),
    slotStore: store,
    durable: false,
    sweepSeconds: 0,
    log: () => {},
    now: () => 1_700_000_000_000 + offsetMs,
    ...options,
  })
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'titofisto-slot-explain-'))
  offsetMs = 0
  store = createMemorySlotStore()
  files = create()
  server = createServer((req, res) => void files.handler(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await files.close()
  await rm(root, { recursive: true, force: true })
})

async function put(url: string) {
  const response = await fetch(origin + url, { method: 'PUT', body: 'Hello' })
  await response.arrayBuffer()
  return response.status
}

/** Puts a record in the place of what the store has. */
async function rewrite(id: string, change: (record: SlotRecord) => SlotRecord) {
  const slotId = parseSlotId(id)
  const record = slotId === null ? null : await store.read(slotId)
  if (record === null) throw new Error('There is no such slot.')
  const next = { ...change(record), revision: record.revision + 1 }
  expect(await store.replace(next, record.revision)).toBe(true)
}

describe('explain() of a slot', () => {
  it('that waits says that it takes an upload, and until when', async () => {
    const kind = files.slot('inbox', { handler: () => {} })
    const { url, id, expiresAt } = await kind.create(undefined, { expiresIn: 600 })
    expect(await files.explain(` https://files.example${url}?x=1 `)).toMatchObject({
      works: true,
      reason: 'slot-open',
      slotId: id,
      kind: 'inbox',
      expiresAt: new Date(expiresAt),
      message: 'The slot waits for its upload, for another 10 min.',
    })
  })

  it('that is in use, received or handled, says to wait', async () => {
    const [begun, end] = [createDeferred(), createDeferred()]
    const kind = files.slot('inbox', {
      async handler() {
        begun.resolve()
        await end.promise
      },
    })
    const url = await kind.url()
    const upload = requestOf(origin + url, { method: 'PUT', headers: { 'Content-Length': '5' } })
    upload.write('He')
    await expect.poll(async () => (await files.explain(url)).reason).toBe('slot-busy')
    expect((await files.explain(url)).message).toMatch(/^An upload comes in\./)
    upload.end('llo')
    await begun.promise
    expect(await files.explain(url)).toMatchObject({
      works: false,
      reason: 'slot-busy',
      message: expect.stringMatching(/^Its handler runs\./) as string,
    })
    end.resolve()
    await once(upload, 'response')
    expect((await files.explain(url)).reason).toBe('slot-used')
  })

  it('that a handler used, refused or failed says so', async () => {
    const kind = files.slot('inbox', {
      handler({ args }) {
        if (args === 'refuse') throw new SlotRejection('No.')
        if (args === 'throw') throw new Error('a bug')
      },
    })
    const reasons: string[] = []
    for (const [args, status] of [
      ['take', 204],
      ['refuse', 422],
      ['throw', 500],
    ] as const) {
      const url = await kind.url(args)
      expect(await put(url)).toBe(status)
      const { reason, works } = await files.explain(url)
      reasons.push(reason)
      // As the next upload will find it.
      expect(works, reason).toBe((await put(url)) !== 404)
    }
    expect(reasons).toEqual(['slot-used', 'slot-rejected', 'slot-open'])
  })

  it('whose resumable upload came in, but whose handler threw, says where to look', async () => {
    const kind = files.slot('inbox', {
      handler() {
        throw new Error('a bug')
      },
    })
    const url = await kind.url()
    const headers = { 'Tus-Resumable': '1.0.0', 'Upload-Length': '5' }
    const type = { 'Content-Type': 'application/offset+octet-stream' }
    expect((await fetch(origin + url, { method: 'POST', headers })).status).toBe(201)
    expect((await files.explain(url)).message).toContain('A resumable upload has begun')
    const patched = await fetch(origin + url, {
      method: 'PATCH',
      headers: { ...headers, ...type, 'Upload-Offset': '0' },
      body: 'Hello',
    })
    expect(patched.status).toBe(500)
    expect(await files.explain(url)).toMatchObject({
      works: true,
      reason: 'slot-failed',
      advice: expect.stringContaining('log') as string,
    })
  })

  it('that was taken back, or was not used in time, says since when', async () => {
    const kind = files.slot('inbox', { handler: () => {} })
    const [revoked, late] = [await kind.create(), await kind.create(undefined, { expiresIn: 60 })]
    expect(await kind.revoke(revoked.id)).toBe(true)
    offsetMs += 150_000
    expect(await files.explain(revoked.url)).toMatchObject({
      works: false,
      reason: 'slot-revoked',
      message: 'It was taken back, or given up by its client, 3 min ago.',
    })
    expect(await files.explain(late.url)).toMatchObject({
      works: false,
      reason: 'slot-expired',
      message: 'Its time ran out 90 s ago.',
    })
    expect(await put(late.url)).toBe(404)
  })

  it('whose process died says what becomes of it, and changes nothing', async () => {
    const kind = files.slot('inbox', { handler: () => {} })
    const again = files.slot('again', { idempotent: true, handler: () => {} })
    const next = create()
    next.slot('inbox', { handler: () => {} })
    next.slot('again', { idempotent: true, handler: () => {} })
    const lease = { holder: 'a holder that is gone', untilMs: 0 }
    const file = {
      fieldName: null,
      originalName: null,
      name: 'upload',
      type: 'text/plain',
      sniffedType: null,
      sizeBytes: 5,
    }
    const uploadOf = (id: string) => ({
      files: [{ ...file, path: join(files.storage.spoolFolder, `${id}.x`) }],
      fields: [],
    })
    const [receiving, handling, retried] = [
      await kind.create(),
      await kind.create(),
      await again.create(),
    ]
    await rewrite(receiving.id, (record) => ({ ...record, state: { name: 'receiving', lease } }))
    for (const { id } of [handling, retried])
      await rewrite(id, (record) => ({
        ...record,
        attempt: 1,
        state: { name: 'handling', lease, upload: uploadOf(id) },
      }))
    const reasons = []
    for (const { url } of [receiving, handling, retried])
      reasons.push((await next.explain(url)).reason)
    expect(reasons).toEqual(['slot-open', 'slot-interrupted', 'slot-busy'])
    expect(await next.slots.status(handling.id)).toMatchObject({ state: 'handling' })
    await next.close()
  })

  it('that is forgotten, or in another store, says to compare them', async () => {
    const kind = files.slot('inbox', { replaySeconds: 1, handler: () => {} })
    const { url, id } = await kind.create()
    await put(url)
    offsetMs += 60_000
    await files.slots.sweep()
    expect(await files.slots.status(id)).toBeNull()
    const explanation = await files.explain(url)
    expect(explanation).toMatchObject({ works: false, reason: 'slot-missing', slotId: id })
    expect(explanation.advice).toContain('slotStore')
  })

  it('of a kind that this process does not define says so, as long as it matters', async () => {
    const kind = files.slot('inbox', { handler: () => {} })
    const [open, done] = [await kind.url(), await kind.url()]
    await put(done)
    const [none, another] = [create(), create()]
    another.slot('another', { handler: () => {} })
    for (const each of [none, another]) {
      expect(await each.explain(open)).toMatchObject({
        works: false,
        reason: 'slot-kind-unknown',
        kind: 'inbox',
      })
      expect((await each.explain(done)).reason).toBe('slot-used')
      await each.close()
    }
  })

  it.each(['', 'x', 'x/y', '/'])('whose URL is not signed: %j', async (rest) => {
    files.slot('inbox', { handler: () => {} })
    const explanation = await files.explain(`/media/titofisto/upload/${rest}`)
    expect(explanation).toMatchObject({ works: false, reason: 'bad-signature' })
    expect(explanation.advice).toMatch(/secret/)
  })

  it('of another secret, or with a changed character, is not signed by us', async () => {
    const kind = files.slot('inbox', { handler: () => {} })
    const url = await kind.url()
    const other = create({ secret: 'another secret for tests, 32 bytes and more' })
    other.slot('inbox', { handler: () => {} })
    expect((await other.explain(url)).reason).toBe('bad-signature')
    const changed = url.slice(0, -1) + (url.endsWith('A') ? 'B' : 'A')
    expect((await files.explain(changed)).reason).toBe('bad-signature')
    await other.close()
  })

  it('never shows a secret, a token or an absolute path', async () => {
    const kind = files.slot('inbox', { handler: () => {} })
    const url = await kind.url()
    const token = url.split('/').at(-1) ?? ''
    for (const each of [url, `${url}x`]) {
      const said = JSON.stringify(await files.explain(each))
      for (const hidden of [secret, token, root]) expect(said).not.toContain(hidden)
    }
  })

  it('below the folder of slots, where this process has none, is a file like others', async () => {
    await rm(join(root, 'titofisto'), { recursive: true, force: true })
    const storage = createLocalStorage({ root })
    await storage.save('titofisto/upload/a.txt', 'text')
    await writeFile(join(root, 'b.txt'), 'text')
    const plain = create({ storage })
    expect((await plain.explain(await plain.url('titofisto/upload/a.txt'))).reason).toBe('valid')
    expect((await plain.explain('/media/titofisto/upload/a.txt')).reason).toBe('malformed')
  })
})
