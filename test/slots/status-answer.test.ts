// What the minting side learns of an upload's end: the handler's answer, and what it saved. Nobody
// else does.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFileSlotStore, SlotRejection } from '../../src/index.ts'
import type { SlotStatus } from '../../src/index.ts'
import { maxSavedChars } from '../../src/receive/saved-names.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

let server: UploadServer
let nowMs: number

beforeEach(async () => {
  nowMs = Date.now()
  server = await startUploadServer({ options: { sweepSeconds: 0, now: () => nowMs } })
})

afterEach(() => server.close())

type Handler = Parameters<UploadServer['files']['slot']>[1]['handler']

/** Uploads to a slot of a new kind, and gives its status. */
async function statusAfter(
  handler: Handler,
  init: RequestInit = {},
): Promise<{ url: string; id: string; status: SlotStatus | null }> {
  const kind = server.files.slot('note', { handler })
  const { url, id } = await kind.create()
  await (await fetch(url, { method: 'PUT', body: 'hello', ...init })).arrayBuffer()
  return { url, id, status: await kind.status(id) }
}

describe('status() of a slot that is done', () => {
  it('tells what the handler returned, and what it saved', async () => {
    const { status } = await statusAfter(async ({ file }) => {
      const name = await file.save('notes/a.txt')
      await file.save('notes/a.txt')
      return { name }
    })
    expect(status).toMatchObject({
      state: 'done',
      answer: { status: 200, json: { name: 'notes/a.txt' } },
      savedNames: ['notes/a.txt', expect.stringMatching(/^notes\/a.+\.txt$/)],
      savedCount: 2,
    })
  })

  it.each<[string, () => unknown, SlotStatus['answer']]>([
    ['nothing', () => undefined, { status: 204 }],
    ['null', () => null, { status: 200, json: null }],
    ['a text', () => 'text', { status: 200, json: 'text' }],
    [
      'a Response of text',
      () => new Response('Hi\n', { status: 201 }),
      { status: 201, text: 'Hi' },
    ],
    [
      'a Response of JSON',
      () => Response.json({ a: [1] }, { status: 202 }),
      { status: 202, json: { a: [1] } },
    ],
    [
      'a Response of another kind of JSON',
      () =>
        new Response('[1]', { headers: { 'Content-Type': 'application/ld+json; charset=utf-8' } }),
      { status: 200, json: [1] },
    ],
    [
      'a Response that only says it is JSON',
      () => new Response('{', { headers: { 'Content-Type': 'application/json' } }),
      { status: 200, text: '{' },
    ],
    [
      'a Response of bytes',
      () => new Response(new Uint8Array([255, 254]), { headers: { 'Content-Type': 'image/png' } }),
      { status: 200 },
    ],
    ['more than is kept', () => 'x'.repeat(65_536), { status: 204 }],
    [
      'what is no answer',
      () => () => {},
      { status: 500, text: 'The upload was handled, but its answer could not be told.' },
    ],
  ])('whose handler returned %s tells so', async (_, handler, answer) => {
    const { status } = await statusAfter(handler)
    expect(status).toMatchObject({ state: 'done', answer, savedNames: [], savedCount: 0 })
  })

  it('is plain JSON, over each store, and the same in the list', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'titofisto-status-'))
    const store = createFileSlotStore({ folder, durable: false })
    const stored = await startUploadServer({ options: { slotStore: store, sweepSeconds: 0 } })
    const kind = stored.files.slot('note', { handler: ({ file }) => file.save('a.txt') })
    const { url, id } = await kind.create()
    await (await fetch(url, { method: 'PUT', body: 'hello' })).text()
    const status = await kind.status(id)
    expect(status).toMatchObject({ answer: { status: 200, json: 'a.txt' }, savedNames: ['a.txt'] })
    expect(JSON.parse(JSON.stringify(status))).toEqual(status)
    for await (const listed of stored.files.slots.list()) expect(listed).toEqual(status)
    await stored.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('is told by progress(), too', async () => {
    const kind = server.files.slot('note', { handler: () => 'yes' })
    const { url, id } = await kind.create()
    await (await fetch(url, { method: 'PUT', body: 'hello' })).text()
    const statuses = []
    for await (const status of kind.progress(id)) statuses.push(status)
    expect(statuses.at(-1)?.answer).toEqual({ status: 200, json: 'yes' })
  })

  it('says how many were saved where they are too many to keep', async () => {
    const { status } = await statusAfter(async ({ file }) => {
      for (let index = 0; index < 80; index++)
        await file.save(`${Array.from({ length: 9 }, () => 'n'.repeat(100)).join('/')}/${index}`)
    })
    expect(status?.savedCount).toBe(80)
    expect(status?.savedNames.length).toBeLessThan(80)
    expect(status?.savedNames.join('').length).toBeLessThanOrEqual(maxSavedChars)
    expect(status?.savedNames[0]).toMatch(/\/0$/)
  })

  it('of an upload whose client bears a key is told, and the bearer has it again', async () => {
    const headers = { 'Idempotency-Key': 'mine' }
    const { url, status } = await statusAfter(() => ({ n: 1 }), { headers })
    expect(status?.answer).toEqual({ status: 200, json: { n: 1 } })
    const again = await fetch(url, { method: 'PUT', body: 'hello', headers })
    expect(await again.json()).toEqual({ n: 1 })
  })

  it('lasts as long as the slot is remembered', async () => {
    const { id } = await statusAfter(() => 'yes')
    nowMs += 599_000
    await server.files.slots.sweep()
    expect((await server.files.slots.status(id))?.answer).toEqual({ status: 200, json: 'yes' })
    nowMs += 2000
    await server.files.slots.sweep()
    expect(await server.files.slots.status(id)).toBeNull()
  })

  it('can not be revoked, and keeps its answer', async () => {
    const { id } = await statusAfter(() => 'yes')
    expect(await server.files.slots.revoke(id)).toBe(false)
    expect((await server.files.slots.status(id))?.answer).toEqual({ status: 200, json: 'yes' })
  })
})

