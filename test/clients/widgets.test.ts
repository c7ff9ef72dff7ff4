// FilePond, Dropzone and Uppy's XHR plug-in in a real browser, on a page of another origin than the
// slot's: as they come, with their own chunks turned on, and refused. Uppy's Tus plug-in has a file of
// its own, test/slots/uppy.test.ts.

import { createHash } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SlotDefinition, SlotOverrides, SlotTicket } from '../../src/index.ts'
import { noChromium, openChromium, startPageServer } from '../support/chromium.ts'
import type { PageServer } from '../support/chromium.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

/** What a widget tells its page. */
interface Told {
  readonly status: number
  readonly text: string
}

interface Widget {
  readonly name: 'Dropzone' | 'FilePond' | 'UppyXhr'
  /** Undoes what docs/clients.md wants of it, so that it is as it comes. */
  readonly bare: (url: string) => Readonly<Record<string, unknown>>
  readonly fieldName: string
  /** The fields that it sends beside the file, unasked. */
  readonly fields: readonly (readonly [string, string])[]
  /** What turns its chunks on; `null` where it has none. */
  readonly chunks: Readonly<Record<string, unknown>> | null
}

const widgets: readonly Widget[] = [
  {
    name: 'FilePond',
    bare: (url) => ({ server: url }),
    fieldName: 'filepond',
    fields: [['filepond', '{}']],
    chunks: { chunkUploads: true, chunkSize: 100_000 },
  },
  {
    name: 'Dropzone',
    bare: () => ({ headers: null }),
    fieldName: 'file',
    fields: [],
    chunks: { chunking: true, forceChunking: true, chunkSize: 100_000 },
  },
  {
    name: 'UppyXhr',
    bare: () => ({}),
    fieldName: 'file',
    fields: [
      ['name', 'Größe 日本.csv'],
      ['type', 'text/csv'],
    ],
    chunks: null,
  },
]

const sizeBytes = 300_000

let browser: Browser | null
let pages: PageServer
let server: UploadServer
let page: Page
let nowMs: number
let handled: unknown[]
let kindCount = 0

beforeAll(async () => {
  browser = await openChromium()
  pages = await startPageServer(new URL('../pages/widgets.mjs', import.meta.url))
  nowMs = Date.now()
  server = await startUploadServer({ options: { now: () => nowMs } })
  if (browser === null) return
  page = await browser.newPage()
  await page.goto(pages.url)
  await page.waitForFunction('globalThis.isReady')
})

afterAll(async () => {
  await browser?.close()
  await pages.close()
  await server.close()
})

beforeEach(({ skip }) => {
  if (browser === null) skip(noChromium)
  handled = []
})

afterEach(() => expect.poll(() => server.spooled()).toEqual([]))

describe.each(widgets)('$name in Chromium, on another origin', (widget) => {
  const { name, bare, fieldName, fields, chunks } = widget

  function send(url: string, more: Readonly<Record<string, unknown>> = {}): Promise<Told> {
    const args = [name, url, { sizeBytes, ...more }].map((arg) => JSON.stringify(arg))
    return page.evaluate(`send(${args.join(', ')})`)
  }

  const whole = {
    name: 'Größe 日本.csv',
    fieldName,
    type: 'text/csv',
    sha256: sha256(sizeBytes),
    fields,
  }

  it('uploads a file, and is told what the handler returned', async () => {
    const { url } = await mint()
    expect(await send(url)).toEqual({ status: 200, text: JSON.stringify(whole) })
    expect(handled).toEqual([whole])
  })

  it('uploads a file as it comes, set to nothing but the URL', async () => {
    const { url } = await mint()
    expect((await send(url, bare(url))).status).toBe(200)
    expect(handled).toEqual([whole])
  })

  it('is told that a slot is used, has expired, or never was', async () => {
    const used = await mint()
    await send(used.url)
    const expired = await mint({}, { expiresIn: 60 })
    nowMs += 61_000
    const wrong = used.url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    for (const url of [used.url, expired.url, wrong])
      expect(await send(url)).toEqual({ status: 404, text: 'Not found\n' })
    expect(handled).toHaveLength(1)
  })

  it('is told what is too large, while it sends', async () => {
    const { url } = await mint({ maxBytes: 1000 })
    const told = await send(url, { sizeBytes: 12 * 1024 * 1024 })
    expect(told).toEqual({ status: 413, text: expect.stringContaining('1000 bytes') })
  })

  it('is refused in words at its first chunk', async ({ skip }) => {
    if (chunks === null) skip('it sends no chunks')
    const { url, id } = await mint()
    const told = await send(url, chunks ?? {})
    expect(told).toEqual({ status: 400, text: expect.stringContaining('switch chunks off') })
    expect(handled).toEqual([])
    // Nothing of it is kept, and the slot is open for the whole.
    expect((await server.files.slots.status(id))?.state).toBe('open')
    expect((await send(url)).status).toBe(200)
    expect(handled).toEqual([whole])
  })

  it('uploads what is one chunk alone', async ({ skip }) => {
    if (chunks === null) skip('it sends no chunks')
    const { url } = await mint()
    expect((await send(url, { ...chunks, chunkSize: sizeBytes })).status).toBe(200)
    expect(handled).toMatchObject([{ name: whole.name, sha256: whole.sha256 }])
  })
})

describe("Uppy's XHR plug-in, whose handler returns nothing", () => {
  it('takes the 204 for a success only where it is told how', async () => {
    const first = await mint({ handler: () => {} })
    const plain = `send('UppyXhr', ${JSON.stringify(first.url)}, { sizeBytes: 1 })`
    expect(await page.evaluate(plain)).toEqual({ text: expect.stringContaining('expects a JSON') })
    expect((await server.files.slots.status(first.id))?.state).toBe('done')
    const { url } = await mint({ handler: () => {} })
    const told = await page.evaluate(`sendForNothing(${JSON.stringify(url)})`)
    expect(told).toEqual({ status: 204, text: '{}' })
  })
})

async function mint(
  definition: Partial<SlotDefinition> = {},
  overrides: SlotOverrides = {},
): Promise<SlotTicket> {
  kindCount += 1
  const kind = server.files.slot(`kind-${kindCount}`, {
    async handler({ file, fields }) {
      const got = {
        name: file.name,
        fieldName: file.fieldName,
        type: file.type,
        sha256: await file.sha256(),
        fields: [...fields],
      }
      handled.push(got)
      return got
    },
    ...definition,
  })
  return kind.create(undefined, overrides)
}

function sha256(length: number): string {
  const bytes = new Uint8Array(length).map((_, index) => index % 251)
  return createHash('sha256').update(bytes).digest('hex')
}
