// What a site does that serves files and takes uploads by a framework, seen from outside: it runs in
// a process of its own, and this one makes the links and slots, with the same secret and folder.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { upload } from '../../src/client/index.ts'
import { createLocalStorage, createTitofisto } from '../../src/index.ts'
import type { FileFacts, LocalStorage, SlotKind, Titofisto } from '../../src/index.ts'
import { tenBytes } from '../support/file-ground.ts'
import { onePixel } from '../support/one-pixel.ts'
import { uploadSlowly } from '../support/slow-upload.ts'
import { startTusUpload } from '../support/tus-upload.ts'

const mebibyte = 1024 * 1024
/** More than the inbox takes, and than the buffers of a connection. */
const slowBytes = 12 * mebibyte

/** How a site is started. */
export interface SiteSetting {
  /** Where the project lies; its files are in `media` there. */
  readonly folder: string
  readonly command: string
  /** `{port}` stands for the port to listen on. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What links begin with. Default `/media/`. */
  readonly mediaUrl?: string
  /** A route of the application's own that takes forms, where the snippets guard it from other sites. */
  readonly ownForm?: string
  /** A route of the application's own that receives a picture by `PUT` and gives its link. */
  readonly ownUpload?: string
  /** Whether its server closes a connection once it has refused an upload, instead of reading on. */
  readonly closesRefused?: boolean
  /** Whether its server closes under a client that writes, whose `Connection: close` it has read. */
  readonly losesLast?: boolean
  /** What the site's versions of files are, where another process sees other ones. */
  readonly versionOf?: (facts: FileFacts) => string
}

/** A running site. */
interface Site {
  readonly origin: string
  stop(): Promise<void>
}

