// Slots in an engine that is gone for a while, slow, cut off, or without its data: uploads are told to
// come again, downloads go on, and all heals by itself. Real engines, stopped and killed for real. Each
// fault takes seconds of waiting: `npm run matrix` sees each by every client, `npm test` all by one of Redis's and some
// by one of PostgreSQL's.

import { writeFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { Client } from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { createDeferred } from '../support/deferred.ts'
import { postgresClients, redisClients } from '../support/engines/clients.ts'
import {
  answerTo,
  beginPut,
  expectComeAgain,
  put,
  stateOf,
  tusHead,
  untilStatus,
  useStage,
} from '../support/engines/slot-stage.ts'
import type { Engine, Open, Stage } from '../support/engines/slot-stage.ts'
import { describeOnPostgres, describeOnRedis } from '../support/engines/stage.ts'
import { newSlotId, newSlotRecord } from '../support/slot-records.ts'
import { itUnless } from '../support/unless.ts'

const redisNames = runsAllClients() ? (['ioredis', 'redis'] as const) : (['ioredis'] as const)
const postgresNames = runsAllClients()
  ? (['pg, a pool', 'postgres'] as const)
  : (['pg, a pool'] as const)

describe('promise 18: an engine that is away harms no slot', () => {
  describeOnRedis('slots in Redis', (engine) => {
    const wipe = () => askRedis(engine(), (client) => client.flushall())
    for (const name of redisNames)
      describe(`by ${name}`, () => {
        const open = redisClients[name]
        heals(engine, open, { wipe })
        goesOnBehindAProxy(engine, open)
        losesAnswersForAWhile(engine, open)
        healsHalfOpen(engine, open)
      })

    describe('that has no room', () => {
      const stage = useStage(engine, redisClients.ioredis)
      const limitBytes = (maxmemory: number): Promise<void> =>
        askRedis(engine(), (client) => client.config('SET', 'maxmemory', String(maxmemory)))
      afterEach(() => limitBytes(0))

      it('refuses new slots in words, and takes them again once it has', async () => {
        const { kind } = stage()
        await limitBytes(1)
        const refused = kind.url()
        await expect(refused).rejects.toMatchObject({ code: 'storage-full', status: 507 })
        await limitBytes(0)
        expect((await put(await kind.url())).status).toBe(200)
      })

      it('takes the uploads of slots that were minted before', async () => {
        const { kind, runs } = stage()
        const [{ url, id }, other] = [await kind.create(), await kind.create()]
        await limitBytes(1)
        expect((await put(url)).status).toBe(200)
        expect(await stateOf(kind, id)).toBe('done')
        const upload = beginPut(other.url, 'half, ')
        await expect.poll(() => stateOf(kind, other.id)).toBe('receiving')
        upload.end('and half')
        expect((await answerTo(upload)).statusCode).toBe(200)
        expect(runs()).toBe(2)
      })

      it('is given room by a sweep', async () => {
        const { server, kind } = stage()
        const ticket = await kind.create(undefined, { expiresIn: 0.001 })
        await limitBytes(1)
        await server.files.slots.sweep()
        expect(await stateOf(kind, ticket.id)).toBe('expired')
      })
    })

    describe('that fails over', () => {
      const stage = useStage(engine, redisClients.ioredis)

      it('asks to come again while the server only reads', async () => {
        const { kind } = stage()
        const url = await kind.url()
        await askRedis(engine(), (client) => client.call('REPLICAOF', '127.0.0.1', '1'))
        await expectComeAgain(await put(url))
        await askRedis(engine(), (client) => client.call('REPLICAOF', 'NO', 'ONE'))
        expect((await put(url)).status).toBe(200)
      })
    })
  })

  describeOnPostgres('slots in PostgreSQL', (engine) => {
    const wipe = () => askPostgres(engine(), 'delete from titofisto_slots')
    for (const name of postgresNames)
      describe(`by ${name}`, () => {
        const open = postgresClients[name]
        heals(engine, open, { wipe, isShort: !runsAllClients() })
        goesOnBehindAProxy(engine, open)
        if (runsAllClients()) losesAnswersForAWhile(engine, open)
        if (name !== 'postgres' && runsAllClients()) healsHalfOpen(engine, open)
      })

    describe('that fails over', () => {
      const stage = useStage(engine, postgresClients['pg, a pool'])

      it('asks to come again while the server only reads', async () => {
        const { kind, opened } = stage()
        const url = await kind.url()
        const role = 'alter role titofisto set default_transaction_read_only'
        await askPostgres(engine(), `${role} = on`)
        await endSessions(engine())
        await expectComeAgain(await untilStatus(503, () => put(url)))
        await askPostgres(engine(), `set transaction read write; ${role} = off`)
        await endSessions(engine())
        expect((await untilStatus(200, () => put(url))).status).toBe(200)
        await opened.store.list()
      })
    })
  })
})

interface Healing {
  /** Takes all slots away. */
  readonly wipe: () => Promise<unknown>
  /** Whether a few of them do: the others are not the engine's own. */
  readonly isShort?: boolean
}

function heals(engine: () => Engine, open: Open, { wipe, isShort = false }: Healing): void {
  const leftOut = isShort ? '`npm run matrix` runs it' : null
  const stage = useStage(engine, open)

  it('stopped: uploads are told to come again, downloads go on, and it heals', async () => {
    const { server, kind, runs } = stage()
    await server.files.storage.save('report.txt', 'A report')
    const link = await server.files.url('report.txt')
    const url = await kind.url()
    engine().pause()
    await expectComeAgain(await put(url))
    await expectComeAgain(await tusHead(url))
    await expect(kind.url()).rejects.toMatchObject({ code: 'slot-store-unavailable', status: 503 })
    expect(await (await fetch(link)).text()).toBe('A report')
    engine().goOn()
    expect((await untilStatus(200, () => put(url))).status).toBe(200)
    expect(runs()).toBe(1)
  })

  itUnless(
    leftOut,
    'stopped while bytes come in: nothing is made of them later, and the slot takes them again',
    async () => {
      const { server, kind, runs } = stage()
      const { url, id } = await kind.create()
      const upload = beginPut(url, 'half, ')
      await expect.poll(() => stateOf(kind, id)).toBe('receiving')
      engine().pause()
      upload.end('and half')
      expect((await answerTo(upload)).statusCode).toBe(503)
      engine().goOn()
      // What lay in the engine's buffers comes before what is asked now.
      await expect.poll(() => stateOf(kind, id)).toMatch(/open|receiving/)
      expect(runs()).toBe(0)
      expect((await untilStatus(200, () => put(url))).status).toBe(200)
      expect(runs()).toBe(1)
      // Its first bytes stayed while nobody could say whose they are; they go with a sweep.
      const hourAgo = new Date(Date.now() - 3_600_000)
      for (const name of await server.spooled())
        await utimes(join(server.files.storage.spoolFolder, name), hourAgo, hourAgo)
      await server.files.slots.sweep()
      expect(await server.spooled()).toEqual([])
    },
  )

  itUnless(
    leftOut,
    'stopped while a handler ends: its outcome is written down once it can be',
    async () => {
      const { server } = stage()
      const end = createDeferred()
      const started = createDeferred()
      const slow = server.files.slot('slow', {
        async handler() {
          started.resolve()
          await end.promise
          return { said: 'all' }
        },
      })
      const { url, id } = await slow.create()
      const answer = put(url)
      await started.promise
      engine().pause()
      end.resolve()
      await expectComeAgain(await answer)
      engine().goOn()
      await expect.poll(() => stateOf(slow, id)).toBe('done')
      expect(await slow.status(id)).toMatchObject({ attempt: 1, answer: { json: { said: 'all' } } })
      expect((await put(url)).status).toBe(404)
    },
  )

  it('killed, and started with its data: slots are as they were', async () => {
    const { kind, runs } = stage()
    const [used, url] = [await kind.url(), await kind.url()]
    expect((await put(used)).status).toBe(200)
    await engine().kill()
    await expectComeAgain(await put(url))
    await engine().startAgain({ keepsData: true })
    expect((await untilStatus(200, () => put(url))).status).toBe(200)
    expect((await put(used)).status).toBe(404)
    expect(runs()).toBe(2)
  })

  itUnless(
    leftOut,
    'killed, and started without its data: slots are gone, new ones work, their bytes are swept after a day',
    async () => {
      const { server, kind, opened } = stage()
      const { url } = await kind.create()
      await engine().kill()
      await engine().startAgain({ keepsData: false })
      if ('migrate' in opened.store && typeof opened.store.migrate === 'function')
        await expect.poll(() => makeTable(opened.store)).toBe('made')
      expect((await untilStatus(404, () => put(url))).status).toBe(404)
      expect((await put(await kind.url())).status).toBe(200)

      const { spoolFolder } = server.files.storage
      const [old, young] = [`${newSlotId()}.x.0`, `${newSlotId()}.x.0`]
      for (const name of [old, young]) await writeFile(join(spoolFolder, name), 'bytes')
      const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000)
      await utimes(join(spoolFolder, old), twoDaysAgo, twoDaysAgo)
      await server.files.slots.sweep()
      expect(await server.spooled()).toEqual([young])
    },
  )

  it('emptied while bytes come in: the upload gets the 404 of a slot that never was', async () => {
    const { server, kind, runs } = stage()
    const { url, id } = await kind.create()
    const upload = beginPut(url, 'half, ')
    await expect.poll(() => stateOf(kind, id)).toBe('receiving')
    await wipe()
    upload.end('and half')
    expect((await answerTo(upload)).statusCode).toBe(404)
    expect(runs()).toBe(0)
    expect(await server.spooled()).toEqual([])
  })

  itUnless(leftOut, 'gone: no byte in the spool is taken for nobody’s', async () => {
    const { server } = stage()
    const { spoolFolder } = server.files.storage
    const name = `${newSlotId()}.x.0`
    await server.files.slots.sweep()
    await writeFile(join(spoolFolder, name), 'bytes')
    const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000)
    await utimes(join(spoolFolder, name), twoDaysAgo, twoDaysAgo)
    engine().pause()
    await expect(server.files.slots.sweep()).rejects.toMatchObject({
      code: 'slot-store-unavailable',
    })
    expect(await server.spooled()).toEqual([name])
    engine().goOn()
  })
}

