import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'vitest'
import { createFileSlotStore } from '../../src/slots/stores/file.ts'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import type { SlotStore } from '../../src/slots/stores/store.ts'
import { slotStoreContract } from '../../src/testing/slot-store-contract.ts'
import { builtRevisions } from '../../src/testing/slot-store-races.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { shareFileStore } from '../support/shared-slot-store.ts'
import type { SharedStore } from '../support/shared-slot-store.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'titofisto-slots-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('the memory store', () => {
  for (const { name, run } of slotStoreContract) it(name, () => run(createMemorySlotStore()))
})

describe('the file store', () => {
  for (const { name, run } of slotStoreContract)
    it(name, () => run(createFileSlotStore({ folder })))
})

describe('the file store, not flushing', () => {
  for (const { name, run } of slotStoreContract)
    it(name, () => run(createFileSlotStore({ folder, durable: false })))
})

describe('the file store, shared by four processes', () => {
  let source: CompiledSource
  let sharers: SharedStore[] = []

  beforeAll(async () => {
    source = await compileSource()
  })

  afterAll(() => source.remove())

  afterEach(async () => {
    await Promise.all(sharers.map((sharer) => sharer.stop()))
    sharers = []
  })

  for (const { name, run } of slotStoreContract)
    it(
      name,
      async () => {
        const store = createFileSlotStore({ folder, durable: false })
        sharers = [1, 2, 3].map(() => shareFileStore(source.folder, folder))
        await run(store, sharers)
      },
      120_000,
    )

  it('keeps all of that where processes are stopped in the middle of a change', async () => {
    const store = createFileSlotStore({ folder, durable: false })
    sharers = [1, 2, 3, 4].map(() => shareFileStore(source.folder, folder))
    const [first = store, ...rest] = sharers
    const racing = slotStoreContract.find(({ name }) => name.includes('all build on what'))
    for (let round = 0; round < 3; round++) {
      const building = { isOver: false }
      const built = racing?.run(first, rest).finally(() => (building.isOver = true))
      await othersBuilt(store, 2, building)
      for (let stall = 0; !building.isOver; stall++) {
        const sharer = sharers[stall % sharers.length]
        // Stopped wherever it is, until the others have left it behind.
        sharer?.pause()
        await othersBuilt(store, 4, building)
        sharer?.goOn()
        await othersBuilt(store, 1, building)
      }
      await built
      for (const { id, revision } of (await store.list()).records) await store.remove(id, revision)
    }
  }, 120_000)
})

/** Waits until the slot has gone so many revisions further, or can't without the one that is stopped. */
async function othersBuilt(
  store: SlotStore,
  revisions: number,
  building: { readonly isOver: boolean },
): Promise<void> {
  let enough: number | null = null
  while (!building.isOver) {
    await nextTurn()
    const [record] = (await store.list()).records
    const revision = record?.revision ?? 0
    enough ??= revision + revisions
    if (revision >= enough || revision >= builtRevisions) return
  }
}
