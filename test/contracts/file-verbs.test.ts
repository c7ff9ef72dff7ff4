// The verbs of files are the same over every storage: one that has its own way for some of them, and one
// that has nothing but the contract.

import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage, isOptionError, withFileVerbs } from '../../src/index.ts'
import type { FileVerbs, LocalStorage, OpenedFile, Storage } from '../../src/index.ts'
import { countDescriptors, until } from '../support/descriptors.ts'
import { MapStorage } from './map-storage.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'titofisto-verbs-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Notes how many files are open. */
class CountingStorage extends MapStorage {
  openCount = 0

  override async open(name: string): Promise<OpenedFile | null> {
    const opened = await super.open(name)
    if (opened === null) return null
    this.openCount++
    let isOpen = true
    return {
      ...opened,
      close: async () => {
        if (isOpen) this.openCount--
        isOpen = false
      },
    }
  }
}

interface Ground {
  readonly storage: Storage & FileVerbs
  readonly openCount: () => number
}

function createLocal(): Ground {
  return {
    storage: createLocalStorage({ root: folder, durable: false }),
    openCount: () => countDescriptors(`${folder}/`),
  }
}

/** The local storage, without its own ways. */
function createPlain(): Ground {
  const storage: Storage = createLocalStorage({ root: folder, durable: false })
  Reflect.deleteProperty(storage, 'listFolder')
  return { storage: withFileVerbs(storage), openCount: () => countDescriptors(`${folder}/`) }
}

function createMap(): Ground {
  const map = new CountingStorage(join(folder, 'spool'))
  return { storage: withFileVerbs(map), openCount: () => map.openCount }
}

/** Bytes that are their own offsets. */
function offsets(sizeBytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: sizeBytes }, (_, offset) => offset % 251))
}

