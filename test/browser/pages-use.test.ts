// What people do with the upload page, in a real Chromium on real servers: by pointer, by keyboard
// alone, without a script, over connections that break and servers that die.

import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { drawPicture } from '../../src/cli/demo/demo-picture.ts'
import { SlotRejection } from '../../src/index.ts'
import type { SlotDefinition } from '../../src/index.ts'
import { noChromium } from '../support/chromium.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { startLine } from '../support/line.ts'
import { createSharedGround, startServerProcess } from '../support/upload-server-process.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'
import { insecureHost, openStage, openWindow } from './stage.ts'
import type { Window } from './stage.ts'

interface Handled {
  readonly names: readonly string[]
  readonly sha256: readonly string[]
  readonly fields: readonly (readonly [string, string])[]
}

const largeBytes = 12 * 1024 * 1024
/** Bytes a second at which the large file takes two minutes: it is on its way until we say so. */
const slow = 100_000
let browser: Browser | null
let folder: string
let large: { readonly path: string; readonly sha256: string }
let server: UploadServer
let window: Window
let page: Page
let handled: Handled[]
/** `METHOD offset` of each request with bytes. */
let asked: string[]

beforeAll(async () => {
  browser = await openStage()
  folder = await mkdtemp(join(tmpdir(), 'titofisto-pages-'))
  const path = join(folder, 'A film.mp4')
  const bytes = randomBytes(largeBytes)
  await writeFile(path, bytes)
  large = { path, sha256: createHash('sha256').update(bytes).digest('hex') }
})

afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async ({ skip }) => {
  if (browser === null) return skip(noChromium)
  handled = []
  asked = []
  server = await startUploadServer({
    options: { sweepSeconds: 0 },
    hang: (files) => (req, res) => {
      // The first request of a large file is empty: it begins.
      if (req.headers['content-length'] !== '0')
        asked.push(`${req.method} ${String(req.headers['upload-offset'] ?? '')}`.trim())
      return files.handler(req, res)
    },
  })
  window = await openWindow(browser)
  page = window.page
})

afterEach(async () => {
  // Nothing that the page does is against its own policy.
  expect(window.complaints).toEqual([])
  await window.context.close()
  await server.close()
})

/** Keeps what arrives, and refuses what is called so. */
async function mint(definition: Partial<SlotDefinition> = {}) {
  const kind = server.files.slot('files', {
    maxFiles: 3,
    accept: ['image/*', 'text/plain', 'video/mp4'],
    async handler({ files, fields }) {
      const sha256 = await Promise.all(files.map((file) => file.sha256()))
      const names = files.map(({ name }) => name)
      handled.push({ names, sha256, fields: [...fields] })
      if (names.includes('refused.txt')) throw new SlotRejection('Not <this> one.', { retry: true })
      return { private: 'answer' }
    },
    ...definition,
  })
  return kind.create()
}

const text = (name: string, content = 'Hello') => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(content),
})
const picture = { name: 'Photo.png', mimeType: 'image/png', buffer: drawPicture() }

const button = (name: string) => page.getByRole('button', { name, exact: true })
const receipt = () => page.locator('.done li')
const isSent = () => page.getByRole('heading', { name: 'Received. Thank you!' }).waitFor()
const input = () => page.locator('#files')

