// The file store on a disk that fails, or can't do all it is asked.

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newSlotRecord } from '../../../test/support/slot-records.ts'
import type { LogEntry } from '../../log.ts'
import { pooledCalls, syncCalls } from '../../storage/local/file-calls.ts'
import { createFileSlotStore, createStoreOn } from './file.ts'

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
  it.each(['EMFILE', 'EIO'])(
    'has made a change whose flush fails with %s, and says so',
    async (code) => {
      const calls = {
        ...pooledCalls,
        flushFolder: () => Promise.reject(Object.assign(new Error(code), { code })),
      }
      const store = createStoreOn(calls, { folder, durable: true, log: (entry) => log.push(entry) })
      const record = newSlotRecord()
      await store.create(record)
      expect(await store.replace({ ...record, revision: 2 }, 1)).toBe(true)
      expect(await store.read(record.id)).toEqual({ ...record, revision: 2 })
      expect(log[0]).toMatchObject({ level: 'warn', event: 'slot-not-flushed' })
      expect(await store.remove(record.id, 2)).toBe(true)
    },
  )

  it('says once that a file system never flushes folders', async () => {
    // Linux's own: nothing in it is on a disk.
    const place = '/proc/self'
    expect(await pooledCalls.flushFolder(place)).toBe(false)
    expect(syncCalls.flushFolder(place)).toBe(false)
    const calls = { ...pooledCalls, flushFolder: () => pooledCalls.flushFolder(place) }
    const store = createStoreOn(calls, { folder, durable: true, log: (entry) => log.push(entry) })
    const record = newSlotRecord()
    await store.create(record)
    expect(await store.replace({ ...record, revision: 2 }, 1)).toBe(true)
    expect(await store.read(record.id)).toEqual({ ...record, revision: 2 })
    expect(await store.remove(record.id, 2)).toBe(true)
    expect(log).toEqual([expect.objectContaining({ level: 'warn', event: 'slot-not-flushed' })])
  })

  it('waits for a descriptor to flush by, where others will give theirs back', async () => {
    let refusals = 3
    const calls = {
      ...pooledCalls,
      async flushFolder(path: string) {
        if (refusals-- > 0) throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' })
        return pooledCalls.flushFolder(path)
      },
    }
    const store = createStoreOn(calls, { folder, durable: true, log: (entry) => log.push(entry) })
    await store.create(newSlotRecord())
    expect(refusals).toBeLessThan(0)
    expect(log).toEqual([])
  })

  it('has changed nothing where a change fails before it counts, and the next one succeeds', async () => {
    const failing = new Set<string>()
    const failIf = (name: string): void => {
      if (failing.has(name)) throw Object.assign(new Error('EIO'), { code: 'EIO' })
    }
    const calls = {
      ...pooledCalls,
      async writeNew(path: string, text: string) {
        failIf('writeNew')
        await pooledCalls.writeNew(path, text, true)
        failIf('close')
      },
      async rename(from: string, to: string) {
        failIf('rename')
        await pooledCalls.rename(from, to)
        failIf('answer')
      },
    }
    const store = createStoreOn(calls, { folder, durable: true, log: (entry) => log.push(entry) })
    const record = newSlotRecord()
    await store.create(record)
    const second = { ...record, revision: 2 }
    for (const call of ['writeNew', 'close', 'rename']) {
      failing.add(call)
      await expect(store.replace(second, 1)).rejects.toMatchObject({ code: 'slot-store-failed' })
      await expect(store.create(newSlotRecord())).rejects.toMatchObject({
        code: 'slot-store-failed',
      })
      failing.clear()
      expect((await store.list()).records).toEqual([record])
    }
    // A network can lose the answer of what was done.
    failing.add('answer')
    expect(await store.replace(second, 1)).toBe(true)
    failing.clear()
    expect(await store.read(record.id)).toEqual(second)
  })

  it('takes away what it could not at first with the next change', async () => {
    let fails = true
    const calls = {
      ...syncCalls,
      unlink(path: string) {
        if (fails) throw Object.assign(new Error('EIO'), { code: 'EIO' })
        syncCalls.unlink(path)
      },
    }
    const store = createStoreOn(calls, { folder, durable: false, log: (entry) => log.push(entry) })
    const record = newSlotRecord()
    await store.create(record)
    for (const revision of [2, 3, 4, 5]) {
      fails = revision < 5
      expect(await store.replace({ ...record, revision }, revision - 1)).toBe(true)
    }
    const names = await readdir(folder, { recursive: true })
    expect(names.filter((name) => /[/\\]5\.|at\.5\./.test(name))).toHaveLength(2)
    expect(names.filter((name) => /[/\\][2-4]\./.test(name))).toEqual([])
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
