// What saving must do, in any storage.

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { listNames, noNames, offsets, readFile, readSpan, readText } from './storage-case.ts'
import { rejectsWith } from './storage-case.ts'
import type { Storage } from '../storage/storage.ts'
import type { StorageCase } from './storage-case.ts'

/** The cases of `save`. */
export const savingCases: readonly StorageCase[] = [
  {
    name: 'gives the name it used, and the bytes back',
    async run(storage) {
      assert.equal(await storage.save('a/b.txt', 'héllo'), 'a/b.txt')
      assert.equal(await readText(storage, 'a/b.txt'), 'héllo')
    },
  },
  {
    name: 'saves all bytes, however many',
    async run(storage) {
      for (const sizeBytes of [0, 1, 65_535, 65_536, 65_537, 700_001]) {
        await storage.save(`${sizeBytes}`, offsets(sizeBytes))
        const bytes = await readFile(storage, `${sizeBytes}`)
        assert.ok(bytes.equals(offsets(sizeBytes)), `${sizeBytes} bytes`)
      }
    },
  },
  {
    name: 'saves from every kind of source',
    async run(storage) {
      async function* pieces() {
        yield 'hé'
        yield Buffer.from('llo')
      }
      await storage.save('blob', new Blob(['hé', 'llo']))
      await storage.save('stream', new Blob(['héllo']).stream())
      await storage.save('node', Readable.from([Buffer.from('héllo')]))
      await storage.save('generator', pieces())
      for (const name of ['blob', 'stream', 'node', 'generator'])
        assert.equal(await readText(storage, name), 'héllo', name)
    },
  },
  {
    name: 'saves what a source gave, though the source uses its buffer again',
    async run(storage) {
      async function* reusing() {
        const buffer = Buffer.alloc(1)
        for (const byte of 'abcdef') {
          buffer.write(byte)
          yield buffer
        }
      }
      await storage.save('f', reusing())
      assert.equal(await readText(storage, 'f'), 'abcdef')
    },
  },
  {
    name: 'never overwrites, but puts letters before all suffixes of a name that is taken',
    async run(storage) {
      await storage.save('a/f.tar.gz', 'first')
      const second = await storage.save('a/f.tar.gz', 'second')
      assert.match(second, /^a\/f_[A-Za-z0-9]+\.tar\.gz$/)
      assert.equal(await readText(storage, 'a/f.tar.gz'), 'first')
      assert.equal(await readText(storage, second), 'second')
    },
  },
  {
    name: 'loses none of many saves of one name at once',
    async run(storage) {
      const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`)
      const names = await Promise.all(texts.map((text) => storage.save('f.txt', text)))
      assert.equal(new Set(names).size, texts.length)
      const read = await Promise.all(names.map((name) => readText(storage, name)))
      assert.deepEqual(read, texts)
    },
  },
  {
    name: 'lets one of many saves have a name that none may share',
    async run(storage) {
      const saves = Array.from({ length: 10 }, (_, index) =>
        storage.save('f', `text ${index}`, { onTaken: 'refuse' }),
      )
      const outcomes = await Promise.allSettled(saves)
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled')
      for (const [index, save] of saves.entries())
        if (index !== winner) await rejectsWith('name-taken', save)
      assert.equal(await readText(storage, 'f'), `text ${winner}`)
      assert.deepEqual(await listNames(storage), ['f'])
    },
  },
  {
    name: 'cuts a name to maxLength, before its suffixes',
    async run(storage) {
      const name = await storage.save('abcdefghijklmnop.txt', 'x', { maxLength: 15 })
      assert.ok(name.length <= 15, name)
      assert.match(name, /^a[a-z]*_[A-Za-z0-9]+\.txt$/)
      await rejectsWith('name-invalid', storage.save('f.longsuffix', 'x', { maxLength: 11 }))
    },
  },
  {
    name: "refuses a taken name where told to, and doesn't read the source",
    async run(storage) {
      await storage.save('f', 'first')
      const source = Readable.from(['second'])
      await rejectsWith('name-taken', storage.save('f', source, { onTaken: 'refuse' }))
      assert.equal(source.readableDidRead, false)
      assert.equal(await readText(storage, 'f'), 'first')
      assert.deepEqual(await listNames(storage), ['f'])
    },
  },
  {
    name: 'replaces where told to',
    async run(storage) {
      await storage.save('f', 'first')
      assert.equal(await storage.save('f', 'second', { onTaken: 'replace' }), 'f')
      assert.equal(await readText(storage, 'f'), 'second')
      assert.equal(await storage.save('new', 'third', { onTaken: 'replace' }), 'new')
      assert.equal(await readText(storage, 'new'), 'third')
    },
  },
  {
    name: 'saves nothing under what is no name, or is kept for itself',
    async run(storage) {
      for (const name of noNames) {
        await rejectsWith('name-invalid', storage.save(name, 'x'), JSON.stringify(name))
        assert.deepEqual(await listNames(storage), [], JSON.stringify(name))
      }
    },
  },
  {
    name: 'leaves nothing when the source fails, and gives its error',
    async run(storage) {
      const fault = new Error('the sender vanished')
      async function* failing() {
        yield offsets(100_000)
        throw fault
      }
      await assert.rejects(storage.save('a/f', failing()), (error) => error === fault)
      assert.equal(await storage.exists('a/f'), false)
      assert.deepEqual(await listNames(storage), [])
    },
  },
  {
    name: 'leaves nothing when it is cancelled, and gives the reason',
    async run(storage) {
      const cancellation = new AbortController()
      const { signal } = cancellation
      const reason = new Error('no longer wanted')
      async function* cancelled() {
        yield offsets(100_000)
        cancellation.abort(reason)
        yield offsets(100_000)
      }
      for (const source of [cancelled(), 'x'])
        await assert.rejects(storage.save('f', source, { signal }), (error) => error === reason)
      assert.deepEqual(await listNames(storage), [])
    },
  },
  {
    name: 'shows nobody half a file',
    async run(storage) {
      async function* watched() {
        yield offsets(100_000)
        assert.equal(await storage.open('f'), null)
        assert.deepEqual(await listNames(storage), [])
        assert.ok(((await storage.removeStaleTemporaries?.(60_000)) ?? 0) === 0)
        yield offsets(1)
      }
      await storage.save('f', watched())
      assert.equal((await storage.stat('f'))?.sizeBytes, 100_001)
    },
  },
  {
    name: 'gives one whole content and its own facts, whoever replaces the file meanwhile',
    run: async (storage) => void (await readWhileReplaced(storage)),
  },
  {
    name: 'has a file all the time that is replaced',
    needs: 'atomic-replaces',
    async run(storage) {
      assert.equal(await readWhileReplaced(storage), 0, 'times that there was none')
    },
  },
  {
    name: 'refuses options that are wrong',
    async run(storage) {
      const wrong: readonly object[] = [
        { onTaken: 'overwrite' },
        { maxlength: 5 },
        { maxLength: 0 },
        { maxLength: 1.5 },
      ]
      for (const options of wrong)
        await assert.rejects(
          storage.save('f', 'x', options),
          (error) => error instanceof TypeError || error instanceof RangeError,
          JSON.stringify(options),
        )
      assert.deepEqual(await listNames(storage), [])
    },
  },
]

/** Reads a file over and over while it is replaced, and gives how often there was none. */
async function readWhileReplaced(storage: Storage): Promise<number> {
  const textOf = (round: number) => String(round % 10).repeat(1000 * (1 + (round % 10)))
  let absences = 0
  await storage.save('f', textOf(0))
  async function replace(): Promise<void> {
    for (let round = 1; round < 40; round++)
      await storage.save('f', textOf(round), { onTaken: 'replace' })
  }
  async function read(): Promise<void> {
    for (let time = 0; time < 40; time++) {
      const opened = await storage.open('f')
      if (opened === null) {
        absences++
        continue
      }
      const { sizeBytes } = opened.facts
      // Where opens don't last, this may be told; see the ability.
      const bytes = await readSpan(opened, 0, sizeBytes).catch((error: unknown) =>
        rejectsWith('storage-failed', Promise.reject(error)),
      )
      await opened.close()
      if (bytes !== undefined)
        assert.equal(bytes.toString(), textOf(sizeBytes / 1000 - 1), 'one whole content')
    }
  }
  await Promise.all([replace(), read(), read()])
  return absences
}
