import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import * as fs from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findSameInode } from './descriptor-place.ts'
import { createLocalStorage } from './local.ts'
import type { LocalStorage } from './local.ts'
import { itUnless } from '../../../test/support/unless.ts'

const isLinux = process.platform === 'linux'
const isAdministrator = process.getuid?.() === 0

let folder: string
let root: string
let storage: LocalStorage
let strict: LocalStorage

beforeEach(async () => {
  folder = await fs.realpath(await fs.mkdtemp(join(tmpdir(), 'titofisto-open-')))
  root = join(folder, 'root')
  for (const path of ['root/d', 'root-sibling', 'outside'])
    await fs.mkdir(join(folder, path), { recursive: true })
  await fs.writeFile(join(root, 'f'), 'inside')
  await fs.writeFile(join(root, 'd/f'), 'inside')
  await fs.writeFile(join(folder, 'outside/f'), 'outside')
  await fs.writeFile(join(folder, 'root-sibling/f'), 'outside')
  storage = createLocalStorage({ root })
  strict = createLocalStorage({ root, symlinks: 'refuse' })
})

afterEach(async () => {
  await fs.rm(folder, { recursive: true, force: true })
})

async function readText(name: string, from = storage): Promise<string | null> {
  const opened = await from.open(name)
  if (opened === null) return null
  const chunks: Uint8Array[] = []
  for await (const chunk of opened.chunks(0, opened.facts.sizeBytes)) chunks.push(chunk)
  await opened.close()
  return Buffer.concat(chunks).toString()
}

describe('containment in the root', () => {
  it('follows links that stay inside, unless told to refuse them', async () => {
    await fs.symlink('f', join(root, 'relative'))
    await fs.symlink(join(root, 'd/f'), join(root, 'absolute'))
    await fs.symlink('d', join(root, 'folder-link'))
    await fs.symlink('../root/f', join(root, 'round-about'))
    for (const name of ['relative', 'absolute', 'folder-link/f', 'round-about']) {
      expect(await readText(name)).toBe('inside')
      expect(await readText(name, strict)).toBeNull()
    }
    expect(await readText('d/f', strict)).toBe('inside')
  })

  it('refuses links that lead out, by whatever way', async () => {
    await fs.symlink(join(folder, 'outside/f'), join(root, 'file'))
    await fs.symlink('../outside', join(root, 'folder-link'))
    await fs.symlink('file', join(root, 'chain'))
    await fs.symlink('../../outside/f', join(root, 'd/deep'))
    await fs.symlink('/proc/self/environ', join(root, 'environment'))
    await fs.symlink('/proc/self/root', join(root, 'machine'))
    const names = ['file', 'folder-link/f', 'chain', 'd/deep', 'environment', 'machine/etc/passwd']
    for (const name of names)
      for (const from of [storage, strict]) expect(await readText(name, from)).toBeNull()
  })

  it("takes a folder whose name begins like the root's for another one", async () => {
    await fs.symlink('../root-sibling/f', join(root, 'sibling'))
    expect(await readText('sibling')).toBeNull()
  })

  it('takes dangling links and loops for no files', async () => {
    await fs.symlink('nothing', join(root, 'dangling'))
    await fs.symlink('loop', join(root, 'loop'))
    for (const name of ['dangling', 'loop', 'loop/f']) expect(await readText(name)).toBeNull()
  })

  it('serves a root that is itself reached by a link', async () => {
    await fs.symlink('root', join(folder, 'root-link'))
    expect(await readText('d/f', createLocalStorage({ root: join(folder, 'root-link') }))).toBe(
      'inside',
    )
    const linked = createLocalStorage({ root: join(folder, 'root-link'), symlinks: 'refuse' })
    expect(await readText('d/f', linked)).toBe('inside')
  })

  it('holds while a folder is swapped for a link that leads out', async () => {
    await fs.symlink('../outside', join(root, 'link'))
    const swapping = `
      const { renameSync } = require('node:fs')
      process.chdir(process.argv[1])
      process.stdout.write('ready')
      for (;;) {
        renameSync('d', 'kept'); renameSync('link', 'd')
        renameSync('d', 'link'); renameSync('kept', 'd')
      }`
    const swapper = spawn(process.execPath, ['-e', swapping, root])
    try {
      await once(swapper.stdout, 'data')
      const seen = new Set<string | null>()
      for (let i = 0; i < 3000; i++) seen.add(await readText('d/f'))
      expect(seen).toEqual(new Set(['inside', null]))
    } finally {
      const gone = once(swapper, 'exit')
      swapper.kill('SIGKILL')
      await gone
    }
  })

  it('holds without /proc: the path is resolved again and must lead to the same inode', async () => {
    await fs.symlink('../outside/f', join(root, 'link'))
    const inside = statSync(join(root, 'f'), { bigint: true })
    expect(findSameInode(join(root, 'f'), inside)).toBe(join(root, 'f'))
    expect(findSameInode(join(root, 'link'), inside)).toBeNull()
    const outside = statSync(join(folder, 'outside/f'), { bigint: true })
    expect(findSameInode(join(root, 'link'), outside)).toBe(join(folder, 'outside/f'))
    expect(findSameInode(join(root, 'gone'), inside)).toBeNull()
  })
})

