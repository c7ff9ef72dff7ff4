import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newSlotId, newSlotRecord } from '../../../test/support/slot-records.ts'
import { createFileSlotStore } from './file.ts'

let folder: string

beforeEach(async () => {
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
    const slotFolder = join(inside, 'slots', record.id.slice(0, 2), record.id)
    expect((await stat(join(inside, 'slots'))).mode & 0o777).toBe(0o700)
    expect((await stat(slotFolder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(slotFolder, '1'))).mode & 0o777).toBe(0o600)
  })

  it('refuses options that are wrong, and a folder that cannot be made', async () => {
    await writeFile(join(folder, 'file'), '')
    expect(() => createFileSlotStore({ folder: '' })).toThrow(/"folder"/)
    expect(() => createFileSlotStore({ folder: join(folder, 'file/below') })).toThrow(/"folder"/)
    const misspelled: object = { folder, durabel: true }
    expect(() => createFileSlotStore(misspelled as { folder: string })).toThrow(/durable/)
  })

  it('keeps no more than eight revisions, and nothing after a removal', async () => {
    const store = createFileSlotStore({ folder, durable: false })
    let record = newSlotRecord()
    await store.create(record)
    for (let change = 0; change < 100; change++) {
      const changed = { ...record, revision: record.revision + 1 }
      expect(await store.replace(changed, record.revision)).toBe(true)
      record = changed
    }
    const names = await readdir(join(folder, 'slots', record.id.slice(0, 2), record.id))
    expect(names.toSorted()).toEqual(['100', '101', '94', '95', '96', '97', '98', '99'])
    expect(await store.remove(record.id, 101)).toBe(true)
    expect(await readdir(join(folder, 'slots', record.id.slice(0, 2)))).toEqual([])
    expect(await readdir(join(folder, 'trash'))).toEqual([])
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
    // Between making the folder and the file; in the middle of the file; in the middle of a removal.
    const [empty, half, going] = [newSlotId(), newSlotId(), newSlotId()]
    const folders = [empty, half].map((id) => join(folder, 'slots', id.slice(0, 2), id))
    for (const each of folders) await mkdir(each, { recursive: true })
    await writeFile(join(folders[1] ?? '', '1'), '{"id":')
    await mkdir(join(folder, 'trash', `${going}.x`))
    await writeFile(join(folder, 'trash', `${going}.x`, '1'), '{}')

    expect((await store.list()).records).toEqual([record])
    expect(await readdir(join(folder, 'trash'))).toEqual([])
    expect(await readdir(folders[0] ?? '')).toEqual([])
    const longAgo = new Date(Date.now() - 7_200_000)
    for (const each of folders) await utimes(each, longAgo, longAgo)
    expect((await store.list()).records).toEqual([record])
    for (const each of folders) await expect(stat(each)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('says which slots can not be read or written, without a path', async () => {
    const store = createFileSlotStore({ folder })
    const record = newSlotRecord()
    await store.create(record)
    await rm(folder, { recursive: true })
    await writeFile(folder, 'no folder any more')
    await expect(store.create(newSlotRecord())).rejects.toMatchObject({
      code: 'slot-store-failed',
      message: expect.not.stringContaining(folder) as string,
    })
    await expect(store.list()).rejects.toMatchObject({ code: 'slot-store-failed' })
  })
})
