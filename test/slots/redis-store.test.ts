// What is Redis's own in the store over it: keys, lives, evictions, clusters, and the trips that an
// upload costs.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Cluster, Redis } from 'ioredis'
import { createCluster } from 'redis'
import { afterEach, expect, it } from 'vitest'
import type { LogEntry } from '../../src/log.ts'
import { createRedisSlotStore } from '../../src/slots/stores/redis/redis.ts'
import { slotStoreContract } from '../../src/testing/slot-store-contract.ts'
import { redisClients } from '../support/engines/clients.ts'
import { startRedis } from '../support/engines/redis.mjs'
import { describeOnRedis } from '../support/engines/stage.ts'
import { newSlotRecord } from '../support/slot-records.ts'
import { startUploadServer } from '../support/upload-server.ts'

describeOnRedis('the Redis store', (engine) => {
  const toClose: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of toClose.splice(0)) await close()
  })

  async function openClient(url = engine().url): Promise<Redis> {
    const client = new Redis(url)
    toClose.push(() => client.disconnect())
    await client.flushall()
    return client
  }

  it('refuses what is no client, and options that are wrong', async () => {
    const client = await openClient()
    expect(() => createRedisSlotStore({ client: {} as Redis })).toThrow(/"client"/)
    expect(() => createRedisSlotStore({ client, prefix: '{a}' })).toThrow(/"prefix"/)
    expect(() => createRedisSlotStore({ client, timeoutSeconds: 0 })).toThrow(/"timeoutSeconds"/)
    const misspelled: object = { client, prefx: 'app' }
    expect(() => createRedisSlotStore(misspelled as { client: Redis })).toThrow(/prefix/)
  })

  it('keeps all of its keys under its prefix, and none of them once slots are removed', async () => {
    const client = await openClient()
    const store = createRedisSlotStore({ client, prefix: 'app' })
    const record = newSlotRecord()
    await store.create(record)
    expect((await client.keys('*')).toSorted()).toEqual([`{app}:slot:${record.id}`, '{app}:slots'])
    await store.remove(record.id, 1)
    expect(await client.keys('*')).toEqual([])
  })

  it('lets applications with prefixes of their own share a server', async () => {
    const client = await openClient()
    const [one, other] = ['one', 'other'].map((prefix) => createRedisSlotStore({ client, prefix }))
    const record = newSlotRecord()
    await one?.create(record)
    expect(await other?.read(record.id)).toBe(null)
    expect(await other?.list()).toEqual({ records: [], next: null })
  })

  it('has the server forget what nobody sweeps, long after a sweep would have; never what has bytes', async () => {
    const client = await openClient()
    const store = createRedisSlotStore({ client })
    const record = newSlotRecord()
    const key = `{titofisto}:slot:${record.id}`
    await store.create(record)
    const dayMs = 86_400_000
    expect(await client.pttl(key)).toBeGreaterThan(record.expiresMs - record.createdMs + 7 * dayMs)
    const lease = { holder: 'somebody', untilMs: 0 }
    const second = { ...record, revision: 2, state: { name: 'receiving', lease } as const }
    await store.replace(second, 1)
    expect(await client.pttl(key)).toBe(-1)
    const third = { ...record, revision: 3, state: { name: 'expired', sinceMs: 0 } as const }
    await store.replace(third, 2)
    expect(await client.pttl(key)).toBeGreaterThan(7 * dayMs)
    // As the server does at the end of its life.
    await client.pexpire(key, 0)
    expect(await store.list()).toEqual({ records: [], next: null })
    expect(await client.keys('*')).toEqual([])
  })

  it('gives a record that somebody has damaged as one that can not be read, and lists the others', async () => {
    const client = await openClient()
    const store = createRedisSlotStore({ client })
    const [whole, damaged] = [newSlotRecord(), newSlotRecord()]
    await store.create(whole)
    await store.create(damaged)
    await client.set(`{titofisto}:slot:${damaged.id}`, '1 x {"id":')
    const { records } = await store.list()
    expect(records).toContainEqual(whole)
    expect(records).toContainEqual({ id: damaged.id })
  })

  it.each([6, 3_000_000])(
    'takes 4 trips at most for an upload of %i bytes, and one to mint',
    async (bytes) => {
      const server = await startUploadServer({
        options: {
          slotStore: createRedisSlotStore({ client: await openClient() }),
          sweepSeconds: 0,
        },
      })
      toClose.push(() => server.close())
      const kind = server.files.slot('note', { handler: ({ file }) => file.save('note.txt') })
      // Warm: the scripts are known, and the server's clock.
      await fetch(await kind.url(), { method: 'PUT', body: 'a note' })

      const watching = await openPlain(engine().url)
      toClose.push(() => watching.disconnect())
      const monitor = await watching.monitor()
      toClose.push(() => monitor.disconnect())
      let trips = 0
      monitor.on('monitor', (_: string, args: readonly string[], source: string) => {
        // What scripts do is no trip.
        if (source !== 'lua' && !/^(?:ping|info|monitor)$/i.test(args[0] ?? '')) trips += 1
      })
      const url = await kind.url()
      await expect.poll(() => trips).toBe(1)
      trips = 0
      expect((await fetch(url, { method: 'PUT', body: Buffer.alloc(bytes) })).status).toBe(200)
      await watching.set('seen', 'all')
      await expect.poll(() => trips).toBeGreaterThan(1)
      // The last is the one that says so.
      expect(trips - 1).toBeLessThanOrEqual(4)
    },
  )
})