describe.each([
  ['a local storage', createLocal],
  ['a local storage by the contract alone', createPlain],
  ['a storage in a Map', createMap],
])('%s', (_, create) => {
  let storage: Storage & FileVerbs
  let openCount: () => number

  beforeEach(() => {
    ;({ storage, openCount } = create())
  })

  describe('read', () => {
    it('gives all bytes, however many, and closes the file', async () => {
      for (const sizeBytes of [0, 1, 65_537, 700_001]) {
        await storage.save('f', offsets(sizeBytes), { onTaken: 'replace' })
        const bytes = await storage.read('f')
        expect(offsets(sizeBytes).equals(bytes ?? Buffer.from('none')), String(sizeBytes)).toBe(
          true,
        )
      }
      expect(openCount()).toBe(0)
    })

    it('gives null where there is no file', async () => {
      await storage.save('folder/f', 'x')
      for (const name of ['none', 'folder', '', '../f', '.titofisto/f', 'a\0b'])
        expect(await storage.read(name), name).toBeNull()
    })

    it('gives any span, cut to what the file has', async () => {
      await storage.save('f', 'abcdef')
      const spanOf = async (startByte?: number, endByte?: number) => {
        const span = {
          ...(startByte !== undefined && { startByte }),
          ...(endByte !== undefined && { endByte }),
        }
        const bytes = Buffer.from((await storage.read('f', span)) ?? 'none').toString()
        const stream = await storage.stream('f', span)
        expect(stream && (await buffer(stream)).toString()).toBe(bytes)
        return bytes
      }
      expect(await spanOf(0, 6)).toBe('abcdef')
      expect(await spanOf(2)).toBe('cdef')
      expect(await spanOf(undefined, 2)).toBe('ab')
      expect(await spanOf(1, 3)).toBe('bc')
      expect(await spanOf(3, 3)).toBe('')
      expect(await spanOf(4, 100)).toBe('ef')
      expect(await spanOf(100, 200)).toBe('')
      expect(await spanOf(6)).toBe('')
    })

    it('takes no more into memory than it may', async () => {
      await storage.save('f', 'abcdef')
      await expect(storage.read('f', { maxBytes: 5 })).rejects.toMatchObject({
        code: 'file-too-large',
        fileName: 'f',
        limit: 5,
        actual: 6,
      })
      await expect(storage.readText('f', { maxBytes: 0 })).rejects.toMatchObject({
        code: 'file-too-large',
      })
      expect(await storage.read('f', { maxBytes: 6 })).toHaveLength(6)
      // The limit is of what is read.
      expect(await storage.read('f', { maxBytes: 2, startByte: 4 })).toHaveLength(2)
      expect(openCount()).toBe(0)
    })

    it('refuses options that are wrong', async () => {
      await storage.save('f', 'abc')
      for (const options of [
        { startByte: -1 },
        { startByte: 1.5 },
        { endByte: -1 },
        { startByte: 3, endByte: 2 },
        { maxBytes: -1 },
        { start: 1 },
      ])
        await expect(storage.read('f', options)).rejects.toSatisfy(isOptionError)
    })
  })

  describe('readText', () => {
    it('reads UTF-8, without a byte order mark', async () => {
      await storage.save('f', 'Grüße 😀')
      expect(await storage.readText('f')).toBe('Grüße 😀')
      await storage.save('mark', '\ufeffmarked')
      expect(await storage.readText('mark')).toBe('marked')
      await storage.save('broken', Buffer.from([0x61, 0xff, 0x62]))
      expect(await storage.readText('broken')).toBe('a\ufffdb')
      expect(await storage.readText('none')).toBeNull()
    })
  })

  describe('stream', () => {
    it('gives all bytes, and closes the file at the end', async () => {
      await storage.save('f', offsets(1_000_000))
      const stream = await storage.stream('f')
      if (stream === null) throw new Error('there is none')
      expect((await buffer(stream)).equals(offsets(1_000_000))).toBe(true)
      await until(() => openCount() === 0, 'the file is closed')
    })

    it('closes the file when it is destroyed, also before anything was read', async () => {
      await storage.save('f', offsets(1_000_000))
      for (const isRead of [false, true]) {
        const stream = await storage.stream('f')
        if (stream === null) throw new Error('there is none')
        expect(openCount()).toBe(1)
        if (isRead) for await (const _chunk of stream) break
        stream.destroy()
        await until(() => stream.closed, 'the stream is closed')
        expect(openCount()).toBe(0)
      }
    })

    it('ends with its signal', async () => {
      await storage.save('f', offsets(1_000_000))
      const cancellation = new AbortController()
      const { signal } = cancellation
      const stream = await storage.stream('f', { signal })
      if (stream === null) throw new Error('there is none')
      const failed = once(stream, 'error')
      cancellation.abort()
      expect(await failed).toMatchObject([{ name: 'AbortError' }])
      await until(() => openCount() === 0, 'the file is closed')
      await expect(storage.stream('f', { signal })).rejects.toBe(signal.reason)
    })

    it('becomes a web stream, whose cancelling closes the file', async () => {
      await storage.save('f', offsets(1_000_000))
      const whole = await storage.stream('f')
      if (whole === null) throw new Error('there is none')
      const response = new Response(Readable.toWeb(whole) as ReadableStream<Uint8Array>)
      expect(Buffer.from(await response.arrayBuffer()).equals(offsets(1_000_000))).toBe(true)

      const left = await storage.stream('f')
      if (left === null) throw new Error('there is none')
      const reader = Readable.toWeb(left).getReader()
      await reader.read()
      await reader.cancel()
      await until(() => openCount() === 0, 'the file is closed')
    })

    it('is null where there is no file', async () => {
      expect(await storage.stream('none')).toBeNull()
    })

    it('is of one content, though the file is replaced meanwhile', async () => {
      await storage.save('f', offsets(1_000_000))
      const stream = await storage.stream('f')
      await storage.save('f', 'another', { onTaken: 'replace' })
      expect(stream && (await buffer(stream)).equals(offsets(1_000_000))).toBe(true)
    })
  })

  describe('listFolder', () => {
    const names = ['Y', 'a-b/c', 'a.txt', 'a/1', 'a/2/x', 'a/2/y', 'a/3', 'a0', 'b/c/d', 'z']

    beforeEach(async () => {
      for (const name of names.toReversed()) await storage.save(name, name)
    })

    async function keysOf(...call: Parameters<FileVerbs['listFolder']>) {
      const { files, folders, next } = await storage.listFolder(...call)
      return { files: files.map(({ name }) => name), folders, next }
    }

    it('gives the files and the folders of one level', async () => {
      expect(await keysOf()).toEqual({
        files: ['Y', 'a.txt', 'a0', 'z'],
        folders: ['a-b/', 'a/', 'b/'],
        next: null,
      })
      for (const folderName of ['a', 'a/'])
        expect(await keysOf(folderName)).toEqual({
          files: ['a/1', 'a/3'],
          folders: ['a/2/'],
          next: null,
        })
      expect(await keysOf('b')).toEqual({ files: [], folders: ['b/c/'], next: null })
    })

    it('tells of files what stat tells', async () => {
      const { files } = await storage.listFolder('a')
      for (const facts of files) expect(await storage.stat(facts.name)).toEqual(facts)
    })

    it('gives all, page by page, sorted as list() is', async () => {
      const sorted = ['Y', 'a-b/', 'a.txt', 'a/', 'a0', 'b/', 'z']
      for (const limit of [1, 2, 3, 4, 6, 7, 8]) {
        const seen: string[] = []
        for (let after: string | null = ''; after !== null;) {
          const page = await keysOf('', { after, limit })
          const keys = [...page.files, ...page.folders].toSorted()
          expect(keys.length).toBeLessThanOrEqual(limit)
          if (page.next !== null) expect(page.next).toBe(keys.at(-1))
          seen.push(...keys)
          if (seen.length > 20) throw new Error('The pages don’t come to an end.')
          after = page.next
        }
        expect(seen, `in pages of ${limit}`).toEqual(sorted)
      }
    })

    it('goes on behind any text', async () => {
      const after = async (text: string, folderName = '') => {
        const { files, folders } = await keysOf(folderName, { after: text })
        return [...files, ...folders].toSorted()
      }
      expect(await after('a/')).toEqual(['a0', 'b/', 'z'])
      expect(await after('a/2/x')).toEqual(['a0', 'b/', 'z'])
      expect(await after('a')).toEqual(['a-b/', 'a.txt', 'a/', 'a0', 'b/', 'z'])
      expect(await after('zz')).toEqual([])
      expect(await after('a/', 'a')).toEqual(['a/1', 'a/2/', 'a/3'])
      expect(await after('a/2/x', 'a')).toEqual(['a/3'])
      expect(await after('Y', 'a')).toEqual(['a/1', 'a/2/', 'a/3'])
      expect(await after('b/', 'a')).toEqual([])
    })

    it('has nothing where there is no folder', async () => {
      const empty = { files: [], folders: [], next: null }
      for (const name of [
        'none',
        'z',
        'a.txt',
        '/',
        '//',
        '..',
        '../',
        '.',
        '.titofisto',
        'a//',
        '/a',
      ])
        expect(await keysOf(name), name).toEqual(empty)
    })

    it('comes to an end behind a folder whose name is as long as names may be', async () => {
      const part = 'f'.repeat(203)
      for (const start of ['f/', 'ff/', '']) {
        // With the slash and one more letter of a file's name, that leaves 2 bytes, 1 and 4.
        const long = start + [part, part, part, part, part].join('/')
        for (const last of ['1', '2', '3', '4', '5']) await storage.save(`${long}/${last}`, last)
        expect(await keysOf(dirname(long), { limit: 1 }), `${long.length} bytes`).toEqual({
          files: [],
          folders: [`${long}/`],
          next: null,
        })
      }
    })

    it('has no folder whose last file went', async () => {
      await storage.delete('b/c/d')
      expect((await keysOf()).folders).toEqual(['a-b/', 'a/'])
      await storage.delete('a/2/x')
      expect((await keysOf('a')).folders).toEqual(['a/2/'])
    })

    it('takes a limit from 1 to 10,000, and no other option', async () => {
      for (const limit of [0, 10_001, 1.5])
        await expect(storage.listFolder('', { limit })).rejects.toThrow(RangeError)
      const delimited: object = { delimiter: '/' }
      await expect(storage.listFolder('', delimited)).rejects.toThrow(TypeError)
      expect((await keysOf('', { limit: 10_000 })).next).toBeNull()
    })

    it('agrees with list(), whatever the names are', async () => {
      await storage.deleteFolder('a')
      for (const name of names) await storage.delete(name)
      const part = fc.constantFrom('a', 'b', 'ab', 'a-', '0', 'é', '\uffff', '😀')
      const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(name, { maxLength: 12 }),
          fc.integer({ min: 1, max: 5 }),
          async (wanted, limit) => {
            const saved = new Set<string>()
            for (const each of wanted)
              // A folder can't have a file's name on a disk.
              await storage.save(each, '', { onTaken: 'refuse' }).then(
                (given) => saved.add(given),
                () => {},
              )
            const expected = [
              ...new Set(
                (await storage.list()).files.map((facts) =>
                  facts.name.includes('/')
                    ? facts.name.slice(0, facts.name.indexOf('/') + 1)
                    : facts.name,
                ),
              ),
            ]
            const seen: string[] = []
            for (let after: string | null = ''; after !== null;) {
              const page = await keysOf('', { after, limit })
              seen.push(
                ...expected.filter((key) => page.files.includes(key) || page.folders.includes(key)),
              )
              after = page.next
            }
            expect(seen).toEqual(expected)
            for (const each of saved) await storage.delete(each)
          },
        ),
        { numRuns: 30 },
      )
    })
  })

  describe('deleteFolder', () => {
    beforeEach(async () => {
      for (const name of ['a', 'users/1/a', 'users/1/b/c', 'users/10/a', 'users/1.txt'])
        await storage.save(name, name)
    })

    const left = async () => (await storage.list()).files.map(({ name }) => name)

    it('removes all files of a folder and no other, and says how many', async () => {
      expect(await storage.deleteFolder('users/1')).toBe(2)
      expect(await left()).toEqual(['a', 'users/1.txt', 'users/10/a'])
      expect(await storage.deleteFolder('users/1/')).toBe(0)
      expect(await storage.deleteFolder('users/')).toBe(2)
      expect(await left()).toEqual(['a'])
    })

    it('removes more files than a page of a listing has', async () => {
      for (let number = 0; number < 1100; number++) await storage.save(`many/${number}`, '')
      expect(await storage.deleteFolder('many')).toBe(1100)
      expect(await left()).toEqual(['a', 'users/1.txt', 'users/1/a', 'users/1/b/c', 'users/10/a'])
    })

    it('never means the root, nor what is outside of it, nor the storage’s own', async () => {
      const before = await left()
      for (const name of [
        '',
        '/',
        '//',
        '.',
        './',
        '..',
        '../',
        'users/..',
        '.titofisto',
        '.titofisto/tmp',
      ])
        await expect(storage.deleteFolder(name), name).rejects.toMatchObject({
          code: 'name-invalid',
        })
      const nothing: unknown = undefined
      await expect(storage.deleteFolder(nothing as string)).rejects.toMatchObject({
        code: 'name-invalid',
      })
      expect(await left()).toEqual(before)
    })

    it('removes nothing where there is no folder', async () => {
      for (const name of ['none', 'a', 'users/1.txt', 'use'])
        expect(await storage.deleteFolder(name), name).toBe(0)
    })

    it('counts each file once, of several that remove at once', async () => {
      const counts = await Promise.all([1, 2, 3].map(() => storage.deleteFolder('users')))
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4)
    })

    it('stops at its signal, and goes on when it is called again', async () => {
      const reason = new Error('no longer wanted')
      await expect(
        storage.deleteFolder('users', { signal: AbortSignal.abort(reason) }),
      ).rejects.toBe(reason)
      expect(await left()).toHaveLength(5)
      expect(await storage.deleteFolder('users')).toBe(4)
    })
  })
})

