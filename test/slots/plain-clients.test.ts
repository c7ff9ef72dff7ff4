// Clients that need no library: a program gets a slot's ticket from a resolver, and uploads with
// what it has at hand. Node's fetch, curl, and a page of another origin in a real browser.

import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findProgram } from '../../tools/system-packages.mjs'
import { SlotRejection } from '../../src/index.ts'
import { noChromium, openChromium, startPageServer } from '../support/chromium.ts'
import type { PageServer } from '../support/chromium.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

const bytes = randomBytes(2 * 1024 * 1024)
let server: UploadServer
let asked: string[]

beforeEach(async () => {
  asked = []
  server = await startUploadServer({
    decidesContinue: true,
    hang: (files) => (req, res) => {
      asked.push(String(req.method))
      return files.handler(req, res)
    },
  })
})

afterEach(async () => {
  await expect.poll(() => server.spooled()).toEqual([])
  await server.close()
})

/** As a GraphQL resolver gives it: what went through JSON. */
async function mutate(
  maxBytes = 100_000_000,
): Promise<{ readonly url: string; readonly method: string }> {
  const kind = server.files.slot('file', {
    maxBytes,
    async handler({ file, fields }) {
      if (file.name === 'refused.txt') throw new SlotRejection('Not this one.')
      return {
        name: file.name,
        type: file.type,
        note: fields.get('note'),
        sha256: await file.sha256(),
      }
    },
  })
  const response = { data: { requestUpload: await kind.create() } }
  const sent = JSON.parse(JSON.stringify(response)) as typeof response
  return sent.data.requestUpload
}

const facts = { name: 'a.bin', type: 'application/x-a', note: null, sha256: sha256(bytes) }

describe("Node's fetch", () => {
  it('uploads a form with a Blob, by the ticket alone', async () => {
    const { url, method } = await mutate()
    const body = new FormData()
    body.append('note', 'mine')
    body.append('file', new Blob([bytes], { type: 'application/x-a' }), 'a.bin')
    const response = await fetch(url, { method, body })
    expect(await response.json()).toEqual({ ...facts, note: 'mine' })
  })

  it('uploads a form with a file from the disk, which is streamed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'titofisto-plain-'))
    await writeFile(join(folder, 'a.bin'), bytes)
    const { url, method } = await mutate()
    const body = new FormData()
    const file = await openAsBlob(join(folder, 'a.bin'), { type: 'application/x-a' })
    body.append('file', file, 'a.bin')
    expect(await (await fetch(url, { method, body })).json()).toEqual(facts)
    await rm(folder, { recursive: true })
  })

  it.each([
    ['a buffer', () => bytes],
    ['a stream', () => new Blob([bytes]).stream()],
  ])('uploads %s as it is', async (_, body) => {
    const { url } = await mutate()
    const headers = {
      'Content-Type': 'application/x-a',
      'Content-Disposition': 'attachment; filename="a.bin"',
    }
    const init = { method: 'PUT', headers, body: body(), duplex: 'half' } as const
    expect(await (await fetch(url, init)).json()).toEqual(facts)
  })

  it('hears in words why its upload is refused', async () => {
    const { url } = await mutate(1000)
    const response = await fetch(url, { method: 'PUT', body: bytes })
    expect([response.status, await response.text()]).toEqual([
      413,
      expect.stringContaining('1000 bytes') as string,
    ])
  })
})

