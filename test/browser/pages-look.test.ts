// How the pages look: each in every width and scheme, right to left, and in languages that are longer,
// with nothing that axe finds at WCAG 2.2 AA. Pictures of all are kept in test-results/.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { writePaper } from '../../src/cli/demo/demo-paper.ts'
import { drawPicture } from '../../src/cli/demo/demo-picture.ts'
import { noChromium } from '../support/chromium.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'
import { expectAccessible, expectNoOverflow, openStage, openWindow, takePicture } from './stage.ts'

const logo = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" width="40" height="40"><circle cx="20" cy="20" r="20" fill="#146c43"/><path d="M12 28c0-10 6-16 18-17-1 12-7 18-18 17z" fill="#fff"/></svg>',
)}`
const arabic = {
  chooseMany: 'اختر الملفات',
  chooseMore: 'اختر المزيد من الملفات',
  dropMany: 'أو أفلتها هنا',
  send: 'إرسال',
  kinds: 'المقبول: {kinds}',
  pictures: 'صور',
  maxFiles: 'حتى {count} ملفات',
  maxSizeEach: 'حتى {size} لكل ملف',
  until: 'متاح حتى {time}',
  remove: 'إزالة',
  removeNamed: 'إزالة {name}',
  ready: 'جاهز للإرسال',
  list: 'الملفات',
  receiptTitle: 'تم الاستلام. شكراً لك!',
  receiptMany: 'وصلت هذه الملفات:',
  total: 'المجموع',
  close: 'يمكنك إغلاق هذه الصفحة الآن.',
  goneTitle: 'هذا الرابط لا يعمل',
  gone: 'ربما انتهت صلاحيته أو استُخدم من قبل أو لم يُنسخ كاملاً. اطلب رابطاً جديداً ممن أرسله إليك.',
} as const

let browser: Browser | null
let server: UploadServer

beforeAll(async () => {
  browser = await openStage()
  server = await startUploadServer({
    options: {
      sweepSeconds: 0,
      page: { name: 'Elm Street School', logo, accentColor: '#146c43', texts: { ar: arabic } },
    },
  })
  server.files.slot('photos', {
    accept: ['image/*', '.pdf'],
    maxFiles: 5,
    maxBytes: 12 * 1024 * 1024,
    page: {
      title: 'Photos of the summer fair',
      message:
        'Please send us your best pictures of the day, for the book that all children get.\n\nThank you! Ann Weaver, class 4b',
    },
    handler: () => {},
  })
  server.files.slot('paper', {
    maxBytes: 20_000_000,
    page: {
      fields: [
        { name: 'name', label: 'Your name', required: true },
        { name: 'note', label: 'Anything that we should know', type: 'textarea' },
      ],
    },
    handler: () => {},
  })
})

afterAll(async () => {
  await browser?.close()
  await server.close()
})

beforeEach(({ skip }) => {
  if (browser === null) skip(noChromium)
})

const bytes = (count: number) => Buffer.alloc(count, 1)
const picture = { name: 'Summer fair 2026.png', mimeType: 'image/png', buffer: drawPicture() }
const paper = {
  name: 'Programme and the list of all stalls, with a plan of the school yard (final, corrected).pdf',
  mimeType: 'application/pdf',
  buffer: Buffer.concat([writePaper(['Programme']), bytes(1_400_000)]),
}
const film = { name: 'a-film.mp4', mimeType: 'video/mp4', buffer: bytes(2000) }

/** Each page, and how one comes to it. */
const pages: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  form: async (page) => page.goto(await mint('photos')),
  'form-with-fields': async (page) => page.goto(await mint('paper')),
  chosen: (page) => choose(page, [picture, paper]),
  wrong: (page) => choose(page, [picture, film]),
  sending: async (page) => {
    await hold(page)
    await choose(page, [picture, paper])
    await page.getByRole('button', { name: /^(?:Send|إرسال|Senden)$/ }).click()
    await page.locator('progress').first().waitFor()
  },
  refused: async (page) => {
    await page.route('**/upload/**', (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ status: 500, json: { code: 'slot-handler-failed' } })
        : route.continue(),
    )
    await choose(page, [picture])
    await page.getByRole('button', { name: /^(?:Send|إرسال|Senden)$/ }).click()
    await page.locator('.error:not([hidden])').waitFor()
  },
  receipt: async (page) => {
    await choose(page, [picture, paper])
    await page.getByRole('button', { name: /^(?:Send|إرسال|Senden)$/ }).click()
    await page.locator('.done').waitFor()
  },
  gone: async (page) => page.goto((await mint('photos')).replace(/.$/, '!')),
}

async function mint(kind: string) {
  return (await server.files.slots.mint(kind)).url
}

async function choose(page: Page, files: readonly (typeof picture)[]) {
  await page.goto(await mint('photos'))
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles([...files])
}

/** Lets an upload begin, and go no further. */
async function hold(page: Page) {
  await page.route('**/upload/**', (route) =>
    route.request().method() === 'POST' ? undefined : route.continue(),
  )
}

const sizes = [
  { width: 320, height: 640 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
] as const

/**
 * Looks at a page in each width and scheme. What axe finds depends on the width and on the scheme, each
 * by itself: it looks at both schemes in the narrow one, and at one in the others.
 */
async function look(page: Page, name: string, widths: readonly (typeof sizes)[number][] = sizes) {
  for (const size of widths)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(size)
      await page.emulateMedia({ colorScheme })
      const title = `${name}-${size.width}-${colorScheme}`
      await takePicture(page, title)
      await expectNoOverflow(page, title)
      if (size.width === 320 || (size.width === 768) === (colorScheme === 'light'))
        await expectAccessible(page, title)
    }
}

describe.each(Object.entries(pages))('%s', (name, open) => {
  async function visit(
    options: BrowserContextOptions,
    use: (page: Page) => Promise<void>,
  ): Promise<void> {
    if (browser === null) return
    const { context, page } = await openWindow(browser, { ...options, bypassCSP: true })
    await open(page)
    await use(page)
    await context.close()
  }

  it('in each width and scheme', () => visit({}, (page) => look(page, name)))

  it('right to left', () =>
    visit({ locale: 'ar', viewport: sizes[2] }, async (page) => {
      await takePicture(page, `${name}-arabic-1280`)
      await page.setViewportSize(sizes[0])
      await takePicture(page, `${name}-arabic-320`)
      await expectNoOverflow(page, name)
      await expectAccessible(page, `${name}, right to left`)
    }))

  it('in German, which is longer', () =>
    visit({ locale: 'de', viewport: sizes[0] }, async (page) => {
      await takePicture(page, `${name}-german-320`)
      await expectNoOverflow(page, name)
    }))

  it('on a phone', () =>
    visit(
      {
        viewport: { width: 390, height: 844 },
        isMobile: true,
        hasTouch: true,
        deviceScaleFactor: 2,
      },
      async (page) => {
        await takePicture(page, `${name}-phone`)
        await expectAccessible(page, `${name} on a phone`)
      },
    ))
})

describe('without a script', () => {
  /** What axe needs is a script: the page is looked at again with one that is allowed. */
  async function visit(open: (page: Page) => Promise<unknown>, name: string) {
    if (browser === null) return
    const { context, page } = await openWindow(browser, { javaScriptEnabled: false })
    await open(page)
    const markup = await page.content()
    await context.close()
    const again = await openWindow(browser, { bypassCSP: true })
    await again.page.setContent(markup.replace(/<script>[^]*<\/script>/, ''))
    await look(again.page, `${name}-without-script`)
    await again.context.close()
  }

  it('form', () => visit(async (page) => page.goto(await mint('paper')), 'form'))

  it('receipt', () =>
    visit(async (page) => {
      await choose(page, [picture, paper])
      await page.locator('button[type=submit]').click()
      await page.locator('.done').waitFor()
    }, 'receipt'))

  it('refused', () =>
    visit(async (page) => {
      await choose(page, [film])
      await page.locator('button[type=submit]').click()
      await page.locator('.error').waitFor()
    }, 'refused'))
})
