// What the property tests of tokens draw from.

import * as fc from 'fast-check'
import { parseFileName } from '../../src/storage/names/file-name.ts'
import { maxLifetimeSeconds } from '../../src/token/policy.ts'
import type { Policy } from '../../src/token/policy.ts'

/** Well-formed Unicode, with all that a text can hold, controls and line feeds too. */
export const anyText = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())

/** A name that passes file-name.ts, with the characters that tokens and URLs are built of among them. */
export const anyName = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(...':/.?;#&=%+ ~!*()-_aZ09é'.split('')), minLength: 1 }),
    fc.string({ unit: 'binary', minLength: 1 }),
  )
  .filter((name) => parseFileName(name) !== null)

const notEmpty = anyText.filter((text) => text !== '')

export const anyPolicy: fc.Arbitrary<Policy> = fc.record(
  {
    lifetimeSeconds: fc.integer({ min: 1, max: maxLifetimeSeconds }),
    disposition: fc.record({
      kind: fc.constantFrom('attachment' as const, 'inline' as const),
      fileName: fc.option(notEmpty, { nil: null }),
    }),
    contentType: notEmpty,
    bound: fc.constant(true as const),
    cache: fc.constantFrom('no-store' as const, 'private' as const),
  },
  { requiredKeys: [], noNullPrototype: true },
)

/** Every policy out of a few values that are made of each other's borders: 486 of them. */
export const fewPolicies: readonly Policy[] = listFewPolicies()

function listFewPolicies(): Policy[] {
  const policies: Policy[] = []
  for (const disposition of fewDispositions())
    for (const lifetimeSeconds of [undefined, 1, 11])
      for (const contentType of [undefined, 'a', 'e1'])
        for (const bound of [undefined, true as const])
          for (const cache of [undefined, 'no-store' as const, 'private' as const])
            policies.push({
              ...(lifetimeSeconds !== undefined && { lifetimeSeconds }),
              ...(contentType !== undefined && { contentType }),
              ...(bound !== undefined && { bound }),
              ...(cache !== undefined && { cache }),
              ...(disposition !== undefined && { disposition }),
            })
  return policies
}

function fewDispositions(): readonly (Policy['disposition'] | undefined)[] {
  const fileNames = [null, 'a', 'e1', '.e1']
  return [
    undefined,
    ...fileNames.map((fileName) => ({ kind: 'attachment' as const, fileName })),
    ...fileNames.map((fileName) => ({ kind: 'inline' as const, fileName })),
  ]
}
