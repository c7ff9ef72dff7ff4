import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import type { LocalStorageOptions } from '../../src/storage/local/local-options.ts'
import { describeStorage } from './storage-contract.ts'

const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function createIn(options: Omit<LocalStorageOptions, 'root'>) {
  const root = await mkdtemp(join(tmpdir(), 'titofisto-storage-'))
  folders.push(root)
  return createLocalStorage({ ...options, root })
}

describeStorage('the local storage', () => createIn({}))
describeStorage('the local storage without links', () => createIn({ symlinks: 'refuse' }))
describeStorage('the local storage, not durable', () => createIn({ durable: false }))
