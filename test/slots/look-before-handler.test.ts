// Promise 18: this process slept between a handler's start and the handler, so it looks whether the slot is
// still its own, and then the store is away. No handler has begun; what came in is not lost with that.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TitofistoError } from '../../src/index.ts'
import type { SlotKind } from '../../src/index.ts'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import { startSlotServer, type SlotServer } from '../support/slot-server.ts'

const sleepMs = 60_000

let server: SlotServer
let kind: SlotKind
let aheadMs: number
let isAway: boolean
/** What happens at the next starts of a handler, one after another. */
let starts: ('is refused' | 'is slept over')[]
let runs: number

beforeEach(async () => {
  const store = createMemorySlotStore()
  aheadMs = 0
  isAway = false
  starts = []
  runs = 0
  const away = () => new TitofistoError('slot-store-unavailable', 'The engine is away.')
  server = await startSlotServer({
    now: () => Date.now() + aheadMs,
    store: {
      ...store,
      async read(id) {
        if (isAway) throw away()
        return store.read(id)
      },
      async replace(record, expectedRevision) {
        if (isAway) throw away()
        const start = record.state.name === 'handling' ? starts.shift() : undefined
        if (start === 'is refused')
          throw new TitofistoError('slot-store-failed', 'The engine is wrong.')
        const isMade = await store.replace(record, expectedRevision)
        if (start === 'is slept over') {
          aheadMs += sleepMs
          isAway = true
        }
        return isMade
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

const send = (url: string, sizeBytes: number) =>
  fetch(url, { method: 'PUT', body: new Uint8Array(sizeBytes).fill(97) })

describe('an upload whose handler was looked at once more when the store went away', () => {
  it.each([1000, 2_000_000])('is sent again, to the same slot (%i bytes)', async (sizeBytes) => {
    const { url, id } = await kind.create()
    starts = ['is slept over']
    expect((await send(url, sizeBytes)).status).toBe(503)
    isAway = false
    await expect.poll(async () => (await kind.status(id))?.state).toBe('open')
    const again = await send(url, sizeBytes)
    expect([again.status, await again.json()]).toEqual([200, { run: 1 }])
    expect(await server.spooled()).toEqual([])
  })

  it('keeps its bytes for the next sweep, where a sweep had started it: nobody would send it again', async () => {
    const { url, id } = await kind.create()
    starts = ['is refused', 'is slept over']
    expect((await send(url, 2_000_000)).ok).toBe(false)
    expect((await kind.status(id))?.state).toBe('received')
    aheadMs += sleepMs
    await server.slots.sweep()
    await expect.poll(() => isAway).toBe(true)
    isAway = false
    await expect.poll(async () => (await kind.status(id))?.state).toBe('received')
    await expect
      .poll(async () => {
        await server.slots.sweep()
        return (await kind.status(id))?.state
      })
      .toBe('done')
    expect(runs).toBe(1)
  })
})
