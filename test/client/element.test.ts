// `<titofisto-upload>` in a real Chromium, under a Content-Security-Policy that lets nothing inline pass.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SlotRejection } from '../../src/index.ts'
import { createDeferred } from '../support/deferred.ts'
import { noChromium, openChromium } from '../support/chromium.ts'
import { startAppSite, until } from './app-site.ts'
import type { AppSite } from './app-site.ts'
import { bytesOf } from './own-files.ts'

const mebibyte = 1024 * 1024

let browser: Browser | null
let site: AppSite
let page: Page
let complaints: string[]
/** What the page's script did not catch. */
let faults: string[]

beforeAll(async () => {
  browser = await openChromium()
})

afterAll(() => browser?.close())

beforeEach(async ({ skip }) => {
  if (browser === null) return skip(noChromium)
  site = await startAppSite('element.mjs', 60)
  page = await browser.newPage()
  complaints = []
  faults = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) complaints.push(message.text())
  })
})

afterEach(async () => {
  await page?.close()
  await site?.close()
})

type Definition = Parameters<AppSite['files']['slot']>[1]

/** A page with the element in a form, for a slot of this kind. */
async function show(
  definition: Definition,
  { attributes = '', lang = 'en' } = {},
): Promise<{ readonly url: string; readonly id: string }> {
  const ticket = await site.files.slot('film', { maxBytes: 1024 ** 3, ...definition }).create()
  site.pages.set(
    '/',
    `<!doctype html><html lang="${lang}"><title>app</title><script type="module" src="/script.js"></script>
    <main><h1>Film</h1><form><titofisto-upload name="film" url="${ticket.url}" ${attributes}></titofisto-upload>
    <button id="send">Send</button></form></main>`,
  )
  await page.goto(`${site.origin}/`)
  await until(page, 'globalThis.isReady')
  return ticket
}

async function pick(sizeBytes: number, name = 'film.bin'): Promise<void> {
  const buffer = Buffer.from(bytesOf(sizeBytes, 7))
  await page.setInputFiles('input[type=file]', { name, mimeType: 'application/x-film', buffer })
}

const text = (part: string) => page.textContent(`titofisto-upload .${part}`)
const value = () => page.evaluate("new FormData(document.forms[0]).get('film')")
const isValid = () => page.evaluate('document.forms[0].checkValidity()')