describe('the upload page', () => {
  it('sends what was chosen, and says what arrived', async () => {
    await page.goto((await mint()).url)
    await input().setInputFiles([picture, text('Grüße.txt')])
    await button('Send').click()
    await isSent()
    expect(await receipt().allInnerTexts()).toEqual([
      expect.stringMatching(/^Photo\.png\s+[\d.]+ kB$/),
      expect.stringMatching(/^Grüße\.txt\s+5 bytes$/),
      expect.stringMatching(/^In all\s+[\d.]+ kB$/),
    ])
    expect(handled).toMatchObject([{ names: ['Photo.png', 'Grüße.txt'] }])
    // Who listens is taken to it.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Received. Thank you!')
    expect(await page.title()).toBe('Received. Thank you!')
  })

  it('says until when in the time of whoever reads it', async () => {
    const { url, expiresAt } = await mint()
    await page.goto(url)
    const here = new Intl.DateTimeFormat('en-GB', {
      hour: 'numeric',
      minute: '2-digit',
      timeZone: 'Europe/Berlin',
    })
    await expect
      .poll(() => page.locator('#limits').innerText())
      .toContain(here.format(new Date(expiresAt)))
  })

  it('works in browsers whose own language is none', async () => {
    await page.addInitScript(
      "Object.defineProperty(navigator, 'languages', { value: ['en-US@posix', 'en_GB', ''] })",
    )
    await page.goto((await mint()).url)
    await input().setInputFiles([text('one.txt')])
    await button('Send').click()
    await isSent()
    expect(handled).toMatchObject([{ names: ['one.txt'] }])
  })

  it('shows pictures small, takes files out again, and takes more', async () => {
    await page.goto((await mint()).url)
    await input().setInputFiles([picture])
    await expect
      .poll(() => page.evaluate("document.querySelector('.thumb img')?.naturalWidth"))
      .toBe(320)
    await input().setInputFiles([text('one.txt'), text('two.txt')])
    expect(await page.locator('.files .name').allInnerTexts()).toEqual([
      'Photo.png',
      'one.txt',
      'two.txt',
    ])
    await page.getByRole('button', { name: 'Remove one.txt' }).click()
    // The focus stays in the list.
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe(
      'Remove two.txt',
    )
    await button('Send').click()
    await isSent()
    expect(handled).toMatchObject([{ names: ['Photo.png', 'two.txt'] }])
  })

  it('takes files that are dropped anywhere onto it', async () => {
    await page.goto((await mint()).url)
    const data = await page.evaluateHandle(`(() => {
      const data = new DataTransfer()
      data.items.add(new File(['dropped'], 'dropped.txt', { type: 'text/plain' }))
      return data
    })()`)
    await page.dispatchEvent('h1', 'drop', { dataTransfer: data })
    await button('Send').click()
    await isSent()
    expect(handled).toMatchObject([{ names: ['dropped.txt'] }])
  })

  it.each([
    [
      'too many',
      ['a', 'b', 'c', 'd'].map((name) => text(`${name}.txt`)),
      'These are too many files: at most 3 are accepted.',
    ],
    ['empty', [text('empty.txt', '')], '“empty.txt” is empty. Choose another file.'],
    [
      'too large',
      [text('long.txt', 'x'.repeat(2000))],
      '“long.txt” is too large: it has 2 kB, and at most 1 kB are accepted.',
    ],
    [
      'of a wrong kind',
      [{ ...text('sound.mp3'), mimeType: 'audio/flac' }],
      '“sound.mp3” is not a kind of file that is accepted here. Accepted: pictures or TXT.',
    ],
    ['none', [], 'Choose a file first.'],
  ])('says beside the input what is wrong: %s', async (_, files, told) => {
    await page.goto((await mint({ maxBytes: 1024, accept: ['image/*', 'text/plain'] })).url)
    if (files.length > 0) await input().setInputFiles(files)
    await button('Send').click()
    expect(await page.getByRole('alert').innerText()).toBe(told)
    expect(await input().getAttribute('aria-invalid')).toBe('true')
    expect(await input().getAttribute('aria-describedby')).toBe('error limits')
    expect(asked).toEqual(['GET'])
  })

  it("shows the application's refusal, and lets another be sent", async () => {
    await page.goto((await mint()).url)
    await input().setInputFiles([text('refused.txt')])
    await button('Send').click()
    await page.getByText('Not <this> one.').waitFor()
    await page.getByRole('button', { name: 'Remove refused.txt' }).click()
    await input().setInputFiles([text('fine.txt')])
    await button('Send').click()
    await isSent()
    expect(handled.map(({ names }) => names)).toEqual([['refused.txt'], ['fine.txt']])
  })

  it('sends several files once, though the answer is lost', async () => {
    let runs = 0
    const handler = () => {
      runs += 1
      server.server.closeAllConnections()
    }
    await page.goto((await mint({ handler })).url)
    await input().setInputFiles([picture, text('a.txt')])
    await button('Send').click()
    await isSent()
    expect(runs).toBe(1)
  })

  it('sends text fields along, and says which is missing', async () => {
    const fields = [
      { name: 'who', label: 'Your name', required: true },
      { name: 'note', label: 'Note', type: 'textarea' },
    ] as const
    await page.goto((await mint({ page: { fields } })).url)
    await input().setInputFiles([text('a.txt')])
    await button('Send').click()
    expect(await page.getByRole('alert').innerText()).toBe('Fill this in: Your name.')
    expect(await page.evaluate('document.activeElement.name')).toBe('who')
    await page.getByLabel('Your name').fill('Ann')
    await button('Send').click()
    await isSent()
    expect(handled).toMatchObject([
      {
        fields: [
          ['who', 'Ann'],
          ['note', ''],
        ],
      },
    ])
  })

  it('works by keyboard alone', async () => {
    await page.goto((await mint()).url)
    // Asked for before the key, and with an answer of the page in between: it goes another way into the
    // browser than a key does, which on a busy machine overtakes it.
    const chooser = page.waitForEvent('filechooser')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.id')).toBe('files')
    await page.keyboard.press('Enter')
    await (await chooser).setFiles([text('one.txt'), text('two.txt')])
    const seen: unknown[] = []
    for (let at = 0; at < 3; at += 1) {
      await page.keyboard.press('Tab')
      seen.push(
        await page.evaluate(
          'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent',
        ),
      )
    }
    expect(seen).toEqual(['Remove one.txt', 'Remove two.txt', 'Send'])
    await page.keyboard.press('Enter')
    await isSent()
    expect(handled).toMatchObject([{ names: ['one.txt', 'two.txt'] }])
  })

  it('works over plain HTTP from another machine, where browsers hold some things back', async () => {
    const { url } = await mint()
    const { port, pathname } = new URL(url)
    await page.goto(`http://${insecureHost}:${port}${pathname}`)
    expect(await page.evaluate('isSecureContext')).toBe(false)
    await input().setInputFiles([text('a.txt')])
    await button('Send').click()
    await isSent()
    expect(handled).toHaveLength(1)
  })

  it('says that the link is over, once another has used it', async () => {
    const { url } = await mint()
    await page.goto(url)
    await input().setInputFiles([text('late.txt')])
    await fetch(url, { method: 'PUT', body: 'first', headers: { 'Content-Type': 'text/plain' } })
    await button('Send').click()
    await page.getByRole('heading', { name: 'This link does not work' }).waitFor()
    expect(handled).toHaveLength(1)
  })

  it('offers the camera on a phone', async () => {
    if (browser === null) return
    const { context, page: phone } = await openWindow(browser, {
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
    })
    await phone.goto((await mint()).url)
    const camera = phone.getByLabel('Take a photo')
    expect(await camera.getAttribute('capture')).toBe('environment')
    await camera.setInputFiles([picture])
    await phone.getByRole('button', { name: 'Send' }).tap()
    await phone.getByRole('heading', { name: 'Received. Thank you!' }).waitFor()
    expect(handled).toMatchObject([{ names: ['Photo.png'] }])
    await context.close()
  })
})

