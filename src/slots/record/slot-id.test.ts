import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createMemorySlotStore } from '../stores/memory.ts'
import { createLocalStorage } from '../../storage/local/local.ts'
import { createTitofisto } from '../../titofisto.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'titofisto-slot-id-'))
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

it('a slot’s id never begins with a dash: command lines would take it for an option', async () => {
  const files = createTitofisto({
    secret: 'a secret of more than thirty-two characters',
    storage: createLocalStorage({ root }),
    slotStore: createMemorySlotStore(),
  })
  const kind = files.slot('any', { handler: () => {} })
  // One in 64 did.
  for (let count = 0; count < 2000; count++) expect((await kind.create()).id).toMatch(/^[^-]/)
})