describe('<titofisto-upload>', () => {
  it('sends what is chosen, says so, and gives its form what the handler returned', async () => {
    await show({ handler: ({ file }) => ({ name: file.name }) })
    await pick(3 * mebibyte)
    await expect.poll(() => text('status')).toBe('film.bin has been sent.')
    expect(JSON.parse(String(await value()))).toEqual({ name: 'film.bin' })
    const heard = await page.evaluate<{ type: string; detail: unknown }[]>('heard')
    expect(heard.at(-1)).toEqual({ type: 'done', detail: { name: 'film.bin' } })
    expect(heard.some(({ type }) => type === 'progress')).toBe(true)
  })

  it('has the native input, named by its label, and a live region', async () => {
    await show({ handler: () => {} })
    const input = page.getByLabel('Choose a file')
    expect(await input.getAttribute('type')).toBe('file')
    expect(await page.getByRole('status').count()).toBe(1)
  })

  it('stays within a place that is narrower than its input, whatever it says', async () => {
    const gate = createDeferred()
    await show({ handler: () => gate.promise })
    await page.setViewportSize({ width: 240, height: 480 })
    const overflow = `Math.max(...[...document.querySelector('titofisto-upload').shadowRoot.querySelectorAll('.box *')]
      .map((part) => part.getBoundingClientRect().right)) - document.querySelector('titofisto-upload').getBoundingClientRect().right`
    await pick(3, `${'a-film-of-the-holidays-'.repeat(6)}.mp4`)
    await expect.poll(() => text('status')).toBe('All sent. The server is at work on it.')
    expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0)
    gate.resolve()
    await expect.poll(() => text('status')).toContain('has been sent')
    expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0)
  })

  it('takes its label from the page', async () => {
    await show({ handler: () => {} })
    await page.evaluate("document.querySelector('titofisto-upload').textContent = 'Your film'")
    const session = await page.context().newCDPSession(page)
    // As a screen reader has it.
    const { nodes } = await session.send('Accessibility.getFullAXTree')
    expect(nodes.map(({ name }) => String(name?.value))).toContainEqual(
      expect.stringContaining('Your film'),
    )
    const named = nodes.filter(({ name }) => name?.value === 'Your film')
    expect(named.map(({ role }) => role?.value)).toContain('button')
  })

  it('is used by keyboard alone', async () => {
    const begun = createDeferred()
    const { id } = await show({
      async handler() {
        begun.resolve()
        await new Promise((resolve) => setTimeout(resolve, 50))
      },
    })
    // Before the keys, as in test/browser/pages-use.test.ts.
    const chooser = page.waitForEvent('filechooser')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.localName')).toBe('titofisto-upload')
    await page.keyboard.press('Space')
    await (
      await chooser
    ).setFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') })
    await begun.promise
    await expect.poll(() => text('status')).toBe('a.txt has been sent.')
    expect((await site.files.slots.status(id))?.state).toBe('done')
  })

  it('says what was refused, in the words of the page’s language, and offers another try', async () => {
    let runs = 0
    await show(
      {
        handler() {
          runs += 1
          if (runs === 1) throw new SlotRejection('Bitte einen anderen Film.', { retry: true })
          return 'gut'
        },
      },
      { lang: 'de' },
    )
    await pick(1000)
    await expect.poll(() => text('error')).toBe('Bitte einen anderen Film.')
    expect(await page.getAttribute('input', 'aria-invalid')).toBe('true')
    await page.getByRole('button', { name: 'Noch einmal versuchen' }).click()
    await expect.poll(() => text('status')).toBe('film.bin ist gesendet.')
    expect(await text('error')).toBe('')
    expect(await value()).toBe('gut')
  })

  it('is paused, goes on, and is cancelled', async () => {
    const mayEnd = createDeferred()
    const { id } = await show({ handler: () => mayEnd.promise })
    await pick(1000)
    await page.getByRole('button', { name: 'Pause' }).click()
    await expect.poll(() => text('status')).toContain('Paused at')
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect(await page.getByRole('button', { name: 'Cancel' }).isVisible()).toBe(false)
    mayEnd.resolve()
    await expect.poll(async () => (await site.files.slots.status(id))?.state).toMatch(/open|done/)
  })

  it('keeps its form from being sent before it is done', async () => {
    const mayEnd = createDeferred()
    await show({ handler: () => mayEnd.promise }, { attributes: 'required' })
    expect(await isValid()).toBe(false)
    await pick(1000)
    expect(await isValid()).toBe(false)
    mayEnd.resolve()
    await expect.poll(isValid).toBe(true)
    await page.evaluate('document.forms[0].reset()')
    expect(await isValid()).toBe(false)
    expect(await value()).toBeNull()
  })

  it('is as at first once its form is reset, also after an upload that failed', async () => {
    await show({
      handler() {
        throw new SlotRejection('Another film, please.', { retry: true })
      },
    })
    await pick(1000)
    await expect.poll(() => text('error')).toBe('Another film, please.')
    expect(await isValid()).toBe(false)
    await page.evaluate('document.forms[0].reset()')
    expect([await text('error'), await isValid(), await value()]).toEqual(['', true, null])
    await pick(1000)
    await expect.poll(() => text('error')).toBe('Another film, please.')
    await page.evaluate("document.querySelector('titofisto-upload').abort()")
    expect([await text('error'), await isValid(), await value()]).toEqual(['', true, null])
    expect(faults).toEqual([])
  })

  it.each([
    ['the upload is cancelled', () => page.getByRole('button', { name: 'Cancel' }).click()],
    ['the file is taken out of the input', () => page.setInputFiles('input[type=file]', [])],
  ])('is missing where it is required, and %s', async (_, takeBack) => {
    const [began, mayEnd] = [createDeferred(), createDeferred()]
    const handler = (): Promise<void> => {
      began.resolve()
      return mayEnd.promise
    }
    await show({ handler }, { attributes: 'required' })
    await pick(1000)
    await began.promise
    await takeBack()
    expect([await isValid(), await value(), await text('error')]).toEqual([false, null, ''])
    expect(faults).toEqual([])
    mayEnd.resolve()
  })

  it('sends with its form what came last, and nothing of what came before', async () => {
    const mayEnd = createDeferred()
    await show({ handler: () => 'the first' })
    await pick(10)
    await expect.poll(value).toBe('the first')
    await page.evaluate("document.querySelector('titofisto-upload').abort()")
    expect(await value()).toBe('the first')
    const second = await site.files.slot('second', { handler: () => mayEnd.promise }).url()
    await page.evaluate(
      `document.querySelector('titofisto-upload').setAttribute('url', ${JSON.stringify(second)})`,
    )
    await pick(20)
    await page.getByRole('button', { name: 'Pause' }).click()
    expect(await value()).toBeNull()
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect(await value()).toBeNull()
    mayEnd.resolve()
    // The button of an upload that begins is not that of one that was paused.
    await pick(30)
    expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(0)
  })

  it('may be paused while its slot is asked for', async () => {
    await show({ handler: () => 'sent' })
    const url = await site.files.slot('other', { handler: () => 'sent' }).url()
    await page.evaluate(`{
      const asked = new Promise((resolve) => (globalThis.answer = () => resolve(${JSON.stringify(url)})))
      document.querySelector('titofisto-upload').target = () => asked
    }`)
    await pick(10)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.evaluate('answer()')
    await expect.poll(() => text('status')).toContain('Paused at')
    await page.getByRole('button', { name: 'Resume' }).click()
    await expect.poll(value).toBe('sent')
  })

  it.each(['en_US', 'x'])('works on pages whose language is none: "%s"', async (lang) => {
    await show({ handler: ({ file }) => file.name }, { lang })
    await pick(3 * mebibyte)
    await expect.poll(value).toBe('film.bin')
    expect(faults).toEqual([])
  })

  it('takes a file that is dropped on it', async () => {
    await show({ handler: ({ file }) => file.name })
    await page.evaluate(`{
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(['a'], 'dropped.txt'))
      const element = document.querySelector('titofisto-upload')
      for (const type of ['dragover', 'drop'])
        element.dispatchEvent(new DragEvent(type, { dataTransfer, cancelable: true, bubbles: true }))
    }`)
    await expect.poll(value).toBe('dropped.txt')
  })

  it('asks for its slot when a file was chosen, where it is told how', async () => {
    await show({ handler: () => 'of the page' })
    const other = await site.files.slot('other', { handler: () => 'made now' }).url()
    await page.evaluate(
      `document.querySelector('titofisto-upload').target = async () => ${JSON.stringify(other)}`,
    )
    await pick(10)
    await expect.poll(value).toBe('made now')
  })

  it('is styled by its parts and properties, under a strict policy', async () => {
    await show({ handler: () => {} })
    const radius = `getComputedStyle(document.querySelector('titofisto-upload').shadowRoot.querySelector('.box')).borderRadius`
    expect(await page.evaluate(radius)).toBe('8px')
    await page.evaluate(
      "document.querySelector('titofisto-upload').style.setProperty('--titofisto-radius', '3px')",
    )
    expect(await page.evaluate(radius)).toBe('3px')
    await pick(1000)
    await expect.poll(() => text('status')).toContain('sent')
    expect(complaints).toEqual([])
  })

  it.each(['light', 'dark'] as const)(
    'has nothing that axe finds, in %s and at 320 px',
    async (scheme) => {
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize({ width: 320, height: 640 })
      const mayEnd = createDeferred()
      let runs = 0
      await show({
        async handler() {
          runs += 1
          await mayEnd.promise
          throw new SlotRejection('Another film, please.', { retry: true })
        },
      })
      // axe takes a page without a background for white.
      const style = { colorScheme: 'light dark', background: 'Canvas', color: 'CanvasText' }
      await page.evaluate(`Object.assign(document.documentElement.style, ${JSON.stringify(style)})`)
      expect(await findFaults()).toEqual([])
      await pick(1000)
      await expect.poll(() => runs).toBe(1)
      expect(await findFaults()).toEqual([])
      mayEnd.resolve()
      await expect.poll(() => text('error')).toBe('Another film, please.')
      expect(await findFaults()).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
    },
  )
})

/** What axe says against the page, by WCAG 2.2 AA. */
async function findFaults(): Promise<unknown[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  return page.evaluate(`axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  }).then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))`)
}
