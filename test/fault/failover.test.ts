// An engine that dies, and whose replica takes its place, as an operator or a sentinel has it. What the
// replica has is there; what it lacks was never promised, and does no harm beyond that.

import { Redis } from 'ioredis'
import { Client } from 'pg'
import { afterEach, expect, it } from 'vitest'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { createDeferred } from '../support/deferred.ts'
import { postgresClients, redisClients } from '../support/engines/clients.ts'
import { startPostgres } from '../support/engines/postgres.mjs'
import { openProxy } from '../support/engines/proxy.ts'
import type { EngineProxy } from '../support/engines/proxy.ts'
import { startRedis } from '../support/engines/redis.mjs'
import {
  expectComeAgain,
  put,
  stateOf,
  untilStatus,
  useStage,
} from '../support/engines/slot-stage.ts'
import type { Engine, Stage } from '../support/engines/slot-stage.ts'
import { describeOnPostgresInMatrix, describeOnRedis } from '../support/engines/stage.ts'
import { itUnless } from '../support/unless.ts'

/** An engine that follows another one. */
interface Replica {
  /** The way by which it gets its changes. */
  readonly link: EngineProxy
  /** Waits until it has all that the primary has. */
  caughtUp(): Promise<void>
  /** Ends the primary as a power cut would, takes its place, and has the application led here. */
  takeOver(stage: Stage): Promise<void>
}

const leftOut = runsAllClients() ? null : '`npm run matrix` runs it'
const toStop: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of toStop.splice(0).toReversed()) await stop()
})

describeOnRedis('promise 18: slots in a Redis whose replica takes over', (engine) => {
  const stage = useStage(engine, redisClients.ioredis, 'behind a proxy')
  afterEach(() => startAnew(engine()))

  it('are as they were, where it had all changes', async () => {
    await staysAsItWas(stage(), await followRedis(engine()))
  })

  it('are as they were before the changes that it had not got: then a used slot is open again, no more', async () => {
    const replica = await followRedis(engine())
    await losesItsLastMoments(stage(), replica)
  })

  itUnless(
    leftOut,
    'are told to come again while no replica hears, where the server is told to ask for one',
    async () => {
      const { kind } = stage()
      const { link } = await followRedis(engine())
      await askRedis(engine(), ['CONFIG', 'SET', 'min-replicas-to-write', '1'])
      await askRedis(engine(), ['CONFIG', 'SET', 'min-replicas-max-lag', '1'])
      const url = await kind.url()
      link.silence()
      // The server counts the seconds since it has heard from its replica.
      await expect
        .poll(() => kind.url().catch(({ code }: { code: string }) => code))
        .toBe('slot-store-unavailable')
      await expectComeAgain(await put(url))
      link.speak()
      link.leadTo(engine().port)
      expect((await untilStatus(200, () => put(url))).status).toBe(200)
    },
  )
})

describeOnPostgresInMatrix(
  'promise 18: slots in a PostgreSQL whose standby takes over',
  (engine) => {
    const stage = useStage(engine, postgresClients['pg, a pool'], 'behind a proxy')
    afterEach(() => startAnew(engine()))

    it('are as they were, where it is a synchronous one, whenever that happens', async () => {
      const standby = await followPostgres(engine())
      await askPostgres(engine(), `alter system set synchronous_standby_names = 'standby'`)
      await askPostgres(engine(), 'select pg_reload_conf()')
      await expect
        .poll(() => askPostgres(engine(), 'select sync_state from pg_stat_replication'))
        .toEqual([{ sync_state: 'sync' }])
      await staysAsItWas(stage(), standby)
    })

    itUnless(
      leftOut,
      'are as they were before the changes that it had not got: then a used slot is open again, no more',
      async () => {
        const standby = await followPostgres(engine())
        await losesItsLastMoments(stage(), standby)
      },
    )
  },
)

async function staysAsItWas(stage: Stage, replica: Replica): Promise<void> {
  const { kind, runs } = stage
  const [used, url] = [await kind.url(), await kind.url()]
  expect((await put(used)).status).toBe(200)
  await replica.caughtUp()
  await replica.takeOver(stage)
  expect((await untilStatus(200, () => put(url))).status).toBe(200)
  expect((await put(used)).status).toBe(404)
  expect(runs()).toBe(2)
}

async function losesItsLastMoments(stage: Stage, replica: Replica): Promise<void> {
  const { kind, runs, server } = stage
  const end = createDeferred()
  const started = createDeferred()
  const slow = server.files.slot('slow', {
    async handler({ file }) {
      started.resolve()
      await end.promise
      return { saved: await file.save('slow.txt') }
    },
  })
  const [open, running] = [await kind.create(), await slow.create()]
  await replica.caughtUp()

  replica.link.silence()
  expect((await put(open.url)).status).toBe(200)
  const minted = await kind.url()
  const answer = put(running.url)
  await started.promise
  await replica.takeOver(stage)
  await expect.poll(() => stateOf(kind, open.id)).toBe('open')
  // What a handler does while its slot is lost stays done, and ends the slot as its uploader is told.
  end.resolve()
  expect(await (await answer).json()).toEqual({ saved: 'slow.txt' })
  expect(await stateOf(slow, running.id)).toBe('done')
  expect((await put(minted)).status).toBe(404)
  expect((await put(open.url)).status).toBe(200)
  expect(runs()).toBe(2)
}

async function startAnew(engine: Engine): Promise<void> {
  await engine.kill()
  await engine.startAgain({ keepsData: false })
}

async function followRedis(primary: Engine): Promise<Replica> {
  const link = await openProxy(primary.port)
  toStop.push(() => link.close())
  await askRedis(primary, ['CONFIG', 'SET', 'repl-diskless-sync-delay', '0'])
  const replica = await startRedis(['--replicaof', '127.0.0.1', String(link.port)])
  toStop.push(replica.stop)
  await expect
    .poll(() => askRedis(replica, ['INFO', 'replication']))
    .toMatch(/master_link_status:up/)
  return {
    link,
    async caughtUp() {
      expect(await askRedis(primary, ['WAIT', '1', '0'])).toBe(1)
    },
    async takeOver({ proxy }) {
      await primary.kill()
      await askRedis(replica, ['REPLICAOF', 'NO', 'ONE'])
      proxy.leadTo(replica.port)
    },
  }
}

async function followPostgres(primary: Engine): Promise<Replica> {
  const link = await openProxy(primary.port)
  toStop.push(() => link.close())
  const from = `host=127.0.0.1 port=${link.port} user=titofisto application_name=standby`
  const standby = await startPostgres([`primary_conninfo=${from}`], { standbyOf: primary.port })
  toStop.push(standby.stop)
  const caughtUpCount = `select count(*)::integer as caught_up from pg_stat_replication
    where state = 'streaming' and flush_lsn >= pg_current_wal_flush_lsn()`
  async function caughtUp(): Promise<void> {
    await expect.poll(() => askPostgres(primary, caughtUpCount)).toEqual([{ caught_up: 1 }])
  }
  await caughtUp()
  return {
    link,
    caughtUp,
    async takeOver({ proxy }) {
      await primary.kill()
      await askPostgres(standby, 'select pg_promote()')
      proxy.leadTo(standby.port)
    },
  }
}

async function askRedis({ url }: { readonly url: string }, words: string[]): Promise<unknown> {
  const client = new Redis(url)
  const [command = '', ...args] = words
  try {
    return await client.call(command, ...args)
  } finally {
    client.disconnect()
  }
}

async function askPostgres(
  { url }: { readonly url: string },
  statement: string,
): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}
