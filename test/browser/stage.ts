// A real Chromium for the pages: windows of every size and scheme, what axe finds in them, and pictures
// of them for us to look at, in test-results/.

import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { projectFolder } from '../../tools/project.mjs'
import { findChromium } from '../../tools/system-packages.mjs'

/** A host that is not `localhost`: over plain HTTP browsers call it insecure, as in a home's network. */
export const insecureHost = 'titofisto.test'

/** Starts a browser; `null` where none is installed. */
export async function openStage(): Promise<Browser | null> {
  const executablePath = findChromium()
  if (executablePath === null) return null
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', `--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`],
  })
}

/** A window onto a page, and what its policy has kept from happening. */
export interface Window {
  readonly context: BrowserContext
  readonly page: Page
  /** What the console says of the policy, and faults of scripts. */
  readonly complaints: readonly string[]
}

/** Opens a window in a browser that has seen nothing yet. */
export async function openWindow(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Window> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    ...options,
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (/Content.Security.Policy|Trusted/i.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { context, page, complaints }
}

/** Keeps a picture of a page. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = join(projectFolder, 'test-results')
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

let axe: Promise<string> | null = null

/** Looks whether something sticks out at the side. */
export async function expectNoOverflow(page: Page, name: string): Promise<void> {
  const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
  expect(await page.evaluate(wide), name).toBe(0)
}

/**
 * Looks for what WCAG 2.2 AA forbids; nothing is to be found. The page's policy would forbid axe: its
 * context has `bypassCSP`.
 */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  axe ??= readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  // Half a second of a processor: once for each document.
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(await axe)
  const found = await page.evaluate(`axe.run({
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations'],
  }).then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary])]))`)
  expect(found, name).toEqual([])
}
