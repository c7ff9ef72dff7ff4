import { describe, expect, it } from 'vitest'
import type { FileFacts, OpenedFile, Storage } from '../../storage/storage.ts'
import { createHotFiles, maxHotFileBytes } from './hot-files.ts'
import { typeOfName } from '../../http/media-type.ts'
import { makeFileHead } from './file-head.ts'
import type { FileHead } from './file-head.ts'

const longAgoMs = Date.now() - 60_000

function factsOf(name: string, sizeBytes: number, changedMs = longAgoMs): FileFacts {
  return { name, sizeBytes, mtimeMs: 0, changedMs, version: 'v', etag: '"e"' }
}

function headOf(facts: FileFacts): FileHead {
  return makeFileHead(facts, {}, { typeOf: typeOfName, ownHeadersOf: null }, longAgoMs)
}

/** A storage's one answer that matters here. */
function storageSaying(answer: { isUnchanged: boolean | undefined }) {
  return { isUnchanged: () => answer.isUnchanged } as unknown as Storage
}

function openedOf(facts: FileFacts, chunkBytes = 1000): OpenedFile {
  return {
    facts,
    async *chunks(startByte, endByte) {
      for (let position = startByte; position < endByte; position += chunkBytes)
        yield new Uint8Array(Math.min(chunkBytes, endByte - position)).fill(position / chunkBytes)
    },
    close: () => Promise.resolve(),
  }
}

function read(hotFiles: ReturnType<typeof createHotFiles>, facts: FileFacts) {
  return hotFiles.read(openedOf(facts), headOf(facts))
}

describe('a small file', () => {
  it('is kept whole', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 1e6)
    await read(hotFiles, factsOf('a', 2500))
    const kept = hotFiles.get('a')
    expect(kept?.bytes.length).toBe(2500)
    expect([kept?.bytes[0], kept?.bytes[1000], kept?.bytes[2499]]).toEqual([0, 1, 2])
    expect(hotFiles.get('b')).toBeNull()
  })

  it('may be empty', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 1e6)
    await read(hotFiles, factsOf('a', 0))
    expect(hotFiles.get('a')?.bytes.length).toBe(0)
  })

  it('that has fewer bytes than its storage said is no file: memory of others would fill it up', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 1e6)
    const facts = factsOf('a', 2500)
    const shorter = openedOf(factsOf('a', 1000))
    const opened: OpenedFile = { ...openedOf(facts), chunks: () => shorter.chunks(0, 1000) }
    await expect(hotFiles.read(opened, headOf(facts))).rejects.toMatchObject({
      code: 'storage-failed',
    })
    expect(hotFiles.get('a')).toBeNull()
  })

  it('is forgotten once the storage says that it changed', async () => {
    const answer: { isUnchanged: boolean | undefined } = { isUnchanged: true }
    const hotFiles = createHotFiles(storageSaying(answer), 1e6)
    await read(hotFiles, factsOf('a', 10))
    answer.isUnchanged = false
    expect(hotFiles.get('a')).toBeNull()
    answer.isUnchanged = true
    expect(hotFiles.get('a')).toBeNull()
  })

  it('is not used while the storage can not tell, and may be later', async () => {
    const answer: { isUnchanged: boolean | undefined } = { isUnchanged: true }
    const hotFiles = createHotFiles(storageSaying(answer), 1e6)
    await read(hotFiles, factsOf('a', 10))
    answer.isUnchanged = undefined
    expect(hotFiles.get('a')).toBeNull()
    answer.isUnchanged = true
    expect(hotFiles.get('a')).not.toBeNull()
  })

  it('is looked at once for all requests of one turn of the event loop', async () => {
    let looks = 0
    const storage = { isUnchanged: () => ++looks < 3 } as unknown as Storage
    const hotFiles = createHotFiles(storage, 1e6, () => 0)
    await read(hotFiles, factsOf('a', 10))
    for (let request = 0; request < 5; request++) expect(hotFiles.getForRequest('a')).not.toBeNull()
    expect(looks).toBe(1)
    await new Promise(setImmediate)
    expect(hotFiles.getForRequest('a')).not.toBeNull()
    expect(looks).toBe(2)
    await new Promise(setImmediate)
    expect(hotFiles.getForRequest('a')).toBeNull()
    expect(looks).toBe(3)
  })

  it('is looked at again for whoever makes a link, who may have changed it just now', async () => {
    const answer: { isUnchanged: boolean | undefined } = { isUnchanged: true }
    const hotFiles = createHotFiles(storageSaying(answer), 1e6)
    await read(hotFiles, factsOf('a', 10))
    expect(hotFiles.getForRequest('a')).not.toBeNull()
    answer.isUnchanged = false
    expect(hotFiles.get('a')).toBeNull()
    expect(hotFiles.getForRequest('a')).toBeNull()
  })

  it('is never kept for a storage that can not tell', async () => {
    const hotFiles = createHotFiles({} as unknown as Storage, 1e6)
    await read(hotFiles, factsOf('a', 10))
    expect(hotFiles.get('a')).toBeNull()
  })

  it('that changed just now is read but not kept: it may change again unseen (threat 21)', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 1e6)
    expect((await read(hotFiles, factsOf('a', 10, Date.now())))?.bytes.length).toBe(10)
    expect(hotFiles.get('a')).toBeNull()
  })
})

