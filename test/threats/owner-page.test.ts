// Promise 19: the owner's page of `serve --browse` is the owner's alone. The real command, asked header by
// header as browsers of owners, strangers and foreign pages would.

import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTemporaryFolder, runCli } from '../cli/command-line.ts'
import { ask, formHeaders, spawnOwned, startOwned } from '../cli/owner.ts'
import type { OwnedServer } from '../cli/owner.ts'

const html = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

function fill(cwd: string, files: readonly string[]): void {
  for (const name of files) {
    const file = path.join(cwd, 'files', name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, 'x')
  }
}

function makeFolder(files: readonly string[] = ['a.txt']): string {
  const cwd = makeTemporaryFolder()
  fill(cwd, files)
  return cwd
}

/** For what needs no server of its own. */
let shared: OwnedServer
let sharedFolder: string

beforeAll(async () => {
  sharedFolder = mkdtempSync(path.join(tmpdir(), 'titofisto-owner-'))
  fill(sharedFolder, [
    'a.txt',
    'names/<img src=x onerror=alert(1)>.png',
    'names/"><script>alert(1)<\u200dscript>.txt',
    "names/it's & <b>.txt",
    'names/annexe\u202egpj.exe',
    'names/new\nline.txt',
    ...['page.html', 'drawing.svg', 'x.xml', 'photo.png'].map((name) => `kinds/${name}`),
  ])
  shared = await spawnOwned(['files'], { cwd: sharedFolder })
})

afterAll(async () => {
  await shared.stop()
  rmSync(sharedFolder, { recursive: true, force: true })
})

