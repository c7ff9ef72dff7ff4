// The owner's page of `serve --browse` in a real Chromium: the real command, as whoever started it uses it
// all day. Pictures of each part are kept in test-results/.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { drawPicture } from '../../src/cli/demo/demo-picture.ts'
import { findLink } from '../cli/owner.ts'
import { spawnCli, type RunningCli } from '../cli/command-line.ts'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { noChromium } from '../support/chromium.ts'
import { expectAccessible, expectNoOverflow, openStage, openWindow, takePicture } from './stage.ts'

let browser: Browser | null
let cwd: string
let server: RunningCli
let link: string

beforeAll(async () => {
  browser = await openStage()
  cwd = mkdtempSync(path.join(tmpdir(), 'titofisto-owner-'))
  const put = (name: string, bytes: string | Buffer) => {
    const file = path.join(cwd, 'files', name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
  const picture = drawPicture()
  put('photos/2026/beach.png', picture)
  put('photos/castle.png', picture)
  put('photos/not really.png', 'text')
  put('photos/<img src=x onerror=alert(1)>.png', picture)
  put('Minutes of the meeting on the new school yard, corrected.pdf', Buffer.alloc(1_400_000))
  put('hello.txt', 'hello')
  put('page.html', '<script>alert(1)</script>')
  put('annexe\u202egpj.exe', 'x')
  put('film.mp4', Buffer.alloc(52_000_000))
  put('Budget 2026.xlsx', Buffer.alloc(23_000))
  server = spawnCli(['serve', '--browse', '--port', '0', 'files'], { cwd })
  link = findLink(await server.stdoutWith(/Stop with/))
})

afterAll(async () => {
  await browser?.close()
  server.child.kill('SIGKILL')
  await server.ended
  rmSync(cwd, { recursive: true, force: true })
})

beforeEach(({ skip }) => {
  if (browser === null) skip(noChromium)
})

/** A window of the owner's, on a part of the page. */
async function visit(
  use: (page: Page, complaints: readonly string[]) => Promise<void>,
  options: BrowserContextOptions = {},
  from = link,
): Promise<void> {
  const { context, page, complaints } = await openWindow(browser ?? expect.unreachable(), options)
  await page.goto(from)
  await use(page, complaints)
  expect(complaints).toEqual([])
  await context.close()
}

const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] }

