// A process that sleeps while it gives a place again for a lost answer.

import { readFile } from 'node:fs/promises'
import { afterEach, expect, it } from 'vitest'
import { SlotRejection } from '../../src/index.ts'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import type { SlotStore } from '../../src/slots/stores/store.ts'
import { createDeferred } from '../support/deferred.ts'
import { startSlotServer, type SlotServer } from '../support/slot-server.ts'

const servers: SlotServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

interface Ticket {
  readonly id: string
  readonly url: string
}

it('promise 17: a place that went to somebody else meanwhile is not given again', async () => {
  let aheadMs = 0
  const now = () => Date.now() + aheadMs
  const handled: string[] = []
  const shared = createMemorySlotStore()
  const [asleep, awake] = [createDeferred(), createDeferred()]
  let sleepsAt: string | null = null
  const sleepy: SlotStore = {
    ...shared,
    async read(id) {
      if (id === sleepsAt) {
        sleepsAt = null
        asleep.resolve()
        await awake.promise
      }
      return shared.read(id)
    },
  }
  async function start(store: SlotStore) {
    const server = await startSlotServer({ store, now })
    servers.push(server)
    const kind = server.slots.define('photos', {
      replaySeconds: 1,
      async handler({ file }) {
        const text = await readFile(file.path, 'utf8')
        if (text === 'bad') throw new SlotRejection('No.')
        handled.push(text)
      },
    })
    return { server, kind }
  }
  const first = await start(shared)
  const second = await start(sleepy)
  const { url } = await first.kind.request(undefined, {
    maxUploads: 1,
    placeSeconds: 3600,
  })
  const at = (origin: string, link: string) => origin + new URL(link).pathname
  const take = (origin: string, key: string) =>
    fetch(at(origin, url), { method: 'POST', headers: { 'Idempotency-Key': key } })
  const send = async (origin: string, { url: slotUrl }: Ticket, body: string) =>
    (await fetch(at(origin, slotUrl), { method: 'PUT', body })).status

  const ann = (await (await take(first.server.origin, '"ann"')).json()) as Ticket
  expect(await send(first.server.origin, ann, 'bad')).toBe(422)

  // Her answer was lost; the other process sleeps over what she asks again.
  sleepsAt = ann.id
  const late = take(second.server.origin, '"ann"')
  await asleep.promise
  aheadMs += 5000
  await first.server.slots.sweep()
  const taken = await take(first.server.origin, '"bob"')
  expect(taken.status).toBe(201)
  const bob = (await taken.json()) as Ticket
  awake.resolve()
  const answer = await late
  const again = answer.status === 201 ? ((await answer.json()) as Ticket) : ann

  await send(first.server.origin, bob, 'of Bob')
  await send(second.server.origin, again, 'of Ann')
  expect({ status: answer.status, handled }).toEqual({ status: 409, handled: ['of Bob'] })
})