describe('status() of a slot that ended otherwise', () => {
  it('tells what a rejection said, and what was saved before it', async () => {
    const { status } = await statusAfter(async ({ file }) => {
      await file.save('a.txt')
      throw new SlotRejection('Another picture, please.', { status: 400 })
    })
    expect(status).toMatchObject({
      state: 'rejected',
      answer: { status: 400, text: 'Another picture, please.' },
      savedNames: ['a.txt'],
      savedCount: 1,
    })
  })

  it.each<[string, Handler]>([
    [
      'whose handler wants another upload',
      () => {
        throw new SlotRejection('Again.', { retry: true })
      },
    ],
    [
      'whose handler threw',
      async ({ file }) => {
        await file.save('a.txt')
        throw new Error('no')
      },
    ],
  ])('tells no answer of one %s', async (_, handler) => {
    const { status } = await statusAfter(handler)
    expect(status).toMatchObject({ state: 'open', answer: null, savedNames: [], savedCount: 0 })
  })

  it('tells none of one that waits, was revoked, or expired', async () => {
    const kind = server.files.slot('note', { handler: () => 'yes', expiresIn: 60 })
    const none = { answer: null, savedNames: [], savedCount: 0 }
    const { id } = await kind.create()
    expect(await kind.status(id)).toMatchObject({ state: 'open', ...none })
    await kind.revoke(id)
    expect(await kind.status(id)).toMatchObject({ state: 'revoked', ...none })
    const late = await kind.create()
    nowMs += 61_000
    await server.files.slots.sweep()
    expect(await kind.status(late.id)).toMatchObject({ state: 'expired', ...none })
  })
})

describe('whoever has only the URL', () => {
  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'learns nothing of the answer by %s, by whatever protocol',
    async (method) => {
      const { url } = await statusAfter(async ({ file }) => file.save('canary.txt'))
      for (const protocol of [{}, { 'Tus-Resumable': '1.0.0' }, { 'Upload-Complete': '?1' }]) {
        const headers = { Accept: 'application/json', 'Idempotency-Key': 'guess', ...protocol }
        const response = await fetch(url, { method, headers })
        const shown = `${JSON.stringify([...response.headers])}${await response.text()}`
        expect(shown).not.toContain('canary')
      }
    },
  )

  it('can not make the minting side forget it: DELETE finds nothing', async () => {
    const { url, id } = await statusAfter(() => 'yes')
    const headers = { 'Tus-Resumable': '1.0.0' }
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(404)
    expect((await server.files.slots.status(id))?.answer).toEqual({ status: 200, json: 'yes' })
  })

  it('and a key can forget what it could ask for again, and no more', async () => {
    const headers = { 'Idempotency-Key': 'mine', 'Tus-Resumable': '1.0.0' }
    const kind = server.files.slot('resumed', { handler: () => 'yes' })
    const { url, id } = await kind.create()
    await fetch(url, { method: 'POST', headers: { ...headers, 'Upload-Length': '5' } })
    const type = { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0' }
    await fetch(url, { method: 'PATCH', headers: { ...headers, ...type }, body: 'hello' })
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(204)
    expect((await kind.status(id))?.answer).toEqual({ status: 200, json: 'yes' })
    const again = { ...headers, ...type, 'Upload-Offset': '5' }
    expect((await fetch(url, { method: 'PATCH', headers: again })).status).toBe(404)
  })
})
