// The folder that the suites serve, and what they serve it with.

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import { createTitofisto } from '../../src/titofisto.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import type { TitofistoOptions } from '../../src/titofisto-options.ts'

export const secret = 'a secret for tests, 32 bytes and more'

/** Ten bytes that are their own offsets. */
export const tenBytes = Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])

/** What no answer may ever hold. */
export const canary = 'CANARY-outside-of-the-root'

/** A folder with files of each kind, and a secret outside of it. */
export interface Ground {
  /** Holds the root, and a file with the canary beside it. */
  readonly folder: string
  readonly root: string
  readonly bigBytes: Buffer
  create(options?: Partial<TitofistoOptions>): Titofisto<LocalStorage>
  remove(): Promise<void>
}

/** Makes the folder. */
export async function createGround(): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'titofisto-ground-'))
  const root = join(folder, 'root')
  const bigBytes = randomBytes(3 * 1024 * 1024)
  await mkdir(join(root, 'public'), { recursive: true })
  await mkdir(join(root, 'folder'))
  await mkdir(join(folder, 'root-sibling'))
  await writeFile(join(folder, 'outside.txt'), canary)
  await writeFile(join(folder, 'root-sibling/outside.txt'), canary)
  const files: Readonly<Record<string, Uint8Array | string>> = {
    'ten.bin': tenBytes,
    'big.bin': bigBytes,
    'empty.txt': '',
    'page.html': '<script>document.title = "run"</script>',
    'ünï cödé?#&%.txt': 'Grüße\n',
    'picture.png': tenBytes,
    'folder/inner.txt': 'inner\n',
    'public/open.txt': 'open to all\n',
    'public/page.html': '<h1>page</h1>',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content)
  await symlink('../outside.txt', join(root, 'out.txt'))
  await symlink('../../outside.txt', join(root, 'public/out.txt'))
  await symlink('nowhere', join(root, 'public/broken'))
  await promisify(execFile)('mkfifo', [join(root, 'pipe'), join(root, 'public/pipe')])
  return {
    folder,
    root,
    bigBytes,
    create: (options = {}) =>
      createTitofisto({
        secret,
        storage: createLocalStorage({ root, durable: false }),
        log: () => {},
        ...options,
      } as TitofistoOptions & { storage: LocalStorage }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/**
 * A storage whose files all changed long ago, so that they are kept in memory at once: the change
 * of a file's inode can't be set back, and tests don't wait.
 */
export function settle(storage: LocalStorage): LocalStorage {
  return {
    ...storage,
    async open(name) {
      const opened = await storage.open(name)
      // The very object: the storage knows its facts by identity.
      if (opened !== null) Object.assign(opened.facts, { changedMs: 0 })
      return opened
    },
  }
}