/** Asks a site for all that a user would. */
export function describeSite(name: string, prepare: () => Promise<SiteSetting>): void {
  describe(name, () => {
    const bigBytes = randomBytes(3 * mebibyte)
    let site: Site
    let ownForm: string | undefined
    let ownUpload: string | undefined
    /** What the next request of a refused client gets. */
    let nextStatuses: readonly number[]
    let losesLast = false
    let files: Titofisto<LocalStorage>
    let inbox: SlotKind
    let spoolFolder: string

    beforeAll(async () => {
      const setting = await prepare()
      const root = path.join(setting.folder, 'media')
      await rm(root, { recursive: true, force: true })
      await mkdir(root, { recursive: true })
      await writeFile(path.join(root, 'ten.bin'), tenBytes)
      await writeFile(path.join(root, 'big.bin'), bigBytes)
      await writeFile(path.join(root, 'README'), 'read me\n')
      await writeFile(path.join(root, 'ünï cödé?#&%.txt'), 'Grüße\n')
      const secret = randomBytes(32).toString('base64url')
      const storage = createLocalStorage({ root })
      const { mediaUrl = '/media/', versionOf } = setting
      // It only mints: another process may not handle what comes in there.
      files = createTitofisto({
        secret,
        storage,
        mediaUrl,
        sweepSeconds: 0,
        ...(versionOf !== undefined && { versionOf }),
      })
      inbox = files.slot('inbox', { maxBytes: 5_000_000, handler: () => {} })
      spoolFolder = storage.spoolFolder
      ownForm = setting.ownForm
      ownUpload = setting.ownUpload
      losesLast = setting.losesLast === true
      nextStatuses = setting.closesRefused === true ? [] : [200]
      site = await start(setting, secret)
    }, 600_000)

    afterAll(async () => {
      await site?.stop()
      await files?.close()
    })

    async function ask(file: string, init: RequestInit = {}): Promise<Response> {
      return fetch(site.origin + (await files.url(file)), init)
    }

    async function put(url: string, body: Uint8Array | string): Promise<Response> {
      return fetch(url, { method: 'PUT', body })
    }

    async function bytesOf(response: Response): Promise<Buffer> {
      return Buffer.from(await response.arrayBuffer())
    }

    it('serves a file, whole and its head', async () => {
      const whole = await ask('ten.bin')
      expect([whole.status, await bytesOf(whole)]).toEqual([200, tenBytes])
      expect(whole.headers.get('cache-control')).toMatch(/^private, max-age=\d+, immutable$/)
      expect(whole.headers.get('x-content-type-options')).toBe('nosniff')
      const head = await ask('ten.bin', { method: 'HEAD' })
      expect([head.status, await head.text()]).toEqual([200, ''])
      expect(head.headers.get('etag')).toBe(whole.headers.get('etag'))
    })

    it('serves 3 MiB byte for byte, and ranges of them', async () => {
      expect((await bytesOf(await ask('big.bin'))).equals(bigBytes)).toBe(true)
      const part = await ask('big.bin', { headers: { Range: 'bytes=1000000-1999999' } })
      expect([part.status, part.headers.get('content-range')]).toEqual([
        206,
        `bytes 1000000-1999999/${bigBytes.length}`,
      ])
      expect((await bytesOf(part)).equals(bigBytes.subarray(1_000_000, 2_000_000))).toBe(true)
      expect((await ask('ten.bin', { headers: { Range: 'bytes=10-' } })).status).toBe(416)
    })

    it('tells a client that has a file already so', async () => {
      const etag = (await ask('ten.bin')).headers.get('etag') ?? ''
      const again = await ask('ten.bin', { headers: { 'If-None-Match': etag } })
      expect([again.status, await again.text()]).toEqual([304, ''])
    })

    it.each([
      ['README', 'read me\n'],
      ['ünï cödé?#&%.txt', 'Grüße\n'],
    ])('serves a file called %s', async (file, content) => {
      const response = await ask(file)
      expect([response.status, await response.text()]).toEqual([200, content])
    })

    it('refuses whatever is wrong with a link by one and the same 404', async () => {
      const link = await files.url('ten.bin')
      for (const wrong of [`${link}x`, link.replace(/\?.*/, ''), link.replace('ten', 'big')]) {
        const response = await fetch(site.origin + wrong)
        expect([response.status, await response.text()]).toEqual([404, 'Not found\n'])
      }
    })

    it('takes a form, once', async () => {
      const url = site.origin + (await inbox.url())
      const body = new FormData()
      body.append('file', new Blob([bigBytes]), 'größe.bin')
      const taken = await fetch(url, { method: 'POST', body })
      expect([taken.status, await taken.json()]).toEqual([200, { name: 'inbox/größe.bin' }])
      expect((await bytesOf(await ask('inbox/größe.bin'))).equals(bigBytes)).toBe(true)
      expect((await put(url, 'again')).status).toBe(404)
    })

    it('takes bare bytes, and pieces by tus', async () => {
      const url = site.origin + (await inbox.url())
      const taken = await put(url, bigBytes)
      expect([taken.status, await taken.json()]).toMatchObject([200, {}])
      const endpoint = site.origin + (await inbox.url())
      const metadata = { filename: 'tus.bin', filetype: 'application/x-a' }
      await startTusUpload(bigBytes, { endpoint, chunkSize: mebibyte, metadata }).done
      expect((await bytesOf(await ask('inbox/tus.bin'))).equals(bigBytes)).toBe(true)
    })

    it('takes files of titofisto/client, and tells it why not', async () => {
      const sent = async (file: Blob, fileName: string) =>
        upload(site.origin + (await inbox.url()), file, { fileName, maxRequestBytes: mebibyte })
      for (const bytes of [bigBytes.subarray(0, 1000), bigBytes]) {
        const fileName = `client-${bytes.length}.bin`
        expect(await sent(new Blob([bytes]), fileName)).toEqual({ name: `inbox/${fileName}` })
        expect((await bytesOf(await ask(`inbox/${fileName}`))).equals(bytes)).toBe(true)
      }
      const large = sent(new Blob([Buffer.alloc(5_000_001)]), 'large.bin')
      await expect(large).rejects.toMatchObject({ code: 'upload-too-large', limit: 5_000_000 })
    })

    it('tells what is too large so', async () => {
      const url = site.origin + (await inbox.url())
      expect((await put(url, Buffer.alloc(5_000_001))).status).toBe(413)
    })

    it('answers a refused client that writes on and reads later, and its next request', async () => {
      const link = await files.url('ten.bin')
      const forged = `${await inbox.url()}x`
      const next = `GET ${link} HTTP/1.1\r\nHost: localhost\r\n\r\n`
      const answers = await Promise.all([
        putSlowly(forged, next),
        putSlowly(await inbox.url(), next),
        ...(losesLast ? [] : [putSlowly(forged), putSlowly(await inbox.url())]),
      ])
      const statuses = answers.map(({ replies }) => replies.map(({ status }) => status))
      const last = losesLast ? [] : [[404], [413]]
      expect(statuses).toEqual([[404, ...nextStatuses], [413, ...nextStatuses], ...last])
    })

    /** Without another request it is the connection's last. */
    async function putSlowly(url: string, next?: string) {
      const socket = connect(Number(new URL(site.origin).port), '127.0.0.1')
      await once(socket, 'connect')
      const close = next === undefined ? 'Connection: close\r\n' : ''
      const head = `PUT ${url} HTTP/1.1\r\nHost: localhost\r\n${close}Content-Type: image/png\r\nContent-Length: ${slowBytes}\r\n\r\n`
      const body = Buffer.alloc(slowBytes)
      return uploadSlowly(socket, { head, body, ...(next !== undefined && { next }) })
    }

    it('gives a slot back whose client is gone', async () => {
      const { id, url } = await inbox.create()
      const socket = connect(Number(new URL(site.origin).port), '127.0.0.1')
      await once(socket, 'connect')
      const head = `PUT ${url} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n`
      socket.write(head)
      socket.write(Buffer.alloc(mebibyte))
      const state = async (): Promise<string | undefined> => (await inbox.status(id))?.state
      await expect.poll(state).toBe('receiving')
      socket.destroy()
      await expect.poll(state).toBe('open')
      await expect.poll(() => readdir(spoolFolder)).toEqual([])
      expect((await put(site.origin + url, 'mine')).status).toBe(200)
    })

    it('survives clients that leave in the middle of a file', async () => {
      for (let count = 0; count < 20; count++) {
        const { body } = await ask('big.bin')
        const reader = body?.getReader()
        await reader?.read()
        await reader?.cancel()
      }
      expect((await bytesOf(await ask('big.bin'))).equals(bigBytes)).toBe(true)
    })

    it('receives an upload in a route of its own, and says what it refuses', async ({ skip }) => {
      if (ownUpload === undefined) skip('its snippets have no such route')
      const send = (body: Uint8Array, type: string) =>
        fetch(site.origin + ownUpload, { method: 'PUT', body, headers: { 'Content-Type': type } })
      const taken = await send(onePixel, 'image/png')
      const { url } = (await taken.json()) as { url: string }
      expect(await bytesOf(await fetch(new URL(url, site.origin)))).toEqual(onePixel)
      expect((await send(onePixel, 'text/plain')).status).toBe(415)
      expect((await send(Buffer.alloc(1_000_001), 'image/png')).status).toBe(413)
    })

    it('answers a client that such a route refused, and that writes on and reads later', async ({
      skip,
    }) => {
      if (ownUpload === undefined) return skip('its snippets have no such route')
      const next = `GET ${await files.url('ten.bin')} HTTP/1.1\r\nHost: localhost\r\n\r\n`
      const answers = await Promise.all([putSlowly(ownUpload, next), putSlowly(ownUpload)])
      const statuses = answers.map(({ replies }) => replies.map(({ status }) => status))
      expect(statuses).toEqual([[413, ...nextStatuses], [413]])
    })

    it("keeps other sites' forms from the application's own routes", async ({ skip }) => {
      if (ownForm === undefined) skip('its snippets leave that to the framework')
      const post = (from: string) => {
        const headers = { Origin: from }
        const body = new URLSearchParams({ title: 'Me' })
        return fetch(`${site.origin}${ownForm}`, { method: 'POST', body, headers })
      }
      expect((await post('https://evil.example')).status).toBe(403)
      expect((await post(site.origin)).status).toBe(200)
    })

    it('answers all other paths itself', async () => {
      const response = await fetch(`${site.origin}/surely/not/ours`)
      expect(await response.text()).not.toBe('Not found\n')
    })
  })
}

async function start(setting: SiteSetting, secret: string): Promise<Site> {
  const port = await freePort()
  const child = spawn(
    setting.command,
    setting.args.map((arg) => arg.replace('{port}', String(port))),
    {
      cwd: setting.folder,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        PORT: String(port),
        HOST: '127.0.0.1',
        HOSTNAME: '127.0.0.1',
        TITOFISTO_SECRET: secret,
        ...setting.env,
      },
      // A group of its own: some start others, which are to end with them.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let said = ''
  child.stdout.on('data', (text) => (said += String(text)))
  child.stderr.on('data', (text) => (said += String(text)))
  const origin = `http://127.0.0.1:${port}`
  await untilItAnswers(child, origin, () => said)
  return { origin, stop: () => stop(child) }
}

async function untilItAnswers(
  child: ChildProcess,
  origin: string,
  said: () => string,
): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`It ended at once:\n${said()}`)
    const isThere = await fetch(`${origin}/`).then(
      (response) => response.arrayBuffer().then(() => true),
      () => false,
    )
    if (isThere) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  process.kill(-child.pid, 'SIGKILL')
  await ended
}

/** One that nobody listens on just now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
