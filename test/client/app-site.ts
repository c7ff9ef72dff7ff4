// A small application on one origin: its page with a script, links and slots that the script asks for,
// under a Content-Security-Policy that lets nothing inline pass.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { startSite } from '../browser/site.ts'
import type { Site } from '../browser/site.ts'
import { createLocalStorage, createTitofisto } from '../../src/index.ts'
import type { LocalStorage, Titofisto } from '../../src/index.ts'
import { bundle } from '../support/chromium.ts'

/** The application. */
export interface AppSite extends Site {
  readonly files: Titofisto<LocalStorage>
  readonly root: string
  /** The clock of links. */
  nowMs: number
  /** What `GET /link?name` gives: links asked for, in order. */
  readonly links: string[]
  /** Requests that are cut off in their middle, by method. */
  readonly cut: Set<string>
}

/** Waits until something is so; under a strict policy a page can't be asked to wait by itself. */
export async function until(page: Page, expression: string): Promise<void> {
  await expect.poll(() => page.evaluate(expression)).toBeTruthy()
}

/** Starts it with the script of test/pages/; `GET /link?<name>` mints, for `lifeSeconds`. */
export async function startAppSite(script: string, lifeSeconds: number): Promise<AppSite> {
  const code = await bundle(fileURLToPath(new URL(`../pages/${script}`, import.meta.url)))
  const root = await mkdtemp(join(tmpdir(), 'titofisto-app-'))
  const storage = createLocalStorage({ root, durable: false })
  await writeFile(join(root, 'a.txt'), 'Hello')
  const links: string[] = []
  const cut = new Set<string>()
  const clock = { nowMs: Date.now() }
  const files = createTitofisto({
    secret: 'a secret for tests, 32 bytes and more',
    storage,
    durable: false,
    now: () => clock.nowMs,
  })

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const [path = '', query = ''] = (req.url ?? '').split('?')
    if (path === '/script.js') {
      res.writeHead(200, { 'Content-Type': 'text/javascript' }).end(code)
    } else if (path === '/link') {
      // No two links are of the same second.
      clock.nowMs += 1000
      const link = await files.url(decodeURIComponent(query), { expiresIn: lifeSeconds })
      links.push(link)
      res.end(link)
    } else if (cut.delete(req.method ?? '')) res.destroy()
    else await files.handler(req, res)
  }

  const site = await startSite('127.0.0.1', (req, res) => void answer(req, res))
  site.pageHeaders.set(
    'Content-Security-Policy',
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; media-src 'self'; require-trusted-types-for 'script'",
  )
  return {
    ...site,
    files,
    root,
    links,
    cut,
    get nowMs() {
      return clock.nowMs
    },
    set nowMs(nowMs) {
      clock.nowMs = nowMs
    },
    async close() {
      await files.close()
      await site.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}
