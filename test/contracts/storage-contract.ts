// What every storage does, whatever it keeps its files in. Each storage runs this one suite.

import { describe, it } from 'vitest'
import { storageContract } from '../../src/testing/index.ts'
import type { StorageAbility } from '../../src/testing/index.ts'
import type { Storage } from '../../src/storage/storage.ts'

/** Runs the contract on storages that `createStorage` makes, empty, one for each fact. */
export function describeStorage(
  label: string,
  createStorage: () => Promise<Storage>,
  lacks: readonly StorageAbility[] = [],
): void {
  describe(`${label}, as a storage`, () => {
    for (const { name, needs, run } of storageContract)
      it.skipIf(needs !== undefined && lacks.includes(needs))(name, async () =>
        run(await createStorage()),
      )
  })
}
