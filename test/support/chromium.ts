// Debian's Chromium, and pages for it on origins of their own.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'
import { rolldown } from 'rolldown'
import { findChromium } from '../../tools/system-packages.mjs'

/** Starts a browser; `null` where none is installed. */
export async function openChromium(): Promise<Browser | null> {
  const executablePath = findChromium()
  if (executablePath === null) return null
  // As root, as in containers, Chromium wants to be told that it can't make a sandbox.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

/** Why tests with a browser were skipped. */
export const noChromium = 'Chromium is not installed.'

/** A page with one script, on an origin that nothing else is on. */
export interface PageServer {
  readonly url: string
  close(): Promise<void>
}

/** Serves an empty page that runs a module, together with what that imports. */
export async function startPageServer(module: URL): Promise<PageServer> {
  const code = await bundle(fileURLToPath(module))
  const server = createServer((req, res) => {
    if (req.url === '/script.js')
      res.writeHead(200, { 'Content-Type': 'text/javascript' }).end(code)
    else if (req.url === '/') res.writeHead(200, { 'Content-Type': 'text/html' }).end(html)
    else res.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const html = '<!doctype html><title>test</title><script type="module" src="/script.js"></script>'

/** A module and all that it imports, as one module for browsers. */
export async function bundle(file: string): Promise<string> {
  const bundled = await rolldown({
    input: file,
    platform: 'browser',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  })
  const { output } = await bundled.generate({ format: 'esm' })
  await bundled.close()
  return output[0].code
}