describeOnRedis('a Redis that gives the application few rights', (engine) => {
  it('takes all calls with those that docs/stores.md names', async () => {
    const page = readFileSync(new URL('../../docs/stores.md', import.meta.url), 'utf8')
    const [, rights = '', keys = ''] = /\*\*Rights\.\*\* `([^`]+)` on `([^`]+)`/.exec(page) ?? []
    const admin = new Redis(engine().url)
    await admin.call('ACL', 'SETUSER', 'few', 'on', '>pass', keys, ...rights.split(' '))
    const client = new Redis(engine().port, '127.0.0.1', {
      username: 'few',
      password: 'pass',
      enableReadyCheck: false,
    })
    const log: LogEntry[] = []
    const store = createRedisSlotStore({ client, log: (entry) => log.push(entry) })
    const record = newSlotRecord()
    await store.create(record)
    expect(await store.replace({ ...record, revision: 2 }, 1)).toBe(true)
    const lease = { holder: 'somebody', untilMs: 0 }
    const third = { ...record, revision: 3, state: { name: 'receiving', lease } as const }
    expect(await store.replace(third, 2)).toBe(true)
    expect(await store.list()).toEqual({ records: [third], next: null })
    expect(await store.read(record.id)).toEqual(third)
    expect(await store.remove(record.id, 3)).toBe(true)
    expect(log).toEqual([])
    client.disconnect()
    admin.disconnect()
  })
})

describeOnRedis('what the store says of a server at its first answer', (engine) => {
  const policies: readonly (readonly [string, string, string | null])[] = [
    ['noeviction', '100mb', null],
    ['allkeys-lru', '0', null],
    ['allkeys-lru', '100mb', 'slot-store-evicts'],
    ['volatile-ttl', '100mb', 'slot-store-evicts'],
  ]
  it.each(policies)('with %s and maxmemory %s: %s', async (policy, maxmemory, event) => {
    const client = new Redis(engine().url)
    await client.config('SET', 'maxmemory-policy', policy, 'maxmemory', maxmemory)
    const log: LogEntry[] = []
    const { store, close } = await redisClients.redis({
      port: engine().port,
      log: (entry) => log.push(entry),
    })
    await store.create(newSlotRecord())
    await store.create(newSlotRecord())
    const said = event === null ? [] : [expect.objectContaining({ level: 'warn', event })]
    await expect.poll(() => log).toEqual(said)
    if (event !== null) expect(log[0]?.message).toContain(policy)
    await close()
    client.disconnect()
  })

  it('where it may not look: that it does not know', async () => {
    const admin = new Redis(engine().url)
    await admin.call('ACL', 'SETUSER', 'app', 'on', '>pass', '~*', '+@all', '-info', '-config')
    const client = new Redis({
      port: engine().port,
      host: '127.0.0.1',
      username: 'app',
      password: 'pass',
      enableReadyCheck: false,
    })
    const log: LogEntry[] = []
    const store = createRedisSlotStore({ client, log: (entry) => log.push(entry) })
    await store.create(newSlotRecord())
    await expect
      .poll(() => log)
      .toEqual([expect.objectContaining({ level: 'info', event: 'slot-store-eviction-unknown' })])
    client.disconnect()
    admin.disconnect()
  })
})

describeOnRedis('the Redis store on a cluster', () => {
  it('keeps the contract by ioredis and by redis: what one change touches is on one node', async () => {
    const engine = await startRedis([
      '--cluster-enabled',
      'yes',
      // One that has met no other does not know its own address.
      '--cluster-announce-ip',
      '127.0.0.1',
    ])
    const admin = new Redis(engine.url)
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await expect.poll(() => admin.call('CLUSTER', 'INFO')).toMatch(/cluster_state:ok/)
    const ioredis = new Cluster([{ host: '127.0.0.1', port: engine.port }])
    const nodeRedis = createCluster({ rootNodes: [{ url: engine.url }] })
    nodeRedis.on('error', () => {})
    await nodeRedis.connect()
    try {
      for (const client of [ioredis, nodeRedis])
        for (const { run } of slotStoreContract) {
          await admin.flushall()
          await run(createRedisSlotStore({ client, log: () => {} }))
        }
    } finally {
      ioredis.disconnect()
      nodeRedis.destroy()
      admin.disconnect()
      await engine.stop()
    }
  })
})

async function openPlain(url: string): Promise<Redis> {
  const client = new Redis(url)
  await once(client, 'ready')
  return client
}
