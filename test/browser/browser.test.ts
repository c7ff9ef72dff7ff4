// What people see: a real Chromium over a real server. What browsers do with our headers is theirs
// to decide, so no test of headers can stand in for this one.

import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeSound } from '../../src/cli/demo/demo-sound.ts'
import { writePaper } from '../../src/cli/demo/demo-paper.ts'
import { drawPicture } from '../../src/cli/demo/demo-picture.ts'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import { createTitofisto } from '../../src/titofisto.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import type { TitofistoOptions } from '../../src/titofisto-options.ts'
import { findChromium } from '../../tools/system-packages.mjs'
import { startSite } from './site.ts'
import type { Site } from './site.ts'
import { noChromium } from '../support/chromium.ts'
import { describeUnless } from '../support/unless.ts'

const executablePath = findChromium()
const whyNot = executablePath === null ? noChromium : null

const launchArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Says that it ran, as a page and as a picture: in its title, in a request, in a cookie. */
const script = 'document.title = "RAN"; fetch("/ran"); document.cookie = "ran=1"'
const samples: Readonly<Record<string, Uint8Array | string>> = {
  'picture.png': drawPicture(),
  'paper.pdf': writePaper(['A private paper']),
  'page.html': `<!doctype html><title>quiet</title><p id="p">a page</p><img src="/ran" onerror="${script.replaceAll('"', "'")}"><script>${script}</script>`,
  'drawing.svg': `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30"/><script>${script}</script></svg>`,
  'Grüße & Küsse?.txt': 'Grüße: äöü ÄÖÜ ß € 日本 🎉\n',
  'sound.wav': Buffer.concat([...makeSound(120)]),
}

/** For what a browser does in processes of its own, on a busy machine. */
const patiently = { timeout: 15_000 }

