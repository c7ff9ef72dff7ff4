// The contract for storages of one's own, as `titofisto/testing` gives it: another storage than ours
// passes it, and one that is broken in some way does not.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { TitofistoError } from '../../src/index.ts'
import type { FileSource, OpenedFile, SaveOptions } from '../../src/index.ts'
import { storageContract } from '../../src/testing/index.ts'
import { projectFolder } from '../../tools/project.mjs'
import { MapStorage } from './map-storage.ts'
import { describeStorage } from './storage-contract.ts'

const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function makeSpool(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'titofisto-own-storage-'))
  folders.push(folder)
  return join(folder, 'spool')
}

describeStorage('a Map', async () => new MapStorage(await makeSpool()))

describe('docs/storages.md', () => {
  it('shows how to run the contract', async () => {
    const page = await readFile(join(projectFolder, 'docs/storages.md'), 'utf8')
    const [, snippet = ''] = /```ts\n([^]*?)```/.exec(page) ?? []
    // As a test runner would: without the types and with the names that it has.
    const [, imported = '', code = ''] =
      /^import \{ (\w+) \} from 'titofisto\/testing'\n([^]*)$/.exec(snippet) ?? []
    const facts = new Map<string, () => Promise<void>>()
    const define = (name: string, run: () => Promise<void>) => facts.set(name, run)
    const createYourStorage = async () => new MapStorage(await makeSpool())
    // oxlint-disable-next-line typescript/no-implied-eval -- the page's own code is what is tested
    new Function(imported, 'it', 'createYourStorage', code.replace(': string[]', ''))(
      storageContract,
      define,
      createYourStorage,
    )
    expect([...facts.keys()]).toEqual(storageContract.map(({ name }) => name))
    for (const run of facts.values()) await run()
  })

  it('names what a storage may lack', async () => {
    const page = await readFile(join(projectFolder, 'docs/storages.md'), 'utf8')
    const named = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1])
    expect(new Set(named.filter((ability) => ability !== 'needs'))).toEqual(
      new Set(storageContract.flatMap(({ needs }) => needs ?? [])),
    )
  })
})

/** The facts of the contract that a storage does not keep. */
async function findBroken(Broken: typeof MapStorage): Promise<string[]> {
  const broken: string[] = []
  for (const { name, run } of storageContract)
    await run(new Broken(await makeSpool())).catch(() => broken.push(name))
  return broken
}

describe('the contract finds a storage that', () => {
  it('looks whether a name is free, and takes it later', async () => {
    class Late extends MapStorage {
      override async save(name: string, source: FileSource, options: SaveOptions = {}) {
        const given = this.choose(name, options)
        return super.save(given, source, { ...options, onTaken: 'replace' })
      }
    }
    expect(await findBroken(Late)).toEqual(
      expect.arrayContaining(['loses none of many saves of one name at once']),
    )
  })

  it('shows a file before it is whole', async () => {
    class Early extends MapStorage {
      override async save(name: string, source: FileSource, options: SaveOptions = {}) {
        if (typeof source === 'string' || source instanceof Uint8Array || this.files.has(name))
          return super.save(name, source, options)
        await super.save(name, '', options)
        return super.save(name, source, { ...options, onTaken: 'replace' })
      }
    }
    expect(await findBroken(Early)).toEqual(
      expect.arrayContaining([
        'shows nobody half a file',
        'leaves nothing when the source fails, and gives its error',
      ]),
    )
  })

  it('asks for facts and for bytes one after the other', async () => {
    class Torn extends MapStorage {
      override async open(name: string): Promise<OpenedFile | null> {
        const facts = await this.stat(name)
        if (facts === null) return null
        const { files } = this
        return {
          facts,
          async *chunks(startByte, endByte) {
            const bytes = files.get(name)?.bytes ?? Buffer.alloc(0)
            if (endByte > bytes.length) throw new TitofistoError('storage-failed', 'It is shorter.')
            yield Uint8Array.from(bytes.subarray(startByte, endByte))
          },
          close: async () => {},
        }
      }
    }
    expect(await findBroken(Torn)).toEqual(
      expect.arrayContaining([
        'gives one whole content and its own facts, whoever replaces the file meanwhile',
        'leaves its bytes to who has a file open that is replaced or removed',
      ]),
    )
  })

  it('gives fewer bytes than promised', async () => {
    class Short extends MapStorage {
      override async open(name: string): Promise<OpenedFile | null> {
        const opened = await super.open(name)
        if (opened === null) return null
        const { facts } = opened
        const chunks = (start: number, end: number) =>
          opened.chunks(start, Math.min(end, facts.sizeBytes))
        return { ...opened, chunks }
      }
    }
    expect(await findBroken(Short)).toEqual(['fails rather than give fewer bytes than promised'])
  })

  it('lists in the order of UTF-16, or a page again from its last name on', async () => {
    class Utf16 extends MapStorage {
      override async list(options = {}) {
        const page = await super.list(options)
        const files = page.files.toSorted((left, right) => (left.name < right.name ? -1 : 1))
        return { ...page, files }
      }
    }
    class Endless extends MapStorage {
      override async list(options: Parameters<MapStorage['list']>[0] = {}) {
        return super.list({ ...options, after: (options.after ?? '').slice(0, -1) })
      }
    }
    expect(await findBroken(Utf16)).toEqual([
      'takes names of every language, and lists them in that order too',
    ])
    expect(await findBroken(Endless)).toEqual(expect.arrayContaining(['lists all, page by page']))
  })

  it('takes a spooled file by its bytes, so that many get it', async () => {
    class Sharing extends MapStorage {
      override async adopt(...[name, path, options = {}]: Parameters<MapStorage['adopt']>) {
        const given = await super.adopt(name, path, { ...options, keepSpooled: true })
        if (options.keepSpooled !== true) await rm(path, { force: true })
        return given
      }
    }
    expect(await findBroken(Sharing)).toEqual([
      'gives a spooled file to one of many that take it at once',
    ])
  })

  it('tells what JSON can not say, or forgets what it was given to keep', async () => {
    class Exact extends MapStorage {
      override async stat(name: string) {
        const facts = await super.stat(name)
        return facts && Object.assign({ ...facts }, { grownBytes: BigInt(facts.sizeBytes) })
      }
    }
    class Forgetful extends MapStorage {
      override async copy(from: string, to: string, options: SaveOptions = {}) {
        return this.put(to, this.find(from).bytes, options)
      }
    }
    expect(await findBroken(Exact)).toEqual(
      expect.arrayContaining(['tells facts that are plain JSON']),
    )
    expect(await findBroken(Forgetful)).toEqual([
      'keeps a media type and metadata where it says so, and refuses them where it does not',
    ])
  })
})
