// Uppy's Tus plug-in in a real browser, on a page of another origin than the slot's.

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SlotRejection } from '../../src/index.ts'
import { noChromium, openChromium, startPageServer } from '../support/chromium.ts'
import type { PageServer } from '../support/chromium.ts'
import { createDeferred } from '../support/deferred.ts'
import type { Deferred } from '../support/deferred.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

const mebibyte = 1024 * 1024
const sizeBytes = 6 * mebibyte

const sha256 = createHash('sha256')
  .update(new Uint8Array(sizeBytes).map((_, index) => index % 251))
  .digest('hex')

interface Outcome {
  readonly successful: number
  readonly failed: readonly string[]
}

describe("Uppy's Tus plug-in in Chromium, on another origin", () => {
  let browser: Browser | null
  let pages: PageServer
  let server: UploadServer
  let page: Page
  /** What the browser asked of the server, such as `PATCH 1048576`. */
  let asked: string[]
  /** Requests that are not answered before they may. */
  let gates: Map<string, { readonly reached: Deferred; readonly mayPass: Deferred }>

  beforeAll(async () => {
    browser = await openChromium()
    pages = await startPageServer(new URL('../pages/uppy.mjs', import.meta.url))
  })

  afterAll(async () => {
    await browser?.close()
    await pages.close()
  })

  beforeEach(async ({ skip }) => {
    if (browser === null) return skip(noChromium)
    asked = []
    gates = new Map()
    server = await startUploadServer({
      hang: (files) => async (req, res) => {
        const request = describeRequest(req)
        asked.push(request)
        const gate = gates.get(request)
        gate?.reached.resolve()
        await gate?.mayPass.promise
        return files.handler(req, res)
      },
    })
    page = await browser.newPage()
    await openPage()
  })

  afterEach(async () => {
    await page?.close()
    await server?.close()
  })

  async function openPage(): Promise<void> {
    await page.goto(pages.url)
    await page.waitForFunction('globalThis.isReady')
  }

  function begin(where: Record<string, unknown>): Promise<unknown> {
    return page.evaluate(
      `begin(${JSON.stringify({ chunkSize: mebibyte, ...where })}, ${sizeBytes})`,
    )
  }

  function outcome(): Promise<Outcome> {
    return page.evaluate('ended')
  }

  /** Holds a request up when it comes, once. */
  function hold(request: string): { readonly reached: Promise<void>; release(): void } {
    const gate = { reached: createDeferred(), mayPass: createDeferred() }
    gates.set(request, gate)
    return {
      reached: gate.reached.promise,
      release() {
        gates.delete(request)
        gate.mayPass.resolve()
      },
    }
  }

  it.each([
    ['endpoint', ['film.bin', 'application/x-film', sha256]],
    // Then it has no way to tell a name.
    ['uploadUrl', ['upload', 'application/octet-stream', sha256]],
  ])('uploads to a slot as its %s', async (option, facts) => {
    const seen: unknown[] = []
    const kind = server.files.slot('film', {
      async handler({ file }) {
        seen.push([file.name, file.type, await file.sha256()])
      },
    })
    await begin({ [option]: await kind.url(undefined, { sizeBytes }) })
    expect(await outcome()).toEqual({ successful: 1, failed: [] })
    expect(seen).toEqual([facts])
    expect(await server.spooled()).toEqual([])
  })

  it('pauses in the middle of a piece, and goes on', async () => {
    const seen: string[] = []
    const kind = server.files.slot('film', {
      handler: async ({ file }) => void seen.push(await file.sha256()),
    })
    const third = hold(`PATCH ${2 * mebibyte}`)
    await begin({ endpoint: await kind.url() })
    await third.reached
    await page.evaluate('uppy.pauseAll()')
    third.release()
    const before = asked.length
    await page.evaluate('uppy.resumeAll()')
    expect(await outcome()).toEqual({ successful: 1, failed: [] })
    expect(seen).toEqual([sha256])
    const resumed = asked.slice(before).filter((request) => request.startsWith('PATCH'))
    expect(resumed).not.toContain('PATCH 0')
    expect(resumed).not.toContain(`PATCH ${mebibyte}`)
  })

  it('goes on after its page was loaded again', async () => {
    const seen: string[] = []
    const kind = server.files.slot('film', {
      handler: async ({ file }) => void seen.push(await file.sha256()),
    })
    const endpoint = await kind.url()
    const fourth = hold(`PATCH ${3 * mebibyte}`)
    await begin({ endpoint })
    await fourth.reached
    await openPage()
    fourth.release()
    const before = asked.length
    await begin({ endpoint })
    expect(await outcome()).toEqual({ successful: 1, failed: [] })
    expect(seen).toEqual([sha256])
    // It did not begin anew, and did not send what was here; the piece that was on its way may have
    // come in whole, though nobody heard so.
    const resumed = asked.slice(before)
    expect(resumed).toContain('HEAD')
    for (const done of ['POST', 'PATCH 0', `PATCH ${mebibyte}`, `PATCH ${2 * mebibyte}`])
      expect(resumed).not.toContain(done)
  })

  it('shows success only when the handler has succeeded', async () => {
    const begun = createDeferred()
    const mayEnd = createDeferred()
    const kind = server.files.slot('film', {
      async handler() {
        begun.resolve()
        await mayEnd.promise
      },
    })
    await begin({ endpoint: await kind.url() })
    await begun.promise
    // The page learns nothing from the broken connection, and asks again.
    server.server.closeAllConnections()
    await expect.poll(() => asked.filter((request) => request === 'HEAD').length).toBeGreaterThan(0)
    expect(await page.evaluate('uppy.getFiles()[0].progress.uploadComplete')).toBe(false)
    mayEnd.resolve()
    expect(await outcome()).toEqual({ successful: 1, failed: [] })
  })

  it.each([
    ['SlotRejection', 422, {}],
    ['a type that is refused', 415, { accept: ['image/*'] }],
    ['a size that is refused', 413, { maxBytes: 1000 }],
  ])('shows %s as a failure (%i)', async (_, status, limits) => {
    const kind = server.files.slot('film', {
      ...limits,
      handler: () => {
        throw new SlotRejection('Not this film.')
      },
    })
    await begin({ endpoint: await kind.url() })
    const { successful, failed } = await outcome()
    expect(successful).toBe(0)
    expect(failed).toEqual([expect.stringContaining(String(status))])
  })

  it('ends its slot where its user cancels', async () => {
    const kind = server.files.slot('film', { handler: () => {} })
    const { url, id } = await kind.create()
    const third = hold(`PATCH ${2 * mebibyte}`)
    await begin({ endpoint: url })
    await third.reached
    await page.evaluate('uppy.cancelAll()')
    third.release()
    await expect.poll(async () => (await kind.status(id))?.state).toBe('revoked')
    await expect.poll(() => server.spooled()).toEqual([])
  })
})

function describeRequest({ method, headers }: IncomingMessage): string {
  const offset = headers['upload-offset']
  return offset === undefined ? String(method) : `${method} ${String(offset)}`
}