describe('what is no regular file', () => {
  it('is a pipe, and opening it waits for nobody', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')])
    expect(await storage.open('pipe')).toBeNull()
  })

  it('is a socket', async () => {
    const server = createServer().listen(join(root, 'socket'))
    await once(server, 'listening')
    expect(await storage.open('socket')).toBeNull()
    server.close()
    await once(server, 'close')
  })

  it('is a folder, by any name', async () => {
    for (const name of ['d', 'd/', 'd/.', '.']) expect(await storage.open(name)).toBeNull()
  })

  itUnless(isAdministrator ? null : 'only root makes devices', 'is a device', async () => {
    execFileSync('mknod', [join(root, 'zero'), 'c', '1', '5'])
    expect(await storage.open('zero')).toBeNull()
    execFileSync('mknod', [join(root, 'nobodys'), 'c', '240', '77'])
    expect(await storage.open('nobodys')).toBeNull()
  })

  it('is what the file system can not even name', async () => {
    expect(await storage.open('n'.repeat(256))).toBeNull()
    expect(await storage.open(`${'n/'.repeat(500)}n`)).toBeNull()
  })
})

describe('an opened file', () => {
  it('is what it was, though its name is gone or another file has it', async () => {
    for (const from of [storage, strict]) {
      await fs.writeFile(join(root, 'g'), 'old')
      const opened = await from.open('g')
      await fs.writeFile(join(root, 'new'), 'new')
      await fs.rename(join(root, 'new'), join(root, 'g'))
      const chunks: Uint8Array[] = []
      for await (const chunk of opened?.chunks(0, 3) ?? []) chunks.push(chunk)
      expect(Buffer.concat(chunks).toString()).toBe('old')
      await opened?.close()
    }
  })

  it('fails in the middle when it is cut short meanwhile', async () => {
    await fs.writeFile(join(root, 'g'), Buffer.alloc(200_000, 1))
    const opened = await storage.open('g')
    const chunks = opened?.chunks(0, 200_000)[Symbol.asyncIterator]()
    expect((await chunks?.next())?.value).toHaveLength(65_536)
    await fs.truncate(join(root, 'g'), 70_000)
    expect((await chunks?.next())?.value).toHaveLength(70_000 - 65_536)
    await expect(chunks?.next()).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringContaining('at byte 70000 while 200000 were promised'),
    })
    await opened?.close()
  })

  it('closed while it is read, gives what is under way and then fails: never other bytes', async () => {
    await fs.writeFile(join(root, 'g'), Buffer.alloc(200_000, 1))
    await fs.writeFile(join(root, 'other'), Buffer.alloc(200_000, 2))
    for (let i = 0; i < 50; i++) {
      const opened = await storage.open('g')
      const chunks = opened?.chunks(0, 200_000)[Symbol.asyncIterator]()
      const reading = chunks?.next()
      const closing = opened?.close()
      const other = await storage.open('other')
      // Compared at once: element by element, fifty times, took half a minute.
      expect(Buffer.alloc(65_536, 1).equals((await reading)?.value)).toBe(true)
      await closing
      await expect(chunks?.next()).rejects.toMatchObject({ code: 'storage-failed' })
      await other?.close()
    }
  })

  itUnless(
    isLinux ? null : 'counted on Linux alone',
    'leaves no descriptor behind, whatever it was',
    async () => {
      await fs.symlink('../outside/f', join(root, 'out'))
      execFileSync('mkfifo', [join(root, 'pipe')])
      const quick = createLocalStorage({ root, durable: false })
      await quick.stat('f')
      const before = readdirSync('/proc/self/fd').length
      for (let i = 0; i < 20; i++) {
        for (const name of ['f', 'd/f', 'd', 'out', 'pipe', 'missing', 'f/below', '../x'])
          await quick.stat(name)
        await strict.stat('out')
        await quick.list()
        await quick.save('s/s', 'x')
        await quick.save('d', 'x').catch(() => {})
        await quick.save('f/below', 'x').catch(() => {})
        await quick.copy('f', 'c')
        await quick.move('c', 'm')
        await quick.delete('m')
        await quick.delete('nowhere/m')
      }
      expect(readdirSync('/proc/self/fd').length).toBe(before)
    },
  )
})