describe('a large file', () => {
  it('is left to be sent from its descriptor', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 1e9)
    expect(await read(hotFiles, factsOf('a', maxHotFileBytes))).not.toBeNull()
    expect(await read(hotFiles, factsOf('b', maxHotFileBytes + 1))).toBeNull()
  })
})

function namesKept(hotFiles: ReturnType<typeof createHotFiles>, names: readonly string[]) {
  return names.filter((name) => hotFiles.get(name) !== null)
}

describe('the memory', () => {
  it('has a bound: what is asked for more often drives out what is asked for less (promise 6)', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 40_000)
    for (const name of ['a', 'b', 'c']) await read(hotFiles, factsOf(name, 10_000))
    for (const name of ['a', 'a', 'a', 'c', 'c', 'c']) hotFiles.getForRequest(name)
    for (let time = 0; time < 5; time++) await read(hotFiles, factsOf('d', 10_000))
    expect(namesKept(hotFiles, ['a', 'b', 'c', 'd'])).toEqual(['a', 'c', 'd'])
  })

  it('stays with what it has among files that are asked for alike: they would only drive each other out', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 1_100_000)
    const names = Array.from({ length: 1000 }, (_, index) => `file-${index}`)
    // Any order will do that isn't the same each round.
    const shuffle = (round: number): string[] =>
      names.map((_, i) => names[(i * 7919 + round * 613) % 1000] ?? '')
    const request = async (name: string): Promise<void> => {
      if (hotFiles.getForRequest(name) === null) await read(hotFiles, factsOf(name, 10_000))
    }
    for (let round = 0; round < 30; round++) for (const name of shuffle(round)) await request(name)
    const kept = namesKept(hotFiles, names)
    for (let round = 30; round < 40; round++) for (const name of shuffle(round)) await request(name)
    expect(kept.length).toBeGreaterThan(95)
    expect(namesKept(hotFiles, kept).length).toBeGreaterThan(0.9 * kept.length)
  })

  it('takes in what becomes popular, and stays with it among a thousand others', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 1_100_000)
    const request = async (name: string): Promise<void> => {
      if (hotFiles.getForRequest(name) === null) await read(hotFiles, factsOf(name, 10_000))
    }
    for (let index = 0; index < 20_000; index++) {
      await request(`other-${(index * 7919) % 1000}`)
      await request(`popular-${index % 50}`)
    }
    const popular = Array.from({ length: 50 }, (_, index) => `popular-${index}`)
    expect(namesKept(hotFiles, popular).length).toBe(50)
  })

  it('follows the crowd: yesterday’s favourites leave for what everybody asks for now', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 40_000)
    for (const name of ['a', 'b', 'c']) await read(hotFiles, factsOf(name, 10_000))
    for (let time = 0; time < 10_000; time++)
      for (const name of ['a', 'b', 'c']) hotFiles.getForRequest(name)
    for (let time = 0; time < 10_000; time++)
      for (const name of ['x', 'y', 'z'])
        if (hotFiles.getForRequest(name) === null) await read(hotFiles, factsOf(name, 10_000))
    expect(namesKept(hotFiles, ['x', 'y', 'z'])).toEqual(['x', 'y', 'z'])
  })

  it('lets nobody leave for a large file that has no more right to it than some of them', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 40_000)
    for (const name of ['a', 'b', 'c']) await read(hotFiles, factsOf(name, 10_000))
    for (let time = 0; time < 9; time++) hotFiles.getForRequest('b')
    for (let time = 0; time < 5; time++) await read(hotFiles, factsOf('large', 38_000))
    expect(namesKept(hotFiles, ['a', 'b', 'c', 'large'])).toEqual(['a', 'b', 'c'])
  })

  it('holds its bound while many files are read at once', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 40_000)
    const names = Array.from({ length: 100 }, (_, index) => `file-${index}`)
    await Promise.all(names.map((name) => read(hotFiles, factsOf(name, 10_000))))
    expect(namesKept(hotFiles, names).length).toBe(3)
  })

  it('counts a file once, however often it is read', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 40_000)
    for (let round = 0; round < 20; round++) await read(hotFiles, factsOf('a', 10_000))
    await read(hotFiles, factsOf('b', 10_000))
    for (let time = 0; time < 2; time++) await read(hotFiles, factsOf('c', 10_000))
    expect(['a', 'b', 'c'].filter((name) => hotFiles.get(name) === null)).toEqual([])
  })

  it('that is asked for once drives nothing out: it must be asked for again', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 40_000)
    for (const name of ['a', 'b']) await read(hotFiles, factsOf(name, 10_000))
    for (let i = 0; i < 100; i++) await read(hotFiles, factsOf(`crawled-${i}`, 10_000))
    expect(['a', 'b'].filter((name) => hotFiles.get(name) === null)).toEqual([])
  })

  it('keeps nothing where it has no room', async () => {
    const hotFiles = createHotFiles(storageSaying({ isUnchanged: true }), 0)
    expect((await read(hotFiles, factsOf('a', 10)))?.bytes.length).toBe(10)
    expect(hotFiles.get('a')).toBeNull()
  })
})
