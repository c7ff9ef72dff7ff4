// Uploads whose body is here before their slot is claimed, and what may happen until it is.

import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import type { SlotStore } from '../../src/slots/stores/store.ts'
import { createDeferred } from '../support/deferred.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'

let server: SlotServer

afterEach(async () => {
  await server.close()
})

/** A store whose changes wait, each for what is given for it. */
function createWaitingStore(waitFor: (stateName: string) => Promise<unknown>): SlotStore {
  const store = createMemorySlotStore()
  return {
    ...store,
    async replace(record, expectedRevision) {
      await waitFor(record.state.name)
      return store.replace(record, expectedRevision)
    },
  }
}

async function put(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'PUT', headers, body: 'hello' })
}

describe('an upload that is here before its slot is claimed', () => {
  it('keeps its bytes in a sweep, however long its fields are looked at', async () => {
    server = await startSlotServer()
    const asked = createDeferred()
    const answered = createDeferred()
    const fields: StandardSchemaV1<unknown, unknown> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        async validate(value) {
          asked.resolve()
          await answered.promise
          return { value }
        },
      },
    }
    const kind = server.slots.define('note', {
      fields,
      handler: async ({ file }) => Buffer.from(await file.bytes()).toString(),
    })
    const { url } = await kind.create()
    const body = new FormData()
    body.append('f', new Blob(['hello']), 'a.txt')
    const answer = fetch(url, { method: 'POST', body })
    await asked.promise
    const { spoolFolder } = server.storage
    for (const name of await readdir(spoolFolder)) await utimes(join(spoolFolder, name), 0, 0)
    expect(await server.slots.sweep()).toMatchObject({ removedFiles: 0 })
    answered.resolve()
    const { status } = await answer
    expect(status).toBe(200)
  })

  it('keeps its bytes in a sweep, however long the store takes to claim its slot', async () => {
    const gate = createDeferred()
    const asked = createDeferred()
    const store = createWaitingStore(async (name) => {
      if (name !== 'handling') return
      asked.resolve()
      await gate.promise
    })
    server = await startSlotServer({ store })
    const kind = server.slots.define('note', {
      handler: async ({ file }) => Buffer.from(await file.bytes()).toString(),
    })
    const { url } = await kind.create()
    const answer = put(url)
    await asked.promise
    const { spoolFolder } = server.storage
    for (const name of await readdir(spoolFolder)) await utimes(join(spoolFolder, name), 0, 0)
    expect(await server.slots.sweep()).toMatchObject({ removedFiles: 0 })
    gate.resolve()
    const { status } = await answer
    expect(status).toBe(200)
  })

  it('is told what its twin with the same Idempotency-Key came to, and not that nothing is here', async () => {
    const twins = createDeferred()
    const first = createDeferred()
    let changes = 0
    const store = createWaitingStore(async (name) => {
      if (name !== 'handling') return
      changes += 1
      if (changes === 2) twins.resolve()
      await (changes === 1 ? first : twins).promise
    })
    server = await startSlotServer({ store })
    const kind = server.slots.define('note', { handler: () => ({ saved: 'a.txt' }) })
    const { url } = await kind.create()
    const key = { 'idempotency-key': 'k1' }
    const slow = put(url, key)
    await expect.poll(() => changes).toBe(1)
    const quick = await put(url, key)
    first.resolve()
    const late = await slow
    expect([quick.status, late.status]).toEqual([200, 200])
    expect(await late.text()).toBe(await quick.text())
  })
})

describe('slots that are closed', () => {
  it('wait for each of two uploads that came at once', async () => {
    const gate = createDeferred()
    let changes = 0
    const store = createWaitingStore(async (name) => {
      if (name !== 'handling') return
      changes += 1
      if (changes === 1) await gate.promise
    })
    server = await startSlotServer({ store })
    const kind = server.slots.define('note', { handler: () => {} })
    const { url } = await kind.create()
    const slow = put(url)
    await expect.poll(() => changes).toBe(1)
    expect((await put(url)).status).toBe(204)
    let isClosed = false
    const closing = server.slots.close().then(() => (isClosed = true))
    await wait(50)
    expect(isClosed).toBe(false)
    gate.resolve()
    await closing
    expect((await slow).status).toBe(404)
  })

  it.each([
    ['is here', 'hello'],
    ['comes in', 'x'.repeat(300_000)],
  ])('wait for the handler of an upload whose body %s', async (_, body) => {
    const gate = createDeferred()
    const changing = createDeferred()
    const store = createWaitingStore(async (name) => {
      if (name !== 'handling') return
      changing.resolve()
      await gate.promise
    })
    server = await startSlotServer({ store })
    const handled = createDeferred()
    const kind = server.slots.define('note', { handler: () => handled.promise })
    const { url } = await kind.create()
    const answer = fetch(url, { method: 'PUT', body })
    await changing.promise
    let isClosed = false
    const closing = server.slots.close().then(() => (isClosed = true))
    await wait(20)
    gate.resolve()
    await wait(100)
    expect(isClosed).toBe(false)
    handled.resolve()
    await closing
    expect((await answer).status).toBe(204)
  })
})
