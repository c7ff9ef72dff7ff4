// The client in a real Chromium, on a page of another origin than the slot's: by XMLHttpRequest, with
// connections, pages and networks that are really cut.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SlotRejection } from '../../src/index.ts'
import { noChromium, openChromium, startPageServer } from '../support/chromium.ts'
import type { PageServer } from '../support/chromium.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import { createDeferred } from '../support/deferred.ts'
import { startLine } from '../support/line.ts'
import { createSharedGround, startServerProcess } from '../support/upload-server-process.ts'
import { bytesOf, sha256Of } from './own-files.ts'
import { startSlotSite } from './slot-site.ts'
import type { SlotSite } from './slot-site.ts'

const mebibyte = 1024 * 1024

interface Outcome {
  readonly result?: unknown
  readonly name?: string
  readonly code?: string
  readonly message?: string
  readonly limit?: number
}

interface Seen {
  readonly state: string
  readonly sentBytes: number
  readonly code?: string
}

describe('upload() in Chromium', () => {
  let browser: Browser | null
  let pages: PageServer
  let site: SlotSite
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    browser = await openChromium()
    pages = await startPageServer(new URL('../pages/client.mjs', import.meta.url))
  })

  afterAll(async () => {
    await browser?.close()
    await pages.close()
  })

  beforeEach(async ({ skip }) => {
    if (browser === null) return skip(noChromium)
    site = await startSlotSite()
    context = await browser.newContext()
    page = await openPage()
  })

  afterEach(async () => {
    await context?.close()
    await site?.close()
  })

  async function openPage(): Promise<Page> {
    const opened = await context.newPage()
    await load(opened)
    return opened
  }

  async function load(opened: Page): Promise<void> {
    await opened.goto(pages.url)
    await opened.waitForFunction('globalThis.isReady')
  }

  async function begin(
    url: string,
    file: Record<string, unknown>,
    options: Record<string, unknown> = {},
    where = page,
  ): Promise<void> {
    const args = [url, file, options].map((arg) => JSON.stringify(arg)).join(', ')
    await where.evaluate(`begin(${args})`)
  }

  const outcome = (where = page): Promise<Outcome> => where.evaluate('outcome')
  const seen = (): Promise<Seen[]> => page.evaluate('seen')

  function sentAtLeast(bytes: number, where = page): Promise<unknown> {
    return where.waitForFunction(`seen.some(({ sentBytes }) => sentBytes >= ${bytes})`)
  }

  /** Lets no more than a mebibyte out in a second. */
  async function slowDown(): Promise<void> {
    const session = await context.newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 50,
      downloadThroughput: mebibyte,
      uploadThroughput: mebibyte,
    })
  }

  it('tells how far it really is, while it sends', async () => {
    const { url } = await site.mint()
    await slowDown()
    await begin(url, { sizeBytes: 2 * mebibyte })
    expect(await outcome()).toMatchObject({ result: { sha256: sha256Of(2 * mebibyte) } })
    const steps = (await seen()).map(({ sentBytes }) => sentBytes)
    expect(steps.some((sentBytes) => sentBytes > 0 && sentBytes < 2 * mebibyte)).toBe(true)
    expect(steps).toEqual(steps.toSorted((one, other) => one - other))
    expect((await seen()).at(-1)).toMatchObject({ state: 'handling', sentBytes: 2 * mebibyte })
    expect(site.asked).toEqual(['PATCH 0 empty', 'PATCH 0'])
  })

  it('sends a small file in one request, and fields as a form', async () => {
    const { url } = await site.mint()
    await begin(url, { sizeBytes: 1000, name: 'Größe 日本.bin' })
    expect(await outcome()).toMatchObject({ result: { name: 'Größe 日本.bin', sizeBytes: 1000 } })
    const form = await site.mint({ handler: ({ fields }) => [...fields] })
    await begin(form.url, { sizeBytes: 2 * mebibyte }, { fields: { note: 'größer' } })
    expect(await outcome()).toEqual({ result: [['note', 'größer']] })
    expect(site.asked).toEqual(['PUT', 'POST'])
  })

  it('says a refusal in words, before a byte is sent', async () => {
    const { url } = await site.mint({ maxBytes: 5 * mebibyte })
    await begin(url, { sizeBytes: 6 * mebibyte }, { language: 'de' })
    expect(await outcome()).toMatchObject({
      code: 'upload-too-large',
      limit: 5 * mebibyte,
      message: 'Das ist zu viel: bitte höchstens 5 MB.',
    })
    expect((await seen()).every(({ sentBytes }) => sentBytes === 0)).toBe(true)
    const rejecting = await site.mint({
      handler() {
        throw new SlotRejection('Not this film.')
      },
    })
    await begin(rejecting.url, { sizeBytes: 2 * mebibyte })
    expect(await outcome()).toMatchObject({ code: 'upload-rejected', message: 'Not this film.' })
  })

  it.each([1000, 3 * mebibyte])(
    'asks for an answer that was lost; the handler runs once (%i bytes)',
    async (sizeBytes) => {
      let runs = 0
      const { url } = await site.mint({
        handler() {
          runs += 1
          site.server.closeAllConnections()
          return { runs }
        },
      })
      await begin(url, { sizeBytes })
      expect(await outcome()).toEqual({ result: { runs: 1 } })
      expect(runs).toBe(1)
    },
  )

  it('gets the lost answer of a form, too, that is sent once more', async () => {
    // Cut, since Chromium sends once more by itself where only a connection breaks.
    const line = await startLine(Number(new URL(site.origin).port))
    try {
      let runs = 0
      const minted = await site.mint({
        handler() {
          runs += 1
          line.cut()
          return { runs }
        },
      })
      const url = minted.url.replace(site.origin, `http://127.0.0.1:${line.port}`)
      const form = { fields: { note: 'A film' }, retries: 0 }
      await begin(url, { sizeBytes: 1000 }, form)
      expect(await outcome()).toMatchObject({ code: 'network-failed' })
      line.mend()
      await load(page)
      await begin(url, { sizeBytes: 1000 }, { fields: { note: 'Another film' } })
      expect(await outcome()).toMatchObject({ code: 'slot-missing' })
      await begin(url, { sizeBytes: 1000 }, form)
      expect(await outcome()).toEqual({ result: { runs: 1 } })
      expect(runs).toBe(1)
    } finally {
      line.close()
    }
  })

  it('goes on after the network was cut, and came back', async () => {
    const line = await startLine(Number(new URL(site.origin).port))
    try {
      const { url } = await site.mint()
      const third = site.hold(`PATCH ${8 * mebibyte}`)
      await begin(
        url.replace(site.origin, `http://127.0.0.1:${line.port}`),
        { sizeBytes: 16 * mebibyte },
        { maxRequestBytes: 4 * mebibyte },
      )
      await third.reached
      line.cut()
      third.release()
      await page.waitForFunction("seen.some(({ code }) => code === 'network-failed')")
      line.mend()
      expect(await outcome()).toMatchObject({ result: { sha256: sha256Of(16 * mebibyte) } })
      expect(site.asked.filter((request) => request === 'PATCH 0')).toHaveLength(1)
      expect(site.handled).toHaveLength(1)
    } finally {
      line.close()
    }
  })

  it('waits while the browser is offline, however few its tries, and goes on at once', async () => {
    const { url } = await site.mint()
    const held = site.hold(`PATCH ${mebibyte}`)
    const options = { maxRequestBytes: mebibyte, retries: 0 }
    await begin(url, { sizeBytes: 3 * mebibyte }, { ...options, retryDelayMs: 600_000 })
    await held.reached
    await context.setOffline(true)
    // What goes over a connection of this machine is not broken off by that alone.
    site.server.closeAllConnections()
    await page.waitForFunction("seen.some(({ state }) => state === 'waiting')")
    await context.setOffline(false)
    held.release()
    expect(await outcome()).toMatchObject({ result: { sha256: sha256Of(3 * mebibyte) } })
  })

  it('counts a connection on which nothing moves as lost', async () => {
    const { url } = await site.mint()
    const held = site.hold(`PATCH ${mebibyte}`)
    const options = { maxRequestBytes: mebibyte, stallSeconds: 1 }
    await begin(url, { sizeBytes: 2 * mebibyte }, options)
    await held.reached
    expect(await outcome()).toMatchObject({ result: { sha256: sha256Of(2 * mebibyte) } })
    held.release()
    expect(site.asked).toContain('HEAD')
  })

  it('goes on after its page was loaded again, and the file chosen again', async () => {
    const { url } = await site.mint()
    const file = { sizeBytes: 4 * mebibyte }
    const third = site.hold(`PATCH ${2 * mebibyte}`)
    await begin(url, file, { maxRequestBytes: mebibyte })
    await third.reached
    await load(page)
    third.release()
    const before = site.asked.length
    await begin(url, file, { maxRequestBytes: mebibyte })
    expect(await outcome()).toMatchObject({ result: { sha256: sha256Of(4 * mebibyte) } })
    const resumed = site.asked.slice(before)
    for (const done of ['PATCH 0', `PATCH ${mebibyte}`]) expect(resumed).not.toContain(done)
  })

  it('gets the answer that was lost by a reload', async () => {
    let runs = 0
    const started = createDeferred()
    const reloaded = createDeferred()
    const { url, id } = await site.mint({
      async handler() {
        runs += 1
        started.resolve()
        await reloaded.promise
        return { runs }
      },
    })
    const file = { sizeBytes: 2 * mebibyte }
    await begin(url, file, { maxRequestBytes: mebibyte })
    await started.promise
    await load(page)
    reloaded.resolve()
    await begin(url, file, { maxRequestBytes: mebibyte })
    expect(await outcome()).toEqual({ result: { runs: 1 } })
    expect((await site.files.slots.status(id))?.state).toBe('done')
  })

  it('begins anew with another file, after a reload', async () => {
    const { url } = await site.mint()
    const third = site.hold(`PATCH ${2 * mebibyte}`)
    await begin(url, { sizeBytes: 4 * mebibyte }, { maxRequestBytes: mebibyte })
    await third.reached
    await load(page)
    third.release()
    await begin(url, { sizeBytes: 4 * mebibyte, seed: 8 }, { maxRequestBytes: mebibyte })
    expect(await outcome()).toMatchObject({ result: { sha256: sha256Of(4 * mebibyte, 8) } })
    expect(site.handled).toHaveLength(1)
  })

  it('in two windows on one slot: one is handled, the other told so, and no byte is mixed', async () => {
    const { url } = await site.mint()
    const other = await openPage()
    const held = site.hold('PATCH 0')
    await begin(url, { sizeBytes: 3 * mebibyte })
    await held.reached
    await begin(url, { sizeBytes: 3 * mebibyte, seed: 8 }, {}, other)
    held.release()
    const outcomes = await Promise.all([outcome(), outcome(other)])
    const winner = outcomes.findIndex(({ result }) => result !== undefined)
    const loser = outcomes[1 - winner]
    expect(outcomes[winner]?.result).toMatchObject({
      sha256: sha256Of(3 * mebibyte, winner === 0 ? 7 : 8),
    })
    expect(['slot-missing', 'upload-other-file']).toContain(loser?.code)
    expect(site.handled).toHaveLength(1)
  })

  it('is paused and goes on', async () => {
    const { url, id } = await site.mint()
    const held = site.hold(`PATCH ${mebibyte}`)
    await begin(url, { sizeBytes: 3 * mebibyte }, { maxRequestBytes: mebibyte })
    await held.reached
    await page.evaluate('sending.pause()')
    held.release()
    await expect.poll(async () => (await site.files.slots.status(id))?.state).toBe('open')
    expect((await seen()).at(-1)?.state).toBe('paused')
    await page.evaluate('sending.resume()')
    expect(await outcome()).toMatchObject({ result: { sha256: sha256Of(3 * mebibyte) } })
  })

  it('is aborted, and the slot stays usable', async () => {
    const { url, id } = await site.mint()
    const held = site.hold(`PATCH ${mebibyte}`)
    await begin(url, { sizeBytes: 3 * mebibyte }, { maxRequestBytes: mebibyte })
    await held.reached
    await page.evaluate('ending.abort()')
    expect(await outcome()).toMatchObject({ name: 'AbortError' })
    held.release()
    await expect.poll(async () => (await site.files.slots.status(id))?.state).toBe('open')
    await begin(url, { sizeBytes: 1000 })
    expect(await outcome()).toMatchObject({ result: { sizeBytes: 1000 } })
  })

  it('works on a slow line, and knows how fast it is', async () => {
    const { url } = await site.mint()
    await slowDown()
    await begin(url, { sizeBytes: 3 * mebibyte })
    expect(await outcome()).toMatchObject({ result: { sha256: sha256Of(3 * mebibyte) } })
    const speeds = await page.evaluate('seen.map(({ bytesPerSecond }) => bytesPerSecond)')
    expect((speeds as (number | null)[]).some((speed) => speed !== null && speed > 0)).toBe(true)
  })

  it('says that a file can not be read any more, and sends none of another one', async () => {
    const { url } = await site.mint()
    const folder = await mkdtemp(join(tmpdir(), 'titofisto-client-'))
    try {
      const file = join(folder, 'film.bin')
      await writeFile(file, bytesOf(3 * mebibyte, 7))
      await page.evaluate('addInput()')
      await page.setInputFiles('input', file)
      const held = site.hold(`PATCH ${mebibyte}`)
      await begin(url, { input: true }, { maxRequestBytes: mebibyte })
      await held.reached
      await writeFile(file, bytesOf(3 * mebibyte, 8))
      site.server.closeAllConnections()
      expect(await outcome()).toMatchObject({ code: 'file-unreadable' })
      held.release()
      expect(site.handled).toEqual([])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('sends 300 MB from the disk, over a server that is killed', { timeout: 600_000 }, async () => {
    const source = await compileSource()
    const ground = await createSharedGround()
    const folder = await mkdtemp(join(tmpdir(), 'titofisto-client-'))
    let server = await startServerProcess(source.folder, ground)
    try {
      const file = join(folder, 'film.bin')
      const sizeBytes = 300_000_000
      await writeFile(file, bytesOf(sizeBytes, 7))
      const { url } = await server.mint('keep')
      await page.evaluate('addInput()')
      await page.setInputFiles('input', file)
      await begin(url, { input: true })
      await sentAtLeast(sizeBytes / 3)
      await server.kill()
      server = await startServerProcess(source.folder, ground, server.port)
      expect(await outcome()).toMatchObject({ result: { sizeBytes, sha256: sha256Of(sizeBytes) } })
      expect(await ground.lines('runs.log')).toHaveLength(1)
      // It did not begin again: after the break it was on from where it stood.
      const steps = await seen()
      const broken = steps.findIndex(({ code }) => code === 'network-failed')
      const after = steps.slice(broken).find(({ state }) => state === 'sending')
      expect(after?.sentBytes).toBeGreaterThan(0)
    } finally {
      await server.kill()
      await ground.remove()
      await source.remove()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