describe('the owner', () => {
  it('comes by the link, and the key is gone from the address', async () => {
    await visit(async (page) => {
      await page.getByRole('heading', { level: 1, name: 'Files' }).waitFor()
      expect(page.url()).toMatch(/\/media\/titofisto\/browse\/[\w-]{22}\/$/)
      expect(await page.evaluate('document.referrer + document.cookie')).toBe('')
      await page.getByRole('link', { name: 'photos' }).click()
      await page.getByRole('link', { name: '2026' }).click()
      await page.getByRole('link', { name: 'beach.png' }).click()
      await page.waitForURL(/\/media\/photos\/2026\/beach\.png\?titofisto_token=/)
      await page.goBack()
      await page.getByRole('navigation', { name: 'Folders above' }).getByText('photos').click()
      await page.getByRole('heading', { level: 1, name: 'photos' }).waitFor()
    })
  })

  it('comes from a page of another site, too', async () => {
    await visit(
      async (page) => {
        await page.setContent(`<a href="${link}">mine</a>`)
        await page.getByRole('link').click()
        await page.getByRole('heading', { level: 1, name: 'Files' }).waitFor()
        expect(page.url()).not.toContain('key=')
      },
      {},
      'data:text/html,mail',
    )
  })

  it('sees pictures small, and of what is none its suffix; a name that is markup is a name', async () => {
    await visit(async (page) => {
      await page.getByRole('link', { name: 'photos' }).click()
      await page.getByRole('link', { name: 'Grid' }).click()
      const picture = page.getByRole('listitem').filter({ hasText: 'castle.png' }).locator('img')
      await expect
        .poll(() => picture.evaluate((image) => 'naturalWidth' in image && image.naturalWidth))
        .toBeGreaterThan(0)
      const none = page.getByRole('listitem').filter({ hasText: 'not really.png' })
      await none.locator('.thumb', { hasText: 'png' }).waitFor()
      await page.getByRole('link', { name: '<img src=x onerror=alert(1)>.png' }).waitFor()
    })
  })

  it('searches, and sorts', async () => {
    await visit(async (page) => {
      await page.getByRole('searchbox').fill('PNG')
      await page.keyboard.press('Enter')
      await page.getByText('4 files with').waitFor()
      await page.getByRole('link', { name: 'photos/2026/beach.png' }).waitFor()
      await page.getByRole('link', { name: 'Show all' }).click()
      await page.getByRole('link', { name: 'Size' }).click()
      await page.getByRole('columnheader', { name: 'Size' }).waitFor()
      expect(await page.getByRole('columnheader', { name: 'Size' }).getAttribute('aria-sort')).toBe(
        'descending',
      )
      const names = await page.locator('tbody .entry a').allTextContents()
      expect(names.slice(0, 2)).toEqual(['photos', 'film.mp4'])
    })
  })

  it('makes a link by the keyboard, copies it, and it works', async () => {
    await visit(async (page) => {
      const button = page.getByRole('button', { name: 'Link to hello.txt' })
      await button.focus()
      await page.keyboard.press('Enter')
      const dialog = page.getByRole('dialog', { name: 'Link to hello.txt' })
      await dialog.getByRole('img', { name: 'QR code of the link' }).waitFor()
      await dialog.getByLabel('Works for').selectOption('7 days')
      await dialog.getByText(/Works until/).waitFor()
      await dialog.getByRole('button', { name: 'Copy' }).click()
      await dialog.getByRole('button', { name: 'Copied' }).waitFor()
      const url = String(await page.evaluate('navigator.clipboard.readText()'))
      expect(url).toContain('.e604800.')
      expect(await (await fetch(url)).text()).toBe('hello')
      await takePicture(page, 'owner-link-1280')
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })
      expect(await page.evaluate('document.activeElement.dataset.link')).toBe('hello.txt')
    }, clipboard)
  })

  it('uploads what is dropped, into the folder that is shown', async () => {
    await visit(async (page) => {
      await page.getByRole('link', { name: 'photos' }).click()
      const drop = await page.evaluateHandle(`(() => {
        const data = new DataTransfer()
        data.items.add(new File(['one'], 'dropped one.txt'))
        data.items.add(new File([new Uint8Array(3_000_000)], 'dropped two.bin'))
        return data
      })()`)
      await page.dispatchEvent('main', 'drop', { dataTransfer: drop })
      await page.getByText('2 files are here now.').first().waitFor()
      await page.getByRole('link', { name: 'dropped two.bin' }).waitFor()
      expect(readFileSync(path.join(cwd, 'files/photos/dropped one.txt'), 'utf8')).toBe('one')
      expect(readFileSync(path.join(cwd, 'files/photos/dropped two.bin')).length).toBe(3_000_000)
    })
  })

  it('uploads by the button', async () => {
    await visit(async (page) => {
      const chooser = page.waitForEvent('filechooser')
      await page.getByRole('button', { name: 'Upload files' }).click()
      await (
        await chooser
      ).setFiles({
        name: 'chosen.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('mine'),
      })
      await page.getByRole('link', { name: 'chosen.txt' }).waitFor()
      expect(readFileSync(path.join(cwd, 'files/chosen.txt'), 'utf8')).toBe('mine')
    })
  })

  it('asks people for files, and closes that again', async () => {
    await visit(async (page) => {
      await page.getByRole('link', { name: 'Requests', exact: true }).click()
      await page.getByLabel('What you ask for').fill('Photos of Rome')
      await page.getByLabel('Into the folder').fill('rome')
      await page.getByRole('button', { name: 'Make the link' }).click()
      await page.getByText('Whoever has this link can send files:').waitFor()
      await takePicture(page, 'owner-request-made-1280')
      await page.getByRole('link', { name: 'Photos of Rome' }).click()
      await page.getByText('Nobody has sent anything yet.').waitFor()
      await page.getByRole('button', { name: 'Close it' }).click()
      await page.getByText('Closed: 0 of 30 sent').waitFor()
    })
  })

  it('is told in words what can’t be', async () => {
    await visit(async (page) => {
      await page.getByRole('link', { name: 'Requests', exact: true }).click()
      await page.getByLabel('Into the folder').fill('../elsewhere')
      await page.getByRole('button', { name: 'Make the link' }).click()
      await page.getByRole('alert').getByText('No folder can have this name.').waitFor()
    })
  })

  it('sees what is on its way as it goes, and takes a slot back', async () => {
    await visit(async (page) => {
      await page.getByRole('link', { name: 'Open now' }).click()
      await page.getByText('Nothing is on its way.').waitFor()
      const { origin } = new URL(link)
      await page.request.get(page.url())
      const leave = new AbortController()
      const ways = await page.context().newPage()
      await ways.goto(new URL('./', page.url()).href)
      // A download that nobody reads stays on its way.
      const href = await ways.getByRole('link', { name: 'film.mp4' }).getAttribute('href')
      const asked = await page.request.get(new URL(href ?? '', page.url()).href, {
        maxRedirects: 0,
      })
      const response = await fetch(new URL(asked.headers()['location'] ?? '', origin), {
        signal: leave.signal,
      })
      const row = page.locator('#transfers li').filter({ hasText: 'film.mp4' })
      await row.locator('progress').waitFor()
      await takePicture(page, 'owner-now-1280')
      leave.abort()
      await response.body?.cancel().catch(() => {})
      await row.waitFor({ state: 'detached' })
      await page.getByText('Nothing is on its way.').waitFor()
      // Those by which the other tests have sent are over.
      expect(await page.getByRole('button', { name: 'Take back' }).count()).toBe(0)
    })
  })

  it('works by plain HTTP from another machine, where browsers say less', async () => {
    // To Chromium 127.0.0.1 is as good as TLS; another name is not.
    const far = mkdtempSync(path.join(tmpdir(), 'titofisto-owner-far-'))
    cpSync(path.join(cwd, 'files/hello.txt'), path.join(far, 'hello.txt'))
    const flags = ['serve', '--browse', '--port', '0', '--host', '0.0.0.0', '.']
    const other = spawnCli(flags, { cwd: far })
    try {
      const said = await other.stdoutWith(/Stop with/)
      const lan = /reach it at (http:\S+?)[,\s]/.exec(said)?.[1]
      // A machine without a network has none.
      if (lan === undefined) return
      const there = findLink(said).replace(/^http:\/\/[^/]+/, lan)
      await visit(
        async (page) => {
          expect(await page.evaluate('isSecureContext')).toBe(false)
          await page.getByRole('button', { name: 'Link to hello.txt' }).click()
          const field = page.getByRole('textbox', { name: 'Link', exact: true })
          await expect.poll(() => field.inputValue()).toContain(lan)
        },
        {},
        there,
      )
    } finally {
      other.child.kill('SIGKILL')
      await other.ended
      rmSync(far, { recursive: true, force: true })
    }
  })

  it('has without a script a list of links, sorted and searched', async () => {
    await visit(
      async (page) => {
        await page.getByRole('link', { name: 'Size' }).click()
        await page.getByRole('searchbox').fill('hello')
        await page.getByRole('button', { name: 'Search' }).click()
        await page.getByRole('link', { name: 'hello.txt' }).click()
        expect(await page.locator('body').textContent()).toBe('hello')
        await page.goto(link)
        expect(await page.getByRole('button', { name: 'Link to hello.txt' }).count()).toBe(0)
        await page.getByRole('button', { name: 'Upload files' }).click()
        await page.getByRole('heading', { name: 'Send files' }).waitFor()
      },
      { javaScriptEnabled: false },
    )
  })
})

