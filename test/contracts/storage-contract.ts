// What every storage does, whatever it keeps its files in. Each storage runs this one suite.

import { describe, it } from 'vitest'
import { storageContract } from '../../src/testing/index.ts'
import type { StorageAbility } from '../../src/testing/index.ts'
import type { Storage } from '../../src/storage/storage.ts'

/**
 * Runs the contract on storages that `createStorage` makes, empty, one for each fact. `untried` has
 * the facts that what lies below it makes impossible to try, by their names, and why.
 */
export function describeStorage(
  label: string,
  createStorage: () => Promise<Storage>,
  lacks: readonly StorageAbility[] = [],
  untried: Readonly<Record<string, string>> = {},
): void {
  describe(`${label}, as a storage`, () => {
    for (const { name, needs, run } of storageContract)
      it(name, async ({ skip }) => {
        const reason = untried[name]
        if (reason !== undefined) skip(reason)
        if (needs !== undefined && lacks.includes(needs)) skip(`it has no ${needs}`)
        await run(await createStorage())
      })
  })
}
