// A storage whose root has other file systems mounted in it.

import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createLocalStorage } from './local.ts'
import type { LocalStorage } from './local.ts'
import { describeUnless } from '../../../test/support/unless.ts'

const isAdministrator = process.getuid?.() === 0

let root: string
let mounted: string
let storage: LocalStorage

beforeEach(async () => {
  root = await fs.realpath(await fs.mkdtemp(join(tmpdir(), 'titofisto-mounts-')))
  mounted = join(root, 'mounted')
  await fs.mkdir(mounted)
  if (isAdministrator) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mounted])
  storage = createLocalStorage({ root, durable: false })
})

afterEach(async () => {
  if (isAdministrator) execFileSync('umount', [mounted])
  await fs.rm(root, { recursive: true, force: true })
})

describeUnless(isAdministrator ? null : 'only root can mount', 'other file systems', () => {
  it('inside the root take files like the rest of it', async () => {
    expect(await storage.save('mounted/a/f.txt', 'first')).toBe('mounted/a/f.txt')
    expect(await storage.save('mounted/a/f.txt', 'second')).toMatch(/f_.{7}\.txt$/)
    await storage.save('mounted/a/f.txt', 'third', { onTaken: 'replace' })
    await storage.save('g', 'moved')
    expect(await storage.move('g', 'mounted/g')).toBe('mounted/g')
    expect(await storage.exists('g')).toBe(false)
    expect((await fs.stat(join(mounted, 'a/f.txt'))).mode & 0o777).toBe(0o640)
    expect(await fs.readFile(join(mounted, 'a/f.txt'), 'utf8')).toBe('third')
    expect(readdirSync(mounted).sort(undefined)).toEqual(['a', 'g'])
    expect(readdirSync(join(mounted, 'a'))).toHaveLength(2)
    expect(readdirSync(join(root, '.titofisto/tmp'))).toEqual([])
    expect((await storage.list()).files.map(({ sizeBytes }) => sizeBytes)).toEqual([5, 6, 5])
  })

  it('inside the root get a copy of a spooled file that is to be kept', async () => {
    storage.makeSpoolFolder?.()
    const path = join(storage.spoolFolder, 'upload')
    await fs.writeFile(path, 'x')
    const keeping = { keepSpooled: true }
    expect(await storage.adopt('mounted/f', path, keeping)).toBe('mounted/f')
    await storage.adopt('mounted/f', path, { ...keeping, onTaken: 'replace' })
    expect(await fs.readFile(join(mounted, 'f'), 'utf8')).toBe('x')
    expect(readdirSync(mounted)).toEqual(['f'])
    expect(readdirSync(storage.spoolFolder)).toEqual(['upload'])
    expect(readdirSync(join(root, '.titofisto/tmp'))).toEqual([])
  })

  it('inside the root are not looked at synchronously', async () => {
    await storage.save('mounted/f', 'x')
    for (let i = 0; i < 2; i++) {
      const facts = await storage.stat('mounted/f')
      expect(facts && storage.isUnchanged?.(facts)).toBeUndefined()
    }
  })

  it('that are full say storage-full, and nothing stays', async () => {
    for (const target of [storage, createLocalStorage({ root: mounted, durable: false })]) {
      const name = target === storage ? 'mounted/f' : 'f'
      await expect(target.save(name, Buffer.alloc(2_000_000))).rejects.toMatchObject({
        code: 'storage-full',
        status: 507,
        message: expect.not.stringContaining(root),
      })
      expect((await target.list()).files).toEqual([])
      expect(await target.save(name, 'fits')).toBe(name)
      await target.delete(name)
    }
    expect(readdirSync(join(mounted, '.titofisto/tmp'))).toEqual([])
  })
})
