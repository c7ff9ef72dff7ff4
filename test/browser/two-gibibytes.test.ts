// A file of more than 2 GiB, by the upload page and by the client in a page of one's own, over a network
// that is cut on the way. `npm run matrix` runs it: it takes minutes.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { noChromium, startPageServer } from '../support/chromium.ts'
import type { PageServer } from '../support/chromium.ts'
import { startLine } from '../support/line.ts'
import type { Line } from '../support/line.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'
import { openStage, openWindow } from './stage.ts'
import type { Window } from './stage.ts'

const gibibyte = 1024 ** 3
const sizeBytes = 2 * gibibyte + 1_000_003
/** Where bytes stand that are not 0: at the ends, at a piece's, and where 31 bits end. */
const marks = [0, 32 * 1024 ** 2 - 3, gibibyte, 2 * gibibyte - 3, sizeBytes - 6]

describe('a file of more than 2 GiB', { timeout: 900_000 }, () => {
  let browser: Browser | null
  let folder: string
  let film: string
  let pages: PageServer
  let server: UploadServer
  let line: Line
  let window: Window
  let page: Page
  let slotId: string
  let url: string

  beforeAll(async () => {
    browser = await openStage()
    pages = await startPageServer(new URL('../pages/client.mjs', import.meta.url))
    folder = await mkdtemp(join(tmpdir(), 'titofisto-film-'))
    film = join(folder, 'A long film.mp4')
    const handle = await open(film, 'w')
    await handle.truncate(sizeBytes)
    for (const mark of marks) await handle.write('mark 7', mark)
    await handle.close()
  })

  afterAll(async () => {
    await browser?.close()
    await pages.close()
    await rm(folder, { recursive: true, force: true })
  })

  beforeEach(async ({ skip }) => {
    if (browser === null) return skip(noChromium)
    server = await startUploadServer({ options: { sweepSeconds: 0 } })
    const kind = server.files.slot('films', {
      maxBytes: 3 * gibibyte,
      handler: ({ file }) => file.save('film.mp4'),
    })
    line = await startLine(Number(new URL(server.origin).port))
    const ticket = await kind.create()
    slotId = ticket.id
    url = ticket.url.replace(server.origin, `http://127.0.0.1:${line.port}`)
    window = await openWindow(browser)
    page = window.page
  })

  afterEach(async () => {
    await window?.context.close()
    line?.close()
    await server?.close()
  })

  /** Cuts the network once half of it is there, until it was heard of. */
  async function cutInTheMiddle(untilHeard: () => Promise<unknown>): Promise<void> {
    const received = async (): Promise<number> =>
      (await server.files.slots.status(slotId))?.receivedBytes ?? 0
    await expect.poll(received, { timeout: 300_000 }).toBeGreaterThan(gibibyte)
    line.cut()
    await untilHeard()
    expect(await received()).toBeLessThan(sizeBytes)
    line.mend()
  }

  async function expectWhole(): Promise<void> {
    expect(await sha256Of(join(server.root, 'film.mp4'))).toBe(await sha256Of(film))
  }

  it('is sent by the upload page', async () => {
    await page.goto(url)
    await page.locator('#files').setInputFiles(film)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await cutInTheMiddle(() => page.getByText('The connection was lost.').first().waitFor())
    await page.locator('.done').waitFor({ timeout: 300_000 })
    expect(await page.locator('.done li').innerText()).toMatch(/^A long film\.mp4\s+2 GB$/)
    await expectWhole()
    expect(window.complaints).toEqual([])
  })

  it('is sent by the client', async () => {
    await page.goto(pages.url)
    await page.waitForFunction('globalThis.isReady')
    await page.evaluate('addInput()')
    await page.setInputFiles('input', film)
    await page.evaluate(`begin(${JSON.stringify(url)}, { input: true })`)
    await cutInTheMiddle(() =>
      page.waitForFunction("seen.some(({ code }) => code === 'network-failed')"),
    )
    expect(await page.evaluate('outcome')).toEqual({ result: 'film.mp4' })
    await expectWhole()
  })
})

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1024 ** 2 }), hash)
  return hash.digest('hex')
}