describe('a storage of one’s own', () => {
  it('keeps the verbs it has, and stays the very object', async () => {
    class Own extends MapStorage {
      readText(name: string) {
        return Promise.resolve(`my own way to ${name}`)
      }
    }
    const own = new Own(join(folder, 'spool'))
    const storage = withFileVerbs(own)
    expect(storage).toBe(own)
    expect(await storage.readText('f')).toBe('my own way to f')
    await storage.save('f', 'x')
    expect(await storage.read('f')).toEqual(Buffer.from('x'))
    expect(withFileVerbs(storage)).toBe(storage)
  })

  it('that fails to remove a file says so, and what was removed is gone', async () => {
    const fault = new Error('the network is gone')
    class Failing extends MapStorage {
      failsAt = 'a/5'
      override async delete(name: string) {
        if (name === this.failsAt) throw fault
        return super.delete(name)
      }
    }
    const storage = withFileVerbs(new Failing(join(folder, 'spool')))
    for (let number = 0; number < 10; number++) await storage.save(`a/${number}`, '')
    await expect(storage.deleteFolder('a')).rejects.toBe(fault)
    const { files } = await storage.list()
    expect(files.map(({ name }) => name)).toContain('a/5')
    storage.failsAt = ''
    expect(await storage.deleteFolder('a')).toBe(files.length)
    expect((await storage.list()).files).toEqual([])
  })
})

