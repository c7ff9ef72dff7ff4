// `titofisto serve --browse`: what the owner's page does, by hand; in a browser, test/browser/owner.test.ts.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { request } from 'node:https'
import path from 'node:path'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { IncomingMessage } from 'node:http'
import { createSelfSigned } from '../support/self-signed.ts'
import {
  makeTemporaryFolder,
  makeUploadFolder,
  runCli,
  secret,
  startCli,
  startServer,
} from './command-line.ts'
import { ask, findLink, spawnOwned, startOwned } from './owner.ts'
import type { OwnedServer } from './owner.ts'

function fill(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, 'files', name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

function makeFiles(files: Readonly<Record<string, string>>): string {
  const folder = makeTemporaryFolder()
  fill(folder, files)
  return folder
}

const linksIn = (text: string): string[] =>
  [...text.matchAll(/href="([^"]*)"/g)].map(([, url = '']) => url.replaceAll('&#38;', '&'))

/** For what needs no server of its own. */
let shared: OwnedServer
let sharedFolder: string

const manyNames = Array.from({ length: 450 }, (_, at) => `${String(at).padStart(4, '0')}.txt`)

beforeAll(async () => {
  sharedFolder = mkdtempSync(path.join(tmpdir(), 'titofisto-browse-'))
  fill(sharedFolder, {
    'a.txt': 'hello',
    'a b.txt': 'hello',
    'photos/2026/ä.txt': 'far',
    'public/p.txt': 'all',
    'rome/1.jpg': 'x',
    'rome/deep/2.jpg': 'x',
    'oslo/3.jpg': 'x',
    'film.mp4': '\0'.repeat(50_000_000),
    ...Object.fromEntries(manyNames.map((name) => [`many/${name}`, 'x'])),
  })
  shared = await spawnOwned(['files'], { cwd: sharedFolder })
})

afterAll(async () => {
  await shared.stop()
  rmSync(sharedFolder, { recursive: true, force: true })
})

describe('serve --browse', () => {
  it('prints the link of a page, first of all; without it there is none', async () => {
    const cwd = makeFiles({ 'a.txt': 'x' })
    const server = await startServer(['--browse', 'files'], { cwd })
    expect(findLink(server.welcome.split('\n').slice(0, 4).join('\n'))).not.toBe('')
    const plain = await startServer(['files'], { cwd })
    expect(findLink(plain.welcome)).toBe('')
    expect((await ask(`${plain.origin}/media/titofisto/browse/?key=x`)).status).toBe(404)
  })

  it('prints it with --quiet, and with --json as an event', async () => {
    const cwd = makeFiles({ 'a.txt': 'x' })
    const quiet = startCli(['serve', '-b', '--quiet', '--port', '0', 'files'], { cwd })
    expect(findLink(await quiet.stdoutWith(/key=[\w-]+\n/))).not.toBe('')
    const json = startCli(['serve', '--browse', '--json', '--port', '0', 'files'], { cwd })
    const [, line = ''] = (await json.stdoutWith(/"browse"[^\n]*\n/)).split('\n')
    const { event, url } = JSON.parse(line) as { event: string; url: string }
    expect([event, findLink(url)]).toEqual(['browse', url])
    expect((await ask(url)).status).toBe(303)
  })

  it('has its cookie over TLS alone where it serves over TLS', async () => {
    const cwd = makeFiles({ 'a.txt': 'x' })
    const { key, cert } = await createSelfSigned()
    writeFileSync(path.join(cwd, 'key.pem'), key)
    writeFileSync(path.join(cwd, 'cert.pem'), cert)
    const flags = ['--browse', 'files', '--tls-cert', 'cert.pem', '--tls-key', 'key.pem']
    const server = await startServer(flags, { cwd })
    const asked = request(findLink(server.welcome), { rejectUnauthorized: false, agent: false })
    asked.end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    response.resume()
    expect(response.headers['set-cookie']?.[0]).toMatch(/; Secure$/)
  })

  it('is below the path of the files, wherever that is for clients', async () => {
    const cwd = makeFiles({ 'a.txt': 'x' })
    const flags = ['--media-url', 'https://files.example/private/', '--mount-path', '/in/']
    const server = startCli(['serve', '-b', 'files', '--json', '--port', '0', ...flags], { cwd })
    const said = await server.stdoutWith(/"browse"[^\n]*\n/)
    const { origin } = JSON.parse(said.split('\n')[0] ?? '') as { origin: string }
    const link = new URL(findLink(said))
    expect(link.origin + link.pathname).toBe('https://files.example/private/titofisto/browse/')
    // As the proxy brings it.
    const headers = { Host: 'files.example' }
    const arrival = await ask(`${origin}/in/titofisto/browse/${link.search}`, { headers })
    expect(arrival.status).toBe(303)
    const area = arrival.headers.location ?? ''
    const [cookie = ''] = arrival.headers['set-cookie'] ?? []
    expect(cookie).toContain(`; Path=/private/titofisto/browse/${area}; `)
    expect(cookie).toMatch(/; Secure$/)
    const page = await ask(`${origin}/in/titofisto/browse/${area}`, {
      headers: { ...headers, Cookie: cookie.replace(/;.*$/s, '') },
    })
    expect(page.status).toBe(200)
    expect(page.headers['content-security-policy']).toContain(
      "connect-src 'self' 'self' https://files.example;",
    )
  })
})

describe('the page of a folder', () => {
  it('leads to folders and files; a file by a link that is made when it is asked for', async () => {
    const server = shared
    const { text } = await server.own('')
    // No link that works for others stands in a page of names.
    expect(text).not.toContain('titofisto_token')
    const sent = await server.own('file?name=a+b.txt')
    expect(sent.status).toBe(303)
    const file = await ask(new URL(sent.headers.location ?? '', server.origin).href)
    expect([file.status, file.text]).toEqual([200, 'hello'])
    expect(linksIn(text)).toContain('file?name=a+b.txt')
    expect(linksIn(text)).toContain('./?folder=photos%2F')
    const inner = await server.own('./?folder=photos%2F')
    expect(linksIn(inner.text)).toContain('./?folder=photos%2F2026%2F')
    const innermost = await server.own('./?folder=photos%2F2026%2F')
    expect(linksIn(innermost.text)).toContain('file?name=photos%2F2026%2F%C3%A4.txt')
    const shown = await server.own('file?name=public/p.txt')
    expect(shown.headers.location).toBe('/media/public/p.txt')
  })

  it('shows what was found below it, and where', async () => {
    const server = shared
    const { text } = await server.own('?folder=rome/&search=JPG')
    expect(text).toContain('2 files with “<bdi>JPG</bdi>”')
    expect(text).toContain('<bdi>deep/2.jpg</bdi>')
    expect(text).not.toContain('3.jpg')
  })

  it('comes page by page where it is large', async () => {
    const server = shared
    const folder = './?folder=many%2F'
    const seen: string[] = []
    for (let next: string | undefined = folder; next !== undefined;) {
      const { text } = await server.own(next)
      seen.push(
        ...[...text.matchAll(/<bdi>(\d{4}\.txt)<\/bdi><\/a>/g)].map(([, name = '']) => name),
      )
      next = linksIn(/<nav class="pages"[^]*?<\/nav>/.exec(text)?.[0] ?? '').find((url) =>
        url.includes(`page=${Math.round(seen.length / 200)}`),
      )
    }
    expect(seen).toEqual(manyNames)
  })
})

describe('a link that it makes', () => {
  it('is whole, lives as long as was chosen, and comes with a QR code', async () => {
    const server = shared
    const cwd = sharedFolder
    const { status, text } = await server.act('link', {
      name: 'a.txt',
      life: '600',
      download: 'yes',
    })
    expect(status).toBe(200)
    const {
      url,
      expiresAt: end,
      note,
      qr,
    } = JSON.parse(text) as Record<string, unknown> & { url: string }
    expect(url.startsWith(`${server.origin}/media/a.txt?`)).toBe(true)
    expect(end).toMatch(/^20\d\d-.*Z$/)
    expect(note).toContain('Only this machine')
    expect(qr).toMatchObject({ path: expect.stringMatching(/^M2 2h7v1/) as string })
    const file = await ask(url)
    expect([file.text, file.headers['content-disposition']]).toEqual([
      'hello',
      expect.stringMatching(/^attachment/),
    ])
    const explained = await runCli(['explain', url, '--json'], { cwd })
    const { issuedAt, expiresAt } = JSON.parse(explained.stdout) as Record<string, string>
    expect(Date.parse(expiresAt ?? '') - Date.parse(issuedAt ?? '')).toBe(600_000)
  })

  it('is refused in words where it can’t be', async () => {
    const server = shared
    const none = await server.act('link', { name: 'none.txt', life: '600' })
    expect(none.status).toBe(404)
    expect(JSON.parse(none.text)).toEqual({
      message: 'This file is not there, or can’t be read.',
    })
    for (const life of ['0', '-1', '1.5', 'x', '', '99999999999'])
      expect((await server.act('link', { name: 'a.txt', life })).status).toBe(400)
  })
})

describe('an upload by it', () => {
  it('goes into the folder that is shown, overwrites nothing, and may be empty', async () => {
    const server = shared
    const cwd = sharedFolder
    for (const body of ['one', 'two', '']) {
      const ticket = await server.act('upload', { folder: 'in box/', size: String(body.length) })
      const { url } = JSON.parse(ticket.text) as { url: string }
      const form = new FormData()
      form.append('file', new Blob([body]), body === '' ? 'empty' : 'a.txt')
      const sent = await fetch(new URL(url, server.origin), { method: 'POST', body: form })
      expect(sent.status).toBe(200)
    }
    expect(readFileSync(path.join(cwd, 'files/in box/a.txt'), 'utf8')).toBe('one')
    expect(readFileSync(path.join(cwd, 'files/in box/empty'), 'utf8')).toBe('')
    const { text } = await server.own('?folder=in+box')
    expect(text.match(/<bdi>a_\w{7}\.txt<\/bdi><\/a>/g)).toHaveLength(1)
  })

  it('without a script is by the slot’s own page', async () => {
    const server = shared
    const sent = await server.own('upload', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Origin: 'null',
        'Sec-Fetch-Site': 'same-origin',
      },
      body: 'folder=',
    })
    expect(sent.status).toBe(303)
    const slot = new URL(sent.headers.location ?? '', server.origin).href
    expect((await ask(slot, { headers: { Accept: 'text/html' } })).text).toContain('Send files')
  })
})

