// A person with a browser opens a file request's link: a real Chromium, without JavaScript, so that what
// works here works everywhere.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLocalStorage, createTitofisto } from '../../src/index.ts'
import type { FileRequest } from '../../src/index.ts'
import { noChromium, openChromium } from '../support/chromium.ts'
import { startSite, type Site } from './site.ts'
import { expectAccessible, takePicture } from './stage.ts'
import { describeUnless } from '../support/unless.ts'

const browser: Browser | null = await openChromium()
const whyNot = browser === null ? noChromium : null

describeUnless(
  whyNot,
  "a file request's page in Chromium",
  () => {
    let root: string
    let site: Site
    let request: FileRequest

    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'titofisto-request-'))
      const files = createTitofisto({
        secret: 'a secret for tests, 32 bytes and more',
        storage: createLocalStorage({ root, durable: false }),
        sweepSeconds: 0,
      })
      const inbox = files.slot('inbox', {
        handler: ({ file, slot }) => file.save(`${slot.person}-${file.name}`),
      })
      request = await inbox.request(undefined, {
        title: 'Photos of Rome',
        message: 'At most ten each.\nThank you!',
        perPersonName: true,
        password: 'open sesame',
        maxUploads: 1,
      })
      site = await startSite('localhost', (req, res) => void files.handler(req, res))
    })

    afterAll(async () => {
      await browser?.close()
      await site.close()
      await rm(root, { recursive: true, force: true })
    })

    async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
      const context = await (browser ?? expect.unreachable()).newContext(options)
      const page = await context.newPage()
      await page.goto(site.origin + request.url)
      return page
    }

    it.each([
      ['light', 320],
      ['dark', 1280],
    ] as const)(
      'has nothing that axe finds, %s, at %d px, and no bar to scroll sideways',
      async (colorScheme, width) => {
        const page = await open({ colorScheme, viewport: { width, height: 700 }, bypassCSP: true })
        await expectAccessible(page, 'a request')
        await page.getByLabel('Your name').fill('Ann')
        await page.getByLabel('Password').fill('sesame')
        await page.getByRole('button', { name: 'Continue' }).click()
        await page.getByRole('alert').waitFor()
        await expectAccessible(page, 'a request with a fault')
        await takePicture(page, `request-${colorScheme}-${width}`)
        await page.context().close()
      },
    )

    it('leads from the link to the file in the folder: by name, password and a plain form, without a script', async () => {
      const page = await open({ javaScriptEnabled: false, locale: 'de-DE' })
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Photos of Rome')
      await page.getByLabel('Ihr Name').fill('Änn')
      await page.getByLabel('Passwort').fill('sesame')
      await page.getByRole('button', { name: 'Weiter' }).click()
      expect(await page.getByRole('alert').textContent()).toContain('Dieses Passwort stimmt nicht.')
      expect(await page.getByLabel('Ihr Name').inputValue()).toBe('Änn')
      await page.getByLabel('Passwort').fill('open sesame')
      await page.getByRole('button', { name: 'Weiter' }).click()
      const input = page.locator('input[type=file]')
      await input.setInputFiles({
        name: 'forum.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('ruins'),
      })
      await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        page.locator('button').last().click(),
      ])
      await expect.poll(async () => (await request.status())?.state).toBe('complete')
      expect(await readFile(join(root, 'Änn-forum.txt'), 'utf8')).toBe('ruins')
      await page.context().close()
    })
  },
  { timeout: 60_000 },
)
