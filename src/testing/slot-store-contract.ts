// What every slot store must do, as cases that any test runner can run: each gets an empty store
// and throws where the store breaks the contract.
//
//   for (const { name, run } of slotStoreContract)
//     it(name, async () => run(await createYourStore()))
//
// A store that several processes share is only tested where they do: give `run` the same records
// over other connections too, best in processes of their own, as `test/contracts` does here.

import assert from 'node:assert/strict'
import {
  createMany,
  createOne,
  listAll,
  newId,
  newRecord,
  next,
  sorted,
  toId,
} from './slot-store-case.ts'
import type { SlotStoreCase } from './slot-store-case.ts'
import { racingCases } from './slot-store-races.ts'

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
      const record = await createOne(store, {
        text: 'ä\u2028"\\\n😀',
        deep: [1.5, null, { yes: true }],
        '': '',
      })
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
      const record = await createOne(store, 'first')
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
      const record = await createOne(store)
      const second = next(record)
      assert.equal(await store.replace(second, 1), true)
      assert.deepEqual(await store.read(record.id), second)
    },
  },
  {
    name: 'leaves a record alone whose revision is not the expected one',
    async run(store) {
      const record = await createOne(store)
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
      let record = await createOne(store)
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
      const record = await createOne(store)
      assert.equal(await store.remove(record.id, 1), true)
      assert.equal(await store.read(record.id), null)
      assert.equal(await store.remove(record.id, 1), false)
      assert.equal(await store.remove(newId(), 1), false)
    },
  },
  {
    name: 'does not remove a record that has changed',
    async run(store) {
      const record = await createOne(store)
      const second = next(record)
      await store.replace(second, 1)
      assert.equal(await store.remove(record.id, 1), false)
      assert.deepEqual(await store.read(record.id), second)
    },
  },
  {
    name: 'lets no late writer bring a removed record back',
    async run(store) {
      const record = await createOne(store)
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
    name: 'lists nothing where there is nothing',
    async run(store) {
      assert.deepEqual(await store.list(), { records: [], next: null })
    },
  },
  ...racingCases,
]
