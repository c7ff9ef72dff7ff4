// Names that django-titofisto trips over, and settings that it ignores: each row of
// docs/weaknesses.md under "Usability", shown to be gone.

import { readdirSync } from 'node:fs'
import { mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import { createKeyring } from '../../src/token/keyring.ts'
import { signNativeToken } from '../../src/token/native.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import { createTitofisto } from '../../src/titofisto.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import type { TitofistoOptions } from '../../src/titofisto-options.ts'
import { createGround, secret } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { startFileServer } from '../support/file-server.ts'
import type { FileServer } from '../support/file-server.ts'

const startMs = 1_700_000_000_000
let nowMs = startMs
let ground: Ground
let files: Titofisto<LocalStorage>
let server: FileServer

beforeEach(async () => {
  nowMs = startMs
  ground = await createGround()
  await start()
})

afterEach(async () => {
  await server.close()
  await ground.remove()
})

async function start(options: Partial<TitofistoOptions> = {}) {
  files = ground.create({ now: () => nowMs, ...options })
  server = await startFileServer((req, res) => void files.handler(req, res))
}

async function restart(options: Partial<TitofistoOptions>) {
  await server.close()
  await start(options)
}

async function statusOf(path: string) {
  return (await server.get(path)).status
}

/** Lists all files, a few at a time, and makes a link to each: what a page of an archive does. */
async function linkEverything() {
  const urls = new Map<string, string>()
  let after: string | null = null
  do {
    const page = await files.storage.list(after === null ? { limit: 3 } : { limit: 3, after })
    for (const { name } of page.files) urls.set(name, await files.url(name))
    after = page.next
  } while (after !== null)
  return urls
}

describe('a link that could never work', () => {
  it('missing-file: is not made', async () => {
    await expect(files.url('gone.txt')).rejects.toMatchObject({ code: 'file-missing' })
    await writeFile(join(ground.root, 'gone.txt'), 'here')
    expect(await statusOf(await files.url('gone.txt'))).toBe(200)
  })

  it('broken-link-url: is not listed: one bad file breaks no page', async () => {
    await symlink('nowhere', join(ground.root, 'dangling.txt'))
    await symlink('loop.txt', join(ground.root, 'loop.txt'))
    await symlink('folder/inner.txt', join(ground.root, 'good.txt'))
    const urls = await linkEverything()
    expect([...urls.keys()]).toEqual([
      'big.bin',
      'empty.txt',
      'folder/inner.txt',
      'good.txt',
      'page.html',
      'picture.png',
      'public/open.txt',
      'public/page.html',
      'ten.bin',
      'ünï cödé?#&%.txt',
    ])
    for (const [name, url] of urls) expect(await statusOf(url), name).toBe(200)
    for (const name of ['dangling.txt', 'loop.txt'])
      await expect(files.url(name)).rejects.toMatchObject({ code: 'file-missing' })
  })

  it('directory-500: to a folder is not made, and one signed all the same is a 404', async () => {
    await expect(files.url('folder')).rejects.toMatchObject({ code: 'file-missing' })
    for (const name of ['', 'folder/', '.'])
      await expect(files.url(name)).rejects.toMatchObject({ code: 'name-invalid' })
    const { mtimeNs, size } = await stat(join(ground.root, 'folder'), { bigint: true })
    const subject = { name: 'folder', version: `${mtimeNs / 1000n}-${size}` }
    const token = signNativeToken(createKeyring([secret], 'media'), subject, startMs / 1000, {})
    for (const path of ['folder', 'folder/', ''])
      expect(await statusOf(`/media/${path}?titofisto_token=${token}`), path).toBe(404)
  })

  it('names-that-never-work: what can not be linked can not be saved, and is not listed', async () => {
    const names = [
      'new\nline.txt',
      'back\\slash.txt',
      'd//e.txt',
      './inside.txt',
      'up/../inside.txt',
    ]
    for (const name of names) {
      await expect(files.url(name)).rejects.toMatchObject({ code: 'name-invalid' })
      await expect(files.storage.save(name, 'x')).rejects.toMatchObject({ code: 'name-invalid' })
    }
    // As another program may leave them.
    for (const name of ['new\nline.txt', 'back\\slash.txt'])
      await writeFile(join(ground.root, name), 'x')
    const urls = await linkEverything()
    expect([...urls.keys()].filter((name) => /[\n\\]/.test(name))).toEqual([])
    expect(urls.size).toBe(9)
  })

  it('names-that-never-work: what can be saved has a link that works, whatever is in its name', async () => {
    const odd = [
      'a b.txt',
      "it's.txt",
      'a"b.txt',
      'a%2Fb.txt',
      'a%00.txt',
      'a+b&c=d.txt',
      '#1.txt',
      '?.txt',
      'a;b.txt',
      'a:b.txt',
      '~x.txt',
      '.hidden',
      'x.',
      '...',
      '-rf',
      'è (NFD e\u0301).txt',
      '日本語.txt',
      '🎉.txt',
      '\u202egnp.txt',
      'a\u2028b.txt',
      'con',
      'a*b|c<d>.txt',
      'public',
      'publicx/a.txt',
      'titofisto/upload',
      '__proto__',
      `${'n'.repeat(200)}.txt`,
    ]
    for (const name of odd) {
      const saved = await files.storage.save(`odd/${name}`, name)
      expect(saved).toBe(`odd/${name}`)
      const reply = await server.get(await files.url(saved))
      expect([reply.status, reply.body.toString()], name).toEqual([200, name])
    }
  })

  it('surrogate-name: a name on disk that is no UTF-8 is passed over, and breaks no listing', async () => {
    await mkdir(Buffer.from(`${ground.root}/folder\xff`, 'latin1'))
    for (const name of ['caf\xe9.txt', '\xed\xa0\x80.txt', 'folder\xff/x.txt', 'folder/\xfe.txt'])
      await writeFile(Buffer.from(`${ground.root}/${name}`, 'latin1'), 'x')
    expect(readdirSync(ground.root).filter((name) => name.includes('\ufffd'))).toHaveLength(3)
    const urls = await linkEverything()
    for (const [name, url] of urls) expect(await statusOf(url), name).toBe(200)
    expect(urls.size).toBe(9)
    await expect(files.url('caf\ud800.txt')).rejects.toMatchObject({ code: 'name-invalid' })
  })
})

describe('a setting', () => {
  it('readme-setting: that nothing reads is refused, with the name that was meant', async () => {
    const storage = createLocalStorage({ root: ground.root })
    const misspelled: readonly (readonly [object, RegExp])[] = [
      [{ secret, storage, timeoutSecond: 60 }, /timeoutSecond.*"timeoutSeconds"/],
      [{ secret, storage, publicNameSpace: false }, /publicNameSpace.*"publicNamespace"/],
      [{ secret, DEFAULT_FILE_STORAGE: 'x', storage }, /DEFAULT_FILE_STORAGE/],
      [{ secret }, /"storage"/],
      [{ storage }, /"secret"/],
    ]
    for (const [options, message] of misspelled)
      expect(() => createTitofisto(options as Parameters<typeof createTitofisto>[0])).toThrow(
        message,
      )
    // There is one way to make a link, and what it makes has a token.
    for (const [name, url] of await linkEverything())
      expect(url.includes('?titofisto_token='), name).toBe(!name.startsWith('public/'))
  })

  it('settings-at-import: is read when it is given, so two can live side by side', async () => {
    const url = await files.url('ten.bin')
    nowMs += 100_000
    expect(await statusOf(url)).toBe(200)
    await restart({ timeoutSeconds: 10 })
    expect(await statusOf(url)).toBe(404)
    await restart({ timeoutSeconds: 100 })
    expect(await statusOf(url)).toBe(200)
    const [short, long] = [
      ground.create({ timeoutSeconds: 10, now: () => nowMs }),
      ground.create({ timeoutSeconds: 1000, now: () => nowMs }),
    ]
    expect([(await short.explain(url)).works, (await long.explain(url)).works]).toEqual([
      false,
      true,
    ])
  })

  it('settings-param: stands in URLs as it is, so nothing that would need escaping is taken', async () => {
    for (const param of ['t k&x', 't&x', 'a=b', '#', 'ü', '', 't%20', 'a+b', 'x'.repeat(65)])
      expect(() => ground.create({ param })).toThrow(/: option "param"/)
    for (const param of ['t', 'a.b_c~d-e', '__proto__', 'X'.repeat(64)]) {
      await restart({ param })
      const url = await files.url('ten.bin')
      expect(new URL(url, server.origin).searchParams.get(param)).toMatch(/\.[\w-]{43}$/)
      expect(await statusOf(url)).toBe(200)
    }
  })
})