describeUnless(
  whyNot,
  'Chromium',
  () => {
    const startMs = 1_700_000_000_000
    let nowMs = startMs
    let browser: Browser
    let context: BrowserContext
    let page: Page
    let root: string
    let storage: LocalStorage
    let files: Titofisto<LocalStorage>
    let site: Site

    beforeAll(async () => {
      browser = await chromium.launch({
        executablePath: executablePath ?? '',
        args: launchArguments,
      })
      root = await mkdtemp(join(tmpdir(), 'titofisto-browser-'))
      storage = createLocalStorage({ root, durable: false })
      for (const [name, content] of Object.entries(samples))
        await writeFile(join(root, name), content)
    })

    afterAll(async () => {
      await browser.close()
      await rm(root, { recursive: true, force: true })
    })

    beforeEach(async () => {
      nowMs = startMs
      use()
      site = await startSite('127.0.0.1', serve)
      await openBrowser()
    })

    afterEach(async () => {
      await context.close()
      await site.close()
      await files.close()
    })

    /** Puts other options in the place of those so far, behind the same server. */
    function use(options: Partial<TitofistoOptions> = {}) {
      files = createTitofisto({
        secret: 'a secret for tests, 32 bytes and more',
        storage,
        durable: false,
        now: () => nowMs,
        ...options,
      } as TitofistoOptions & { storage: LocalStorage })
    }

    const serve: RequestListener = (req, res) => void files.handler(req, res)

    /** A browser that has seen nothing yet: what it has once loaded, it may keep while the link lives. */
    async function openBrowser() {
      await context?.close()
      context = await browser.newContext()
      page = await context.newPage()
    }

    async function visit(url: string) {
      const response = await page.goto(site.origin + url)
      return response?.status()
    }

    /** Follows a link on a page, as people do, and gives what is kept. */
    async function followToDownload(url: string) {
      site.pages.set('/', `<a href="${url}">here</a>`)
      await visit('/')
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('a')])
      return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
    }

    function countAsked(what: string) {
      return site.asked.filter((each) => each.what === what).length
    }

    describe('a picture', () => {
      it('is shown, by its own link and in a page', async () => {
        const url = await files.url('picture.png')
        expect(await visit(url)).toBe(200)
        expect(await page.evaluate('document.images[0].naturalWidth')).toBe(320)
        site.pages.set('/', `<img src="${url}">`)
        await visit('/')
        expect(await page.evaluate('document.images[0].naturalWidth')).toBe(320)
      })

      it('is kept under the name that the link says', async () => {
        const kept = await followToDownload(
          await files.url('picture.png', { download: 'Größe "1".png' }),
        )
        // Chromium itself puts `_` for what file systems won't have.
        expect(kept.name).toMatch(/^Größe [_"]1[_"]\.png$/)
        expect(kept.bytes.equals(drawPicture())).toBe(true)
      })

      it('url-every-second: a page drawn again asks for no image again', async () => {
        const picture = 'GET /media/picture.png'
        async function draw() {
          site.pages.set('/', `<img src="${await files.url('picture.png')}">`)
          await visit('/')
          expect(await page.evaluate('document.images[0].naturalWidth')).toBe(320)
          nowMs += 1000
        }
        for (let drawing = 0; drawing < 3; drawing++) await draw()
        expect(countAsked(picture)).toBe(3)
        use({ stableSeconds: 3600 })
        // Begin where an hour of this file begins: files have theirs at different times.
        const before = await files.url('picture.png')
        while ((await files.url('picture.png')) === before) nowMs += 60_000
        await openBrowser()
        for (let drawing = 0; drawing < 3; drawing++) await draw()
        expect(countAsked(picture)).toBe(4)
      })
    })

    describe('a sound', () => {
      /** Jumps to a time and waits until the player is there. */
      async function jump(url: string, seconds: number) {
        site.pages.set('/', `<audio src="${url}" preload="metadata" muted></audio>`)
        await visit('/')
        return page.evaluate(`new Promise((resolve, reject) => {
        const player = document.querySelector('audio')
        player.onerror = () => reject(new Error(player.error.message))
        player.onseeked = () => resolve({ at: player.currentTime, of: player.duration })
        const go = () => { player.currentTime = ${seconds} }
        if (player.readyState > 0) go()
        else player.onloadedmetadata = go
      })`)
      }

      /** Where each answered range began, as a share of the file. */
      async function rangesAsked(name: string) {
        const { size } = await stat(join(root, name))
        // A request that the player broke off has its entry once its connection is closed.
        await visit('/media/none')
        const partial = site.asked.filter(
          ({ what, status }) => what === `GET /media/${name}` && status === 206,
        )
        return partial.map(({ range }) => Number(/^bytes=(\d+)-/.exec(range)?.[1]) / size)
      }

      it('no-range-no-cache: is played from wherever one jumps to', async () => {
        const seen = await jump(await files.url('sound.wav'), 100)
        expect(seen).toEqual({ at: 100, of: 120 })
        const starts = await rangesAsked('sound.wav')
        expect(
          starts.some((start) => start > 0.7 && start < 0.9),
          starts.join(),
        ).toBe(true)
      })
    })

    describe('a paper', () => {
      it('is shown by the PDF viewer', async () => {
        const url = await files.url('paper.pdf')
        expect(await visit(url)).toBe(200)
        expect(await page.evaluate('document.contentType')).toBe('application/pdf')
        // The page, Chromium's viewer in it, and in that the paper.
        const paper = site.origin + url
        await expect
          .poll(() => page.frames().map((frame) => frame.url()), patiently)
          .toEqual([paper, expect.stringMatching(/^chrome-extension:/), paper])
      })

      it('is kept where the link says so', async () => {
        const kept = await followToDownload(await files.url('paper.pdf', { download: true }))
        expect(kept.name).toBe('paper.pdf')
        expect(kept.bytes.toString('latin1')).toMatch(/^%PDF-1\.4\n/)
      })
    })

    describe('what could run script', () => {
      it.each(['page.html', 'drawing.svg'])('is kept, not shown: %s', async (name) => {
        const kept = await followToDownload(await files.url(name))
        expect(kept.name).toBe(name)
        expect(kept.bytes.toString()).toBe(samples[name])
        expect(await context.cookies()).toEqual([])
      })

      it('inline-html: an HTML page shown on purpose runs no script and has no origin', async () => {
        expect(await visit(await files.url('page.html', { inline: true }))).toBe(200)
        expect(await page.textContent('#p')).toBe('a page')
        expect(await page.title()).toBe('quiet')
        expect(await page.evaluate('self.origin')).toBe('null')
        expect(await context.cookies()).toEqual([])
        expect(countAsked('GET /ran')).toBe(0)
      })

      it('inline-html: neither does a drawing, by itself or in a page', async () => {
        const url = await files.url('drawing.svg', { inline: true })
        expect(await visit(url)).toBe(200)
        expect(await page.evaluate('document.documentElement.tagName')).toBe('svg')
        expect(await page.evaluate('self.origin')).toBe('null')
        site.pages.set('/', `<title>quiet</title><img src="${url}"><iframe src="${url}"></iframe>`)
        await visit('/')
        expect(await page.evaluate('document.images[0].naturalWidth')).toBe(40)
        expect(await page.title()).toBe('quiet')
        expect(await context.cookies()).toEqual([])
        expect(countAsked('GET /ran')).toBe(0)
      })

      it('runs where nothing stops it, so that these tests can fail', async () => {
        site.pages.set('/page', String(samples['page.html']))
        await visit('/page')
        expect(await page.title()).toBe('RAN')
        expect(await context.cookies()).toMatchObject([{ name: 'ran' }])
        await expect.poll(() => countAsked('GET /ran'), patiently).toBeGreaterThan(0)
      })
    })

    describe('a text', () => {
      it('is shown in the letters it was written in, whatever its name', async () => {
        const name = 'Grüße & Küsse?.txt'
        expect(await visit(await files.url(name))).toBe(200)
        expect(await page.innerText('body')).toBe(samples[name])
        expect(await page.evaluate('document.characterSet')).toBe('UTF-8')
        const kept = await followToDownload(await files.url(name, { download: true }))
        expect(kept.name).toMatch(/^Grüße & Küsse[?_]\.txt$/)
      })
    })

    describe('a link', () => {
      const name = 'Grüße & Küsse?.txt'

      async function statusInNewBrowser(url: string) {
        await openBrowser()
        return visit(url)
      }

      it('works until its time is up', async () => {
        const url = await files.url(name, { expiresIn: 60 })
        nowMs += 60_000
        expect(await statusInNewBrowser(url)).toBe(200)
        nowMs += 1000
        expect(await statusInNewBrowser(url)).toBe(404)
        expect(await page.innerText('h1')).toBe('This link does not work')
      })

      it('works until the file changes, if only its time', async () => {
        const url = await files.url(name)
        expect(await statusInNewBrowser(url)).toBe(200)
        await utimes(join(root, name), 1_690_000_000, 1_690_000_000)
        expect(await statusInNewBrowser(url)).toBe(404)
        expect(await statusInNewBrowser(await files.url(name))).toBe(200)
      })

      it('works until a character of its token is changed', async () => {
        const url = await files.url(name)
        const tokenStart = url.indexOf('=') + 1
        for (let index = tokenStart; index < url.length; index += 5) {
          const other = url.charAt(index) === 'A' ? 'B' : 'A'
          const changed = url.slice(0, index) + other + url.slice(index + 1)
          expect(await visit(changed), changed).toBe(404)
        }
        expect(await visit(url)).toBe(200)
      })

      it('works until the secret is taken out, and while it is an older one', async () => {
        const url = await files.url(name)
        const [old, fresh] = [
          'a secret for tests, 32 bytes and more',
          'another secret, also of 32 bytes and more',
        ]
        use({ secret: [fresh, old] })
        expect(await statusInNewBrowser(url)).toBe(200)
        use({ secret: fresh })
        expect(await statusInNewBrowser(url)).toBe(404)
        expect(await statusInNewBrowser(await files.url(name))).toBe(200)
      })
    })

    describe('a page of another origin', () => {
      let other: Site

      beforeEach(async () => {
        other = await startSite('localhost', (_, res) => void res.writeHead(404).end())
        other.pages.set('/', '<title>another origin</title>')
      })

      afterEach(() => other.close())

      /** Fetches from a page of the other site; what the script could read, or what it got instead. */
      async function fetchThere(url: string, init: Record<string, unknown> = {}) {
        await page.goto(`${other.origin}/`)
        return page.evaluate(`fetch(${JSON.stringify(site.origin + url)}, ${JSON.stringify(init)}).then(
        async (response) => ({
          status: response.status,
          text: await response.text(),
          range: response.headers.get('Content-Range'),
          etag: response.headers.get('ETag') !== null,
          disposition: response.headers.get('Content-Disposition'),
        }),
        (error) => error.name,
      )`)
      }

      /** Shows an image there, and reads its pixels where it may. */
      async function showThere(url: string, attributes = '') {
        const source = site.origin + url
        other.pages.set('/show', `<img src="${source}" ${attributes}>`)
        await page.goto(`${other.origin}/show`)
        return page.evaluate(`(async () => {
        const [image] = document.images
        await image.decode().catch(() => {})
        const canvas = document.createElement('canvas')
        const context = canvas.getContext('2d')
        if (image.naturalWidth > 0) context.drawImage(image, 0, 0)
        let pixels = 'none'
        try { pixels = context.getImageData(0, 0, 1, 1).data.length } catch (error) { pixels = error.name }
        return { width: image.naturalWidth, pixels, isolated: self.crossOriginIsolated }
      })()`)
      }

      it('reads a part of a file by its link, after it has asked', async () => {
        const url = await files.url('page.html')
        const { length } = String(samples['page.html'])
        // A range from the end is none that may be sent without asking.
        expect(await fetchThere(url, { headers: { Range: 'bytes=-9' } })).toEqual({
          status: 206,
          text: String(samples['page.html']).slice(-9),
          range: `bytes ${length - 9}-${length - 1}/${length}`,
          etag: true,
          disposition: 'attachment; filename="page.html"',
        })
        const asked = site.asked.map(({ what }) => what)
        expect(asked).toEqual(['OPTIONS /media/page.html', 'GET /media/page.html'])
      })

      it('reads that its link is over, and nothing with credentials', async () => {
        const url = await files.url('page.html')
        expect(await fetchThere(`${url}x`)).toMatchObject({ status: 404, text: 'Not found\n' })
        expect(await fetchThere(url, { headers: { Authorization: 'Bearer x' } })).toMatchObject({
          status: 200,
        })
        expect(await fetchThere(url, { credentials: 'include' })).toBe('TypeError')
      })

      it('reads neither a bound link nor a public file', async () => {
        use({ bindOf: () => 'ann' })
        const bound = await files.url('page.html', { bind: 'ann' })
        await storage.save('public/open.txt', 'open', { onTaken: 'replace' })
        for (const url of [bound, '/media/public/open.txt']) {
          const { status } = await fetch(site.origin + url)
          expect(status).toBe(200)
          expect(await fetchThere(url)).toBe('TypeError')
        }
        use({ cors: 'all' })
        expect(await fetchThere('/media/public/open.txt')).toMatchObject({ text: 'open' })
        use({ cors: false })
        expect(await fetchThere(await files.url('page.html'))).toBe('TypeError')
      })

      it('shows an image, and reads its pixels, also after it was shown without asking', async () => {
        const url = await files.url('picture.png')
        expect(await showThere(url)).toMatchObject({ width: 320, pixels: 'SecurityError' })
        expect(await showThere(url, 'crossorigin')).toMatchObject({ width: 320, pixels: 4 })
        expect(countAsked('GET /media/picture.png')).toBe(1)
      })

      it('that is cross-origin isolated, as by helmet, shows links, but no bound ones', async () => {
        other.pageHeaders.set('Cross-Origin-Opener-Policy', 'same-origin')
        other.pageHeaders.set('Cross-Origin-Embedder-Policy', 'require-corp')
        const url = await files.url('picture.png')
        expect(await showThere(url)).toMatchObject({ width: 320, isolated: true })
        expect(await showThere(url, 'crossorigin')).toMatchObject({ width: 320, pixels: 4 })
        use({ bindOf: () => 'ann' })
        expect(await showThere(await files.url('picture.png', { bind: 'ann' }))).toMatchObject({
          width: 0,
          isolated: true,
        })
      })
    })

    describe('a slot', () => {
      let other: Site

      beforeEach(async () => {
        // Another site to browsers: other host, other port.
        other = await startSite('localhost', serve)
      })

      afterEach(() => other.close())

      function mintAvatarSlot() {
        const avatar = files.slot('avatar', {
          accept: ['image/png'],
          async handler({ file, fields }) {
            const name = await file.save('uploads/avatar.png')
            return {
              name,
              was: file.originalName,
              note: fields.get('note'),
              sizeBytes: file.sizeBytes,
            }
          },
        })
        return avatar.url()
      }

      it('csrf: a form on another origin uploads to a slot and gets its answer', async () => {
        const url = site.origin + (await mintAvatarSlot())
        other.pages.set(
          '/',
          `<form method="post" enctype="multipart/form-data" action="${url}">
          <input name="note" value="für mich"><input type="file" name="picture"><button>send</button>
        </form>`,
        )
        await page.goto(`${other.origin}/`)
        await page.setInputFiles('input[type=file]', {
          name: 'Gesicht ü.png',
          mimeType: 'image/png',
          buffer: drawPicture(),
        })
        const [answer] = await Promise.all([
          page.waitForResponse((response) => response.url() === url),
          page.click('button'),
        ])
        expect(answer.status()).toBe(200)
        // A person sees what arrived; the handler's answer is for programs.
        expect(await page.getByRole('listitem').allInnerTexts()).toEqual([
          expect.stringContaining('Gesicht ü.png'),
        ])
        expect((await readFile(join(root, 'uploads/avatar.png'))).equals(drawPicture())).toBe(true)
        expect(await visit(await files.url('uploads/avatar.png'))).toBe(200)
        expect(await page.evaluate('document.images[0].naturalWidth')).toBe(320)
        await storage.delete('uploads/avatar.png')
      })

      it("answers another origin's script, and tells it why when it refuses", async () => {
        const url = site.origin + (await mintAvatarSlot())
        other.pages.set('/', '')
        await page.goto(`${other.origin}/`)
        async function send(type: string, text: string) {
          return page.evaluate(`(async () => {
          const body = new Blob([${text}], { type: '${type}' })
          const response = await fetch('${url}', { method: 'PUT', body })
          return { status: response.status, text: await response.text() }
        })()`)
        }
        const picture = `new Uint8Array(${JSON.stringify([...drawPicture()])})`
        expect(await send('text/html', '"<script>1</script>"')).toMatchObject({ status: 415 })
        const sent = await send('image/png', picture)
        expect(sent).toMatchObject({ status: 200, text: expect.stringContaining('uploads/avatar') })
        expect(await send('image/png', picture)).toEqual({ status: 404, text: 'Not found\n' })
        await storage.delete('uploads/avatar.png')
      })
    })
  },
  { timeout: 60_000 },
)
