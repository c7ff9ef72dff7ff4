import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newSlotId, newSlotRecord } from '../../../test/support/slot-records.ts'
import type { LogEntry } from '../../log.ts'
import type { SlotId } from '../record/slot.ts'
import { createFileSlotStore } from './file.ts'
import { shardOf, toFolderName } from './slot-folder.ts'

let folder: string
let log: LogEntry[]

beforeEach(async () => {
  log = []
  folder = await mkdtemp(join(tmpdir(), 'titofisto-file-store-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('the file store', () => {
  it('makes its folder, for nobody else to read', async () => {
    const inside = join(folder, 'a/b')
    const store = createFileSlotStore({ folder: inside })
    const record = newSlotRecord()
    await store.create(record)
    const slotFolder = slotFolderOf(record.id, inside)
    expect((await stat(join(inside, 'slots'))).mode & 0o777).toBe(0o700)
    expect((await stat(slotFolder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(slotFolder, 'at.1'))).mode & 0o777).toBe(0o600)
  })

  it('refuses options that are wrong, and a folder that cannot be made', async () => {
    await writeFile(join(folder, 'file'), '')
    expect(() => createFileSlotStore({ folder: '' })).toThrow(/"folder"/)
    expect(() => createFileSlotStore({ folder: join(folder, 'file/below') })).toThrow(/"folder"/)
    const misspelled: object = { folder, durabel: true }
    expect(() => createFileSlotStore(misspelled as { folder: string })).toThrow(/durable/)
  })

  it('keeps no more than the current record, and nothing after a removal', async () => {
    const store = createFileSlotStore({ folder, durable: false })
    let record = newSlotRecord()
    await store.create(record)
    for (let change = 0; change < 100; change++) {
      const changed = { ...record, revision: record.revision + 1 }
      expect(await store.replace(changed, record.revision)).toBe(true)
      record = changed
    }
    const names = await readdir(slotFolderOf(record.id))
    const key = /^101\.(?<key>[0-9a-z]+)$/.exec(names.toSorted()[0] ?? '')?.groups?.['key']
    expect(names.toSorted()).toEqual([`101.${key}`, `at.101.${key}`])
    expect(await store.remove(record.id, 101)).toBe(true)
    expect(await readdir(join(slotFolderOf(record.id), '..'))).toEqual([])
    expect(await readdir(join(folder, 'trash'))).toEqual([])
  })

  it('takes one change of each revision, whoever of several made the ones before, and keeps one record', async () => {
    const who = fc.integer({ min: 0, max: 2 })
    // By how many revisions a change comes too late.
    const changes = fc.array(fc.tuple(who, fc.constantFrom(0, 0, 1, 2)), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(changes, async (made) => {
        const stores = [0, 1, 2].map(() => createFileSlotStore({ folder, durable: false }))
        let current = newSlotRecord()
        await stores[0]?.create(current)
        for (const [index, lag] of made) {
          const expected = Math.max(1, current.revision - lag)
          const next = { ...current, revision: expected + 1, args: { by: [index, lag] } }
          const isTaken = await stores[index]?.replace(next, expected)
          expect(isTaken).toBe(expected === current.revision)
          if (isTaken) current = next
        }
        for (const store of stores) expect(await store.read(current.id)).toEqual(current)
        const names = await readdir(slotFolderOf(current.id))
        expect(names).toHaveLength(current.revision === 1 ? 1 : 2)
      }),
    )
  })

  it('reads what another store wrote into the same folder', async () => {
    const record = newSlotRecord()
    await createFileSlotStore({ folder }).create(record)
    expect(await createFileSlotStore({ folder, durable: false }).read(record.id)).toEqual(record)
  })

  it('does not stumble over what a crash has left, and takes it away once it is old', async () => {
    const store = createFileSlotStore({ folder })
    const record = newSlotRecord()
    await store.create(record)
    // Between making the folder and the marker; in the middle of a change; in the middle of a removal.
    const [empty, half, going, gone] = [newSlotId(), newSlotId(), newSlotId(), newSlotId()]
    const folders = [empty, half].map((id) => slotFolderOf(id))
    for (const each of folders) await mkdir(each, { recursive: true })
    await writeFile(join(folders[1] ?? '', 'new'), '{"id":')
    await writeFile(join(slotFolderOf(record.id), '2.key'), '{"id":')
    await mkdir(join(folder, 'trash', `${toFolderName(going)}.x`))
    await writeFile(join(folder, 'trash', `${toFolderName(going)}.x`, '1'), '{}')
    await mkdir(slotFolderOf(gone), { recursive: true })
    await writeFile(join(slotFolderOf(gone), 'gone.2.key'), '{}')

    expect((await store.list()).records).toEqual([record])
    expect(await readdir(join(folder, 'trash'))).toEqual([])
    await expect(stat(slotFolderOf(gone))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await readdir(folders[0] ?? '')).toEqual([])
    const longAgo = new Date(Date.now() - 7_200_000)
    for (const each of folders) await utimes(each, longAgo, longAgo)
    expect((await store.list()).records).toEqual([record])
    for (const each of folders) await expect(stat(each)).rejects.toMatchObject({ code: 'ENOENT' })
    // What a writer left that died in the middle of its change goes with a later one, of a process that
    // has not made the change before.
    await store.replace({ ...record, revision: 2 }, 1)
    await createFileSlotStore({ folder }).replace({ ...record, revision: 3 }, 2)
    expect(await readdir(slotFolderOf(record.id))).toHaveLength(2)
  })

  it.each(['slots', 'trash', 'damaged', 'a shard', "a slot's folder"])(
    'is not stopped by what others leave in %s',
    async (place) => {
      const store = createFileSlotStore({ folder })
      const record = newSlotRecord()
      await store.create(record)
      const inside = slotFolderOf(record.id)
      const at =
        place === 'a shard'
          ? join(inside, '..')
          : place === "a slot's folder"
            ? inside
            : join(folder, place)
      for (const name of ['.DS_Store', 'Thumbs.db', 'at.1~', '.at.1.swp', '99', 'abc', 'abc.tmp'])
        await writeFile(join(at, name), 'stray').catch(() => {})
      await mkdir(join(at, 'lost+found'))
      await mkdir(join(at, 'a folder/with another'), { recursive: true })
      await symlink(join(folder, 'nowhere'), join(at, 'dangling'))
      await symlink(join(folder, 'nowhere'), join(at, '0'.repeat(32)))
      execFileSync('mkfifo', [join(at, 'fff'), join(at, `0${'f'.repeat(31)}`)])

      expect(await store.list()).toEqual({ records: [record], next: null })
      expect(await store.replace({ ...record, revision: 2 }, 1)).toBe(true)
      expect(await store.read(record.id)).toEqual({ ...record, revision: 2 })
      expect(await store.remove(record.id, 2)).toBe(true)
      expect(await store.list()).toEqual({ records: [], next: null })
    },
  )

  it.each<[string, (record: { id: SlotId }) => string | null]>([
    ['empty', () => ''],
    ['half', (record) => JSON.stringify(record).slice(0, 40)],
    ['zeros', () => '\0'.repeat(300)],
    ['no object', () => '5'],
    ['null', () => 'null'],
    ["another slot's", (record) => JSON.stringify({ ...record, id: newSlotId() })],
    ['of another revision', (record) => JSON.stringify({ ...record, revision: 7 })],
    ['missing', () => null],
  ])('puts a slot aside whose record is %s, and says so once', async (_, tear) => {
    for (const changes of [0, 3]) {
      log = []
      const store = createFileSlotStore({ folder, log: (entry) => log.push(entry) })
      const [record, whole] = [newSlotRecord(), newSlotRecord()]
      await store.create(whole)
      await store.create(record)
      for (let change = 1; change <= changes; change++)
        await store.replace({ ...record, revision: change + 1 }, change)
      const names = await readdir(slotFolderOf(record.id))
      const name = changes === 0 ? 'at.1' : names.find((each) => each.startsWith('4.'))
      const text = tear({ ...record, revision: changes + 1 } as { id: SlotId })
      const path = join(slotFolderOf(record.id), name ?? 'none')
      // A missing record has no marker either, where the marker is the record.
      if (text === null && changes === 0) continue
      await (text === null ? rm(path) : writeFile(path, text))

      expect((await store.list()).records).toContainEqual(whole)
      for (let again = 0; again < 2; again++) expect(await store.read(record.id)).toBeNull()
      expect(await store.replace({ ...record, revision: changes + 2 }, changes + 1)).toBe(false)
      expect(log).toEqual([
        expect.objectContaining({ level: 'error', event: 'slot-damaged', slotId: record.id }),
      ])
      const aside = await readdir(join(folder, 'damaged'))
      expect(aside.filter((each) => each.includes(toFolderName(record.id)))).toHaveLength(1)
    }
  })

  it('takes no folder, link or pipe for a record, nor waits for one', async () => {
    const store = createFileSlotStore({ folder, durable: false, log: (entry) => log.push(entry) })
    const makers = [
      (path: string) => mkdir(path),
      (path: string) => symlink('nowhere', path),
      async (path: string) => void execFileSync('mkfifo', [path]),
    ]
    for (const make of makers) {
      const record = newSlotRecord()
      await store.create(record)
      const path = join(slotFolderOf(record.id), 'at.1')
      await rm(path)
      await make(path)
      expect(await store.read(record.id)).toBeNull()
    }
    expect(log).toHaveLength(3)
    expect(await store.list()).toEqual({ records: [], next: null })
  })

  it('lets go of what was put aside after a week, and keeps a hundred at most', async () => {
    const store = createFileSlotStore({ folder })
    const nameAt = (ms: number): string =>
      `${String(ms).padStart(14, '0')}.${toFolderName(newSlotId())}.key`
    const old = nameAt(Date.now() - 8 * 24 * 3_600_000)
    const young = Array.from({ length: 101 }, (_, age) => nameAt(Date.now() - age * 1000))
    for (const name of [old, ...young])
      await mkdir(join(folder, 'damaged', name, 'in it'), { recursive: true })
    await store.list()
    expect((await readdir(join(folder, 'damaged'))).toSorted()).toEqual(
      young.slice(0, 100).toSorted(),
    )
  })
})

function slotFolderOf(id: SlotId, root = folder): string {
  const name = toFolderName(id)
  return join(root, 'slots', shardOf(name), name)
}
