// What a slot store must do where many change one record at once.

import assert from 'node:assert/strict'
import type { SlotId, SlotRecord } from '../slots/record/slot.ts'
import type { SlotStore } from '../slots/stores/store.ts'
import { createMany, createOne, listAll, next, sorted } from './slot-store-case.ts'
import type { SlotStoreCase } from './slot-store-case.ts'

/** The cases of racing writers. */
export const racingCases: readonly SlotStoreCase[] = [
  {
    name: 'lets one of many racing writers win, every time',
    async run(store, others = []) {
      for (let round = 0; round < 50; round++) {
        const record = await createOne(store)
        await raceFor(record, [store, ...others])
      }
    },
  },
  {
    name: 'lets one of many racing writers win each of a hundred revisions in a row',
    async run(store, others = []) {
      let record = await createOne(store)
      for (let change = 0; change < 100; change++)
        record = await raceFor(record, [store, ...others])
    },
  },
  {
    name: 'tells exactly one writer that it won each revision, where all build on what they read',
    async run(store, others = []) {
      const record = await createOne(store)
      const stores = [store, ...others]
      const builders = Array.from({ length: 8 }, (_, builder) =>
        buildOn(stores[builder % stores.length] ?? store, record.id, builder),
      )
      const built = await Promise.all(builders)
      const last = await store.read(record.id)
      assert.ok(last !== null && last.revision >= builtRevisions)
      for (let revision = 2; revision <= last.revision; revision++) {
        const winners = built.filter(({ won }) => won.has(revision))
        assert.equal(winners.length, 1, `winners of revision ${revision}`)
        for (const { seen } of built)
          if (seen.has(revision))
            assert.equal(seen.get(revision), winners[0]?.builder, `who wrote revision ${revision}`)
      }
    },
  },
  {
    name: 'lets either a replace or a remove win, never both',
    async run(store, [other = store] = []) {
      for (let round = 0; round < 50; round++) {
        const record = await createOne(store)
        const [replaced, removed] = await Promise.all([
          store.replace(next(record), 1),
          other.remove(record.id, 1),
        ])
        assert.notEqual(replaced, removed)
        assert.equal((await store.read(record.id)) === null, removed)
      }
    },
  },
  {
    name: 'tells one of many that it removed a record, however old that is',
    async run(store, others = []) {
      const stores = [store, ...others]
      for (let round = 0; round < 10; round++) {
        let record = await createOne(store)
        for (let change = 0; change < 12; change++) {
          await store.replace(next(record), record.revision)
          record = next(record)
        }
        const outcomes = await Promise.all(
          Array.from({ length: 8 }, (_, index) =>
            (stores[index % stores.length] ?? store).remove(record.id, record.revision),
          ),
        )
        assert.equal(outcomes.filter(Boolean).length, 1, 'who removed it')
        assert.equal(await store.read(record.id), null)
      }
    },
  },
  {
    name: 'does no harm to slots that are created while it lists',
    async run(store, [other = store] = []) {
      const creating = createMany(store, 200)
      for (let listing = 0; listing < 20; listing++)
        for (const listed of await listAll(other, 50)) assert.equal(listed.revision, 1)
      const created = sorted(await creating)
      assert.deepEqual(sorted(await listAll(other, 50)), created)
    },
  },
]

/** Has twenty writers race for a record's next revision, and gives the one that won. */
async function raceFor(record: SlotRecord, stores: readonly SlotStore[]): Promise<SlotRecord> {
  const wanted = Array.from({ length: 20 }, (_, writer) => ({ ...next(record), args: writer }))
  const outcomes = await Promise.all(
    wanted.map(async (each, writer) =>
      stores[writer % stores.length]?.replace(each, record.revision),
    ),
  )
  assert.equal(outcomes.filter(Boolean).length, 1, `winners of revision ${record.revision + 1}`)
  const winner = wanted[outcomes.indexOf(true)]
  assert.ok(winner !== undefined)
  for (const store of stores) assert.deepEqual(await store.read(record.id), winner)
  return winner
}

/**
 * How far the writers build. Past the number of old revisions that a store may keep, so that none
 * of its ways of pruning them goes untested.
 */
export const builtRevisions = 150

interface Built {
  readonly builder: number
  /** The revisions that it was told to have written. */
  readonly won: ReadonlySet<number>
  /** Who wrote each revision that it has read. */
  readonly seen: ReadonlyMap<number, unknown>
}

/** Reads a record and puts the next revision in its place, over and over, against others. */
async function buildOn(store: SlotStore, id: SlotId, builder: number): Promise<Built> {
  const won = new Set<number>()
  const seen = new Map<number, unknown>()
  let newest = 1
  while (newest < builtRevisions) {
    const record = await store.read(id)
    assert.ok(record !== null)
    assert.ok(record.revision >= newest, 'nobody reads an older record after a newer one')
    newest = record.revision
    if (newest > 1) seen.set(newest, record.args)
    const mine = { ...next(record), args: builder }
    if (await store.replace(mine, record.revision)) won.add(mine.revision)
  }
  return { builder, won, seen }
}