function goesOnBehindAProxy(engine: () => Engine, open: Open): void {
  const stage = useStage(engine, open, 'behind a proxy')

  it('far away: all works, slower', async () => {
    const { kind, proxy } = stage()
    proxy.delay(50)
    expect((await put(await kind.url())).status).toBe(200)
  })

  it('whose answer to a change is lost: the change is told as made, once', async () => {
    const { opened, proxy } = stage()
    const { store } = opened
    const record = newSlotRecord()
    const created = proxy.loseAnswerTo(record.id)
    await store.create(record)
    await created
    const second = { ...record, revision: 2, args: 'ours' }
    const replaced = proxy.loseAnswerTo(record.id)
    expect(await store.replace(second, 1)).toBe(true)
    await replaced
    expect(await store.read(record.id)).toEqual(second)
    // Another's change of the same revision is not taken for ours.
    const lost = proxy.loseAnswerTo(record.id)
    expect(await store.replace({ ...second, args: 'late' }, 1)).toBe(false)
    await lost
    expect(await store.read(record.id)).toEqual(second)
  })

  it('whose answer to a claim is lost: the handler runs, once', async () => {
    const { kind, proxy, runs } = stage()
    const { url, id } = await kind.create()
    const upload = beginPut(url, 'half, ')
    await expect.poll(() => stateOf(kind, id)).toBe('receiving')
    const lost = proxy.loseAnswerTo(id)
    upload.end('and half')
    expect((await answerTo(upload)).statusCode).toBe(200)
    await lost
    expect(runs()).toBe(1)
    expect(await stateOf(kind, id)).toBe('done')
  })
}

