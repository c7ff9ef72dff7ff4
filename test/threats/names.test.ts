// Attacks on this kind of software, each under its number in our list of threats, and what SECURITY.md
// promises: names and what they lead to. The numbers that are not here belong to uploads.

import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer as createSocketServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { canary } from '../support/file-ground.ts'
import { readVersion, signAnything, useStage } from '../support/stage.ts'

const stage = useStage()

describe('threat 1: ways up, encoded, double encoded, overlong, with backslashes', () => {
  const ups =
    '../ %2e%2e/ ..%2f %2e%2e%2f .%2e/ ..\\ ..%5c %252e%252e%252f %c0%ae%c0%ae/ ..%00/ ..;/ .../ %u002e./'
  it.each(ups.split(' '))('%s leads nowhere, for a guest or with a true token', async (up) => {
    const version = await readVersion(join(stage.ground.folder, 'outside.txt'))
    for (const below of ['', 'public/', 'folder/', 'public/folder/'])
      for (let depth = 1; depth <= 3; depth++) {
        const target = `/media/${below}${up.repeat(depth)}outside.txt`
        await stage.expectNothing(target)
        for (const name of ['outside.txt', '../outside.txt', `${below}../outside.txt`])
          await stage.expectNothing(`${target}?titofisto_token=${signAnything(name, version)}`)
      }
  })

  it('no such name is signed either', async () => {
    for (const name of ['../outside.txt', 'public/../ten.bin', 'a/./b', '..\\outside.txt'])
      await expect(stage.files.url(name)).rejects.toMatchObject({ code: 'name-invalid' })
  })
})

describe('threat 2: a prefix without a border', () => {
  it('a sibling that begins like the root is outside of it', async () => {
    await symlink(
      join(stage.ground.folder, 'root-sibling/outside.txt'),
      join(stage.ground.root, 'public/sibling.txt'),
    )
    await symlink(
      join(stage.ground.folder, 'root-sibling'),
      join(stage.ground.root, 'public/sibling'),
    )
    for (const path of [
      'public/sibling.txt',
      'public/sibling/outside.txt',
      '../root-sibling/outside.txt',
    ])
      await stage.expectNothing(`/media/${path}`)
  })

  it('a folder that begins like the public one is not public', async () => {
    await mkdir(join(stage.ground.root, 'publicity'))
    await writeFile(join(stage.ground.root, 'publicity/x.txt'), 'x')
    await stage.expectNothing('/media/publicity/x.txt')
    expect(await stage.statusOf('/mediax/public/open.txt')).toBe(404)
  })
})

describe('threat 3: a guard and a file server that read one path differently', () => {
  it('a token is for the decoded name, however its path is spelled', async () => {
    const url = await stage.files.url('folder/inner.txt')
    for (const spelled of [
      url.replace('folder/inner', 'folder%2Finner'),
      url.replace('folder', '%66older'),
      url.replace('inner', 'inn%65r'),
    ])
      expect((await stage.server.get(spelled)).body.toString()).toBe('inner\n')
  })

  it('nothing is normalised on the way to the file', async () => {
    const url = await stage.files.url('folder/inner.txt')
    for (const spelled of [
      'folder//inner',
      'folder/./inner',
      './folder/inner',
      'x/../folder/inner',
      'Folder/inner',
      'folder/inner%20',
    ])
      await stage.expectNothing(url.replace('folder/inner', spelled))
  })

  it('composed and decomposed letters are two names', async () => {
    await writeFile(join(stage.ground.root, 'e\u0301.txt'), 'decomposed')
    await writeFile(join(stage.ground.root, '\u00e9.txt'), 'composed')
    const url = await stage.files.url('\u00e9.txt')
    expect((await stage.server.get(url)).body.toString()).toBe('composed')
    await stage.expectNothing(url.replace('%C3%A9', 'e%CC%81'))
  })
})

describe('threat 4: links out of the root', () => {
  it('by file, by folder, in steps, absolute or swapped in later: none is followed', async () => {
    await symlink('..', join(stage.ground.root, 'public/up'))
    await symlink('up/..', join(stage.ground.root, 'public/further'))
    await symlink(stage.ground.folder, join(stage.ground.root, 'public/absolute'))
    await symlink('/proc/self', join(stage.ground.root, 'public/proc'))
    for (const name of [
      'out.txt',
      'up/out.txt',
      'further/outside.txt',
      'absolute/outside.txt',
      'proc/environ',
    ])
      await stage.expectNothing(`/media/public/${name}`)
  })

  it('a folder swapped for a link while requests come never shows what lies outside', async () => {
    await mkdir(join(stage.ground.root, 'public/inside'))
    await writeFile(join(stage.ground.root, 'public/inside/outside.txt'), 'inside')
    await symlink('../..', join(stage.ground.root, 'public/trap'))
    const [inside, trap, away] = ['inside', 'trap', 'away'].map((name) =>
      join(stage.ground.root, 'public', name),
    )
    for (let round = 0; round < 60; round++) {
      const asked = Promise.all(
        [1, 2, 3].map(() => stage.server.get('/media/public/inside/outside.txt')),
      )
      await rename(inside ?? '', away ?? '')
      await rename(trap ?? '', inside ?? '')
      await rename(inside ?? '', trap ?? '')
      await rename(away ?? '', inside ?? '')
      for (const reply of await asked) {
        expect(reply.body.toString()).not.toContain(canary)
        expect([200, 404]).toContain(reply.status)
      }
    }
  })

  it('one that stays inside is followed, or refused where the option says so', async () => {
    await symlink('open.txt', join(stage.ground.root, 'public/link.txt'))
    expect(await stage.statusOf('/media/public/link.txt')).toBe(200)
    await stage.restart({
      storage: createLocalStorage({ root: stage.ground.root, symlinks: 'refuse' }),
    })
    await stage.expectNothing('/media/public/link.txt')
  })
})

