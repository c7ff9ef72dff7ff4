// What is PostgreSQL's own in the store over it: its table and how that is made.

import { readFileSync } from 'node:fs'
import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createPostgresSlotStore } from '../../src/slots/stores/postgres/postgres.ts'
import { describeOnPostgres } from '../support/engines/stage.ts'
import { newSlotRecord } from '../support/slot-records.ts'

describeOnPostgres('the PostgreSQL store', (engine) => {
  let client: Pool

  beforeAll(() => {
    client = new Pool({ connectionString: engine().url, max: 20 })
  })

  afterAll(() => client.end())

  beforeEach(async () => {
    await client.query('drop table if exists titofisto_slots; drop schema if exists app cascade')
  })

  it('refuses what is no client, and names that are none of a table', () => {
    expect(() => createPostgresSlotStore({ client: {} as Pool })).toThrow(/"client"/)
    for (const table of ['', 'Slots', 'a.b.c', 'a"b', 'x; drop table y', 'a'.repeat(64)])
      expect(() => createPostgresSlotStore({ client, table })).toThrow(/"table"/)
  })

  it('makes its table, however many processes do so at once, and does no harm where it is', async () => {
    const stores = Array.from({ length: 20 }, () => createPostgresSlotStore({ client }))
    await Promise.all(stores.map((store) => store.migrate()))
    const record = newSlotRecord()
    await stores[0]?.create(record)
    await stores[1]?.migrate()
    expect(await stores[1]?.read(record.id)).toEqual(record)
  })

  it('keeps slots in a table of another name and schema', async () => {
    await client.query('create schema app')
    const store = createPostgresSlotStore({ client, table: 'app.slots' })
    await store.migrate()
    const record = newSlotRecord()
    await store.create(record)
    const { rows } = await client.query('select id, revision from app.slots')
    expect(rows).toEqual([{ id: record.id, revision: 1 }])
  })

  it('says what to do where there is no table, or one of another make', async () => {
    const store = createPostgresSlotStore({ client })
    await expect(store.list()).rejects.toMatchObject({
      code: 'slot-store-failed',
      message: expect.stringContaining('migrate()') as string,
    })
    await client.query('create table titofisto_slots (id integer)')
    await expect(store.migrate()).rejects.toMatchObject({ code: 'slot-store-failed' })
  })

  it('works on the table that the SQL of docs/stores.md makes', async () => {
    const page = readFileSync(new URL('../../docs/stores.md', import.meta.url), 'utf8')
    const [, sql = ''] = /```sql\n([^]*?)```/.exec(page) ?? []
    await client.query(sql)
    const store = createPostgresSlotStore({ client })
    const record = newSlotRecord()
    await store.create(record)
    expect(await store.replace({ ...record, revision: 2 }, 1)).toBe(true)
    const shape = `select column_name, data_type, is_nullable, collation_name
      from information_schema.columns where table_name = 'titofisto_slots' order by ordinal_position`
    const byHand = (await client.query(shape)).rows
    await client.query('drop table titofisto_slots')
    await store.migrate()
    expect((await client.query(shape)).rows).toEqual(byHand)
  })

  it('takes changes in transactions of any isolation: of racing ones one wins', async () => {
    const role = 'alter role titofisto set default_transaction_isolation'
    for (const isolation of ['read committed', 'repeatable read', 'serializable']) {
      await client.query(`${role} = '${isolation}'`)
      const own = new Pool({ connectionString: engine().url, max: 8 })
      const store = createPostgresSlotStore({ client: own })
      await store.migrate()
      const record = newSlotRecord()
      await store.create(record)
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, writer) =>
          store.replace({ ...record, revision: 2, args: writer }, 1),
        ),
      )
      expect(outcomes.filter(Boolean)).toHaveLength(1)
      expect((await store.read(record.id))?.args).toBe(outcomes.indexOf(true))
      await own.end()
    }
    await client.query('alter role titofisto reset all')
  })
})

describe('a PostgreSQL store of a client without a server', () => {
  it('fails in its time, as one that can not be reached', async () => {
    const client = { query: () => new Promise<never>(() => {}) }
    const store = createPostgresSlotStore({ client, timeoutSeconds: 0.05 })
    await expect(store.list()).rejects.toMatchObject({ code: 'slot-store-unavailable' })
  })
})