describe('a file request by it', () => {
  const fields = {
    title: 'Photos of <Rome>',
    message: '',
    folder: 'inbox',
    life: '3600',
    count: '2',
    size: '1000000',
    kinds: 'any',
    named: 'yes',
    password: '',
  }

  it('is made, shown with who sent what, and closed', async () => {
    const server = shared
    const cwd = sharedFolder
    const made = await server.act('request', fields)
    expect(made.status).toBe(200)
    const { id, url } = JSON.parse(made.text) as { id: string; url: string }
    const place = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'Ann' }),
    })
    const slot = (await place.json()) as { url: string }
    const form = new FormData()
    form.append('file', new Blob(['hello']), 'a.txt')
    await fetch(new URL(slot.url, url), { method: 'POST', body: form })
    expect(readFileSync(path.join(cwd, 'files/inbox/Ann/a.txt'), 'utf8')).toBe('hello')
    const all = await server.own(`requests?made=${id}`)
    expect(all.text).toContain('Photos of &#60;Rome&#62;')
    expect(all.text).toContain('Open: 1 of 2 sent')
    // Each look signs it anew, by the second.
    expect(all.text).toContain(`value="${url.slice(0, url.lastIndexOf('/') + 1)}`)
    expect(all.text).toContain('aria-label="QR code of the link"')
    const one = await server.own(`request?id=${id}`)
    expect(one.text).toContain('<bdi>Ann</bdi>')
    expect(linksIn(one.text)).toContain('file?name=inbox%2FAnn%2Fa.txt')
    expect((await server.act('close', { id })).status).toBe(200)
    expect((await server.own('requests')).text).toContain('Closed: 1 of 2 sent')
    expect((await fetch(url)).status).toBe(404)
    expect((await server.act('close', { id })).status).toBe(409)
  })

  it('is refused in words where it can’t be', async () => {
    const server = shared
    const cwd = sharedFolder
    for (const wrong of [
      { count: '0' },
      { count: '1001' },
      { life: '' },
      { size: '1e9' },
      { folder: '../x' },
      { folder: '.git' },
      { title: 'x'.repeat(201) },
    ]) {
      const { status, text } = await server.act('request', { ...fields, ...wrong })
      expect([wrong, status]).toEqual([wrong, 400])
      expect((JSON.parse(text) as { message: string }).message).toMatch(/^[A-Z“].*\.$/)
    }
    expect((await server.act('request', { ...fields, message: 'x'.repeat(20_000) })).status).toBe(
      413,
    )
    const { stdout } = await runCli(['requests', '--json'], { cwd })
    // The one of the test before.
    expect(stdout.trim().split('\n')).toHaveLength(1)
  })
})

