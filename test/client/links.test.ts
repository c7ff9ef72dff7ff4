// Links that renew themselves: the life of real tokens, and real servers that say when it is over.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { refreshing } from '../../src/client/index.ts'
import { readLifeSeconds, readTerms } from '../../src/client/link-life.ts'
import { createTitofisto } from '../../src/index.ts'
import { createDeferred } from '../support/deferred.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

let server: UploadServer
let nowMs: number

beforeEach(async () => {
  nowMs = Date.now()
  server = await startUploadServer({ options: { now: () => nowMs } })
  await writeFile(join(server.root, 'a b.txt'), 'Hello')
})

afterEach(() => server.close())

const seconds = () => Math.floor(nowMs / 1000)

describe('the life of a link', () => {
  it('is what its token says, whatever else it says', async () => {
    const url = await server.files.url('a b.txt', { expiresIn: 600, download: 'e1.e2.txt' })
    expect(readTerms(url)).toEqual({ issuedSeconds: seconds(), lifeSeconds: 600 })
    expect(readTerms(`${url}#e9`)).toEqual(readTerms(url))
    expect(readTerms(url.slice(0, -1)).lifeSeconds).toBe(0)
    expect(await readLifeSeconds(url, seconds() + 100)).toBe(500)
  })

  it('is no longer than that where our clock is late', async () => {
    const url = await server.files.url('a b.txt', { expiresIn: 600 })
    expect(await readLifeSeconds(url, seconds() - 5000)).toBe(600)
  })

  it('is asked of the server where our clock must be wrong, or the token does not say', async () => {
    const told = await server.files.url('a b.txt', { expiresIn: 600 })
    const untold = await server.files.url('a b.txt')
    nowMs += 100_000
    expect(await readLifeSeconds(told, seconds() + 5000)).toBe(500)
    expect(await readLifeSeconds(untold, seconds())).toBe(3500)
    nowMs += 3_600_000
    expect(await readLifeSeconds(untold, seconds())).toBe(0)
  })

  it('is not known where nobody tells', async () => {
    const url = await server.files.url('a b.txt', { cache: 'no-store' })
    expect(await readLifeSeconds(url, seconds())).toBeNull()
    expect(await readLifeSeconds('http://127.0.0.1:1/x', seconds())).toBeNull()
  })

  it("is read of Django's tokens by asking", async () => {
    const django = createTitofisto({
      secret: 'a secret for tests, 32 bytes and more',
      storage: server.files.storage,
      interop: 'django',
    })
    expect(readTerms(await django.url('a b.txt')).lifeSeconds).toBe(0)
    await django.close()
  })
})

describe('refreshing()', () => {
  const mint = (expiresIn: number) => server.files.url('a b.txt', { expiresIn })

  it('asks for nothing until somebody does, or listens', async () => {
    let asked = 0
    const link = refreshing(await mint(600), () => {
      asked += 1
      return mint(600)
    })
    expect(await link.fresh()).toBe(link.url)
    expect(asked).toBe(0)
  })

  it('gives another one where the last has not long to live, and asks once for all who ask', async () => {
    let asked = 0
    nowMs -= 595_000
    const first = await mint(600)
    nowMs += 595_000
    const link = refreshing(first, () => {
      asked += 1
      return mint(600)
    })
    const [one, other] = await Promise.all([link.fresh(), link.fresh()])
    expect(one).toBe(other)
    expect(one).not.toBe(first)
    expect(link.url).toBe(one)
    expect(asked).toBe(1)
    expect((await fetch(one)).status).toBe(200)
  })

  it('renews by itself while somebody listens, and no longer', async () => {
    let asked = 0
    const twice = createDeferred()
    const link = refreshing(
      '/first',
      () => {
        asked += 1
        return { url: `/link-${asked}`, expiresIn: 0.05 }
      },
      { lifeSeconds: 0.05 },
    )
    const heard: string[] = []
    const stop = link.onChange((url) => {
      heard.push(url)
      if (heard.length === 2) twice.resolve()
    })
    await twice.promise
    stop()
    expect(heard).toEqual(['/link-1', '/link-2'])
    const before = asked
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(asked).toBe(before)
  })

  it('tries again where a renewal failed, and says so', async () => {
    let asked = 0
    const renewed = createDeferred<string>()
    const errors: unknown[] = []
    const link = refreshing(
      '/first',
      () => {
        asked += 1
        if (asked === 1) throw new Error('no network')
        return '/second'
      },
      { lifeSeconds: 0.01, onError: (error) => errors.push(error) },
    )
    const stop = link.onChange(renewed.resolve)
    expect(await renewed.promise).toBe('/second')
    stop()
    expect(String(errors)).toContain('no network')
  })

  it.each([
    ['fails', () => Promise.reject(new Error('no network'))],
    ['gives links that are over already', () => ({ url: '/over', expiresIn: 0 })],
  ])('asks a server that %s later and later', async (_, getUrl) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    let asked = 0
    const count = (): ReturnType<typeof getUrl> => {
      asked += 1
      return getUrl()
    }
    const stop = refreshing('/first', count, { lifeSeconds: 0 }).onChange(() => {})
    await vi.advanceTimersByTimeAsync(3_600_000)
    stop()
    vi.useRealTimers()
    // Every fifteen seconds in the end.
    expect(asked).toBeGreaterThan(200)
    expect(asked).toBeLessThan(260)
  })

  it('rejects where a link that is asked for can not be had', async () => {
    const link = refreshing('/first', () => Promise.reject(new Error('no network')), {
      lifeSeconds: 0,
    })
    await expect(link.fresh()).rejects.toThrow('no network')
  })
})