describe('threat 5: what is no regular file', () => {
  it('a pipe, a socket, a device, a folder: 404 at once, and nothing stays open', async () => {
    const socket = createSocketServer().listen(join(stage.ground.root, 'public/socket'))
    await once(socket, 'listening')
    await symlink('/dev/zero', join(stage.ground.root, 'public/zero'))
    await mkdir(join(stage.ground.root, 'public/folder'))
    for (const name of ['pipe', 'socket', 'zero', 'folder', 'broken'])
      await stage.expectNothing(`/media/public/${name}`)
    socket.close()
    expect(countDescriptors(stage.ground.root)).toBe(0)
    expect(stage.entries.filter(({ level }) => level === 'error')).toEqual([])
  })
})

describe('threat 6: names that mean something to Windows', () => {
  it.each(['CON', 'nul.txt', 'a.txt::$DATA', 'C:x.txt', 'LONGNA~1.TXT', 'dot.', 'blank '])(
    'here %j is just a name',
    async (name) => {
      await writeFile(join(stage.ground.root, name), name)
      expect((await stage.server.get(await stage.files.url(name))).body.toString()).toBe(name)
    },
  )
})

describe('threat 7: NUL and control bytes', () => {
  it.each(['%00', 'a%00.txt', '%0a', '%0d%0aX:%20y', '%7f', '%c2%80', '%1f'])(
    '%s is a 404, never a 500',
    async (path) => {
      await stage.expectNothing(`/media/public/${path}`)
      await stage.expectNothing(`/media/${path}?titofisto_token=${signAnything('x', 'x')}`)
      expect(stage.entries.filter(({ level }) => level === 'error')).toEqual([])
    },
  )
})

describe('threat 37: patterns in names that are deleted or listed', () => {
  it('a name is a name, never a pattern', async () => {
    for (const name of ['*', 'a*', '[a]', '{a,b}', 'ab'])
      await writeFile(join(stage.ground.root, name), name)
    expect(await stage.files.storage.delete('a*')).toBe(true)
    expect(await stage.files.storage.delete('*')).toBe(true)
    expect(await stage.files.storage.delete('?b')).toBe(false)
    const { files: left } = await stage.files.storage.list({ prefix: 'a' })
    expect(left.map(({ name }) => name)).toEqual(['ab'])
    expect(await stage.files.storage.exists('[a]')).toBe(true)
    expect((await stage.files.storage.list({ prefix: '*' })).files).toEqual([])
  })
})

describe('threat 38: error texts that tell paths', () => {
  it('no answer, error or explanation holds an absolute path', async () => {
    const said: string[] = []
    for (const path of [
      '/media/x',
      '/media/public/out.txt',
      '/media/public/broken',
      `/media/${stage.ground.root}`,
    ]) {
      const reply = await stage.server.get(path)
      said.push(reply.headers.join('\n'), reply.body.toString())
      said.push(JSON.stringify(await stage.files.explain(path)))
    }
    for (const act of [
      () => stage.files.url('gone.txt'),
      () => stage.files.url('../x'),
      () => stage.files.storage.save('ten.bin/below', 'x'),
      () => stage.files.storage.save('ten.bin', 'x', { onTaken: 'refuse' }),
      () => stage.files.storage.move('gone', 'x'),
    ])
      said.push(await act().then(String, String))
    await rm(stage.ground.root, { recursive: true })
    said.push(await stage.files.storage.save('x', 'x').then(String, String))
    for (const text of said) expect(text).not.toContain(stage.ground.folder)
  })
})

describe('promise 3: no byte outside of the root is served or written', () => {
  it('not by any way of saving either', async () => {
    await symlink(stage.ground.folder, join(stage.ground.root, 'way-out'))
    for (const name of [
      '../new.txt',
      '/etc/new.txt',
      'way-out/new.txt',
      'a/../../new.txt',
      'out.txt/x',
    ]) {
      await stage.files.storage.save(name, 'x').catch(() => {})
      await stage.files.storage.copy('ten.bin', name).catch(() => {})
      await stage.files.storage.move('big.bin', name).catch(() => {})
    }
    // Over a link that leads out: the link gives way, what it leads to stays.
    await stage.files.storage.save('out.txt', 'new', { onTaken: 'replace' })
    expect((await readdir(stage.ground.folder)).toSorted()).toEqual([
      'outside.txt',
      'root',
      'root-sibling',
    ])
    expect(await readFile(join(stage.ground.folder, 'outside.txt'), 'utf8')).toBe(canary)
  })
})
