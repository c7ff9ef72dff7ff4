// What every storage must do, as cases that any test runner can run: each gets an empty storage and
// throws where the storage breaks the contract.
//
//   for (const { name, run } of storageContract)
//     it(name, async () => run(await createYourStorage()))

import type { StorageCase } from './storage-case.ts'
import { keepingCases } from './storage-keeping.ts'
import { listingCases } from './storage-listing.ts'
import { movingCases } from './storage-moving.ts'
import { readingCases } from './storage-reading.ts'
import { savingCases } from './storage-saving.ts'

/**
 * The suite that a storage must pass; where `needs` says so, only if it can do that.
 * @example
 * import { mkdtemp } from 'node:fs/promises'
 * import { test } from 'node:test'
 * import { createLocalStorage } from 'titofisto'
 * import { storageContract } from 'titofisto/testing'
 *
 * for (const { name, run } of storageContract)
 *   void test(name, async () => run(createLocalStorage({ root: await mkdtemp('./contract-') })))
 */
export const storageContract: readonly StorageCase[] = [
  ...savingCases,
  ...readingCases,
  ...listingCases,
  ...movingCases,
  ...keepingCases,
]
