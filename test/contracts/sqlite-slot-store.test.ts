// The store over Node's own SQLite, where Node has one, does what every slot store must.

import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSqliteSlotStore } from '../../src/slots/stores/sqlite/sqlite.ts'
import type { SqliteSlotStore } from '../../src/slots/stores/sqlite/sqlite.ts'
import { slotStoreContract } from '../../src/testing/slot-store-contract.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { shareEngineStore } from '../support/shared-slot-store.ts'
import type { SharedStore } from '../support/shared-slot-store.ts'
import { describeUnless } from '../support/unless.ts'

const hasSqlite = process.getBuiltinModule('node:sqlite') !== undefined

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'titofisto-sqlite-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

describeUnless(hasSqlite ? 'this Node has SQLite' : null, 'the SQLite store without SQLite', () => {
  it('says which Node it needs', () => {
    expect(() => createSqliteSlotStore({ file: join(folder, 'slots.db') })).toThrow(/Node 22\.13/)
  })
})

describeUnless(hasSqlite ? null : 'this Node has no SQLite', 'the SQLite store', () => {
  let store: SqliteSlotStore
  const file = (): string => join(folder, 'slots.db')

  beforeEach(() => {
    store = createSqliteSlotStore({ file: file(), durable: false })
  })

  afterEach(() => store.close())

  for (const { name, run } of slotStoreContract) it(name, () => run(store))

  it('makes its files for nobody else to read', async () => {
    await store.list()
    for (const name of [file(), `${file()}-wal`])
      expect((await stat(name)).mode & 0o777).toBe(0o600)
  })

  it('refuses a file that is none, and options that are wrong', async () => {
    await writeFile(join(folder, 'text'), 'no database, but a text of some length '.repeat(100))
    expect(() => createSqliteSlotStore({ file: join(folder, 'text') })).toThrow(/"file"/)
    expect(() => createSqliteSlotStore({ file: join(folder, 'no/folder') })).toThrow(/"file"/)
    expect(() => createSqliteSlotStore({ file: '' })).toThrow(/"file"/)
  })

  describe('shared by four processes', () => {
    let source: CompiledSource
    let sharers: SharedStore[] = []
    beforeAll(async () => {
      source = await compileSource()
    })
    afterAll(() => source.remove())
    afterEach(async () => {
      await Promise.all(sharers.map((sharer) => sharer.stop()))
    })
    for (const { name, run } of slotStoreContract)
      it(name, async () => {
        sharers = [1, 2, 3].map(() => shareEngineStore(source.folder, `sqlite:${file()}`))
        await run(store, sharers)
      })
  })
})
