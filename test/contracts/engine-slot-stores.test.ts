// The stores over Redis and PostgreSQL do what every slot store must, by each client that they take,
// and between processes.

import { Client } from 'pg'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { slotStoreContract } from '../../src/testing/slot-store-contract.ts'
import { racingCases } from '../../src/testing/slot-store-races.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
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
  describe('by ioredis, in four processes', () => keepsRacesOfProcesses(() => engine().url, empty))
})

describeOnPostgres('slots in PostgreSQL', (engine) => {
  const empty = async (): Promise<void> => {
    const client = new Client({ connectionString: engine().url })
    await client.connect()
    await client.query('delete from titofisto_slots')
    await client.end()
  }
  for (const [name, open] of Object.entries(postgresClients))
    describe(`by ${name}`, () => keepsContract(() => open({ port: engine().port }), empty))
  describe('by pg, in four processes', () => keepsRacesOfProcesses(() => engine().url, empty))
})

describe('slots in PGlite', () => {
  let opened: Awaited<ReturnType<typeof openPglite>>
  keepsContract(
    async () => (opened = await openPglite()),
    () => opened.client.query('delete from titofisto_slots'),
  )
})

function keepsContract(open: () => Promise<OpenStore>, empty: () => Promise<unknown>): void {
  let opened: OpenStore
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.close())
  beforeEach(() => empty())
  for (const { name, run } of slotStoreContract) it(name, () => run(opened.store))
}

function keepsRacesOfProcesses(url: () => string, empty: () => Promise<void>): void {
  let source: CompiledSource
  let sharers: SharedStore[] = []
  beforeAll(async () => {
    source = await compileSource()
    sharers = [1, 2, 3, 4].map(() => shareEngineStore(source.folder, url()))
    await Promise.all(sharers.map((sharer) => sharer.ready()))
  })
  afterAll(async () => {
    await Promise.all(sharers.map((sharer) => sharer.stop()))
    await source.remove()
  })
  for (const { name, run } of racingCases)
    it(name, async () => {
      await empty()
      const [first = expect.unreachable(), ...others] = sharers
      await run(first, others)
    })
}