/** Uploads whose last change, the handler's start, has an answer to be lost. */
const uploadWays: readonly {
  readonly name: string
  readonly send: (stage: Stage, url: string, id: string) => Promise<number | undefined>
}[] = [
  {
    name: 'that takes its time',
    async send({ kind }, url, id) {
      const upload = beginPut(url, 'a ')
      await expect.poll(() => stateOf(kind, id)).toBe('receiving')
      upload.end('note')
      return (await answerTo(upload)).statusCode
    },
  },
  { name: 'that comes at once', send: async (_, url) => (await put(url)).status },
  {
    name: 'that is resumable',
    async send(_, url) {
      const headers = { 'Tus-Resumable': '1.0.0', 'Upload-Offset': '0' }
      const type = { 'Content-Type': 'application/offset+octet-stream' }
      const sent = await fetch(url, {
        method: 'PATCH',
        headers: { ...headers, ...type },
        body: 'a note',
      })
      return sent.status
    },
  },
]

function losesAnswersForAWhile(engine: () => Engine, open: Open): void {
  const stage = useStage(engine, open, 'behind a proxy')

  for (const { name, send } of uploadWays.slice(0, runsAllClients() ? undefined : 1))
    it(`whose answers are lost from the start of the handler on: an upload ${name} is told to come again, and is handled once it does`, async () => {
      const { kind, proxy, runs } = stage()
      const { url, id } = await kind.create(undefined, { sizeBytes: 'a note'.length })
      const lost = proxy.loseAnswersFrom('"handling"')
      // By tus: in use, since all of it has come.
      expect([423, 503]).toContain(await send(stage(), url, id))
      await lost
      // It is in the engine that a handler has begun, and none has.
      expect(runs()).toBe(0)
      proxy.hear()
      await expect
        .poll(async () => {
          await (name === 'that is resumable' ? tusHead(url) : put(url))
          return stateOf(kind, id)
        })
        .toBe('done')
      expect(runs()).toBe(1)
    })
}

function healsHalfOpen(engine: () => Engine, open: Open): void {
  const stage = useStage(engine, open, 'behind a proxy')

  it('half open: uploads are told to come again, and a client with a socket timeout finds its way back', async () => {
    const { kind, proxy, runs } = stage()
    const url = await kind.url()
    proxy.silence()
    await expectComeAgain(await put(url))
    proxy.speak()
    expect((await untilStatus(200, () => put(url))).status).toBe(200)
    expect(runs()).toBe(1)
  })
}

async function makeTable(store: object): Promise<string> {
  if (!('migrate' in store) || typeof store.migrate !== 'function') return 'none'
  const made: Promise<unknown> = store.migrate()
  return made.then(
    () => 'made',
    () => 'not yet',
  )
}

async function askRedis({ url }: Engine, ask: (client: Redis) => Promise<unknown>): Promise<void> {
  const client = new Redis(url)
  await ask(client)
  client.disconnect()
}

async function askPostgres({ url }: Engine, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(statement)
  await client.end()
}

/** What is set for a role holds for its next sessions. */
async function endSessions(engine: Engine): Promise<void> {
  const others =
    'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()'
  await askPostgres(engine, `${others} and usename = 'titofisto'`)
}
