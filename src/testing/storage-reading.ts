// What opening, looking and reading must do, in any storage.

import assert from 'node:assert/strict'
import { noNames, offsets, openFile, readSpan, rejectsWith } from './storage-case.ts'
import type { StorageCase } from './storage-case.ts'

/** The servers' clocks of a storage elsewhere may be so far from ours. */
const maxClockMs = 15 * 60_000

/** The cases of `open`, `stat`, `exists` and of an open file. */
export const readingCases: readonly StorageCase[] = [
  {
    name: 'has no file where there is none, and under no wrong name',
    async run(storage) {
      await storage.save('f', 'x')
      await storage.save('folder/f', 'x')
      for (const name of [...noNames, 'missing', 'f/below', 'folder', 'fold']) {
        assert.equal(await storage.open(name), null, JSON.stringify(name))
        assert.equal(await storage.stat(name), null, JSON.stringify(name))
        assert.equal(await storage.exists(name), false, JSON.stringify(name))
        assert.notEqual(storage.wasDenied?.(name), true, JSON.stringify(name))
      }
    },
  },
  {
    name: 'says of an open file what stat says of its name',
    async run(storage) {
      await storage.save('a/f.txt', 'hello')
      const opened = await openFile(storage, 'a/f.txt')
      await opened.close()
      const { facts } = opened
      assert.deepEqual(await storage.stat('a/f.txt'), facts)
      assert.equal(await storage.exists('a/f.txt'), true)
      assert.equal(facts.name, 'a/f.txt')
      assert.equal(facts.sizeBytes, 5)
      // RFC 9110 8.8.3: an entity tag is a quoted string without spaces or controls.
      assert.match(facts.etag, /^"[\x21\x23-\x7e]+"$/)
      // It is signed on a line of its own.
      assert.match(facts.version, /^[^\n]+$/)
      assert.ok(Math.abs(facts.changedMs - Date.now()) < maxClockMs, 'changedMs is now')
      assert.ok(Math.abs(facts.mtimeMs - Date.now()) < maxClockMs, 'mtimeMs is now')
      assert.ok(Number.isInteger(facts.mtimeMs), 'mtimeMs is whole')
      if (facts.mtimeNs !== undefined)
        assert.equal(BigInt(facts.mtimeNs) / 1_000_000n, BigInt(facts.mtimeMs), 'one time')
    },
  },
  {
    name: 'tells facts that are plain JSON',
    async run(storage) {
      await storage.save('f', 'hello')
      const facts = await storage.stat('f')
      const { files } = await storage.list()
      for (const each of [facts, ...files])
        assert.deepEqual(JSON.parse(JSON.stringify(each)), { ...each })
    },
  },
  {
    name: 'gives another content another version and tag, and the same one the same',
    async run(storage) {
      await storage.save('f', 'first')
      const first = await storage.stat('f')
      assert.deepEqual(await storage.stat('f'), first)
      await storage.save('f', 'second', { onTaken: 'replace' })
      const second = await storage.stat('f')
      assert.notEqual(second?.version, first?.version)
      assert.notEqual(second?.etag, first?.etag)
    },
  },
  {
    name: 'takes no changed file for unchanged',
    async run(storage) {
      await storage.save('f', 'first')
      const facts = await storage.stat('f')
      assert.ok(facts !== null)
      assert.notEqual(storage.isUnchanged?.(facts), false)
      await storage.save('f', 'second', { onTaken: 'replace' })
      assert.notEqual(storage.isUnchanged?.(facts), true, 'it was replaced')
      await storage.delete('f')
      assert.notEqual(storage.isUnchanged?.(facts), true, 'it was removed')
    },
  },
  {
    name: 'gives the bytes of any span',
    async run(storage) {
      const bytes = offsets(100_000)
      await storage.save('f', bytes)
      const opened = await openFile(storage, 'f')
      for (const [start, end] of [
        [0, 0],
        [0, 1],
        [99_999, 100_000],
        [65_530, 65_545],
        [0, 100_000],
        [50_000, 50_000],
      ] as const)
        assert.ok(
          (await readSpan(opened, start, end)).equals(bytes.subarray(start, end)),
          `${start} to ${end}`,
        )
      await opened.close()
    },
  },
  {
    name: 'fills a buffer with the first bytes, again and again, where it can at all',
    async run(storage) {
      const all = offsets(200_000)
      await storage.save('f', all)
      for (const sizeBytes of [0, 1, 1000, 65_536, 200_000])
        for (let time = 0; time < 3; time++) {
          const opened = await openFile(storage, 'f')
          const bytes = Buffer.alloc(sizeBytes)
          await opened.readInto?.(bytes)
          if (opened.readInto !== undefined)
            assert.ok(bytes.equals(all.subarray(0, sizeBytes)), `${sizeBytes} bytes`)
          await opened.close()
        }
    },
  },
  {
    name: 'lets the receiver have each chunk for good',
    async run(storage) {
      await storage.save('f', offsets(1_000_000))
      const opened = await openFile(storage, 'f')
      assert.ok((await readSpan(opened, 0, 1_000_000)).equals(offsets(1_000_000)))
      await opened.close()
    },
  },
  {
    name: 'lets a file be left early, closed twice, and read by several at once',
    async run(storage) {
      await storage.save('f', offsets(500_000))
      const opened = await openFile(storage, 'f')
      for await (const _ of opened.chunks(0, 500_000)) break
      const spans = await Promise.all([readSpan(opened, 0, 300_000), readSpan(opened, 5, 10)])
      assert.ok(spans[0].equals(offsets(300_000)))
      assert.ok(spans[1].equals(offsets(10).subarray(5)))
      await Promise.all([opened.close(), opened.close()])
      await opened.close()
    },
  },
  {
    name: 'fails rather than give fewer bytes than promised',
    async run(storage) {
      await storage.save('f', 'hello')
      const opened = await openFile(storage, 'f')
      await rejectsWith('storage-failed', readSpan(opened, 0, 6))
      if (opened.readInto !== undefined)
        await rejectsWith('storage-failed', opened.readInto(new Uint8Array(6)))
      await opened.close()
    },
  },
  {
    name: 'leaves its bytes to who has a file open that is replaced or removed',
    needs: 'lasting-opens',
    async run(storage) {
      await storage.save('f', 'first')
      const first = await openFile(storage, 'f')
      await storage.save('f', 'second', { onTaken: 'replace' })
      const second = await openFile(storage, 'f')
      await storage.delete('f')
      assert.equal((await readSpan(first, 0, 5)).toString(), 'first')
      assert.equal((await readSpan(second, 0, 6)).toString(), 'second')
      await Promise.all([first.close(), second.close()])
    },
  },
]
