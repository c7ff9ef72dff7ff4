// A folder from elsewhere, by git or out of an archive, may bring a `.titofisto` of somebody's making.
// Nothing in it leads us to files outside of it.

import { existsSync } from 'node:fs'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { lutimes, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import { createFileSlotStore } from '../../src/slots/stores/file.ts'
import { createTitofisto } from '../../src/titofisto.ts'
import type { SlotRecord } from '../../src/slots/record/slot.ts'
import { secret } from '../support/file-ground.ts'
import { newSlotRecord } from '../support/slot-records.ts'

let base: string
let root: string
let home: string
let own: string

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'titofisto-private-folder-')))
  root = join(base, 'root')
  own = join(root, '.titofisto')
  home = join(base, 'home')
  await mkdir(root)
  await mkdir(home)
  await writeFile(join(home, 'thesis'), 'years of work')
})

afterEach(() => rm(base, { recursive: true }))

async function expectHomeUntouched(): Promise<void> {
  expect(await readdir(home)).toEqual(['thesis'])
  expect(await readFile(join(home, 'thesis'), 'utf8')).toBe('years of work')
}

function openFiles() {
  const storage = createLocalStorage({ root, durable: false })
  return createTitofisto({ secret, storage, sweepSeconds: 0, durable: false, log: () => {} })
}

describe("a link in the storage's private folder", () => {
  it.each(['.titofisto', '.titofisto/tmp', '.titofisto/spool'])(
    'as %s is refused, and nothing is written or removed where it leads',
    async (name) => {
      if (name !== '.titofisto') await mkdir(own)
      await symlink(home, join(root, name))
      await utimes(join(home, 'thesis'), 1000, 1000)
      const files = openFiles()
      const { storage } = files
      if (name === '.titofisto/spool')
        expect(() => storage.makeSpoolFolder?.()).toThrow(/symbolic link/)
      else
        await expect(storage.save('a.txt', 'a')).rejects.toMatchObject({ code: 'storage-failed' })
      if (name !== '.titofisto/tmp')
        expect(() => files.slot('test', { handler: () => {} })).toThrow(/symbolic link/)
      await storage.removeStaleTemporaries(0)
      await files.close()
      await expectHomeUntouched()
    },
  )

  it('as a note of an unfinished file is removed alone, unless it is one', async () => {
    const { storage } = openFiles()
    await storage.save('a.txt', 'a')
    const id = '0b8f2f5e-6b43-4f3e-9d0a-111111111111'
    await symlink(join(home, 'thesis'), join(own, 'tmp/note'))
    await writeFile(join(home, `.titofisto-${id}`), '')
    await symlink(join(home, `.titofisto-${id}`), join(own, 'tmp', id))
    const noted = '0b8f2f5e-6b43-4f3e-9d0a-222222222222'
    await writeFile(join(root, `.titofisto-${noted}`), '')
    await symlink(join(root, `.titofisto-${noted}`), join(own, 'tmp', noted))
    for (const name of ['note', id, noted]) await lutimes(join(own, 'tmp', name), 1000, 1000)
    expect(await storage.removeStaleTemporaries(60_000)).toBe(3)
    expect(existsSync(join(root, `.titofisto-${noted}`))).toBe(false)
    await rm(join(home, `.titofisto-${id}`))
    await expectHomeUntouched()
  })

  it('stands beside a file that is being moved, of whatever age, which stays', async () => {
    const { storage } = openFiles()
    await storage.save('a.txt', 'a')
    await writeFile(join(own, 'tmp/taken-1'), 'somebody else moved in under the old name')
    await utimes(join(own, 'tmp/taken-1'), 1000, 1000)
    expect(await storage.removeStaleTemporaries(60_000)).toBe(0)
    expect(await readdir(join(own, 'tmp'))).toEqual(['taken-1'])
  })

  it.each([
    `trash/${'0'.repeat(32)}.x`,
    `damaged/${'0'.repeat(14)}.${'0'.repeat(32)}.x`,
    `slots/111/${'1'.repeat(32)}`,
  ])('as %s is swept away, and what it leads to stays', async (name) => {
    await mkdir(join(own, name, '..'), { recursive: true })
    await symlink(home, join(own, name))
    await utimes(home, 1000, 1000)
    const files = openFiles()
    files.slot('test', { handler: () => {} })
    await files.slots.sweep()
    await files.close()
    expect(existsSync(join(own, name))).toBe(false)
    await expectHomeUntouched()
  })

  it.each(['slots', 'trash', 'damaged', 'slots/abc'])(
    'as %s keeps the store from being opened',
    async (name) => {
      await mkdir(join(own, name, '..'), { recursive: true })
      await symlink(home, join(own, name))
      expect(() => createFileSlotStore({ folder: own })).toThrow(/folder/)
      await expectHomeUntouched()
    },
  )
})

