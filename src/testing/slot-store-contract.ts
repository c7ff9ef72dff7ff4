// What every slot store must do, as cases that any test runner can run: each gets an empty store
// and throws where the store breaks the contract.
//
//   for (const { name, run } of slotStoreContract)
//     it(name, async () => run(await createYourStore()))
//
// A store that several processes share is only tested where they do: give `run` the same records
// over other connections too, best in processes of their own, as `test/contracts` does here.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSlotRecord } from '../slots/record/lifecycle.ts'
import { parseSlotId } from '../slots/record/slot.ts'
import type { SlotId, SlotRecord } from '../slots/record/slot.ts'
import type { SlotStore } from '../slots/stores/store.ts'

/** One thing that every store must do. */
export interface SlotStoreCase {
  /** The fact, as the end of a sentence that begins with "a slot store". */
  readonly name: string
  /**
   * Rejects where the store does not keep it. The store must be empty, and is not used again.
   * `others` keep the same records as `store`, by other connections or in other processes; those
   * who race take turns with them. Default: none.
   * @example
   * import { createMemorySlotStore } from 'titofisto'
   * import { slotStoreContract } from 'titofisto/testing'
   *
   * for (const { run } of slotStoreContract) await run(createMemorySlotStore())
   */
  readonly run: (store: SlotStore, others?: readonly SlotStore[]) => Promise<void>
}

/**
 * The suite that a slot store must pass.
 * @example
 * import { test } from 'node:test'
 * import { createMemorySlotStore } from 'titofisto'
 * import { slotStoreContract } from 'titofisto/testing'
 *
 * for (const { name, run } of slotStoreContract)
 *   void test(name, async () => run(createMemorySlotStore()))
 */