describe('without a script', () => {
  it.each([
    ['from localhost', '127.0.0.1'],
    ['over plain HTTP from another machine', insecureHost],
  ])('the form sends files, and is answered by a receipt: %s', async (_, host) => {
    if (browser === null) return
    const { context, page: plain } = await openWindow(browser, { javaScriptEnabled: false })
    const { url } = await mint({ maxFiles: 2 })
    await plain.goto(url.replace('127.0.0.1', host))
    await plain.locator('#files').setInputFiles([text('one.txt'), picture])
    await plain.getByRole('button', { name: 'Send' }).click()
    await plain.getByRole('heading', { name: 'Received. Thank you!' }).waitFor()
    expect(await plain.locator('.done li').allInnerTexts()).toEqual([
      expect.stringMatching(/^one\.txt\s+5 bytes$/),
      expect.stringMatching(/^Photo\.png\s/),
      expect.stringMatching(/^In all\s/),
    ])
    expect(handled).toMatchObject([{ names: ['one.txt', 'Photo.png'] }])
    await context.close()
  })

  it('what was wrong is said in words, and the way leads back', async () => {
    if (browser === null) return
    const { context, page: plain } = await openWindow(browser, { javaScriptEnabled: false })
    const { url } = await mint()
    await plain.goto(url)
    await plain.locator('#files').setInputFiles([text('refused.txt')])
    await plain.getByRole('button', { name: 'Send' }).click()
    expect(await plain.locator('.error').innerText()).toBe('Not <this> one.')
    await plain.getByRole('link', { name: 'Back to the form' }).click()
    await plain.locator('#files').setInputFiles([text('fine.txt')])
    await plain.getByRole('button', { name: 'Send' }).click()
    await plain.getByRole('heading', { name: 'Received. Thank you!' }).waitFor()
    await context.close()
  })
})

