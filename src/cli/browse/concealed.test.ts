import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
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
})
