import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isTitofistoError } from '../../errors.ts'
import type { TitofistoError } from '../../errors.ts'
import { createLocalStorage } from './local.ts'
import type { LocalStorage } from './local.ts'

let root: string
let storage: LocalStorage

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'titofisto-fields-'))
  storage = createLocalStorage({ root, durable: false })
  await storage.save('taken', 'x')
  await mkdir(join(root, 'folder'))
  await symlink(tmpdir(), join(root, 'out'))
})

afterEach(() => rm(root, { recursive: true, force: true }))

async function failureOf(work: Promise<unknown>): Promise<TitofistoError> {
  const error: unknown = await work.catch((caught: unknown) => caught)
  if (!isTitofistoError(error)) throw new Error('This should have failed.', { cause: error })
  return error
}

const refuse = { onTaken: 'refuse' } as const

describe('an error about a file names it', () => {
  it.each<[string, () => Promise<unknown>, object]>([
    ['save', () => storage.save('a/../b', 'x'), { code: 'name-invalid', fileName: 'a/../b' }],
    [
      'save',
      () => storage.save('a/.Titofisto/b', 'x'),
      { code: 'name-invalid', fileName: 'a/.Titofisto/b' },
    ],
    [
      'save',
      () => storage.save('abc', 'x', { ...refuse, maxLength: 2 }),
      { code: 'name-invalid', fileName: 'abc' },
    ],
    [
      'save',
      () => storage.save('x'.repeat(300), 'x', refuse),
      { code: 'name-invalid', fileName: 'x'.repeat(300) },
    ],
    ['save', () => storage.save('out/deep/f', 'x'), { code: 'name-invalid', fileName: 'out' }],
    ['save', () => storage.save('taken', 'x', refuse), { code: 'name-taken', fileName: 'taken' }],
    ['save', () => storage.save('taken/f', 'x'), { code: 'name-taken', fileName: 'taken' }],
    [
      'save',
      () => storage.save('folder', 'x', { onTaken: 'replace' }),
      { code: 'name-taken', fileName: 'folder' },
    ],
    ['copy', () => storage.copy('gone', 'b'), { code: 'file-missing', fileName: 'gone' }],
    ['copy', () => storage.copy('taken', '/b'), { code: 'name-invalid', fileName: '/b' }],
    ['move', () => storage.move('gone', 'b'), { code: 'file-missing', fileName: 'gone' }],
    [
      'adopt',
      () => storage.adopt('b', join(storage.spoolFolder, 'gone')),
      { code: 'file-missing', fileName: 'gone' },
    ],
  ])('%s: %#', async (_, work, expected) => {
    const error = await failureOf(work())
    expect(error).toMatchObject(expected)
    // What lies beneath has the system's own words; all else must not say where our folder is.
    expect(inspect(Object.entries(error))).not.toContain(root)
    expect(error.message).not.toContain(root)
    expect(await readdir(join(root, 'folder'))).toEqual([])
  })
})
