// What a link's options say under its signature, and for how long it stays the same.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLocalStorage } from '../storage/local/local.ts'
import { createTitofisto } from '../titofisto.ts'
import type { TitofistoOptions } from '../titofisto-options.ts'
import { maxLifetimeSeconds } from '../token/policy.ts'
import type { UrlOptions } from './link.ts'

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

describe('the terms of a link', () => {
  it.each([
    [{ expiresIn: 0 }, RangeError, 'expiresIn'],
    [{ expiresIn: -1 }, RangeError, 'expiresIn'],
    [{ expiresIn: 1.5 }, RangeError, 'expiresIn'],
    [{ expiresIn: Number.NaN }, RangeError, 'expiresIn'],
    [{ expiresIn: Infinity }, RangeError, 'expiresIn'],
    [{ expiresIn: maxLifetimeSeconds + 1 }, RangeError, 'expiresIn'],
    [{ expiresIn: '600' }, TypeError, 'expiresIn'],
    [{ stableSeconds: -1 }, RangeError, 'stableSeconds'],
    [{ download: '' }, TypeError, 'download'],
    [{ download: false }, TypeError, 'download'],
    [{ download: 5 }, TypeError, 'download'],
    [{ inline: '' }, TypeError, 'inline'],
    [{ download: true, inline: true }, TypeError, 'download'],
    [{ contentType: 'png' }, TypeError, 'contentType'],
    [{ contentType: 'a/b\r\nX: y' }, TypeError, 'contentType'],
    [{ bind: 5 }, TypeError, 'bind'],
    [{ cache: 'public' }, TypeError, 'cache'],
    [{ cache: true }, TypeError, 'cache'],
    [{ origin: 'app.example' }, TypeError, 'origin'],
    [{ bind: '\ud800' }, TypeError, 'bind'],
    [{ tokenFormat: 'jwt' }, TypeError, 'tokenFormat'],
    [{ tokenFormat: 'django' }, TypeError, 'tokenFormat'],
    [{ expires: 5 }, TypeError, 'expiresIn'],
    [null, TypeError, 'options'],
  ] as const)('%j are refused, naming the option', async (options, kind, named) => {
    const url = create().url('a.png', options as unknown as UrlOptions)
    await expect(url).rejects.toThrow(kind)
    await expect(url).rejects.toThrow(named)
  })

  it.each(['download', 'inline'] as const)(
    'hold a name for %s that browsers can save under, of whatever text',
    async (option) => {
      const files = create()
      async function disposition(name: string) {
        const url = await files.url('a.png', { [option]: name })
        const { headers, status } = await files.fetch(new Request(`http://localhost${url}`))
        expect(status).toBe(200)
        return headers.get('content-disposition')
      }
      const kind = option === 'download' ? 'attachment' : 'inline'
      expect(await disposition('Statistics Q3 / 2025.pdf')).toBe(
        `${kind}; filename="Statistics Q3 _ 2025.pdf"`,
      )
      expect(await disposition(`${'x'.repeat(260)}.pdf`)).toBe(
        `${kind}; filename="${'x'.repeat(251)}.pdf"`,
      )
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }),
          async (name) => {
            expect(await disposition(name)).toContain(`${kind}; filename="`)
          },
        ),
        { numRuns: 50 },
      )
    },
  )

  it.each([
    [{}, 'private, max-age=3600, immutable'],
    [{ cache: 'private' }, 'private, max-age=3600, immutable'],
    [{ cache: 'no-store' }, 'no-store'],
    [{ bind: 'u1' }, 'no-store'],
    [{ bind: 'u1', cache: 'no-store' }, 'no-store'],
    [{ bind: 'u1', cache: 'private', expiresIn: 60 }, 'private, max-age=60, immutable'],
  ] as const)('say who may keep the file: %j', async (options, cacheControl) => {
    const files = create({ bindOf: () => 'u1' })
    const url = `http://localhost${await files.url('a.png', options)}`
    const whole = await files.fetch(new Request(url))
    expect(whole.status).toBe(200)
    // And whoever has it already.
    const headers = { 'If-None-Match': whole.headers.get('etag') ?? '' }
    const again = await files.fetch(new Request(url, { headers }))
    expect(again.status).toBe(304)
    for (const answer of [whole, again])
      expect(answer.headers.get('cache-control')).toBe(cacheControl)
  })

  it('say it under the signature: nobody turns one into the other', async () => {
    const files = create()
    const url = await files.url('a.png', { cache: 'no-store' })
    expect(url).toContain('.cn.')
    expect((await files.explain(url)).works).toBe(true)
    for (const changed of [url.replace('.cn.', '.cp.'), url.replace('.cn.', '.')])
      expect((await files.explain(changed)).works).toBe(false)
  })

  it("are refused where Django's token can't carry them", async () => {
    const files = create({ interop: 'django' })
    expect(await files.url('a.png')).toMatch(/\?titofisto_token=[0-9A-Za-z]+:[\w-]{43}$/)
    await expect(files.url('a.png', { expiresIn: 5 })).rejects.toThrow(/expiresIn.*native/)
    await expect(files.url('a.png', { cache: 'no-store' })).rejects.toThrow(/cache.*native/)
    expect(await files.url('a.png', { expiresIn: 5, tokenFormat: 'native' })).toMatch(
      /=[0-9A-Za-z]+\.e5\.[\w-]{43}$/,
    )
  })
})

describe('a stable URL', () => {
  it('stays the same for its window, and never lives shorter than promised', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(100_000), fc.integer({ min: 1, max: 5000 }), async (offset, life) => {
        let nowMs = signedMs + offset * 1000
        const files = create({ now: () => nowMs, stableSeconds: 300 })
        const url = await files.url('a.png', { expiresIn: life })
        nowMs += life * 1000
        expect((await files.explain(url)).works).toBe(true)
        nowMs += 301_000
        expect((await files.explain(url)).reason).toBe('expired')
      }),
      { numRuns: 30 },
    )
  })

  it('changes about once in its window: 60 pages in an hour show a file under few URLs', async () => {
    let nowMs = signedMs
    const files = create({ now: () => nowMs, stableSeconds: 600 })
    const urls = new Set<string>()
    for (let minute = 0; minute < 60; minute++) {
      urls.add(await files.url('a.png'))
      nowMs += 60_000
    }
    expect(urls.size).toBeGreaterThanOrEqual(6)
    expect(urls.size).toBeLessThanOrEqual(7)
  })

  it('can be asked for by one link alone', async () => {
    let nowMs = signedMs
    const files = create({ now: () => nowMs })
    const urls = new Set<string>()
    for (let second = 0; second < 10; second++) {
      urls.add(await files.url('a.png', { stableSeconds: 100_000 }))
      nowMs += 1000
    }
    expect(urls.size).toBeLessThanOrEqual(2)
  })
})
