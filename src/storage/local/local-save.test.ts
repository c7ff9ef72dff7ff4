import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import vectors from '../../../test/vectors/django-titofisto.json' with { type: 'json' }
import { parseFileName } from '../names/file-name.ts'
import { createLocalStorage } from './local.ts'
import type { LocalStorage } from './local.ts'

let folder: string
let root: string
let storage: LocalStorage

beforeEach(async () => {
  folder = await fs.realpath(await fs.mkdtemp(join(tmpdir(), 'titofisto-save-')))
  root = join(folder, 'root')
  await fs.mkdir(root)
  await fs.mkdir(join(folder, 'outside'))
  await fs.writeFile(join(folder, 'outside/f'), 'outside')
  storage = createLocalStorage({ root, durable: false })
})

afterEach(async () => {
  await fs.rm(folder, { recursive: true, force: true })
})

async function readMode(name: string): Promise<string> {
  return ((await fs.stat(join(root, name))).mode & 0o7777).toString(8)
}

/** Everything below a folder, our own folder and its unfinished files included. */
async function readTree(path: string): Promise<string[]> {
  return (await fs.readdir(path, { recursive: true })).sort(undefined)
}

const emptied = ['.titofisto', '.titofisto/tmp']

const umask = process.umask()

afterEach(() => {
  process.umask(umask)
})

describe('modes', () => {
  it.each([0, 0o022, 0o077, 0o377])('are exact under the umask %i', async (mask) => {
    await storage.save('first', 'x')
    process.umask(mask)
    await storage.save('a/b/f', 'x')
    expect(await readMode('a/b/f')).toBe('640')
    expect(await readMode('a')).toBe('750')
    expect(await readMode('a/b')).toBe('750')
    expect(await readMode('.titofisto')).toBe('700')
    expect(await readMode('.titofisto/tmp')).toBe('700')
  })

  it('are what the options say', async () => {
    const open = createLocalStorage({ root, fileMode: 0o664, folderMode: 0o775, durable: false })
    await open.save('a/f', 'x')
    expect([await readMode('a/f'), await readMode('a')]).toEqual(['664', '775'])
    open.makeSpoolFolder?.()
    const path = join(open.spoolFolder, 'x')
    await fs.writeFile(path, 'x', { mode: 0o600 })
    await open.adopt('a/adopted', path)
    expect([await readMode('a/adopted'), await readMode('.titofisto/spool')]).toEqual([
      '664',
      '700',
    ])
  })

  it('leave folders alone that are there', async () => {
    await fs.mkdir(join(root, 'a'))
    await fs.chmod(join(root, 'a'), 0o700)
    await storage.save('a/f', 'x')
    expect(await readMode('a')).toBe('700')
  })
})

describe("save, by Django's vectors", () => {
  const { cases, random } = vectors.profiles.utc.save
  const masks = [...new Set(cases.map((each) => each.umask))]

  it.each(masks)('gives the same names and modes, under the umask %s', async (mask) => {
    process.umask(Number.parseInt(mask, 8))
    const suffixes = [...random]
    const alike = createLocalStorage({
      root,
      durable: false,
      fileMode: 0o644,
      folderMode: 0o755,
      randomSuffix: () => suffixes.shift() ?? 'used-up',
    })
    const counts = { alike: 0, refusedLikeDjango: 0, refusedByRule: [] as string[] }
    for (const { name, value, mode, dir_mode, error } of cases.filter((c) => c.umask === mask)) {
      const given = name.replace('{root}', root)
      if (error === undefined && parseFileName(given) !== null) {
        // Each Django case drew its random letters anew, as far as they were free.
        suffixes.splice(0, suffixes.length, ...random)
        expect(await alike.save(given, 'x')).toBe(value)
        expect(await readMode(value ?? '')).toBe(mode?.slice(1))
        // Django leaves its folders to the umask; ours are exact.
        if (dir_mode !== null) expect(await readMode(join(value ?? '', '..'))).toBe('755')
        counts.alike++
        continue
      }
      const code = name === 'x.txt/child' ? 'name-taken' : 'name-invalid'
      await expect(alike.save(given, 'x')).rejects.toMatchObject({ code })
      if (error === undefined) counts.refusedByRule.push(name)
      else counts.refusedLikeDjango++
    }
    // Django turns backslashes into folders, normalises paths, and keeps a newline.
    expect(counts).toEqual({
      alike: 11,
      refusedLikeDjango: 13,
      refusedByRule: ['a\\b.txt', './dot.txt', 'd//e.txt', 'new\nline.txt', 'c:\\windows\\x.txt'],
    })
  })
})

