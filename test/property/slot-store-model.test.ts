// Random calls, by two connections, of the stores over Redis and PostgreSQL: whatever is called, each
// gives what the memory store gives. And random histories of a slot, whose moves are put into them.

import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import type { SlotStore } from '../../src/slots/stores/store.ts'
import type { SlotRecord } from '../../src/slots/record/slot.ts'
import { openPglite, postgresClients, redisClients } from '../support/engines/clients.ts'
import type { OpenStore } from '../support/engines/clients.ts'
import { describeOnPostgres, describeOnRedis } from '../support/engines/stage.ts'
import { newSlotRecord } from '../support/slot-records.ts'
import { decide, deeds, rulesOf, steps } from './slot-histories.ts'
import type { Step } from './slot-histories.ts'

interface Call {
  readonly method: 'create' | 'read' | 'replace' | 'remove'
  /** Which of the slots of this run. */
  readonly slot: number
  /** How far the expected revision is from the current one. */
  readonly off: number
  readonly connection: number
  readonly args: SlotRecord['args']
}

const calls = fc.array(
  fc.record<Call>({
    method: fc.constantFrom('create', 'read', 'replace', 'replace', 'replace', 'remove'),
    slot: fc.nat(3),
    off: fc.constantFrom(0, 0, 0, 0, -1, 1),
    connection: fc.nat(1),
    args: fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as SlotRecord['args']),
    ),
  }),
  { minLength: 5, maxLength: 40 },
)

describeOnRedis('slots in Redis', (engine) => {
  behaveAsInMemory(() => Promise.all([1, 2].map(() => redisClients.redis(engine()))))
})

describeOnPostgres('slots in PostgreSQL', (engine) => {
  behaveAsInMemory(() => Promise.all([1, 2].map(() => postgresClients['pg, a pool'](engine()))))
})

describe('slots in PGlite', () => {
  behaveAsInMemory(async () => [await openPglite()])
})

function behaveAsInMemory(open: () => Promise<readonly OpenStore[]>): void {
  let opened: readonly OpenStore[] = []
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => Promise.all(opened.map((each) => each.close())))

  it('are as in memory, whatever is called', async () => {
    await fc.assert(
      fc.asyncProperty(calls, async (run) => {
        const model = createMemorySlotStore()
        const slots = [1, 2, 3, 4].map(() => newSlotRecord())
        for (const call of run) {
          const first = slots[call.slot] ?? newSlotRecord()
          const store = opened[call.connection % opened.length]?.store ?? model
          const current = await model.read(first.id)
          const told = await make(store, call, current ?? first)
          expect(told).toEqual(await make(model, call, current ?? first))
        }
        for (const { id } of slots)
          for (const { store } of opened) expect(await store.read(id)).toEqual(await model.read(id))
      }),
      { numRuns: 100 },
    )
  })

  it('take a slot through any history as it is decided, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (history, idempotent) => {
        const stores = opened.map(({ store }) => store)
        const made = await playIn(stores, history, idempotent)
        for (const [index, record] of made.entries()) expect(record.revision).toBe(index + 1)
        const last = made.at(-1)
        for (const store of stores)
          expect(await store.read(last?.id ?? expect.unreachable())).toEqual(last)
      }),
      { numRuns: 50 },
    )
  })
}

async function make(store: SlotStore, call: Call, current: SlotRecord): Promise<unknown> {
  const { method, off, args } = call
  const expected = Math.max(1, current.revision + off)
  switch (method) {
    case 'create':
      return store.create({ ...current, revision: 1, args }).catch((error: unknown) => ({
        refused: (error as { code?: string }).code,
      }))
    case 'read':
      return store.read(current.id)
    case 'replace':
      return store.replace({ ...current, revision: expected + 1, args }, expected)
    case 'remove':
      return store.remove(current.id, expected)
  }
}

/** Plays a history by actors that each go by one connection, some on what they read long ago; gives what was made. */
async function playIn(
  stores: readonly SlotStore[],
  history: readonly Step[],
  idempotent: boolean,
): Promise<readonly SlotRecord[]> {
  const first = newSlotRecord()
  let nowMs = first.createdMs
  await stores[0]?.create(first)
  const made = [first]
  const seenBy = new Map<number, SlotRecord>()
  const rules = rulesOf(idempotent)
  for (const { actor, deed, choice, isStale, waitMs } of history) {
    nowMs += waitMs
    const store = stores[actor % stores.length] ?? expect.unreachable()
    const current = (await store.read(first.id)) ?? expect.unreachable()
    const known = (isStale ? seenBy.get(actor) : undefined) ?? current
    const fitting = deeds.filter((each) => decide(known, each, { actor, nowMs, rules }).moved)
    const done = deed ?? fitting[choice % Math.max(fitting.length, 1)] ?? 'sweep'
    const move = decide(known, done, { actor, nowMs, rules })
    if (move.moved && (await store.replace(move.record, known.revision))) made.push(move.record)
    seenBy.set(actor, (await store.read(first.id)) ?? expect.unreachable())
  }
  return made
}