describe('a local folder', () => {
  let storage: LocalStorage

  beforeEach(() => {
    storage = createLocalStorage({ root: folder, durable: false })
  })

  it('lists neither empty folders, nor its own, nor what links lead to', async () => {
    await storage.save('real/f', 'x')
    await mkdir(join(folder, 'empty/deep/er'), { recursive: true })
    await mkdir(join(folder, 'sockets'))
    await symlink(join(folder, 'real'), join(folder, 'link'))
    await symlink(tmpdir(), join(folder, 'out'))
    await symlink('real/f', join(folder, 'file'))
    const { files, folders } = await storage.listFolder()
    expect(files.map(({ name }) => name)).toEqual(['file'])
    expect(folders).toEqual(['real/'])
    expect(await storage.listFolder('link')).toEqual({ files: [], folders: [], next: null })
  })

  it('removes links and not what they lead to', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'titofisto-verbs-outside-'))
    try {
      await writeFile(join(outside, 'f'), 'x')
      await mkdir(join(folder, 'a'))
      await writeFile(join(folder, 'a/f'), 'x')
      await symlink(outside, join(folder, 'a/out'))
      await symlink(outside, join(folder, 'b'))
      expect(await storage.deleteFolder('a')).toBe(1)
      expect(await storage.deleteFolder('b')).toBe(0)
      expect(await readdir(outside)).toEqual(['f'])
    } finally {
      await rm(outside, { recursive: true, force: true })
    }
  })
})
