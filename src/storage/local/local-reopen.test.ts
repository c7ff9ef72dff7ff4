import { createHook } from 'node:async_hooks'
import { renameSync } from 'node:fs'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage } from './local.ts'
import type { LocalStorage } from './local.ts'

// A file that was read lately is opened and read at once, without the thread pool; how many calls
// the pool was given is what Node's async hooks tell.

let root: string
let storage: LocalStorage

beforeEach(async () => {
  root = await fs.realpath(await fs.mkdtemp(join(tmpdir(), 'titofisto-reopen-')))
  storage = createLocalStorage({ root })
  await fs.writeFile(join(root, 'f'), 'inside')
})

afterEach(async () => {
  await fs.rm(root, { recursive: true, force: true })
})

let pooledCalls = 0
const poolHook = createHook({
  init(_, type) {
    if (type === 'FSREQCALLBACK' || type === 'FSREQPROMISE') pooledCalls++
  },
})

async function readText(name: string, sizeBytes?: number): Promise<string | null> {
  const opened = await storage.open(name)
  if (opened === null) return null
  try {
    const bytes = Buffer.alloc(sizeBytes ?? opened.facts.sizeBytes)
    await opened.readInto?.(bytes)
    return bytes.toString()
  } finally {
    await opened.close()
  }
}

/** Reads a file, and gives its text and how many calls the thread pool was given for it. */
async function readCounted(name: string): Promise<[string | null, number]> {
  pooledCalls = 0
  poolHook.enable()
  try {
    return [await readText(name), pooledCalls]
  } finally {
    poolHook.disable()
  }
}

describe('a file', () => {
  it('is opened and read by the thread pool the first time: the disk may stall', async () => {
    await storage.stat('f')
    await fs.writeFile(join(root, 'cold'), 'cold')
    expect(await readCounted('cold')).toEqual(['cold', 2])
  })

  it('that is asked for again while its first open is under way is not waited for: the disk may stall', async () => {
    pooledCalls = 0
    poolHook.enable()
    const asked = [1, 2, 3, 4].map(() => storage.open('f'))
    poolHook.disable()
    for (const opened of await Promise.all(asked)) await opened?.close()
    expect(pooledCalls).toBe(4)
  })

  it('that was only looked at, as for a link, is read by the thread pool: its bytes may be cold', async () => {
    for (let time = 0; time < 500; time++) await storage.stat('f')
    expect(await readCounted('f')).toEqual(['inside', 2])
  })

  it('that is not there is looked for by the thread pool each time', async () => {
    for (let time = 0; time < 5; time++) expect(await readCounted('missing')).toEqual([null, 1])
  })

  it('is opened and read at once when it was read lately', async () => {
    await readText('f')
    // A processor taken away in the middle looks like a slow disk, and then there is a pause.
    // It goes on until there was none.
    let count = Infinity
    while (count > 0) {
      const [text, pooled] = await readCounted('f')
      expect(text).toBe('inside')
      count = pooled
    }
    expect(count).toBe(0)
  })

  it('is read anew each time: no change goes unseen', async () => {
    for (let round = 0; round < 50; round++) {
      await fs.writeFile(join(root, 'f'), `round ${round}`)
      expect(await readText('f')).toBe(`round ${round}`)
    }
    await fs.rm(join(root, 'f'))
    expect(await readText('f')).toBeNull()
    await fs.mkdir(join(root, 'f'))
    expect(await readText('f')).toBeNull()
    await fs.rmdir(join(root, 'f'))
    await fs.symlink('/etc/passwd', join(root, 'f'))
    expect(await readText('f')).toBeNull()
  })

  it('that is shorter than it was is an error, never bytes that were not in it', async () => {
    for (let time = 0; time < 3; time++)
      await expect(readText('f', 100)).rejects.toMatchObject({ code: 'storage-failed' })
  })

  it('can not be read once it is closed: its descriptor may be another file’s', async () => {
    for (let time = 0; time < 3; time++) {
      const opened = await storage.open('f')
      await opened?.close()
      await expect(opened?.readInto?.(Buffer.alloc(6))).rejects.toMatchObject({
        code: 'storage-failed',
      })
    }
  })
})

describe('a file where links are refused', () => {
  it.each([1, 2])('is there while it is replaced, with %d names of its own', async (nameCount) => {
    storage = createLocalStorage({ root, symlinks: 'refuse' })
    // In a folder that was not seen yet, a file is looked at by the thread pool.
    await fs.mkdir(join(root, 'd'))
    await fs.writeFile(join(root, 'd/f'), 'first')
    if (nameCount > 1) await fs.link(join(root, 'd/f'), join(root, 'second'))
    await fs.writeFile(join(root, 'next'), 'other')
    let calls = 0
    const hook = createHook({
      init(_, type) {
        // The first call opens; the second one looks. Once that has looked, the file is replaced.
        if (type !== 'FSREQCALLBACK' || ++calls !== 2) return
        process.nextTick(() => {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
          renameSync(join(root, 'next'), join(root, 'd/f'))
        })
      },
    }).enable()
    const text = await readText('d/f').finally(() => hook.disable())
    expect(['first', 'other']).toContain(text)
    expect(await readText('d/f')).toBe('other')
  })

  it('is not what a link leads to that has the name of a removed file', async () => {
    storage = createLocalStorage({ root, symlinks: 'refuse' })
    await fs.writeFile(join(root, 'g (deleted)'), 'linked')
    await fs.symlink('g (deleted)', join(root, 'g'))
    expect(await readText('g')).toBeNull()
  })
})
