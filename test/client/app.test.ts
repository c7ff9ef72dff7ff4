// Links in elements, and React's hooks, in a real Chromium.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeSound } from '../../src/cli/demo/demo-sound.ts'
import { drawPicture } from '../../src/cli/demo/demo-picture.ts'
import { createDeferred } from '../support/deferred.ts'
import { noChromium, openChromium } from '../support/chromium.ts'
import { startAppSite, until } from './app-site.ts'
import type { AppSite } from './app-site.ts'
import { bytesOf } from './own-files.ts'

const mebibyte = 1024 * 1024
const head = '<!doctype html><title>app</title><script type="module" src="/script.js"></script>'

let browser: Browser | null
let site: AppSite
let page: Page

beforeAll(async () => {
  browser = await openChromium()
})

afterAll(() => browser?.close())

beforeEach(async ({ skip }) => {
  if (browser === null) return skip(noChromium)
  site = await startAppSite('app.mjs', 60)
  await writeFile(join(site.root, 'sound.wav'), Buffer.concat([...makeSound(120)]))
  await writeFile(join(site.root, 'picture.png'), drawPicture())
  page = await browser.newPage()
})

afterEach(async () => {
  await page?.close()
  await site?.close()
})

async function show(html: string): Promise<void> {
  site.pages.set('/', head + html)
  await page.goto(`${site.origin}/`)
  await until(page, 'globalThis.isReady')
}

describe('a link in an element', () => {
  it('a sound plays on from where it is, though its link is over', async () => {
    await show('<audio muted preload="metadata"></audio>')
    await page.evaluate("keepAlive('audio', 'sound.wav')")
    await until(page, "document.querySelector('audio').readyState > 0")
    site.nowMs += 120_000
    await page.evaluate("document.querySelector('audio').currentTime = 100")
    await until(
      page,
      "(({ currentTime, readyState, error }) => error === null && readyState > 1 && currentTime === 100)(document.querySelector('audio'))",
    )
    expect(site.links).toHaveLength(2)
    expect(await page.getAttribute('audio', 'src')).toBe(site.links[1])
  })

  it('a sound is not loaded anew with each new link', async () => {
    await show('<audio muted preload="metadata"></audio>')
    await page.evaluate("keepAlive('audio', 'sound.wav', { lifeSeconds: 0.5 })")
    await until(page, "document.querySelector('audio').readyState > 0")
    const before = await page.getAttribute('audio', 'src')
    await expect.poll(() => site.links.length).toBeGreaterThan(2)
    expect(await page.getAttribute('audio', 'src')).toBe(before)
  })

  it('an image that its link was too old for is shown by a new one', async () => {
    await show('<img>')
    await page.evaluate("keepAlive('img', 'picture.png')")
    await until(page, 'document.images[0].naturalWidth > 0')
    site.nowMs += 120_000
    await page.evaluate('document.images[0].src += "&again"')
    await until(
      page,
      `document.images[0].complete && document.images[0].naturalWidth > 0 && !document.images[0].src.endsWith('again')`,
    )
    expect(site.links).toHaveLength(2)
  })

  it('an image that is no image is not asked for without end', async () => {
    await show('<img>')
    await page.evaluate("keepAlive('img', 'a.txt')")
    await expect.poll(() => site.links.length).toBe(2)
    await until(page, 'document.images[0].complete')
    await page.waitForTimeout(300)
    expect(site.links).toHaveLength(2)
  })

  it('an anchor always has the newest', async () => {
    await show('<a>file</a>')
    await page.evaluate("keepAlive('a', 'a.txt', { lifeSeconds: 0.3 })")
    await expect.poll(() => site.links.length).toBeGreaterThan(2)
    const newest = "document.querySelector('a').getAttribute('href') === link.url"
    expect(await page.evaluate(newest)).toBe(true)
    expect(site.links).toContain(await page.getAttribute('a', 'href'))
    await page.evaluate('stop()')
  })
})

describe('useUpload()', () => {
  async function pick(sizeBytes: number): Promise<void> {
    await page.setInputFiles('input', {
      name: 'film.bin',
      mimeType: 'application/x-film',
      buffer: Buffer.from(bytesOf(sizeBytes, 7)),
    })
  }

  const shown = (id: string) => page.textContent(`#${id}`)

  async function render(definition: Parameters<typeof site.files.slot>[1]) {
    const kind = site.files.slot('film', { maxBytes: 1024 ** 3, ...definition })
    const { url, id } = await kind.create()
    await show('<div id="root"></div>')
    await page.evaluate(`render('Uploader', ${JSON.stringify({ url })})`)
    await page.waitForSelector('input')
    return { kind, id }
  }

  it('shows how an upload goes, and what its handler returned', async () => {
    await render({ handler: ({ file }) => ({ name: file.name, sizeBytes: file.sizeBytes }) })
    expect(await shown('state')).toBe('idle')
    await pick(3 * mebibyte)
    await expect.poll(() => shown('state')).toBe('done')
    expect(await shown('sent')).toBe(String(3 * mebibyte))
    expect(JSON.parse((await shown('result')) ?? '')).toEqual({
      name: 'film.bin',
      sizeBytes: 3 * mebibyte,
    })
    await page.evaluate('brakes.reset()')
    await expect.poll(() => shown('state')).toBe('idle')
  })

  it('shows why it failed, in words', async () => {
    await render({ handler: () => {}, maxBytes: mebibyte })
    await pick(2 * mebibyte)
    await expect.poll(() => shown('state')).toBe('failed')
    expect(await shown('error')).toBe('This is too much: no more than 1 MB, please.')
  })

  it('goes on after a break', async () => {
    await render({ handler: () => 'done' })
    site.cut.add('PATCH')
    await pick(3 * mebibyte)
    await expect.poll(() => shown('state')).toBe('done')
    expect(site.cut.size).toBe(0)
  })

  it('ends with its component', async () => {
    const begun = createDeferred()
    const mayEnd = createDeferred()
    await render({
      async handler() {
        begun.resolve()
        await mayEnd.promise
      },
    })
    await pick(1000)
    await begun.promise
    await page.evaluate('unmount()')
    // Its connection is closed while the handler is still at work.
    await expect.poll(() => site.asked.map(({ what }) => what.slice(0, 4))).toContain('PUT ')
    mayEnd.resolve()
  })
})

describe('useSignedUrl()', () => {
  it('gives the newest link, and keeps one alive in an element', async () => {
    await show('<div id="root"></div>')
    const first = await site.files.url('picture.png', { expiresIn: 60 })
    const props = { first, name: 'picture.png', options: { lifeSeconds: 1 } }
    await page.evaluate(`render('Picture', ${JSON.stringify(props)})`)
    await until(page, 'document.images[0]?.naturalWidth > 0')
    // On a slow machine it may have got its second link before it was loaded by its first.
    const loadedBy = await page.getAttribute('img', 'src')
    const shown = await page.getAttribute('a', 'href')
    await expect.poll(() => page.getAttribute('a', 'href')).not.toBe(shown)
    // The image that is there is not loaded anew.
    expect(await page.getAttribute('img', 'src')).toBe(loadedBy)
    await page.evaluate('hide()')
    await page.waitForSelector('img', { state: 'detached' })
    await page.evaluate('unmount()')
    const asked = site.links.length
    await page.waitForTimeout(1500)
    expect(site.links.length - asked).toBeLessThanOrEqual(1)
  })
})
