import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage } from '../storage/local/local.ts'
import { createTitofisto } from '../titofisto.ts'
import type { TitofistoOptions } from '../titofisto-options.ts'
import { createKeyring } from '../token/keyring.ts'
import { signNativeToken } from '../token/native.ts'

const secret = 'a secret for tests, 32 bytes and more'
const startMs = 1_700_000_000_000
let root = ''
let nowMs = startMs

beforeEach(async () => {
  nowMs = startMs
  root = await mkdtemp(join(tmpdir(), 'titofisto-explain-'))
  await mkdir(join(root, 'public'))
  for (const name of ['a.txt', 'public/b.txt']) {
    await writeFile(join(root, name), 'text')
    await utimes(join(root, name), 1_690_000_000, 1_690_000_000)
  }
})

afterEach(() => rm(root, { recursive: true, force: true }))

function create(options: Partial<TitofistoOptions> = {}) {
  const storage = createLocalStorage({ root })
  return createTitofisto({ secret, storage, now: () => nowMs, ...options })
}

describe('explain', () => {
  it('says of a good link that it works, and until when', async () => {
    const files = create()
    expect(await files.explain(await files.url('a.txt', { expiresIn: 600 }))).toEqual({
      works: true,
      reason: 'valid',
      name: 'a.txt',
      issuedAt: new Date(startMs),
      expiresAt: new Date(startMs + 600_000),
      message: 'The link works for another 10 min.',
      advice: 'Nothing to do.',
    })
  })

  it('takes a whole URL of any host, with blanks around it', async () => {
    const files = create()
    const url = await files.url('a.txt')
    expect((await files.explain(` https://files.example${url}\n`)).works).toBe(true)
  })

  it.each([
    ['/app/media/', '/'],
    ['https://files.example/app/media/', '/media/'],
    ['/média/', '/files/'],
  ])(
    'takes a link to %s as clients have it, and as the server at %s is asked',
    async (mediaUrl, mountPath) => {
      const files = create({ mediaUrl, mountPath })
      const url = await files.url('a.txt')
      expect((await files.explain(url)).works).toBe(true)
      expect((await files.explain(mountPath + url.slice(url.indexOf('a.txt')))).works).toBe(true)
    },
  )

  it('says since when a link is expired', async () => {
    const files = create()
    const url = await files.url('a.txt', { expiresIn: 10 })
    nowMs += 100_000
    expect(await files.explain(url)).toMatchObject({
      works: false,
      reason: 'expired',
      message: 'The token expired 90 s ago.',
    })
  })

  it('tells of clocks that differ', async () => {
    const files = create()
    nowMs += 100_000
    const url = await files.url('a.txt')
    nowMs = startMs
    expect(await files.explain(url)).toMatchObject({
      reason: 'from-the-future',
      message: 'The token was signed 100 s in the future.',
    })
  })

  it('tells that the file changed, and that it is gone', async () => {
    const files = create()
    const url = await files.url('a.txt')
    await utimes(join(root, 'a.txt'), startMs / 1000 + 5, startMs / 1000 + 5)
    expect((await files.explain(url)).reason).toBe('file-changed')
    await rm(join(root, 'a.txt'))
    expect((await files.explain(url)).reason).toBe('file-missing')
  })

  it.each([
    ['/elsewhere/a.txt', 'foreign'],
    ['/media/a.txt', 'malformed'],
    ['/media/../a.txt?titofisto_token=x', 'malformed'],
    ['/media/a.txt?titofisto_token=x', 'malformed'],
    [`/media/a.txt?titofisto_token=1r31eq.${'a'.repeat(43)}`, 'bad-signature'],
    [`/media/a.txt?titofisto_token=1r31eq:${'a'.repeat(43)}`, 'malformed'],
    ['/media/public/gone.txt', 'file-missing'],
    ['', 'foreign'],
    ['not a url', 'foreign'],
    ['http://[', 'foreign'],
  ])('says of %j: %s', async (url, reason) => {
    const explanation = await create().explain(url)
    expect(explanation).toMatchObject({ works: false, reason })
    expect(explanation.message).toMatch(/\.$/)
    expect(explanation.advice).toMatch(/\.$/)
  })

  it('says that a public file needs no token', async () =>
    expect(await create().explain('/media/public/b.txt')).toMatchObject({
      works: true,
      reason: 'public',
    }))

  it('tells another secret, and a rotated one, apart', async () => {
    const other = 'another secret for tests, 32 bytes and more'
    const url = await create({ secret: other }).url('a.txt')
    expect((await create().explain(url)).reason).toBe('bad-signature')
    expect((await create({ secret: [secret, other] }).explain(url)).works).toBe(true)
  })

  it('tells a token of another purpose (threat 13)', async () => {
    const storage = createLocalStorage({ root })
    const facts = await storage.stat('a.txt')
    const token = signNativeToken(
      createKeyring([secret], 'slot'),
      { name: 'a.txt', version: facts?.version ?? '' },
      startMs / 1000,
      {},
    )
    expect((await create().explain(`/media/a.txt?titofisto_token=${token}`)).reason).toBe(
      'wrong-purpose',
    )
  })

  it('of a bound link is what the server does: it takes none without the option bindOf', async () => {
    for (const options of [{}, { bindOf: () => 'u1' }]) {
      const files = create(options)
      const url = await files.url('a.txt', { bind: 'u1' })
      const { status } = await files.fetch(new Request(`http://localhost${url}`))
      const { works, reason, advice, expiresAt } = await files.explain(url, { bind: 'u1' })
      expect(works).toBe(status === 200)
      expect(expiresAt).toBeInstanceOf(Date)
      if (works) continue
      expect(reason).toBe('policy')
      expect(advice).toContain('bindOf')
    }
  })

  it('asks for the value of a bound link', async () => {
    const files = create({ bindOf: () => 'user 15' })
    const url = await files.url('a.txt', { bind: 'user 15' })
    expect((await files.explain(url)).reason).toBe('policy')
    expect((await files.explain(url, { bind: 'user 15' })).works).toBe(true)
    expect((await files.explain(url, { bind: 'user 16' })).works).toBe(false)
  })

  it('never shows a secret, a token or an absolute path', async () => {
    const files = create()
    const url = await files.url('a.txt')
    const token = url.split('=')[1] ?? ''
    for (const each of [url, `${url}x`, url.replace('a.txt', 'b.txt'), '/media/x']) {
      const said = JSON.stringify(await files.explain(each))
      for (const hidden of [secret, token, root]) expect(said).not.toContain(hidden)
    }
  })
})