describe('a large file', () => {
  let slotId = ''
  const statusNow = () => server.files.slots.status(slotId)
  const receivedBytes = async () => (await statusNow())?.receivedBytes
  const state = async () => (await statusNow())?.state

  async function mintLarge() {
    const ticket = await mint({ maxFiles: 1 })
    slotId = ticket.id
    await page.goto(ticket.url)
    return ticket
  }

  /** A line so slow that an upload is on its way while something else happens. */
  async function slowDown(bytesPerSecond: number) {
    const session = await window.context.newCDPSession(page)
    await session.send('Network.enable')
    const conditions = { offline: false, latency: 0, downloadThroughput: -1 }
    const set = (uploadThroughput: number) =>
      session.send('Network.emulateNetworkConditions', { ...conditions, uploadThroughput })
    await set(bytesPerSecond)
    return () => set(-1)
  }

  const barValue = () => page.evaluate<number>("document.querySelector('progress')?.value ?? 0")
  const begin = async () => {
    await input().setInputFiles(large.path)
    await button('Send').click()
    await expect.poll(barValue, { interval: 20 }).toBeGreaterThan(0)
  }
  const whole = () => [{ names: ['A film.mp4'], sha256: [large.sha256], fields: [] }]
  const offsets = () =>
    asked.filter((each) => each.startsWith('PATCH')).map((each) => Number(each.slice(6)))

  it('is paused, and goes on where it was', async () => {
    await mintLarge()
    const speedUp = await slowDown(slow)
    await begin()
    await expect.poll(receivedBytes).toBeGreaterThan(0)
    await button('Pause').click()
    expect(await page.locator('.files .state').innerText()).toContain('Paused')
    await expect.poll(state).toBe('open')
    await speedUp()
    await button('Continue').click()
    await isSent()
    expect(handled).toEqual(whole())
    expect(offsets()).toHaveLength(2)
    expect(offsets()[1]).toBeGreaterThan(0)
  })

  it('says how far it is, how fast it goes, and how long it will take', async () => {
    await mintLarge()
    const speedUp = await slowDown(500_000)
    await begin()
    const told = page.locator('.files .state')
    await expect
      .poll(() => told.innerText())
      .toMatch(/^12 MB · \d+% · [\d.]+ [kM]B\/s · \d+ seconds? left$/)
    await speedUp()
    await isSent()
    expect(handled).toEqual(whole())
  })

  it('goes on after a reload, once the same file is chosen again', async () => {
    await mintLarge()
    const speedUp = await slowDown(slow)
    await begin()
    await expect.poll(receivedBytes).toBeGreaterThan(0)
    await page.reload()
    await speedUp()
    await page.getByText('“A film.mp4” was only sent in part.').waitFor()
    await input().setInputFiles(large.path)
    await button('Send').click()
    await isSent()
    expect(handled).toEqual(whole())
    expect(offsets().at(-1)).toBeGreaterThan(0)
  })

  it('begins anew after a reload where another file is chosen', async () => {
    await mintLarge()
    const speedUp = await slowDown(slow)
    await begin()
    await expect.poll(receivedBytes).toBeGreaterThan(0)
    await page.reload()
    await speedUp()
    const other = join(folder, 'Another film.mp4')
    const bytes = randomBytes(largeBytes)
    await writeFile(other, bytes)
    await input().setInputFiles(other)
    await button('Send').click()
    await isSent()
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    expect(handled).toEqual([{ names: ['Another film.mp4'], sha256: [sha256], fields: [] }])
  })

  it('waits for the network, and goes on by itself', async () => {
    await mintLarge()
    const speedUp = await slowDown(slow)
    await begin()
    await expect.poll(receivedBytes).toBeGreaterThan(0)
    await window.context.setOffline(true)
    await page.getByText('You are offline.').first().waitFor()
    await speedUp()
    await window.context.setOffline(false)
    await isSent()
    expect(handled).toEqual(whole())
  })

  it('goes on by itself after the network was cut without a word', async () => {
    const { url, id } = await mint({ maxFiles: 1 })
    slotId = id
    const line = await startLine(Number(new URL(url).port))
    try {
      await page.goto(url.replace(server.origin, `http://127.0.0.1:${line.port}`))
      const speedUp = await slowDown(slow)
      await begin()
      await expect.poll(receivedBytes).toBeGreaterThan(0)
      line.cut()
      await page.getByText('The connection was lost. Trying again in').first().waitFor()
      line.mend()
      await speedUp()
      await isSent()
      expect(handled).toEqual(whole())
      expect(offsets().at(-1)).toBeGreaterThan(0)
    } finally {
      line.close()
    }
  })

  it('that was changed while it was sent is to be chosen again', async () => {
    await mintLarge()
    const path = join(folder, 'Cut later.mp4')
    await writeFile(path, randomBytes(largeBytes))
    const speedUp = await slowDown(slow)
    await input().setInputFiles(path)
    await button('Send').click()
    await expect.poll(receivedBytes).toBeGreaterThan(0)
    await writeFile(path, randomBytes(largeBytes))
    server.server.closeAllConnections()
    await page.getByText('A file was changed or moved after it was chosen.').waitFor()
    await speedUp()
    await input().setInputFiles(large.path)
    await button('Send').click()
    await isSent()
    expect(handled).toEqual(whole())
  })

  it('is cancelled, and can be sent all the same', async () => {
    await mintLarge()
    const speedUp = await slowDown(slow)
    await begin()
    await button('Cancel').click()
    await expect.poll(state).toBe('open')
    await speedUp()
    await button('Send').click()
    await isSent()
    expect(handled).toEqual(whole())
  })

  it('is sent by one of two tabs; the other says so, and then that the link is over', async () => {
    const { url } = await mintLarge()
    const speedUp = await slowDown(slow)
    await begin()
    const other = await window.context.newPage()
    await other.goto(url)
    await other.locator('#files').setInputFiles(large.path)
    await other.getByRole('button', { name: 'Send' }).click()
    await other.getByText('Another upload is coming in by this link right now.').first().waitFor()
    await speedUp()
    await isSent()
    await other.getByRole('heading', { name: 'This link does not work' }).waitFor()
    expect(handled).toEqual(whole())
  })

  it('is taken from one device; another waits, and is told that the link is over', async () => {
    if (browser === null) return
    const { url } = await mintLarge()
    const other = await openWindow(browser)
    await other.page.goto(url)
    await other.page.locator('#files').setInputFiles([text('other.txt')])
    const speedUp = await slowDown(slow)
    await begin()
    await expect.poll(receivedBytes).toBeGreaterThan(0)
    await other.page.getByRole('button', { name: 'Send' }).click()
    await other.page
      .getByText('Another upload is coming in by this link right now.')
      .first()
      .waitFor()
    await speedUp()
    await isSent()
    await other.page.getByRole('heading', { name: 'This link does not work' }).waitFor()
    expect(handled).toEqual(whole())
    await other.context.close()
  })
})

