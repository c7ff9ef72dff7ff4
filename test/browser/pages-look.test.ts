// How the pages look: each in every width and scheme, right to left, and in languages that are longer,
// with nothing that axe finds at WCAG 2.2 AA. Pictures of all are kept in test-results/.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { writePaper } from '../../src/cli/demo/demo-paper.ts'
import { drawPicture } from '../../src/cli/demo/demo-picture.ts'
import { SlotRejection } from '../../src/index.ts'
import { noChromium } from '../support/chromium.ts'
import { runsAllClients } from '../../tools/system-packages.mjs'
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
  server.files.slot('refusing', {
    handler() {
      throw new SlotRejection('This picture is too small to be printed. Send a larger one.', {
        retry: true,
      })
    },
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
    await choose(page, [picture], 'refusing')
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

async function choose(page: Page, files: readonly (typeof picture)[], kind = 'photos') {
  await page.goto(await mint(kind))
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
async function look(page: Page, name: string): Promise<void> {
  for (const size of sizes)
    for (const colorScheme of ['light', 'dark'] as const) {
      // Two of the six, which differ most, are enough for each run; `npm run matrix` looks at all.
      const isMost = size.width === (colorScheme === 'light' ? 320 : 1280)
      if (!isMost && !runsAllClients()) continue
      await page.setViewportSize(size)
      await page.emulateMedia({ colorScheme })
      const title = `${name}-${size.width}-${colorScheme}`
      await takePicture(page, title)
      await expectNoOverflow(page, title)
      if (size.width === 320 || (size.width === 768) === (colorScheme === 'light'))
        await expectAccessible(page, title)
    }
}

const names = Object.keys(pages)

/** A window for all pages: to open one costs more than all that is looked at in it. */
function useWindow(options: BrowserContextOptions): () => Promise<Page> {
  let page: Page | null = null
  afterAll(async () => {
    await page?.context().close()
  })
  return async () => {
    if (browser === null) throw new Error(noChromium)
    if (page === null) {
      page = (await openWindow(browser, { bypassCSP: true, ...options })).page
      // A page that sends asks whether one really wants to leave it.
      page.on('dialog', (dialog) => void dialog.accept())
    }
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    return page
  }
}

type Ways = [string, BrowserContextOptions, (page: Page, name: string) => Promise<void>][]

/** What differs least from the others. */
const inMatrixAlone: Ways = [
  [
    'in German, which is longer',
    { locale: 'de', viewport: sizes[0] },
    async (page, name) => {
      await takePicture(page, `${name}-german-320`)
      await expectNoOverflow(page, name)
    },
  ],
  [
    'on a phone',
    {
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
      deviceScaleFactor: 2,
    },
    async (page, name) => {
      await takePicture(page, `${name}-phone`)
      await expectAccessible(page, `${name} on a phone`)
    },
  ],
]

describe.each<Ways[number]>([
  ['in each width and scheme', {}, look],
  [
    'right to left',
    { locale: 'ar' },
    async (page, name) => {
      await page.setViewportSize(sizes[2])
      await takePicture(page, `${name}-arabic-1280`)
      await page.setViewportSize(sizes[0])
      await takePicture(page, `${name}-arabic-320`)
      await expectNoOverflow(page, name)
      await expectAccessible(page, `${name}, right to left`)
    },
  ],
  ...(runsAllClients() ? inMatrixAlone : []),
])('%s', (_, options, use) => {
  const open = useWindow(options)

  it.each(names)('%s', async (name) => {
    const page = await open()
    await pages[name]?.(page)
    await use(page, name)
  })
})

describe('without a script', () => {
  const openPlain = useWindow({ javaScriptEnabled: false, bypassCSP: false })
  const openScripted = useWindow({})

  /** What axe needs is a script: the page is looked at again with one that is allowed. */
  async function visit(open: (page: Page) => Promise<unknown>, name: string) {
    const plain = await openPlain()
    await open(plain)
    const markup = await plain.content()
    const again = await openScripted()
    // A document of its own, with no axe in it yet.
    await again.goto('about:blank')
    await again.setContent(markup.replace(/<script>[^]*<\/script>/, ''))
    await look(again, `${name}-without-script`)
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
