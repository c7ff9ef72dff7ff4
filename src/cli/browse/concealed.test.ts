import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createIsShown } from './concealed.ts'

const root = mkdtempSync(path.join(tmpdir(), 'titofisto-concealed-'))
mkdirSync(path.join(root, 'Own state'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('a name that the owner’s page shows', () => {
  const isShown = createIsShown(root, [path.join(root, 'Own state'), path.join(root, 'a/key.pem')])

  it.each(['a.txt', 'photos/', 'photos/2026/ä b.jpg', 'Own states/a.txt', 'a/key.pem.txt'])(
    '%s is one',
    (name) => {
      expect(isShown(name)).toBe(true)
    },
  )

  it.each([
    '',
    '/',
    '.env',
    '.git/',
    'a/.ssh/id',
    'a/../b',
    '../a',
    '/etc/passwd',
    'a\nb',
    'a\\b',
    '.titofisto/spool/x',
    '.TITOFISTO/',
    'Own state/',
    'Own state/secret',
    'OWN STATE/secret',
    'a/key.pem',
  ])('%j is none', (name) => {
    expect(isShown(name)).toBe(false)
  })

  it('is not kept back by what lies elsewhere', () => {
    expect(createIsShown(root, [path.dirname(root), '/etc/ssl'])('a.txt')).toBe(true)
  })

  it('is kept back where it is a link to what is the server’s own, or leads there over another', () => {
    const folder = mkdtempSync(path.join(root, 'links-'))
    mkdirSync(path.join(folder, 'keys'))
    writeFileSync(path.join(folder, 'keys/real'), 'x')
    symlinkSync('keys/real', path.join(folder, 'between'))
    symlinkSync('between', path.join(folder, 'secret'))
    symlinkSync('loop', path.join(folder, 'loop'))
    const own = ['secret', 'loop'].map((name) => path.join(folder, name))
    const shows = createIsShown(folder, own)
    for (const name of ['secret', 'between', 'keys/real', 'loop']) expect(shows(name)).toBe(false)
    expect(shows('keys/')).toBe(true)
  })

  it('is kept back where it is made later, in a folder that is served by a link to it', () => {
    const folder = mkdtempSync(path.join(root, 'late-'))
    const link = `${folder}-link`
    symlinkSync(folder, link)
    expect(createIsShown(link, [path.join(link, 'state/server')])('state/server/a')).toBe(false)
  })
})
