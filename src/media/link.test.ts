import { writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLocalStorage } from '../storage/local/local.ts'
import type { Storage } from '../storage/storage.ts'
import { createTitofisto } from '../titofisto.ts'
import type { TitofistoOptions } from '../titofisto-options.ts'

const secret = 'a secret for tests, 32 bytes and more'
const signedMs = 1_700_000_000_000
let root = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'titofisto-link-'))
  await mkdir(join(root, 'public'))
  await mkdir(join(root, 'upload/x'), { recursive: true })
  for (const name of ['a.png', 'b.png', 'é ?#&%.txt', 'public/a b.png', "~!*()'.txt"])
    await writeFile(join(root, name), name)
})

afterAll(() => rm(root, { recursive: true, force: true }))

function create(options: Partial<TitofistoOptions> = {}) {
  return createTitofisto({
    secret,
    storage: createLocalStorage({ root }),
    now: () => signedMs,
    ...options,
  })
}

/** A storage whose files all seem to have been still for long, so that they are kept in memory. */
function createStillStorage() {
  const local = createLocalStorage({ root })
  const state = { isUnchanged: true }
  const storage: Storage = {
    ...local,
    async open(name) {
      const opened = await local.open(name)
      return opened && { ...opened, facts: { ...opened.facts, changedMs: 0 } }
    },
    isUnchanged: () => state.isUnchanged,
  }
  return { storage, state }
}

const tokenForm = /^[0-9A-Za-z]+(?:\.[bcdeit][A-Za-z0-9_-]*)*\.[A-Za-z0-9_-]{43}$/

describe('a URL', () => {
  it('is the place, the name, and a token', async () => {
    const [place, token] = (await create().url('a.png')).split('?titofisto_token=')
    expect(place).toBe('/media/a.png')
    expect(token).toMatch(tokenForm)
  })

  it('percent-encodes a name once, so that nothing in it ends the path', async () => {
    expect(await create().url('é ?#&%.txt')).toMatch(
      /^\/media\/%C3%A9%20%3F%23%26%25\.txt\?titofisto_token=/,
    )
    // What ends a URL in CSS, in Markdown or between single quotes, is encoded too.
    expect(await create().url("~!*()'.txt")).toMatch(/^\/media\/~%21%2A%28%29%27\.txt\?/)
  })

  it('is for the file as it is now, though a request saw another in this turn of the loop', async () => {
    const { storage, state } = createStillStorage()
    const files = create({ storage })
    // A look is good for a millisecond at most: many rounds, so that some fall into it.
    for (let round = 0; round < 50; round++) {
      const request = new Request(`http://localhost${await files.url('b.png')}`)
      for (let time = 0; time < 3; time++) expect((await files.fetch(request)).status).toBe(200)
      // At once, and the link right after it: nothing here lets the turn end.
      writeFileSync(join(root, 'b.png'), 'x'.repeat(round + 10))
      state.isUnchanged = false
      const url = await files.url('b.png')
      await new Promise(setImmediate)
      const answer = await files.fetch(new Request(`http://localhost${url}`))
      expect((await answer.text()).length).toBe(round + 10)
      expect((await files.fetch(request)).status).toBe(404)
      state.isUnchanged = true
    }
  })

  it('begins with mediaUrl, and has the parameter of the option', async () => {
    const files = create({ mediaUrl: 'https://files.example/m/', param: 't' })
    expect(await files.url('a.png')).toMatch(/^https:\/\/files\.example\/m\/a\.png\?t=/)
  })

  it('needs no token in the public namespace', async () =>
    expect(await create().url('public/a b.png')).toBe('/media/public/a%20b.png'))

  it.each(['download', 'inline', 'contentType', 'bind', 'cache'] as const)(
    'of a public file carries no %s, and says so',
    async (option) => {
      const values = { contentType: 'image/png', cache: 'private' }
      const value = option in values ? values[option as keyof typeof values] : 'x'
      await expect(create().url('public/a b.png', { [option]: value })).rejects.toThrow(
        `url(): option "${option}" has no effect`,
      )
    },
  )

  it('is not made for what is no regular file', async () => {
    for (const name of ['gone.png', 'upload', 'upload/x'])
      await expect(create().url(name)).rejects.toMatchObject({ code: 'file-missing' })
  })

  // Weaknesses `public-url-dotdot`, `names-that-never-work`, `surrogate-name`.
  it.each([
    '',
    '.',
    '..',
    '../a.png',
    './a.png',
    'public/../a.png',
    'x/../a.png',
    '/a.png',
    'a//b',
    'a/',
    'a\\b',
    'a\nb',
    'a\0b',
    'a\ud800',
    'a'.repeat(1025),
  ])('is not made for %j, which is no file name', async (name) =>
    expect(create().url(name)).rejects.toMatchObject({ code: 'name-invalid' }),
  )

  it('is not made for a value that is no string', async () => {
    const wrong: readonly unknown[] = [undefined, null, 5, {}, ['a.png']]
    for (const name of wrong)
      await expect(create().url(name as string)).rejects.toMatchObject({
        code: 'name-invalid',
      })
  })
})