describe('writing never leaves the root', () => {
  beforeEach(async () => {
    await fs.mkdir(join(root, 'd'))
    await fs.writeFile(join(root, 'f'), 'inside')
    await fs.symlink('../outside', join(root, 'out'))
    await fs.symlink('d', join(root, 'in'))
    await fs.symlink('../outside/new', join(root, 'dangling'))
  })

  it('through a folder that is a link out', async () => {
    const refused = { code: 'name-invalid' }
    storage.makeSpoolFolder?.()
    const path = join(storage.spoolFolder, 'x')
    await fs.writeFile(path, 'x')
    for (const name of ['out/new', 'out/f', 'out/deeper/new']) {
      for (const onTaken of ['rename', 'replace', 'refuse'] as const)
        await expect(storage.save(name, 'x', { onTaken })).rejects.toMatchObject(refused)
      await expect(storage.copy('f', name)).rejects.toMatchObject(refused)
      await expect(storage.move('f', name)).rejects.toMatchObject(refused)
      await expect(storage.adopt(name, path)).rejects.toMatchObject(refused)
      expect(await storage.delete(name)).toBe(false)
    }
    expect(await readTree(join(folder, 'outside'))).toEqual(['f'])
    expect(await fs.readFile(join(folder, 'outside/f'), 'utf8')).toBe('outside')
  })

  it('through a link in the place of the file: it counts as taken', async () => {
    expect(await storage.save('dangling', 'x')).toMatch(/^dangling_.{7}$/)
    await storage.save('dangling', 'x', { onTaken: 'replace' })
    expect((await fs.lstat(join(root, 'dangling'))).isFile()).toBe(true)
    expect(await readTree(join(folder, 'outside'))).toEqual(['f'])
  })

  it('but goes through links that stay inside, unless told to refuse them', async () => {
    expect(await storage.save('in/f', 'x')).toBe('in/f')
    expect(await fs.readFile(join(root, 'd/f'), 'utf8')).toBe('x')
    const strict = createLocalStorage({ root, symlinks: 'refuse', durable: false })
    await expect(strict.save('in/g', 'x')).rejects.toMatchObject({ code: 'name-invalid' })
    expect(await strict.delete('in/f')).toBe(false)
  })

  it('and deleting a link removes the link alone', async () => {
    await fs.symlink('../outside/f', join(root, 'link'))
    expect(await storage.delete('link')).toBe(true)
    expect(await fs.readFile(join(folder, 'outside/f'), 'utf8')).toBe('outside')
  })

  it('and moving a link moves what it leads to', async () => {
    await fs.symlink('../f', join(root, 'd/link'))
    expect(await storage.move('d/link', 'g')).toBe('g')
    expect((await fs.lstat(join(root, 'g'))).isFile()).toBe(true)
    expect(await storage.exists('d/link')).toBe(false)
    expect(await storage.exists('f')).toBe(true)
  })
})

describe('a taken name', () => {
  it('is that of a folder too', async () => {
    await fs.mkdir(join(root, 'd'))
    expect(await storage.save('d', 'x')).toMatch(/^d_.{7}$/)
    await expect(storage.save('d', 'x', { onTaken: 'replace' })).rejects.toMatchObject({
      code: 'name-taken',
    })
    expect(await storage.delete('d')).toBe(false)
  })

  it('is given up on once a hundred are taken', async () => {
    const stuck = createLocalStorage({ root, durable: false, randomSuffix: () => 'same' })
    await stuck.save('f', 'x')
    expect(await stuck.save('f', 'x')).toBe('f_same')
    await expect(stuck.save('f', 'x')).rejects.toMatchObject({ code: 'name-taken' })
    expect(await readTree(root)).toEqual([...emptied, 'f', 'f_same'])
  })

  it('keeps within the 255 bytes of a part', async () => {
    const name = `${'é'.repeat(125)}.txt`
    await storage.save(name, 'x')
    expect(Buffer.byteLength(await storage.save(name, 'x'))).toBeLessThanOrEqual(255)
    await expect(storage.save('n'.repeat(256), 'x')).rejects.toMatchObject({
      code: 'name-invalid',
    })
  })
})

describe('generateName', () => {
  it('makes the name to save under, which must keep the rule', async () => {
    const dated = createLocalStorage({
      root,
      durable: false,
      generateName: (name) => (name === 'bad' ? '../bad' : `2026/${name}`),
    })
    expect(await dated.save('f', 'x')).toBe('2026/f')
    expect(await dated.copy('2026/f', 'g')).toBe('2026/g')
    await expect(dated.save('bad', 'x')).rejects.toMatchObject({ code: 'name-invalid' })
  })
})

describe('unfinished files', () => {
  it('are gone after any end, and so is what failed', async () => {
    async function* failing() {
      yield 'x'
      throw new Error('the sender vanished')
    }
    await storage.save('a/f', 'x')
    await storage.save('a/g', failing()).catch(() => {})
    await storage.save('a/f/below', 'x').catch(() => {})
    await storage.save('a/f', 'x', { onTaken: 'refuse' }).catch(() => {})
    await storage.save('b/g', failing()).catch(() => {})
    expect(await readTree(root)).toEqual([...emptied, 'a', 'a/f'])
  })

  it('that a dead process left are swept once they are old', async () => {
    await storage.save('f', 'x')
    const stale = join(root, '.titofisto/tmp/stale')
    const beside = join(root, '.titofisto-beside')
    await fs.writeFile(stale, 'half')
    await fs.writeFile(beside, 'half')
    await fs.symlink(beside, join(root, '.titofisto/tmp/beside'))
    expect(await storage.removeStaleTemporaries(60_000)).toBe(0)
    expect(await storage.removeStaleTemporaries(-1000)).toBe(2)
    expect(await readTree(root)).toEqual([...emptied, 'f'])
    expect(await createLocalStorage({ root }).removeStaleTemporaries(0)).toBe(0)
  })
})
