// A store that has no room when a handler ends: a full disk, a full engine. It passes, and the handler
// has done its work all the same.

import { afterEach, describe, expect, it } from 'vitest'
import { TitofistoError } from '../../src/index.ts'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import { startSlotServer, type SlotServer } from '../support/slot-server.ts'

let server: SlotServer

afterEach(() => server.close())

describe('a slot whose handler has ended while its store had no room', () => {
  it('is done once there is room again, its handler having run once, and tells the bearer of its key', async () => {
    const store = createMemorySlotStore()
    let isFull = false
    server = await startSlotServer({
      store: {
        ...store,
        async replace(record, expectedRevision) {
          if (isFull) throw new TitofistoError('storage-full', 'No space is left for slots.')
          return store.replace(record, expectedRevision)
        },
      },
    })
    let runs = 0
    const kind = server.slots.define('photos', {
      handler() {
        runs += 1
        isFull = true
        return { run: runs }
      },
    })
    const { url, id } = await kind.create()
    const request = { method: 'PUT', body: 'a picture', headers: { 'Idempotency-Key': 'mine' } }
    expect((await fetch(url, request)).status).toBe(507)
    // Nobody takes it for one whose process has died.
    await server.slots.sweep()
    isFull = false
    await server.slots.sweep()
    await expect.poll(async () => (await kind.status(id))?.state).toBe('done')
    const again = await fetch(url, request)
    expect([again.status, await again.json()]).toEqual([200, { run: 1 }])
    expect(await server.spooled()).toEqual([])
  })
})