describe("a slot's record that names files outside of the spool", () => {
  const lease = { holder: 'somebody', untilMs: 0 }

  it.each<[string, (path: string) => Partial<SlotRecord>]>([
    ['open', (path) => ({ tus: tusAt(path) })],
    ['receiving', (path) => ({ tus: tusAt(path), state: { name: 'receiving', lease } })],
    [
      'received',
      (path) => ({
        state: { ...uploadAt(path), name: 'received', failed: false, keeper: null },
      }),
    ],
    [
      'failed',
      (path) => ({
        state: { ...uploadAt(path), name: 'received', failed: true, keeper: null },
      }),
    ],
    ['handling', (path) => ({ state: { ...uploadAt(path), name: 'handling', lease } })],
    [
      'interrupted',
      (path) => ({
        state: { ...uploadAt(path), name: 'interrupted', holder: 'x', sinceMs: 0 },
      }),
    ],
  ])('%s: no handler sees them, and no sweep removes them', async (_, forged) => {
    const store = createFileSlotStore({ folder: own, durable: false })
    for (const path of [join(home, 'thesis'), join(own, 'spool/../../../home/thesis')])
      await store.create({ ...newSlotRecord(), ...forged(path) })
    const seen: string[] = []
    const files = openFiles()
    files.slot('test', { idempotent: true, handler: ({ file }) => void seen.push(file.path) })
    await files.slots.sweep()
    await files.close()
    expect(seen).toEqual([])
    await expectHomeUntouched()
  })

  it("leads to no file of another slot's, though that is in the spool", async () => {
    const another = join(own, 'spool', `${newSlotRecord().id}.holder-0`)
    await mkdir(join(own, 'spool'), { recursive: true })
    await writeFile(another, 'thirteen byte')
    const store = createFileSlotStore({ folder: own, durable: false })
    for (const state of [
      { ...uploadAt(another), name: 'received', failed: false, keeper: null } as const,
      { name: 'open' } as const,
    ])
      await store.create({ ...newSlotRecord(), state, tus: tusAt(another) })
    const seen: string[] = []
    const files = openFiles()
    files.slot('test', { idempotent: true, handler: ({ file }) => void seen.push(file.path) })
    await files.slots.sweep()
    await files.close()
    expect(seen).toEqual([])
    expect(await readFile(another, 'utf8')).toBe('thirteen byte')
  })

  it('leads to the files of these names in the spool, as after a move of the root', async () => {
    const record = newSlotRecord()
    const name = `${record.id}.holder-0`
    const store = createFileSlotStore({ folder: own, durable: false })
    const upload = uploadAt(join('/elsewhere/.titofisto/spool', name))
    await store.create({
      ...record,
      state: { ...upload, name: 'received', failed: false, keeper: null },
    })
    await mkdir(join(own, 'spool'))
    await writeFile(join(own, 'spool', name), 'thirteen byte')
    const seen: string[] = []
    const files = openFiles()
    files.slot('test', { idempotent: true, handler: ({ file }) => void seen.push(file.path) })
    await files.slots.sweep()
    await files.close()
    expect(seen).toEqual([join(own, 'spool', name)])
  })
})

function uploadAt(path: string) {
  const sniffedType = null
  const file = {
    fieldName: null,
    originalName: 'a',
    name: 'a',
    type: 'a/a',
    sniffedType,
    sizeBytes: 13,
    path,
  }
  return { upload: { files: [file], fields: [], protocol: 'raw' } }
}

function tusAt(path: string): SlotRecord['tus'] {
  return {
    path,
    lengthBytes: 13,
    metadata: null,
    writer: null,
    provenBytes: null,
  }
}