describe('a server that is killed while a file comes in', () => {
  let source: CompiledSource

  beforeAll(async () => {
    source = await compileSource()
  })

  afterAll(() => source.remove())

  it('gets the rest once it is back, without anybody doing anything', async () => {
    const ground = await createSharedGround()
    let child = await startServerProcess(source.folder, ground)
    const { url, id } = await child.mint('keep')
    await page.goto(url)
    const session = await window.context.newCDPSession(page)
    await session.send('Network.enable')
    const conditions = { offline: false, latency: 0, downloadThroughput: -1 }
    await session.send('Network.emulateNetworkConditions', {
      ...conditions,
      uploadThroughput: slow,
    })
    await input().setInputFiles(large.path)
    await button('Send').click()
    await expect.poll(() => ground.spooledBytes()).toBeGreaterThan(0)
    await child.kill()
    await page.getByText('The connection was lost. Trying again').first().waitFor()
    await session.send('Network.emulateNetworkConditions', { ...conditions, uploadThroughput: -1 })
    child = await startServerProcess(source.folder, ground, child.port)
    await isSent()
    expect(await child.status(id)).toMatchObject({ state: 'done' })
    expect(
      (await ground.lines('seen.log')).map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([{ name: 'A film.mp4', sizeBytes: largeBytes, sha256: large.sha256 }])
    await child.stop()
    await ground.remove()
  })
})

describe('what others have said', () => {
  const hostile = [
    '<script>document.title = "RAN"</script>',
    '"><img src=x onerror="document.title=`RAN`">',
    "'-alert(1)-'",
    '</title></style></script><svg onload="document.title=`RAN`">',
    '{{constructor.constructor("x")()}} ${x} <!-- --> ]]> &lt;b&gt;',
    '\u202egnp.exe\u202c \u0000 \ud800',
  ]

  it.each(hostile)('is text, and nothing else, wherever it stands: %j', async (said) => {
    if (browser === null) return
    const countElements = "document.querySelectorAll('*').length"
    const counts: unknown[] = []
    for (const shown of [said, 'x']) {
      const fields = [{ name: 'note', label: shown }]
      const kind = server.files.slot(`kind-${counts.length}`, {
        page: { title: shown, message: shown, fields },
        handler: () => {},
      })
      await page.goto((await kind.create()).url)
      counts.push(await page.evaluate(countElements))
    }
    expect(counts[0]).toBe(counts[1])
    expect(await page.evaluate('document.title')).not.toBe('RAN')
    const name = said.toWellFormed().replaceAll(/[/\\\0]/g, '_')
    await input().setInputFiles([{ name, mimeType: 'text/plain', buffer: Buffer.from('x') }])
    await button('Send').click()
    await isSent()
    expect(
      await page.evaluate("document.querySelectorAll('main bdi *, main img, main script').length"),
    ).toBe(0)
    expect(await page.title()).toBe('Received. Thank you!')
  })
})
