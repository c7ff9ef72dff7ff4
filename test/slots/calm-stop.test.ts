// Stopping calmly: what began is waited for, and nothing begins any more. Whoever calls close() ends the
// process next, and a handler's start that is on its way to the store then would be one that nobody runs.

import { once } from 'node:events'
import { request } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import type { SlotStore } from '../../src/slots/stores/store.ts'
import { createDeferred } from '../support/deferred.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'

const tus = { 'Tus-Resumable': '1.0.0' }

let server: SlotServer

afterEach(async () => {
  await server.close()
})

/** A store whose calls of a kind wait for `gate` once it is set; `asked` is settled when one waits. */
function createGatedStore() {
  const store = createMemorySlotStore()
  const asked = createDeferred()
  const gate = createDeferred()
  const held = { call: '' as 'read' | 'replace' | '' }
  async function pass(call: typeof held.call): Promise<void> {
    if (held.call !== call) return
    held.call = ''
    asked.resolve()
    await gate.promise
  }
  const gated: SlotStore = {
    ...store,
    async read(id) {
      await pass('read')
      return store.read(id)
    },
    async replace(record, revision) {
      await pass('replace')
      return store.replace(record, revision)
    },
  }
  return { store: gated, asked, gate, held }
}

/** Begins to close, and says whether that has ended. */
function beginClosing() {
  const closing = { isOver: false, end: Promise.resolve() }
  async function close(): Promise<void> {
    await server.slots.close()
    closing.isOver = true
  }
  closing.end = close()
  return closing
}

/** As long as it takes to run whatever nothing holds up. */
async function letRun(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await nextTurn()
}

async function upload(url: string): Promise<number> {
  const { status } = await fetch(url, { method: 'PUT', body: 'hello' })
  return status
}

describe('a server that stops calmly', () => {
  it('takes no upload that it had only looked up: the slot stays open', async () => {
    const { store, asked, gate, held } = createGatedStore()
    server = await startSlotServer({ store })
    let runs = 0
    const kind = server.slots.define('note', { handler: () => void (runs += 1) })
    const { id, url } = await kind.create()
    held.call = 'read'
    const answer = upload(url)
    await asked.promise
    await server.slots.close()
    gate.resolve()
    expect(await answer).toBe(503)
    expect(await kind.status(id)).toMatchObject({ state: 'open', attempt: 0 })
    expect(runs).toBe(0)
  })

  it('takes no new one while it waits for a handler', async () => {
    server = await startSlotServer()
    const begun = createDeferred()
    const gate = createDeferred()
    const kind = server.slots.define('note', {
      async handler() {
        begun.resolve()
        await gate.promise
      },
    })
    const first = await kind.create()
    const second = await kind.create()
    const answer = upload(first.url)
    await begun.promise
    const closing = beginClosing()
    expect(await upload(second.url)).toBe(503)
    expect(await kind.status(second.id)).toMatchObject({ state: 'open', attempt: 0 })
    gate.resolve()
    await closing.end
    expect(await answer).toBe(204)
  })

  it('waits for the handler whose start is on its way to the store', async () => {
    const { store, asked, gate, held } = createGatedStore()
    server = await startSlotServer({ store })
    let runs = 0
    const kind = server.slots.define('note', { handler: () => void (runs += 1) })
    const { id, url } = await kind.create()
    held.call = 'replace'
    const answer = upload(url)
    await asked.promise
    const closing = beginClosing()
    await letRun()
    expect(closing.isOver).toBe(false)
    gate.resolve()
    await closing.end
    expect(await answer).toBe(204)
    expect(await kind.status(id)).toMatchObject({ state: 'done' })
    expect(runs).toBe(1)
  })

  it('stops an upload that is still to come, whose claim is on its way to the store', async () => {
    const { store, asked, gate, held } = createGatedStore()
    server = await startSlotServer({ store })
    const kind = server.slots.define('note', { handler: () => {} })
    const { id, url } = await kind.create()
    held.call = 'replace'
    const put = request(url, { method: 'PUT', headers: { 'Content-Length': '1000' } })
    put.write('the first of it')
    await asked.promise
    const closing = beginClosing()
    gate.resolve()
    const [answer] = await once(put, 'response')
    expect(answer.statusCode).toBe(503)
    await closing.end
    put.destroy()
    expect(await kind.status(id)).toMatchObject({ state: 'open' })
  })

  it('waits for a handler that is started again for a client that asked', async () => {
    const { store, asked, gate, held } = createGatedStore()
    server = await startSlotServer({ store })
    let runs = 0
    const kind = server.slots.define('film', {
      handler() {
        runs += 1
        if (runs === 1) throw new Error('the first fails')
      },
    })
    const { id, url } = await kind.create()
    await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '5' } })
    const type = { 'Content-Type': 'application/offset+octet-stream' }
    const headers = { ...tus, ...type, 'Upload-Offset': '0' }
    await fetch(url, { method: 'PATCH', headers, body: 'hello' })
    held.call = 'replace'
    const answer = fetch(url, { method: 'HEAD', headers: tus })
    await asked.promise
    const closing = beginClosing()
    await letRun()
    expect(closing.isOver).toBe(false)
    gate.resolve()
    await closing.end
    await answer
    expect(await kind.status(id)).toMatchObject({ state: 'done', attempt: 2 })
  })
})