describe('how it looks', () => {
  const parts: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
    list: async () => {},
    grid: async (page) => {
      await page.getByRole('link', { name: 'photos' }).click()
      await page.getByRole('link', { name: 'Grid' }).click()
    },
    requests: async (page) => page.getByRole('link', { name: 'Requests', exact: true }).click(),
    now: async (page) => page.getByRole('link', { name: 'Open now' }).click(),
    link: async (page) => {
      await page.getByRole('button', { name: /^Link to Minutes/ }).click()
      await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
    },
  }
  // What axe finds depends on the width and on the scheme, each by itself: `npm run matrix` has all.
  const windows = [
    [320, 'dark'],
    [1280, 'light'],
    ...(runsAllClients()
      ? ([
          [320, 'light'],
          [768, 'light'],
          [1280, 'dark'],
        ] as const)
      : []),
  ] as const

  it.each(Object.entries(parts))('%s, in each width, dark and light', async (name, open) => {
    await visit(
      async (page) => {
        await open(page)
        for (const [width, colorScheme] of windows) {
          await page.setViewportSize({ width, height: 800 })
          await page.emulateMedia({ colorScheme })
          const title = `owner-${name}-${width}-${colorScheme}`
          await takePicture(page, title)
          await expectNoOverflow(page, title)
          await expectAccessible(page, title)
        }
      },
      { bypassCSP: true },
    )
  })
})
