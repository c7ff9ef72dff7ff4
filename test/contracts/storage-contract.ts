// What every storage does, whatever it keeps its files in. Each store runs this one suite.

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { beforeEach, describe, expect, it } from 'vitest'
import { maxNameBytes } from '../../src/storage/names/file-name.ts'
import type { OpenedFile, Storage } from '../../src/storage/storage.ts'

/** Runs the contract on storages that `createStorage` makes, empty, one for each test. */
export function describeStorage(
  label: string,
  createStorage: () => Promise<Storage>,
  { takesAllNames = true }: { readonly takesAllNames?: boolean } = {},
): void {
  describe(`${label}, as a storage`, () => {
    let storage: Storage

    beforeEach(async () => {
      storage = await createStorage()
    })

    /** A file whose bytes are their own offsets. */
    const offsets = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, (_, i) => i % 251)

    async function open(fileName: string): Promise<OpenedFile> {
      const opened = await storage.open(fileName)
      if (opened === null) throw new Error(`there is no ${fileName}`)
      return opened
    }

    async function readSpan(opened: OpenedFile, start: number, end: number): Promise<Buffer> {
      const chunks: Uint8Array[] = []
      for await (const chunk of opened.chunks(start, end)) chunks.push(chunk)
      return Buffer.concat(chunks)
    }

    async function readFile(fileName: string): Promise<Buffer> {
      const opened = await open(fileName)
      try {
        return await readSpan(opened, 0, opened.facts.sizeBytes)
      } finally {
        await opened.close()
      }
    }

    async function readText(fileName: string): Promise<string> {
      return (await readFile(fileName)).toString()
    }

    async function listNames(options?: Parameters<Storage['list']>[0]): Promise<string[]> {
      return (await storage.list(options)).files.map((facts) => facts.name)
    }

    const badNames = ['', '.', '..', '../x', '/x', 'x/', 'a//b', 'a/../b', 'a\\b', 'a\0b', 'a\nb']
    const reservedNames = ['.titofisto', '.titofisto/tmp/x', 'a/.titofisto/x', 'a/.titofisto-x']
    const tooLong = 'n'.repeat(maxNameBytes + 1)

    describe('save', () => {
      it('gives the name it used, and open gives the bytes back', async () => {
        expect(await storage.save('a/b.txt', 'héllo')).toBe('a/b.txt')
        expect(await readText('a/b.txt')).toBe('héllo')
      })

      it.each([0, 1, 65_535, 65_536, 65_537, 700_001])('keeps all %d bytes', async (sizeBytes) => {
        await storage.save('f', offsets(sizeBytes))
        expect((await readFile('f')).equals(offsets(sizeBytes))).toBe(true)
      })

      it('takes every kind of source', async () => {
        async function* pieces() {
          yield 'hé'
          yield Buffer.from('llo')
        }
        await storage.save('blob', new Blob(['hé', 'llo']))
        await storage.save('stream', new Blob(['héllo']).stream())
        await storage.save('node', Readable.from([Buffer.from('héllo')]))
        await storage.save('generator', pieces())
        for (const saved of ['blob', 'stream', 'node', 'generator'])
          expect(await readText(saved)).toBe('héllo')
      })

      it('keeps what a source gave, though the source uses its buffer again', async () => {
        async function* reusing() {
          const buffer = Buffer.alloc(1)
          for (const byte of 'abcdef') {
            buffer.write(byte)
            yield buffer
          }
        }
        await storage.save('f', reusing())
        expect(await readText('f')).toBe('abcdef')
      })

      it('puts random letters before all suffixes of a name that is taken', async () => {
        await storage.save('a/f.tar.gz', 'first')
        const second = await storage.save('a/f.tar.gz', 'second')
        expect(second).toMatch(/^a\/f_[A-Za-z0-9]{7}\.tar\.gz$/)
        expect(await readText('a/f.tar.gz')).toBe('first')
        expect(await readText(second)).toBe('second')
      })

      it('cuts a name to maxLength', async () => {
        const name = await storage.save('abcdefghijklmnop.txt', 'x', { maxLength: 15 })
        expect(name).toMatch(/^abc_[A-Za-z0-9]{7}\.txt$/)
        await expect(storage.save('f.longsuffix', 'x', { maxLength: 11 })).rejects.toMatchObject({
          code: 'name-invalid',
        })
      })

      it("refuses a taken name where told to, and doesn't read the source", async () => {
        await storage.save('f', 'first')
        const source = Readable.from(['second'])
        await expect(storage.save('f', source, { onTaken: 'refuse' })).rejects.toMatchObject({
          code: 'name-taken',
          status: 409,
        })
        expect(source.readableDidRead).toBe(false)
        expect(await listNames()).toEqual(['f'])
      })

      it('replaces where told to', async () => {
        await storage.save('f', 'first')
        const opened = await open('f')
        expect(await storage.save('f', 'second', { onTaken: 'replace' })).toBe('f')
        expect(await readText('f')).toBe('second')
        // Whoever had the old one open still has it whole.
        expect((await readSpan(opened, 0, 5)).toString()).toBe('first')
        await opened.close()
        expect(await storage.save('new', 'third', { onTaken: 'replace' })).toBe('new')
      })

      it.each([...badNames, ...reservedNames, tooLong])('refuses the name %j', async (bad) => {
        await expect(storage.save(bad, 'x')).rejects.toMatchObject({ code: 'name-invalid' })
        expect(await listNames()).toEqual([])
      })

      it('leaves nothing when the source fails', async () => {
        const fault = new Error('the sender vanished')
        async function* failing() {
          yield offsets(100_000)
          throw fault
        }
        await expect(storage.save('a/f', failing())).rejects.toBe(fault)
        expect(await storage.exists('a/f')).toBe(false)
        expect(await listNames()).toEqual([])
      })

      it('leaves nothing when it is cancelled', async () => {
        const cancellation = new AbortController()
        const reason = new Error('no longer wanted')
        async function* cancelled() {
          yield offsets(100_000)
          cancellation.abort(reason)
          yield offsets(100_000)
        }
        const { signal } = cancellation
        await expect(storage.save('f', cancelled(), { signal })).rejects.toBe(reason)
        await expect(storage.save('f', 'x', { signal })).rejects.toBe(reason)
        expect(await listNames()).toEqual([])
      })

      it('shows nobody half a file', async () => {
        async function* watched() {
          yield offsets(100_000)
          expect(await storage.open('f')).toBeNull()
          expect(await listNames()).toEqual([])
          yield offsets(1)
        }
        await storage.save('f', watched())
        expect((await storage.stat('f'))?.sizeBytes).toBe(100_001)
      })

      it('loses none of many saves of one name at once', async () => {
        const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`)
        const names = await Promise.all(texts.map((text) => storage.save('f.txt', text)))
        expect(new Set(names).size).toBe(texts.length)
        expect(await Promise.all(names.map(readText))).toEqual(texts)
      })

      it('refuses options it does not know', async () => {
        // @ts-expect-error -- what a program without types may pass
        await expect(storage.save('f', 'x', { onTaken: 'overwrite' })).rejects.toThrow(TypeError)
        // @ts-expect-error -- what a program without types may pass
        await expect(storage.save('f', 'x', { maxlength: 5 })).rejects.toThrow(/"maxLength"/)
        await expect(storage.save('f', 'x', { maxLength: 0 })).rejects.toThrow(RangeError)
      })
    })

    describe('open', () => {
      it.each([...badNames, ...reservedNames, tooLong, 'missing', 'f/below', 'folder'])(
        'gives null for %j, as stat does, and exists says no',
        async (name) => {
          await storage.save('f', 'x')
          await storage.save('folder/f', 'x')
          expect(await storage.open(name)).toBeNull()
          expect(await storage.stat(name)).toBeNull()
          expect(await storage.exists(name)).toBe(false)
        },
      )

      it('says what stat says', async () => {
        await storage.save('a/f.txt', 'hello')
        const opened = await open('a/f.txt')
        await opened.close()
        expect(await storage.stat('a/f.txt')).toEqual(opened.facts)
        expect(await storage.exists('a/f.txt')).toBe(true)
        expect(opened.facts.name).toBe('a/f.txt')
        expect(opened.facts.sizeBytes).toBe(5)
        // RFC 9110 8.8.3: an entity tag is a quoted string without spaces or controls.
        expect(opened.facts.etag).toMatch(/^"[\x21\x23-\x7e]+"$/)
        expect(Math.abs(opened.facts.changedMs - Date.now())).toBeLessThan(60_000)
        expect(Math.abs(Number(opened.facts.mtimeNs / 1_000_000n) - Date.now())).toBeLessThan(
          60_000,
        )
      })

      it('gives another content another version and tag', async () => {
        await storage.save('f', 'first')
        const first = await storage.stat('f')
        await storage.save('f', 'second', { onTaken: 'replace' })
        const second = await storage.stat('f')
        expect(second?.version).not.toBe(first?.version)
        expect(second?.etag).not.toBe(first?.etag)
      })

      it.each([
        [0, 0],
        [0, 1],
        [99_999, 100_000],
        [65_530, 65_545],
        [0, 100_000],
        [50_000, 50_000],
      ])('gives the bytes from %d to %d', async (start, end) => {
        await storage.save('f', offsets(100_000))
        const opened = await open('f')
        const expected = offsets(100_000).subarray(start, end)
        expect((await readSpan(opened, start, end)).equals(expected)).toBe(true)
        await opened.close()
      })

      it.each([0, 1, 1000, 65_536, 200_000])(
        'fills a buffer with the first %d bytes, again and again, where it can at all',
        async (sizeBytes) => {
          await storage.save('f', offsets(200_000))
          for (let time = 0; time < 3; time++) {
            const opened = await open('f')
            const bytes = new Uint8Array(sizeBytes)
            await opened.readInto?.(bytes)
            if (opened.readInto !== undefined)
              expect(Buffer.from(bytes).equals(offsets(200_000).subarray(0, sizeBytes))).toBe(true)
            await opened.close()
          }
        },
      )

      it('lets the receiver keep each chunk', async () => {
        await storage.save('f', offsets(1_000_000))
        const opened = await open('f')
        const kept: Uint8Array[] = []
        for await (const chunk of opened.chunks(0, 1_000_000)) kept.push(chunk)
        expect(Buffer.concat(kept).equals(offsets(1_000_000))).toBe(true)
        await opened.close()
      })

      it('can be left early, closed twice, and read by several at once', async () => {
        await storage.save('f', offsets(500_000))
        const opened = await open('f')
        for await (const _ of opened.chunks(0, 500_000)) break
        const spans = await Promise.all([readSpan(opened, 0, 300_000), readSpan(opened, 5, 10)])
        expect(spans.map((span) => span.length)).toEqual([300_000, 5])
        await Promise.all([opened.close(), opened.close()])
        await opened.close()
      })

      it('fails rather than give fewer bytes than promised', async () => {
        await storage.save('f', 'hello')
        const opened = await open('f')
        await expect(readSpan(opened, 0, 6)).rejects.toMatchObject({ code: 'storage-failed' })
        if (opened.readInto !== undefined)
          await expect(opened.readInto(new Uint8Array(6))).rejects.toMatchObject({
            code: 'storage-failed',
          })
        await opened.close()
      })
    })

    describe('adopt', () => {
      async function spool(text: string): Promise<string> {
        await mkdir(storage.spoolFolder, { recursive: true })
        const path = join(storage.spoolFolder, `upload-${Math.random()}`)
        await writeFile(path, text)
        return path
      }

      it('takes a spooled file over by the rules of save', async () => {
        expect(await storage.adopt('a/f.txt', await spool('first'))).toBe('a/f.txt')
        const second = await storage.adopt('a/f.txt', await spool('second'))
        expect(second).toMatch(/^a\/f_[A-Za-z0-9]{7}\.txt$/)
        expect(await readText('a/f.txt')).toBe('first')
        expect(await readText(second)).toBe('second')
        await storage.adopt('a/f.txt', await spool('third'), { onTaken: 'replace' })
        expect(await readText('a/f.txt')).toBe('third')
      })

      it('leaves nothing in the spool', async () => {
        const path = await spool('x')
        await storage.adopt('f', path)
        await expect(storage.adopt('g', path)).rejects.toMatchObject({ code: 'file-missing' })
      })

      it('keeps the spooled file where the name is refused', async () => {
        const path = await spool('x')
        await storage.save('f', 'first')
        await expect(storage.adopt('../f', path)).rejects.toMatchObject({ code: 'name-invalid' })
        await expect(storage.adopt('f', path, { onTaken: 'refuse' })).rejects.toMatchObject({
          code: 'name-taken',
        })
        expect(await storage.adopt('g', path)).toBe('g')
      })

      it('leaves the spooled file where it was, if told so, for another use of its bytes', async () => {
        const path = await spool('x')
        const keeping = { keepSpooled: true }
        expect(await storage.adopt('a/f', path, keeping)).toBe('a/f')
        expect(await storage.adopt('a/f', path, { ...keeping, onTaken: 'replace' })).toBe('a/f')
        const beside = await storage.adopt('a/f', path, keeping)
        await storage.save('b', 'old')
        await storage.adopt('b', path, { ...keeping, onTaken: 'replace' })
        await storage.delete('a/f')
        expect(await readText(beside)).toBe('x')
        expect(await readText('b')).toBe('x')
        expect(await readdir(storage.spoolFolder)).toEqual([basename(path)])
        expect(await storage.adopt('c', path)).toBe('c')
        expect(await readdir(storage.spoolFolder)).toEqual([])
      })

      it('gives a spooled file to one of many that take it at once', async () => {
        const path = await spool('x')
        const outcomes = await Promise.allSettled(
          ['a', 'b', 'c'].map((name) => storage.adopt(name, path)),
        )
        expect(outcomes.map(({ status }) => status).toSorted()).toEqual([
          'fulfilled',
          'rejected',
          'rejected',
        ])
        expect(await listNames()).toHaveLength(1)
      })

      it('takes nothing from elsewhere', async () => {
        await expect(storage.adopt('f', '/etc/passwd')).rejects.toThrow(TypeError)
        const sibling = `${storage.spoolFolder}-sibling/x`
        await expect(storage.adopt('f', sibling)).rejects.toThrow(TypeError)
        const climbing = join(storage.spoolFolder, '../../x')
        await expect(storage.adopt('f', climbing)).rejects.toThrow(TypeError)
      })
    })

    describe('delete', () => {
      it('removes a file, once', async () => {
        await storage.save('a/f', 'x')
        expect(await storage.delete('a/f')).toBe(true)
        expect(await storage.delete('a/f')).toBe(false)
        expect(await storage.exists('a/f')).toBe(false)
      })

      it.each([...badNames, ...reservedNames, tooLong, 'missing', 'folder', 'f/below'])(
        'removes nothing by the name %j',
        async (name) => {
          await storage.save('f', 'x')
          await storage.save('folder/f', 'x')
          expect(await storage.delete(name)).toBe(false)
          expect(await listNames()).toEqual(['f', 'folder/f'])
        },
      )

      it('leaves the bytes to who has the file open', async () => {
        await storage.save('f', 'hello')
        const opened = await open('f')
        await storage.delete('f')
        expect((await readSpan(opened, 0, 5)).toString()).toBe('hello')
        await opened.close()
      })
    })

    describe('list', () => {
      // No two that are one where capitals count for nothing.
      const plainNames = ['Y', 'Z', 'a-b/c', 'a.txt', 'a/1', 'a/2/x', 'a/3', 'a0']
      const names = [...plainNames, ...(takesAllNames ? ['é/z', '\uffff', '😀'] : ['b', 'c', 'd'])]

      beforeEach(async () => {
        for (const name of names) await storage.save(name, name)
      })

      it('gives every file with its facts, in the order of the names’ UTF-8 bytes', async () => {
        const { files, next } = await storage.list()
        expect(files.map((facts) => facts.name)).toEqual(names)
        expect(next).toBeNull()
        for (const facts of files) expect(await storage.stat(facts.name)).toEqual(facts)
      })

      it.each([1, 2, 3, 5, 10, 11, 12])('gives all in pages of %d', async (limit) => {
        const seen: string[] = []
        let after: string | null = ''
        while (after !== null) {
          const page = await storage.list({ after, limit })
          expect(page.files.length).toBeLessThanOrEqual(limit)
          seen.push(...page.files.map((facts) => facts.name))
          after = page.next
        }
        expect(seen).toEqual(names)
      })

      it.each([
        ['a/', ['a/1', 'a/2/x', 'a/3']],
        ['a', ['a-b/c', 'a.txt', 'a/1', 'a/2/x', 'a/3', 'a0']],
        ['a/2', ['a/2/x']],
        ['a/2/', ['a/2/x']],
        ['a/2/xx', []],
        ['nothing/', []],
        ['/', []],
        ['../', []],
        ['a//', []],
        ['.titofisto/', []],
      ])('confines itself to the prefix %j', async (prefix, expected) => {
        expect(await listNames({ prefix })).toEqual(expected)
        expect(await listNames({ prefix, limit: 1 })).toEqual(expected.slice(0, 1))
      })

      it('goes on behind any text, whether it is a name or not', async () => {
        expect(await listNames({ after: 'a/2' })).toEqual(names.slice(5))
        expect(await listNames({ after: 'a/2/x' })).toEqual(names.slice(6))
        expect(await listNames({ after: 'a/' })).toEqual(names.slice(4))
        expect(await listNames({ after: names.at(-1) ?? '' })).toEqual([])
        expect(await listNames({ prefix: 'a/', after: 'a/1' })).toEqual(['a/2/x', 'a/3'])
      })

      it('takes a limit from 1 to 10,000', async () => {
        for (const limit of [0, 10_001, 1.5, -1])
          await expect(storage.list({ limit })).rejects.toThrow(RangeError)
        expect(await listNames({ limit: 10_000 })).toEqual(names)
      })
    })

    describe('copy', () => {
      it('gives a second file with the same bytes', async () => {
        await storage.save('f', offsets(300_000))
        expect(await storage.copy('f', 'b/g')).toBe('b/g')
        expect((await readFile('b/g')).equals(offsets(300_000))).toBe(true)
        expect(await storage.exists('f')).toBe(true)
      })

      it('names the copy by the rules of save', async () => {
        await storage.save('f.txt', 'x')
        expect(await storage.copy('f.txt', 'f.txt')).toMatch(/^f_.{7}\.txt$/)
        await expect(storage.copy('f.txt', 'f.txt', { onTaken: 'refuse' })).rejects.toMatchObject({
          code: 'name-taken',
        })
      })

      it.each([...badNames, ...reservedNames, 'missing'])('finds no file %j', async (name) => {
        await expect(storage.copy(name, 'f')).rejects.toMatchObject({
          code: 'file-missing',
          status: 404,
        })
      })
    })

    describe('move', () => {
      it('gives a file another name', async () => {
        await storage.save('f', 'hello')
        expect(await storage.move('f', 'b/g')).toBe('b/g')
        expect(await listNames()).toEqual(['b/g'])
        expect(await readText('b/g')).toBe('hello')
      })

      it('overwrites nothing, unless told to', async () => {
        await storage.save('f.txt', 'first')
        await storage.save('g.txt', 'second')
        const moved = await storage.move('f.txt', 'g.txt')
        expect(moved).toMatch(/^g_.{7}\.txt$/)
        expect(await readText(moved)).toBe('first')
        expect(await readText('g.txt')).toBe('second')
        await expect(storage.move(moved, 'g.txt', { onTaken: 'refuse' })).rejects.toMatchObject({
          code: 'name-taken',
        })
        expect(await storage.move(moved, 'g.txt', { onTaken: 'replace' })).toBe('g.txt')
        expect(await readText('g.txt')).toBe('first')
        expect(await listNames()).toEqual(['g.txt'])
      })

      it('leaves a file alone that is there already', async () => {
        await storage.save('f', 'hello')
        expect(await storage.move('f', 'f')).toBe('f')
        expect(await readText('f')).toBe('hello')
      })

      it.each(['rename', 'replace', 'refuse'] as const)(
        'is won by one of many at once, which the others are told (%s)',
        async (onTaken) => {
          for (let round = 0; round < 10; round++) {
            await storage.save('f', `round ${round}`, { onTaken: 'replace' })
            const targets = [1, 2, 3].map((n) => `to/${round}-${n}`)
            const moves = targets.map((name) => storage.move('f', name, { onTaken }))
            const outcomes = await Promise.allSettled([...moves, storage.delete('f')])
            const won = outcomes.filter(
              (outcome) => outcome.status === 'fulfilled' && outcome.value !== false,
            )
            expect(won).toHaveLength(1)
            for (const outcome of outcomes)
              if (outcome.status === 'rejected')
                expect(outcome.reason).toMatchObject({ code: 'file-missing' })
            const [winner] = won
            const name = winner?.status === 'fulfilled' ? winner.value : null
            const left = await listNames()
            expect(left).toEqual(typeof name === 'string' ? [name] : [])
            if (typeof name === 'string') {
              expect(await readText(name)).toBe(`round ${round}`)
              await storage.delete(name)
            }
          }
        },
      )

      it('loses no file that is saved under the old name meanwhile', async () => {
        for (let round = 0; round < 20; round++) {
          await storage.save('f', 'old')
          const [moved, saved] = await Promise.all([
            storage.move('f', 'g'),
            storage.save('f', 'new'),
          ])
          const texts = await Promise.all([readText(moved), readText(saved)])
          expect(texts).toEqual(['old', 'new'])
          for (const name of await listNames()) await storage.delete(name)
        }
      })

      it('loses no file that many move to one name', async () => {
        const texts = ['a', 'b', 'c', 'd', 'e']
        for (const text of texts) await storage.save(text, text)
        const names = await Promise.all(texts.map((text) => storage.move(text, 'to.txt')))
        expect(await Promise.all(names.map(readText))).toEqual(texts)
        expect(await listNames()).toEqual(names.toSorted())
      })

      it.each([...badNames, ...reservedNames, 'missing'])('finds no file %j', async (name) => {
        await expect(storage.move(name, 'f')).rejects.toMatchObject({ code: 'file-missing' })
        await storage.save('f', 'x')
        if (name !== 'missing')
          await expect(storage.move('f', name)).rejects.toMatchObject({ code: 'name-invalid' })
      })
    })
  })
}
