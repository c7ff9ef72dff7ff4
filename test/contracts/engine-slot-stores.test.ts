// The stores over Redis and PostgreSQL do what every slot store must, by each client that they take,
// and between processes.

import pg from 'pg'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'vitest'
import type { SlotStore } from '../../src/slots/stores/store.ts'
import { slotStoreContract } from '../../src/testing/slot-store-contract.ts'
import { compileSource } from '../support/compile-source.ts'
import type { CompiledSource } from '../support/compile-source.ts'
import { openPglite, postgresClients, redisClients } from '../support/engines/clients.ts'
import type { OpenStore } from '../support/engines/clients.ts'
import { describeOnPostgres, describeOnRedis } from '../support/engines/stage.ts'
import { shareEngineStore } from '../support/shared-slot-store.ts'
import type { SharedStore } from '../support/shared-slot-store.ts'

describeOnRedis('slots in Redis', (engine) => {
  const empty = async (): Promise<void> => {
    const client = new Redis(engine().url)
    await client.flushall()
    client.disconnect()
  }
  for (const [name, open] of Object.entries(redisClients))
    describe(`by ${name}`, () => keepsContract(() => open({ port: engine().port }), empty))
  describe('by ioredis, in four processes', () =>
    keepsContractInProcesses(() => engine().url, empty))
})

describeOnPostgres('slots in PostgreSQL', (engine) => {
  const empty = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: engine().url })
    await client.connect()
    await client.query('drop table if exists titofisto_slots')
    await client.end()
  }
  for (const [name, open] of Object.entries(postgresClients))
    describe(`by ${name}`, () => keepsContract(() => open({ port: engine().port }), empty))
  describe('by pg, in four processes', () => keepsContractInProcesses(() => engine().url, empty))
})

describe('slots in PGlite', () => {
  let opened: Awaited<ReturnType<typeof openPglite>>
  beforeAll(async () => {
    opened = await openPglite()
  })
  afterAll(() => opened.close())
  beforeEach(() => opened.client.query('delete from titofisto_slots'))
  for (const { name, run } of slotStoreContract) it(name, () => run(opened.store))
})

function keepsContract(open: () => Promise<OpenStore>, empty: () => Promise<void>): void {
  let opened: OpenStore
  beforeEach(async () => {
    await empty()
    opened = await open()
  })
  afterEach(() => opened.close())
  for (const { name, run } of slotStoreContract) it(name, () => run(opened.store))
}

function keepsContractInProcesses(url: () => string, empty: () => Promise<void>): void {
  let source: CompiledSource
  let sharers: SharedStore[] = []
  beforeAll(async () => {
    source = await compileSource()
    sharers = [1, 2, 3, 4].map(() => shareEngineStore(source.folder, url()))
  })
  afterAll(async () => {
    await Promise.all(sharers.map((sharer) => sharer.stop()))
    await source.remove()
  })
  for (const { name, run } of slotStoreContract)
    it(name, async () => {
      await empty()
      const [first, ...others]: SlotStore[] = sharers
      // A process that has lost its table makes it anew.
      await Promise.all(sharers.map((sharer) => sharer.ready()))
      if (first !== undefined) await run(first, others)
    })
}
