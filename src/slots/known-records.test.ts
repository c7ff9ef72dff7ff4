import { describe, expect, it } from 'vitest'
import { newSlotRecord } from '../../test/support/slot-records.ts'
import { startSlotServer } from '../../test/support/slot-server.ts'
import type { SlotRecord } from './slot.ts'

const lease = { holder: 'somebody', untilMs: 5 }

describe('a record that this version can not read', () => {
  it.each<[string, object]>([
    ['has no state', { state: undefined }],
    ['has no kind', { kind: undefined }],
    ['has no policy', { policy: null }],
    ['has a time that is none', { expiresMs: 'tomorrow' }],
    ['is in a state of a later version', { state: { name: 'paused', sinceMs: 5 } }],
    ['is in a state of every object', { state: { name: 'constructor' } }],
    ['is held by nobody', { state: { name: 'receiving' } }],
    ['handles nothing', { state: { name: 'handling', lease } }],
    ['ended at no time', { state: { name: 'done', result: null } }],
  ])('%s: its slot is none, it is logged once, and nobody stumbles over it', async (_, wrong) => {
    const server = await startSlotServer()
    const kind = server.slots.define('test', { handler: () => {} })
    const { id, url } = await kind.create()
    const whole = await server.store.read(id)
    if (whole === null) throw new Error('it was minted')
    const record = { ...whole, revision: 2, ...wrong } as SlotRecord
    await server.store.replace(record, 1)
    const other = { ...newSlotRecord(), expiresMs: Date.now() + 60_000 }
    await server.store.create(other)

    for (let again = 0; again < 2; again++) {
      expect((await fetch(url, { method: 'PUT', body: 'bytes' })).status).toBe(404)
      expect(await kind.status(id)).toBeNull()
      expect(await server.slots.sweep()).toMatchObject({ checkedSlots: 1 })
    }
    expect(server.log.filter(({ event }) => event === 'slot-damaged')).toMatchObject([
      { level: 'error', slotId: id },
    ])
    // A later version may want it.
    expect(await server.store.read(id)).toEqual(record)
    await server.close()
  })
})