export const slotStoreContract: readonly SlotStoreCase[] = [
  {
    name: 'gives back what was created, whatever JSON is in it',
    async run(store) {
      const record = newRecord({ text: 'ä\u2028"\\\n😀', deep: [1.5, null, { yes: true }], '': '' })
      await store.create(record)
      assert.deepEqual(await store.read(record.id), record)
    },
  },
  {
    name: 'gives null for a slot that it does not know',
    async run(store) {
      assert.equal(await store.read(newId()), null)
    },
  },
  {
    name: 'refuses to create an id twice, and keeps the first',
    async run(store) {
      const record = newRecord('first')
      await store.create(record)
      await assert.rejects(store.create({ ...record, args: 'second' }), {
        code: 'slot-store-failed',
      })
      assert.deepEqual(await store.read(record.id), record)
    },
  },
  {
    name: 'tells slots apart whose ids differ by the case of one letter',
    async run(store) {
      const lower = newRecord('lower', toId(`aaaaaaaaaaaaaaaaaaaaaA`))
      const upper = newRecord('upper', toId(`aaaaaaaaaaaaaaaaaaaaAA`))
      await store.create(lower)
      await store.create(upper)
      assert.deepEqual(await store.read(lower.id), lower)
      assert.deepEqual(await store.read(upper.id), upper)
    },
  },
  {
    name: 'replaces a record whose revision is the expected one',
    async run(store) {
      const record = newRecord()
      await store.create(record)
      const second = next(record)
      assert.equal(await store.replace(second, 1), true)
      assert.deepEqual(await store.read(record.id), second)
    },
  },
  {
    name: 'leaves a record alone whose revision is not the expected one',
    async run(store) {
      const record = newRecord()
      await store.create(record)
      const second = next(record)
      const third = next(second)
      await store.replace(second, 1)
      await store.replace(third, 2)
      assert.equal(await store.replace({ ...second, args: 'late' }, 1), false, 'a past revision')
      assert.equal(await store.replace({ ...third, args: 'late' }, 2), false, 'the last revision')
      assert.equal(await store.replace({ ...third, revision: 10 }, 9), false, 'one still to come')
      assert.deepEqual(await store.read(record.id), third)
    },
  },
  {
    name: 'refuses a writer that slept through a hundred changes',
    async run(store) {
      let record = newRecord()
      await store.create(record)
      const asleep = record
      for (let change = 0; change < 100; change++) {
        const changed = next(record)
        assert.equal(await store.replace(changed, record.revision), true)
        record = changed
      }
      for (let revision = 1; revision <= 100; revision++)
        assert.equal(
          await store.replace({ ...asleep, revision: revision + 1, args: 'late' }, revision),
          false,
          `expecting revision ${revision}`,
        )
      assert.deepEqual(await store.read(record.id), record)
    },
  },
  {
    name: 'lets one of many racing writers win, every time',
    async run(store, others = []) {
      for (let round = 0; round < 50; round++) {
        const record = newRecord()
        await store.create(record)
        await raceFor(record, [store, ...others])
      }
    },
  },
  {
    name: 'lets one of many racing writers win each of a hundred revisions in a row',
    async run(store, others = []) {
      let record = newRecord()
      await store.create(record)
      for (let change = 0; change < 100; change++)
        record = await raceFor(record, [store, ...others])
    },
  },
  {
    name: 'tells exactly one writer that it won each revision, where all build on what they read',
    async run(store, others = []) {
      const record = newRecord()
      await store.create(record)
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
    name: 'does not replace what was never created, nor bring it to life',
    async run(store) {
      const record = newRecord()
      assert.equal(await store.replace(next(record), 1), false)
      assert.equal(await store.read(record.id), null)
    },
  },
  {
    name: 'removes a record whose revision is the expected one, and says so once',
    async run(store) {
      const record = newRecord()
      await store.create(record)
      assert.equal(await store.remove(record.id, 1), true)
      assert.equal(await store.read(record.id), null)
      assert.equal(await store.remove(record.id, 1), false)
      assert.equal(await store.remove(newId(), 1), false)
    },
  },
  {
    name: 'does not remove a record that has changed',
    async run(store) {
      const record = newRecord()
      await store.create(record)
      const second = next(record)
      await store.replace(second, 1)
      assert.equal(await store.remove(record.id, 1), false)
      assert.deepEqual(await store.read(record.id), second)
    },
  },
  {
    name: 'lets no late writer bring a removed record back',
    async run(store) {
      const record = newRecord()
      await store.create(record)
      const second = next(record)
      await store.replace(second, 1)
      await store.remove(record.id, 2)
      for (const late of [second, next(second), next(next(second))])
        assert.equal(await store.replace(late, late.revision - 1), false)
      assert.equal(await store.read(record.id), null)
      assert.deepEqual(await listAll(store, 10), [])
    },
  },
  {
    name: 'lets either a replace or a remove win, never both',
    async run(store, [other = store] = []) {
      for (let round = 0; round < 50; round++) {
        const record = newRecord()
        await store.create(record)
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
        let record = newRecord()
        await store.create(record)
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
    name: 'lists every record once, page by page, as it is now',
    async run(store) {
      const records = await createMany(store, 25)
      for (const [index, record] of records.entries()) {
        if (index % 2 === 0) continue
        records[index] = next(record)
        await store.replace(next(record), 1)
      }
      for (const limit of [1, 7, 25, 100]) {
        const listed = await listAll(store, limit)
        assert.deepEqual(sorted(listed), sorted(records), `in pages of ${limit}`)
      }
    },
  },
  {
    name: 'lists the rest when listed ones are removed between two pages',
    async run(store) {
      const records = await createMany(store, 10)
      const first = await store.list({ limit: 4 })
      assert.equal(first.records.length, 4)
      for (const record of first.records) await store.remove(record.id, 1)
      assert.notEqual(first.next, null)
      const rest = await store.list({ after: first.next ?? '', limit: 100 })
      assert.deepEqual(sorted([...first.records, ...rest.records]), sorted(records))
      assert.equal(rest.next, null)
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
  {
    name: 'lists nothing where there is nothing',
    async run(store) {
      assert.deepEqual(await store.list(), { records: [], next: null })
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

async function createMany(store: SlotStore, count: number): Promise<SlotRecord[]> {
  const records = Array.from({ length: count }, (_, index) => newRecord(index))
  for (const record of records) await store.create(record)
  return records
}

async function listAll(store: SlotStore, limit: number): Promise<SlotRecord[]> {
  const records: SlotRecord[] = []
  let page = await store.list({ limit })
  records.push(...page.records)
  while (page.next !== null) {
    assert.ok(page.records.length <= limit, 'a page is not above its limit')
    page = await store.list({ after: page.next, limit })
    records.push(...page.records)
  }
  return records
}

function sorted(records: readonly SlotRecord[]): SlotRecord[] {
  return [...records].sort((left, right) => (left.id < right.id ? -1 : 1))
}

function newRecord(args: SlotRecord['args'] = null, id: SlotId = newId()): SlotRecord {
  const policy = { maxBytes: 1024, minBytes: 0, maxFiles: 1, accept: ['image/*'] }
  return createSlotRecord({ id, kind: 'contract', args, policy, expiresMs: 2_000_000 }, 1_000_000)
}

function next(record: SlotRecord): SlotRecord {
  return { ...record, revision: record.revision + 1 }
}

function newId(): SlotId {
  return toId(randomBytes(16).toString('base64url'))
}

function toId(text: string): SlotId {
  const id = parseSlotId(text)
  assert.ok(id !== null)
  return id
}