describe('promise 19: the link of the owner’s page', () => {
  it('becomes a cookie that only this page gets, and a URL without the key', async () => {
    const server = shared
    const key = new URL(server.link).searchParams.get('key') ?? ''
    // 192 bits, and 128 of the path.
    expect(Buffer.from(key, 'base64url').length).toBe(24)
    const { status, headers } = await ask(server.link)
    expect(status).toBe(303)
    const { pathname, search } = new URL(headers.location ?? '', server.link)
    expect(pathname).toMatch(/^\/media\/titofisto\/browse\/[\w-]{22}\/$/)
    expect(search).toBe('')
    const [cookie = ''] = headers['set-cookie'] ?? []
    expect(cookie).not.toContain(key)
    const port = new URL(server.origin).port
    expect(cookie).toMatch(new RegExp(`^titofisto-browse-${port}=[\\w-]{32}; `))
    const attributes = cookie.split('; ').slice(1)
    expect(attributes).toEqual([`Path=${pathname}`, 'HttpOnly', 'SameSite=Strict'])
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['referrer-policy']).toBe('no-referrer')
  })

  it('goes on by itself where a foreign page leads to it: a Strict cookie goes with no redirect of such', async () => {
    const server = shared
    const arrival = await ask(server.link, { headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect(arrival.status).toBe(200)
    expect(arrival.headers.refresh).toMatch(/^0; url=[\w-]{22}\/$/)
    expect(arrival.text).not.toContain(new URL(server.link).searchParams.get('key'))
  })

  it('is another one in each process', async () => {
    const cwd = makeFolder()
    const first = await startOwned(['files'], { cwd })
    const { port } = new URL(first.origin)
    await first.stop()
    const second = await startOwned(['files', '--port', port], { cwd })
    expect(second.link).not.toBe(first.link)
    expect((await ask(first.link)).status).toBe(404)
    expect((await ask(first.page, { headers: { Cookie: second.cookie } })).status).toBe(404)
    expect((await ask(second.page, { headers: { Cookie: first.cookie } })).status).toBe(404)
    expect((await second.own('')).status).toBe(200)
  })

  it('stands in no line of the log and no answer, nor does the cookie or the path it is for', async () => {
    const server = await startOwned(['files'], { cwd: makeFolder() })
    const key = new URL(server.link).searchParams.get('key') ?? ''
    const area = server.page.split('/').at(-2) ?? ''
    const pass = server.cookie.replace(/^[^=]*=/, '')
    const answers = [await server.own(''), await server.own('now'), await server.own('requests')]
    // As chats and mails mangle it.
    await ask(server.link.replace('?', '%3F'))
    await ask(encodeURI(encodeURI(server.link.replace('?', '%3F'))))
    await ask(server.link.slice(0, -1))
    await ask(server.link, { method: 'POST' })
    await server.own('none?name=x')
    const { stderr } = await server.stop()
    expect(stderr).toContain('/media/titofisto/browse/')
    for (const hidden of [key.slice(0, -1), area, pass]) {
      expect(stderr).not.toContain(hidden)
      for (const { text } of answers) expect(text).not.toContain(hidden)
    }
  })
})

describe('promise 19: who is not the owner', () => {
  it('gets the 404 of any other path, byte for byte, person or program', async () => {
    const server = shared
    const area = server.page.split('/').at(-2) ?? ''
    const wrong = server.cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    const paths = ['', 'now', 'requests', 'now.json', 'file?name=a.txt', 'link', 'none']
    for (const headers of [{}, html]) {
      const plain = await ask(`${server.origin}/media/none.txt`, { headers })
      expect(plain.status).toBe(404)
      const told = ({ status, shape, text }: typeof plain) => ({ status, shape, text })
      for (const name of paths)
        for (const cookie of [undefined, wrong, `${wrong}x`, 'x=y', server.cookie.toUpperCase()]) {
          const asking = {
            headers: { ...headers, ...(cookie !== undefined && { Cookie: cookie }) },
          }
          const answer = await ask(new URL(name, server.page).href, asking)
          expect([name, cookie, told(answer)]).toEqual([name, cookie, told(plain)])
        }
      for (const url of [
        `${server.origin}/media/titofisto/browse/`,
        `${server.origin}/media/titofisto/browse/?key=`,
        `${server.origin}/media/titofisto/browse/?key=${area}`,
        `${server.link}A`,
        `${server.link}&key=x`,
        server.link.replace('/browse/', '/browse/x/'),
      ])
        expect([url, told(await ask(url, { headers }))]).toEqual([url, told(plain)])
    }
  })

  it('changes nothing: a POST without the cookie is the one of any other path', async () => {
    const server = shared
    const asking = { method: 'POST', headers: formHeaders, body: 'name=a.txt&life=60' }
    const plain = await ask(`${server.origin}/media/none.txt`, asking)
    const answer = await ask(new URL('link', server.page).href, asking)
    expect([answer.status, answer.shape, answer.text]).toEqual([
      plain.status,
      plain.shape,
      plain.text,
    ])
  })

  it('is a page whose name was made to lead here (DNS rebinding), even with key or cookie', async () => {
    const server = shared
    const { port } = new URL(server.origin)
    for (const host of [
      `evil.example:${port}`,
      'localhost.evil.example',
      `127.0.0.1.nip.example`,
    ]) {
      const headers = { Host: host, Cookie: server.cookie }
      expect((await ask(server.page, { headers })).status).toBe(404)
      const arrival = await ask(server.link, { headers })
      expect([arrival.status, arrival.headers['set-cookie']]).toEqual([404, undefined])
    }
    const headers = { Host: `localhost:${port}`, Cookie: server.cookie }
    expect((await ask(server.page, { headers })).status).toBe(200)
  })

  it('is a foreign page that sends forms with the owner’s cookie', async () => {
    const server = shared
    const cwd = sharedFolder
    const port = Number(new URL(server.origin).port)
    const foreign: readonly Readonly<Record<string, string>>[] = [
      {},
      { Origin: 'null' },
      { Origin: 'http://evil.example' },
      { Origin: `http://127.0.0.1:${port + 1}` },
      { Origin: `https://127.0.0.1:${port}` },
      { Origin: server.origin, 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' },
    ]
    const fields = 'name=a.txt&life=60&folder=&count=3&size=1000&kinds=any&id=x'
    for (const headers of foreign)
      for (const action of ['link', 'upload', 'request', 'close', 'revoke']) {
        const answer = await server.own(action, {
          method: 'POST',
          headers: { ...formHeaders, ...headers },
          body: fields,
        })
        expect([action, headers, answer.status]).toEqual([action, headers, 403])
        expect(answer.text).not.toContain('titofisto_token=')
      }
    for (const command of ['slots', 'requests'])
      expect((await runCli([command], { cwd })).stdout).toBe('')
    // The same form from the page itself.
    expect((await server.act('link', { name: 'a.txt', life: '60' })).status).toBe(200)
  })

  it('gets nothing done by links: what changes something is a POST', async () => {
    const server = shared
    const cwd = sharedFolder
    for (const action of ['link', 'upload', 'close', 'revoke'])
      expect((await server.own(`${action}?name=a.txt&life=60`)).status).toBe(404)
    for (const method of ['PUT', 'DELETE', 'PATCH'])
      expect((await server.own('', { method })).status).toBe(405)
    expect((await runCli(['slots'], { cwd })).stdout).toBe('')
  })
})

describe('promise 19: a page of it', () => {
  it('runs our script alone, is framed by nobody, kept by nobody, and tells nobody where it was', async () => {
    const server = shared
    for (const name of ['', '?layout=grid', 'requests', 'now', 'file?name=none', 'none']) {
      const { headers } = await server.own(name, { headers: html })
      const policy = headers['content-security-policy'] ?? ''
      expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-/)
      expect(policy).not.toMatch(/unsafe|\*|https?:/)
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).toContain("require-trusted-types-for 'script'")
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers['cross-origin-opener-policy']).toBe('same-origin')
    }
    const json = await server.own('now.json')
    expect(json.headers['cache-control']).toBe('no-store')
    expect(json.headers['x-content-type-options']).toBe('nosniff')
  })

  it('shows names as text, whatever they are, and none that a storage would not', async () => {
    const server = shared
    for (const layout of ['list', 'grid']) {
      const { text } = await server.own(`?folder=names&layout=${layout}`)
      expect(text).not.toMatch(/<(?:img src=x|b>|script>alert)/)
      expect(text).toContain('&#60;img src=x onerror=alert(1)&#62;.png')
      expect(text).toContain(String.raw`annexe\u{202e}gpj.exe</bdi>`)
      expect(text).not.toMatch(/new\s?line/)
      // One picture: it is called one. Nothing else is loaded.
      expect(text.match(/<img /g)).toHaveLength(1)
    }
  })

  it('has no folder and no file outside of what is shown', async () => {
    const cwd = makeFolder(['a.txt', '.env', '.git/config', 'sub/.ssh/id', 'sub/b.txt'])
    const server = await startOwned(['files', '--state', 'files/own state'], { cwd })
    expect(readdirSync(path.join(cwd, 'files/own state'))).toContain('secret')
    const { text } = await server.own('')
    expect(text).toContain('>a.txt<')
    expect(text).not.toMatch(/\.env|\.git|own state|\.titofisto/)
    expect((await server.own('?search=e')).text).not.toMatch(/\.env|config|secret/)
    for (const folder of [
      '..',
      '../',
      '/',
      '/etc/',
      'sub/../..',
      '%2e%2e',
      '.git',
      '.titofisto',
      '.TITOFISTO',
      'sub/.ssh',
      'own state',
      'OWN STATE',
      'a\0b',
      String.raw`a\b`,
    ]) {
      const query = new URLSearchParams({ folder }).toString()
      const { status, text: said } = await server.own(`?${query}`)
      // A name that may be one, of a folder that is not there, is an empty folder.
      if (status !== 404) expect([folder, status]).toEqual(['%2e%2e', 200])
      expect(said).not.toMatch(/>id<|>config<|>passwd<|>secret</)
      // Who types a path from the root means the one that is served.
      if (folder.startsWith('/')) continue
      const upload = await server.act('upload', { folder, size: '1' })
      expect([folder, upload.status]).toEqual([folder, folder === '%2e%2e' ? 200 : 400])
    }
    for (const name of ['.env', '.git/config', '../a.txt', 'own state/secret', '/etc/passwd', '']) {
      const query = new URLSearchParams({ name }).toString()
      expect((await server.own(`file?${query}`)).status).toBe(404)
      expect((await server.act('link', { name, life: '60' })).status).toBe(404)
    }
  })

  it('has no secret of the server’s by a link that it was named by', async () => {
    const cwd = makeFolder(['a.txt', '..data/secret'])
    const secret = path.join(cwd, 'files/..data/secret')
    writeFileSync(secret, randomBytes(32).toString('base64url'))
    chmodSync(secret, 0o600)
    symlinkSync('..data/secret', path.join(cwd, 'files/secret'))
    const server = await startOwned(['files', '--secret-file', 'files/secret'], { cwd })
    expect((await server.own('')).text).not.toContain('secret')
    expect((await server.own('file?name=secret')).status).toBe(404)
    expect((await server.act('link', { name: 'secret', life: '60' })).status).toBe(404)
  })

  it('shows of markup nothing but its name, and leads to it as a download', async () => {
    const server = shared
    const { text } = await server.own('?folder=kinds&layout=grid')
    const pictures = [...text.matchAll(/<img src="([^"]*)"/g)].map(([, url = '']) => url)
    expect(pictures).toEqual([
      expect.stringMatching(/^\/media\/kinds\/photo\.png\?titofisto_token=/),
    ])
    for (const name of ['page.html', 'drawing.svg', 'x.xml']) {
      const sent = await server.own(`file?name=kinds/${name}`)
      expect(sent.status).toBe(303)
      const { headers } = await ask(new URL(sent.headers.location ?? '', server.origin).href)
      expect(headers['content-disposition']).toMatch(/^attachment/)
      expect(headers['content-security-policy']).toMatch(/^sandbox/)
    }
  })
})
