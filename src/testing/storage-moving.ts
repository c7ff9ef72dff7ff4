// What adopting, copying and moving must do, in any storage.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  listNames,
  noNames,
  offsets,
  readFile,
  readText,
  rejectsWith,
  spool,
} from './storage-case.ts'
import type { StorageCase } from './storage-case.ts'

/** The cases of `adopt`, `copy` and `move`. */
export const movingCases: readonly StorageCase[] = [
  {
    name: 'takes a spooled file over by the rules of save',
    async run(storage) {
      const path = await spool(storage, 'first')
      assert.equal(await storage.adopt('a/f.txt', path), 'a/f.txt')
      assert.equal(existsSync(path), false)
      await rejectsWith('file-missing', storage.adopt('g', path))
      const second = await storage.adopt('a/f.txt', await spool(storage, 'second'))
      assert.match(second, /^a\/f_[A-Za-z0-9]+\.txt$/)
      assert.equal(await readText(storage, 'a/f.txt'), 'first')
      assert.equal(await readText(storage, second), 'second')
      await storage.adopt('a/f.txt', await spool(storage, 'third'), { onTaken: 'replace' })
      assert.equal(await readText(storage, 'a/f.txt'), 'third')
    },
  },
  {
    name: 'leaves the spooled file alone where the name is refused',
    async run(storage) {
      const path = await spool(storage, 'x')
      await storage.save('f', 'first')
      await rejectsWith('name-invalid', storage.adopt('../f', path))
      await rejectsWith('name-taken', storage.adopt('f', path, { onTaken: 'refuse' }))
      assert.equal(await storage.adopt('g', path), 'g')
      assert.equal(await readText(storage, 'g'), 'x')
    },
  },
  {
    name: 'keeps the spooled file, if told so, for another use of its bytes',
    async run(storage) {
      const path = await spool(storage, 'x')
      const keeping = { keepSpooled: true }
      assert.equal(await storage.adopt('a/f', path, keeping), 'a/f')
      assert.equal(await storage.adopt('a/f', path, { ...keeping, onTaken: 'replace' }), 'a/f')
      const beside = await storage.adopt('a/f', path, keeping)
      await storage.save('b', 'old')
      await storage.adopt('b', path, { ...keeping, onTaken: 'replace' })
      await storage.delete('a/f')
      assert.equal(await readText(storage, beside), 'x')
      assert.equal(await readText(storage, 'b'), 'x')
      assert.equal(existsSync(path), true)
      assert.equal(await storage.adopt('c', path), 'c')
      assert.equal(existsSync(path), false)
    },
  },
  {
    name: 'gives a spooled file to one of many that take it at once',
    async run(storage) {
      const path = await spool(storage, 'x')
      const outcomes = await Promise.allSettled(
        ['a', 'b', 'c'].map((name) => storage.adopt(name, path)),
      )
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
      assert.equal((await listNames(storage)).length, 1)
    },
  },
  {
    name: 'takes nothing from outside its spool',
    async run(storage) {
      const { spoolFolder } = storage
      for (const path of ['/etc/passwd', `${spoolFolder}-sibling/x`, join(spoolFolder, '../../x')])
        await assert.rejects(storage.adopt('f', path), TypeError, path)
      await assert.rejects(storage.adopt('f', `${spoolFolder}/../x`), TypeError)
    },
  },
  {
    name: 'copies a file, by the rules of save',
    async run(storage) {
      await storage.save('f.txt', offsets(300_000))
      assert.equal(await storage.copy('f.txt', 'b/g'), 'b/g')
      assert.ok((await readFile(storage, 'b/g')).equals(offsets(300_000)))
      assert.match(await storage.copy('f.txt', 'f.txt'), /^f_[A-Za-z0-9]+\.txt$/)
      await rejectsWith('name-taken', storage.copy('f.txt', 'f.txt', { onTaken: 'refuse' }))
      assert.equal((await storage.list()).files.length, 3)
    },
  },
  {
    name: 'moves a file',
    async run(storage) {
      await storage.save('f', 'hello')
      assert.equal(await storage.move('f', 'b/g'), 'b/g')
      assert.deepEqual(await listNames(storage), ['b/g'])
      assert.equal(await readText(storage, 'b/g'), 'hello')
      assert.equal(await storage.move('b/g', 'b/g'), 'b/g')
      assert.equal(await readText(storage, 'b/g'), 'hello')
    },
  },
  {
    name: 'overwrites nothing by a move, unless told to',
    async run(storage) {
      await storage.save('f.txt', 'first')
      await storage.save('g.txt', 'second')
      const moved = await storage.move('f.txt', 'g.txt')
      assert.match(moved, /^g_[A-Za-z0-9]+\.txt$/)
      assert.equal(await readText(storage, moved), 'first')
      assert.equal(await readText(storage, 'g.txt'), 'second')
      await rejectsWith('name-taken', storage.move(moved, 'g.txt', { onTaken: 'refuse' }))
      assert.equal(await storage.move(moved, 'g.txt', { onTaken: 'replace' }), 'g.txt')
      assert.equal(await readText(storage, 'g.txt'), 'first')
      assert.deepEqual(await listNames(storage), ['g.txt'])
    },
  },
  {
    name: 'loses no file that many move to one name',
    async run(storage) {
      const texts = ['a', 'b', 'c', 'd', 'e']
      for (const text of texts) await storage.save(text, text)
      const names = await Promise.all(texts.map((text) => storage.move(text, 'to.txt')))
      const moved = await Promise.all(names.map((name) => readText(storage, name)))
      assert.deepEqual(moved, texts)
      assert.deepEqual(await listNames(storage), names.toSorted())
    },
  },
  {
    name: 'copies and moves nothing from a name that has no file, nor to what is no name',
    async run(storage) {
      await storage.save('f', 'x')
      for (const name of [...noNames, 'missing']) {
        await rejectsWith('file-missing', storage.copy(name, 'g'), JSON.stringify(name))
        await rejectsWith('file-missing', storage.move(name, 'g'), JSON.stringify(name))
        if (name === 'missing') continue
        await rejectsWith('name-invalid', storage.copy('f', name), JSON.stringify(name))
        await rejectsWith('name-invalid', storage.move('f', name), JSON.stringify(name))
      }
      assert.deepEqual(await listNames(storage), ['f'])
    },
  },
  {
    name: 'lets one of many moves and removals at once win, and tells the others',
    needs: 'atomic-moves',
    async run(storage) {
      for (const onTaken of ['rename', 'replace', 'refuse'] as const)
        for (let round = 0; round < 10; round++) {
          await storage.save('f', `round ${round}`, { onTaken: 'replace' })
          const moves = [1, 2, 3].map((to) => storage.move('f', `to/${round}-${to}`, { onTaken }))
          const outcomes = await Promise.allSettled([...moves, storage.delete('f')])
          const won: (string | boolean)[] = []
          for (const outcome of outcomes)
            if (outcome.status === 'rejected')
              await rejectsWith('file-missing', Promise.reject(outcome.reason))
            else if (outcome.value !== false) won.push(outcome.value)
          assert.equal(won.length, 1, `winners, ${onTaken}`)
          const [name] = won
          assert.deepEqual(await listNames(storage), typeof name === 'string' ? [name] : [])
          if (typeof name !== 'string') continue
          assert.equal(await readText(storage, name), `round ${round}`)
          await storage.delete(name)
        }
    },
  },
  {
    name: 'loses no file that is saved under the old name while one is moved',
    needs: 'atomic-moves',
    async run(storage) {
      for (let round = 0; round < 20; round++) {
        await storage.save('f', 'old')
        const [moved, saved] = await Promise.all([storage.move('f', 'g'), storage.save('f', 'new')])
        assert.equal(await readText(storage, moved), 'old')
        assert.equal(await readText(storage, saved), 'new')
        for (const name of await listNames(storage)) await storage.delete(name)
      }
    },
  },
]
