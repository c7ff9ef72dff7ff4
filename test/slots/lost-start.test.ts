// Promise 18: a store that makes the change by which a handler starts, and whose answer is lost for
// longer than anybody waits. Its record says that a handler runs; none does.

import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TitofistoError } from '../../src/index.ts'
import type { SlotKind } from '../../src/index.ts'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import { exchange } from '../support/raw-http.ts'
import { startSlotServer, type SlotServer } from '../support/slot-server.ts'
import { startTusUpload } from '../support/tus-upload.ts'

let server: SlotServer
let kind: SlotKind
/** Whether the answer to the next start of a handler is lost. */
let isArmed: boolean
let isAway: boolean
let runs: number

beforeEach(async () => {
  const store = createMemorySlotStore()
  const away = (): never => {
    throw new TitofistoError('slot-store-unavailable', 'The engine is away.')
  }
  isArmed = true
  isAway = false
  runs = 0
  server = await startSlotServer({
    store: {
      ...store,
      read: async (id) => (isAway ? away() : store.read(id)),
      async replace(record, expectedRevision) {
        if (isAway) return away()
        const isMade = await store.replace(record, expectedRevision)
        if (!isArmed || record.state.name !== 'handling') return isMade
        isAway = true
        return away()
      },
    },
  })
  kind = server.slots.define('film', {
    maxBytes: 10_000_000,
    handler() {
      runs += 1
      return { run: runs }
    },
  })
})

afterEach(() => server.close())

/** The store is back; whatever a sweep does before the slot was given back must do no harm. */
async function heal(): Promise<void> {
  isArmed = false
  isAway = false
  await server.slots.sweep()
}

const bytes = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes).fill(97)

describe('an upload whose handler was to start when the store went away', () => {
  it('that came at once is sent again, to the same slot', async () => {
    const { url, id } = await kind.create()
    const { port, pathname } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    const head = `PUT ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n`
    const { replies } = await exchange(socket, `${head}hello`, ['PUT'])
    socket.destroy()
    expect(replies.map(({ status }) => status)).toEqual([503])
    await heal()
    await expect.poll(async () => (await kind.status(id))?.state).toBe('open')
    const again = await fetch(url, { method: 'PUT', body: 'hello' })
    expect([again.status, await again.json()]).toEqual([200, { run: 1 }])
  })

  it('that came in pieces of a request is sent again, to the same slot', async () => {
    const { url, id } = await kind.create()
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes(1000))
        controller.close()
      },
    })
    const first = await fetch(url, { method: 'PUT', body, duplex: 'half' })
    expect(first.status).toBe(503)
    await heal()
    await expect.poll(async () => (await kind.status(id))?.state).toBe('open')
    const again = await fetch(url, { method: 'PUT', body: bytes(1000) })
    expect([again.status, await again.json()]).toEqual([200, { run: 1 }])
    expect(await server.spooled()).toEqual([])
  })

  it('that is large is handled by the next sweep, and its answer given to the bearer of its key', async () => {
    const { url, id } = await kind.create()
    const request = { method: 'PUT', body: bytes(2_000_000), headers: { 'Idempotency-Key': 'k' } }
    expect((await fetch(url, request)).status).toBe(503)
    await heal()
    await expect
      .poll(async () => {
        await server.slots.sweep()
        return (await kind.status(id))?.state
      })
      .toBe('done')
    const again = await fetch(url, request)
    expect([again.status, await again.json()]).toEqual([200, { run: 1 }])
  })

  it('that can be resumed is handled when its client asks again', async () => {
    const { url, id } = await kind.create()
    const first = startTusUpload(Buffer.from(bytes(2_000_000)), { endpoint: url })
    // By either a client comes again.
    expect(await first.failed).toMatch(/response code: (?:423|503)/)
    await heal()
    await expect.poll(async () => (await kind.status(id))?.state).toBe('received')
    const again = startTusUpload(Buffer.from(bytes(2_000_000)), {
      uploadUrl: url,
      retryDelays: Array.from({ length: 200 }, () => 20),
    })
    await again.done
    expect((await kind.status(id))?.state).toBe('done')
    expect(runs).toBe(1)
  })
})
