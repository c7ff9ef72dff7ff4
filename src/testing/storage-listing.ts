// What listing and removing must do, in any storage.

import assert from 'node:assert/strict'
import type { Storage } from '../storage/storage.ts'
import { listNames, noNames, spool, type StorageCase } from './storage-case.ts'

/** In the order of their UTF-8 bytes; no two are one where capitals count for nothing. */
const names = ['Y', 'Z', 'a-b/c', 'a.txt', 'a/1', 'a/2/x', 'a/3', 'a0', 'b', 'c', 'd']

async function saveAll(storage: Storage): Promise<void> {
  for (const name of names.toReversed()) await storage.save(name, name)
}

/** The cases of `list` and `delete`. */
export const listingCases: readonly StorageCase[] = [
  {
    name: 'lists every file with its facts, in the order of the names’ UTF-8 bytes',
    async run(storage) {
      await spool(storage, 'nobody’s file')
      assert.deepEqual(await storage.list(), { files: [], next: null })
      await saveAll(storage)
      const { files, next } = await storage.list()
      assert.deepEqual(
        files.map((facts) => facts.name),
        names,
      )
      assert.equal(next, null)
      for (const facts of files) assert.deepEqual(await storage.stat(facts.name), facts)
    },
  },
  {
    name: 'takes names of every language, and lists them in that order too',
    needs: 'all-names',
    async run(storage) {
      const foreign = ['a', 'é/z', '\uffff', '😀']
      for (const name of foreign.toReversed()) await storage.save(name, name)
      assert.deepEqual(await listNames(storage), foreign)
      assert.deepEqual(await listNames(storage, { after: 'é/z' }), ['\uffff', '😀'])
    },
  },
  {
    name: 'lists all, page by page',
    async run(storage) {
      await saveAll(storage)
      for (const limit of [1, 2, 3, 5, 10, 11, 12]) {
        const seen: string[] = []
        let after: string | null = ''
        while (after !== null) {
          const page = await storage.list({ after, limit })
          assert.ok(page.files.length <= limit, `a page of ${limit}`)
          // One more page would list these again, for ever.
          assert.ok(seen.length <= names.length, `pages of ${limit} come to an end`)
          seen.push(...page.files.map((facts) => facts.name))
          after = page.next
        }
        assert.deepEqual(seen, names, `in pages of ${limit}`)
      }
    },
  },
  {
    name: 'confines a listing to a prefix',
    async run(storage) {
      await saveAll(storage)
      const wanted: readonly (readonly [prefix: string, names: readonly string[]])[] = [
        ['a/', ['a/1', 'a/2/x', 'a/3']],
        ['a', ['a-b/c', 'a.txt', 'a/1', 'a/2/x', 'a/3', 'a0']],
        ['a/2', ['a/2/x']],
        ['a/2/', ['a/2/x']],
        ...['a/2/xx', 'nothing/', '/', '../', 'a//', '.titofisto/'].map(
          (prefix) => [prefix, []] as const,
        ),
      ]
      for (const [prefix, expected] of wanted) {
        assert.deepEqual(await listNames(storage, { prefix }), expected, prefix)
        assert.deepEqual(await listNames(storage, { prefix, limit: 1 }), expected.slice(0, 1))
      }
    },
  },
  {
    name: 'goes on behind any text, whether it is a name or not',
    async run(storage) {
      await saveAll(storage)
      assert.deepEqual(await listNames(storage, { after: 'a/2' }), names.slice(5))
      assert.deepEqual(await listNames(storage, { after: 'a/2/x' }), names.slice(6))
      assert.deepEqual(await listNames(storage, { after: 'a/' }), names.slice(4))
      assert.deepEqual(await listNames(storage, { after: 'd' }), [])
      assert.deepEqual(await listNames(storage, { prefix: 'a/', after: 'a/1' }), ['a/2/x', 'a/3'])
    },
  },
  {
    name: 'takes a limit from 1 to 10,000',
    async run(storage) {
      for (const limit of [0, 10_001, 1.5, -1])
        await assert.rejects(storage.list({ limit }), RangeError, String(limit))
      assert.deepEqual(await listNames(storage, { limit: 10_000 }), [])
    },
  },
  {
    name: 'removes a file, once',
    async run(storage) {
      await storage.save('a/f', 'x')
      assert.equal(await storage.delete('a/f'), true)
      assert.equal(await storage.delete('a/f'), false)
      assert.equal(await storage.exists('a/f'), false)
    },
  },
  {
    name: 'removes nothing where there is no file, nor by a wrong name',
    async run(storage) {
      await storage.save('f', 'x')
      await storage.save('folder/f', 'x')
      for (const name of [...noNames, 'missing', 'folder', 'f/below']) {
        assert.equal(await storage.delete(name), false, JSON.stringify(name))
        assert.deepEqual(await listNames(storage), ['f', 'folder/f'], JSON.stringify(name))
      }
    },
  },
]