describe('what is open now', () => {
  interface Row {
    readonly title: string
    readonly detail: string
    readonly share: number | null
    readonly slotId: string | null
  }
  interface Now {
    readonly transfers: readonly Row[]
    readonly slots: readonly Row[]
  }

  it('has slots that wait, which can be taken back', async () => {
    const cwd = makeUploadFolder()
    const server = await startOwned(['files'], { cwd })
    const slot = await runCli(['slot'], { cwd })
    const now = JSON.parse((await server.own('now.json')).text) as Now
    expect(now.slots).toEqual([
      expect.objectContaining({ detail: expect.stringMatching(/^Waits for an upload/) as string }),
    ])
    expect((await server.own('now')).text).toContain('Take back')
    expect((await server.act('revoke', { id: now.slots[0]?.slotId ?? '' })).status).toBe(200)
    expect((await fetch(slot.stdout.trim(), { method: 'PUT', body: 'x' })).status).toBe(404)
  })

  it('has a download on its way, by its name and without its key, until it is over', async () => {
    const server = shared
    const leave = new AbortController()
    const url = (
      JSON.parse((await server.act('link', { name: 'film.mp4', life: '600' })).text) as {
        url: string
      }
    ).url
    const response = await fetch(url, { signal: leave.signal })
    const look = async () => (await server.own('now.json')).text
    const text = await look()
    const [row] = (JSON.parse(text) as Now).transfers
    expect(row?.title).toBe('film.mp4')
    expect(row?.detail).toMatch(/^To 127\.0\.0\.1: .* of \d+ MB, /)
    expect(row?.share).toBeLessThan(1)
    expect(text).not.toContain(new URL(url).search.slice(-20))
    leave.abort()
    await response.body?.cancel().catch(() => {})
    await expect.poll(async () => (JSON.parse(await look()) as Now).transfers).toEqual([])
  })

  it('is looked at without a line in the log', async () => {
    const server = await startOwned(['files'], { cwd: makeUploadFolder() })
    await server.own('now.json')
    await ask(new URL('now.json', server.page).href)
    await server.own('now')
    const { stderr } = await server.stop()
    // The stranger's, the link's and the page's.
    const lines = stderr.split('\n').filter((line) => line.includes(' GET '))
    expect(lines.map((line) => / (\d{3}) /.exec(line)?.[1])).toEqual(['303', '404', '200'])
  })
})

describe('a folder that can’t be written to', () => {
  it('is shown all the same, and takes nothing', async () => {
    const cwd = makeUploadFolder()
    writeFileSync(path.join(cwd, 'files/b.txt'), 'x')
    chmodSync(cwd, 0o755)
    chmodSync(path.join(cwd, 'files'), 0o555)
    // Root may write everywhere, so it has to be somebody else.
    const isRoot = process.getuid?.() === 0
    const options = { cwd, env: { TITOFISTO_SECRET: secret }, ...(isRoot && { uid: 65_534 }) }
    const server = await startOwned(['files'], options)
    const { text } = await server.own('')
    expect(text).toContain('>b.txt<')
    expect(text).not.toContain('Upload files')
    expect((await server.act('upload', { folder: '', size: '1' })).status).toBe(409)
    for (const part of ['now.json', 'now', 'requests'])
      expect((await server.own(part)).status).toBe(200)
  })
})