describe('curl', () => {
  let folder: string

  beforeEach(async ({ skip }) => {
    if (findProgram('curl') === null) skip('curl is not installed.')
    folder = await mkdtemp(join(tmpdir(), 'titofisto-curl-'))
    await writeFile(join(folder, 'a.bin'), bytes)
    await writeFile(join(folder, 'refused.txt'), 'refused')
  })

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  /** What curl prints: the answer, then its status on a line of its own. */
  async function curl(...args: string[]): Promise<readonly [status: number, body: string]> {
    const all = ['-sS', '--max-time', '20', '-w', '\n%{http_code}', ...args]
    const { stdout } = await promisify(execFile)('curl', all, { cwd: folder })
    const at = stdout.lastIndexOf('\n')
    return [Number(stdout.slice(at + 1)), stdout.slice(0, at)]
  }

  async function curlJson(...args: string[]): Promise<unknown> {
    const [status, body] = await curl(...args)
    expect([status, body]).toEqual([200, expect.stringContaining('{') as string])
    return JSON.parse(body)
  }

  it('uploads a form (-F)', async () => {
    const { url } = await mutate()
    expect(
      await curlJson('-F', 'note=mine', '-F', 'file=@a.bin;type=application/x-a', url),
    ).toEqual({ ...facts, note: 'mine' })
  })

  it('uploads a file (-T), with a digest, in chunks, and over HTTP/1.0', async () => {
    const digest = createHash('sha256').update(bytes).digest('base64')
    const named = [
      '-H',
      'Content-Type: application/x-a',
      '-H',
      'Content-Disposition: attachment; filename=a.bin',
    ]
    for (const [index, more] of [
      [],
      ['-H', `Content-Digest: sha-256=:${digest}:`],
      ['-H', 'Transfer-Encoding: chunked'],
      ['--http1.0'],
      ['-H', 'Expect:'],
    ].entries()) {
      if (index > 0) {
        await server.close()
        server = await startUploadServer({ decidesContinue: true })
      }
      const { url } = await mutate()
      expect([more, await curlJson('-T', 'a.bin', ...named, ...more, url)]).toEqual([more, facts])
    }
  })

  it('is told of a wrong digest, and may try again', async () => {
    const { url } = await mutate()
    const digest = createHash('sha256').update('other').digest('base64')
    const [status] = await curl('-T', 'a.bin', '-H', `Content-Digest: sha-256=:${digest}:`, url)
    expect(status).toBe(400)
    expect((await curl('-T', 'a.bin', url))[0]).toBe(200)
    expect((await curl('-T', 'a.bin', url))[0]).toBe(404)
  })

  it('hears that its file is too large without sending it', async () => {
    const { url } = await mutate(1000)
    const { stdout } = await promisify(execFile)(
      'curl',
      ['-sS', '-T', 'a.bin', '-w', '%{http_code} %{size_upload}', url],
      { cwd: folder },
    )
    expect(stdout).toMatch(/1000 bytes.*\n413 0$/s)
  })

  it('hears why the handler refuses', async () => {
    const { url } = await mutate()
    expect(await curl('-F', 'file=@refused.txt', url)).toEqual([422, 'Not this one.\n'])
  })
})

describe('a page of another origin in Chromium', () => {
  let browser: Browser | null
  let pages: PageServer
  let page: Page

  beforeAll(async () => {
    browser = await openChromium()
    pages = await startPageServer(new URL('../pages/uploads.mjs', import.meta.url))
  })

  afterAll(async () => {
    await browser?.close()
    await pages.close()
  })

  beforeEach(async ({ skip }) => {
    if (browser === null) return skip(noChromium)
    page = await browser.newPage()
    await page.goto(pages.url)
    await page.waitForFunction('globalThis.isReady')
  })

  afterEach(async () => {
    await page?.close()
  })

  function call(name: string, ...args: unknown[]): Promise<Answer> {
    return page.evaluate(`${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`)
  }

  it('uploads by PUT, after asking whether it may, and reads the answer', async () => {
    const { url } = await mutate()
    const { status, text } = await call('putByFetch', url, 'hello')
    expect([status, JSON.parse(text)]).toEqual([
      200,
      { name: 'a.txt', type: 'text/plain', note: null, sha256: sha256(Buffer.from('hello')) },
    ])
    expect(asked).toEqual(['OPTIONS', 'PUT'])
  })

  it('uploads a form without asking', async () => {
    const { url } = await mutate()
    const { status, text } = await call('postForm', url, 'hello', 'omit')
    expect([status, JSON.parse(text)]).toEqual([
      200,
      { name: 'größe.txt', type: 'text/plain', note: 'mine', sha256: sha256(Buffer.from('hello')) },
    ])
    expect(asked).toEqual(['POST'])
  })

  it('reads nothing where it sends cookies along: none count, so none are asked for', async () => {
    const { url } = await mutate()
    await expect(call('postForm', url, 'hello', 'include')).rejects.toThrow(/Failed to fetch/)
  })

  it('shows progress by XMLHttpRequest', async () => {
    const { url } = await mutate()
    const sizeBytes = 8 * 1024 * 1024
    const { status, progress } = await call('postByXhr', url, sizeBytes)
    expect(status).toBe(200)
    expect(progress.at(-1)).toBe(sizeBytes)
    expect(progress).toEqual([...progress].sort((left, right) => left - right))
  })

  it('reads refusals: 413 while it sends, and 404 of a slot that is used', async () => {
    const { url } = await mutate(1000)
    const tooLarge = await call('postByXhr', url, 24 * 1024 * 1024)
    expect([tooLarge.status, tooLarge.text]).toEqual([
      413,
      expect.stringContaining('1000 bytes') as string,
    ])
    expect((await call('putByFetch', url, 'hello')).status).toBe(200)
    expect(await call('postForm', url, 'again', 'omit')).toEqual({
      status: 404,
      text: 'Not found\n',
    })
  })

  it('reads the headers of tus', async () => {
    const { url } = await mutate()
    expect(await call('askByTus', url)).toEqual({ status: 200, offset: '0' })
  })
})

interface Answer {
  readonly status: number
  readonly text: string
  readonly progress: readonly number[]
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
