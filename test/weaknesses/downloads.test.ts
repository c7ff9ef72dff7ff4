// What django-titofisto lets through, each row of docs/weaknesses.md under "Security" that is about
// downloads, shown to be shut: over a real socket, with files on a real disk.

import { createHmac } from 'node:crypto'
import { execFile } from 'node:child_process'
import { mkdir, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { redact } from '../../src/redact.ts'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import { formatBase62 } from '../../src/token/base62.ts'
import {
  createDjangoKeyring,
  formatDjangoMessage,
  formatDjangoPath,
  signDjangoToken,
} from '../../src/token/django.ts'
import { createKeyring } from '../../src/token/keyring.ts'
import { signNativeToken } from '../../src/token/native.ts'
import type { LogEntry } from '../../src/log.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import type { TitofistoOptions } from '../../src/titofisto-options.ts'
import { canary, createGround, secret, settle, tenBytes } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { startFileServer } from '../support/file-server.ts'
import type { FileServer } from '../support/file-server.ts'

const startMs = 1_700_000_000_000
const startSeconds = startMs / 1000
let nowMs = startMs
let ground: Ground
let files: Titofisto<LocalStorage>
let server: FileServer
let entries: LogEntry[]

beforeEach(async () => {
  nowMs = startMs
  ground = await createGround()
  await start()
})

afterEach(async () => {
  await server.close()
  await ground.remove()
})

async function start(options: Partial<TitofistoOptions> = {}) {
  entries = []
  files = ground.create({ now: () => nowMs, log: (entry) => entries.push(entry), ...options })
  server = await startFileServer((req, res) => void files.handler(req, res))
}

async function restart(options: Partial<TitofistoOptions>) {
  await server.close()
  await start(options)
}

async function statusOf(path: string) {
  return (await server.get(path)).status
}

/** A token for whatever lies at this path, true to the letter, as only who has the secret can sign it. */
async function signFor(name: string, path: string): Promise<string> {
  const { mtimeNs, size } = await stat(path, { bigint: true })
  const version = `${mtimeNs / 1000n}-${size}`
  return signNativeToken(createKeyring([secret], 'media'), { name, version }, startSeconds, {})
}

describe('the way to a file', () => {
  it('public-dotdot: no spelling of public/../NAME gives a private file', async () => {
    const ups = ['../', '%2e%2e/', '%2E%2e%2f', '..%2f', './../', '.%2e/', '..\\', '..%5c', '..;/']
    const more = ['x/../../', '%252e%252e/', '/../', '../public/../', '%c0%ae%c0%ae/']
    for (const up of [...ups, ...more]) {
      const reply = await server.get(`/media/public/${up}folder/inner.txt`)
      expect([reply.status, reply.body.toString()], up).toEqual([404, 'Not found\n'])
      expect(await statusOf(`/media/public/${up}${up}outside.txt`), up).toBe(404)
    }
    // The same questions asked rightly are answered.
    expect(await statusOf(await files.url('folder/inner.txt'))).toBe(200)
    expect(await statusOf('/media/public/open.txt')).toBe(200)
  })

  it('public-dotdot: nor where there is no public folder', async () => {
    await rename(join(ground.root, 'public'), join(ground.root, 'gone'))
    expect(await statusOf('/media/public/../ten.bin')).toBe(404)
    expect(await statusOf('/media/public/%2e%2e/ten.bin')).toBe(404)
  })

  it('public-url-dotdot: no link is made for public/../NAME', async () => {
    for (const name of ['public/../ten.bin', 'public/./open.txt', 'public/../../outside.txt'])
      await expect(files.url(name)).rejects.toMatchObject({ code: 'name-invalid' })
    expect(await files.url('public/open.txt')).toBe('/media/public/open.txt')
  })

  it('public-500: public/, public/.. and a dangling link there are 404, and no failure', async () => {
    for (const path of ['public/', 'public', 'public/.', 'public/..', 'public/broken'])
      expect(await statusOf(`/media/${path}`), path).toBe(404)
    expect(entries.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('public-prefix: the public namespace ends at a slash, and is never everything', async () => {
    await mkdir(join(ground.root, 'pub'))
    for (const name of ['pub/open.txt', 'publicity.txt', 'pub.txt'])
      await writeFile(join(ground.root, name), name)
    await restart({ publicNamespace: 'pub' })
    expect(await statusOf('/media/pub/open.txt')).toBe(200)
    for (const name of ['publicity.txt', 'pub.txt', 'public/open.txt']) {
      expect(await statusOf(`/media/${name}`), name).toBe(404)
      expect(await statusOf(await files.url(name)), name).toBe(200)
    }
    for (const publicNamespace of ['', '/', '.', '..'])
      expect(() => ground.create({ publicNamespace })).toThrow(/publicNamespace/)
  })

  it('symlink-out: no link out of the root is followed, even with a true token', async () => {
    await symlink('..', join(ground.root, 'up'))
    await symlink('../..', join(ground.root, 'public/up'))
    for (const name of ['out.txt', 'up/outside.txt', 'public/out.txt', 'public/up/outside.txt']) {
      const token = await signFor(name, join(ground.root, name))
      for (const query of ['', `?titofisto_token=${token}`]) {
        const reply = await server.get(`/media/${name}${query}`)
        expect(reply.status, name).toBe(404)
        expect(reply.body.toString()).not.toContain(canary)
      }
    }
    // One that stays inside is, so it is not the link that is refused, nor the token that is wrong.
    await symlink('folder/inner.txt', join(ground.root, 'in.txt'))
    const token = await signFor('in.txt', join(ground.root, 'in.txt'))
    expect(await statusOf(`/media/in.txt?titofisto_token=${token}`)).toBe(200)
  })

  it('fifo: a pipe is a 404 at once, and holds up nobody', async () => {
    const token = await signFor('pipe', join(ground.root, 'pipe'))
    const asked = ['/media/public/pipe', `/media/pipe?titofisto_token=${token}`]
    // More at once than the thread pool has threads: had one opened a pipe, all would hang.
    const paths = Array.from({ length: 8 }, () => asked).flat()
    expect(new Set(await Promise.all(paths.map(statusOf)))).toEqual(new Set([404]))
    expect(await statusOf(await files.url('ten.bin'))).toBe(200)
    await expect(files.url('pipe')).rejects.toMatchObject({ code: 'file-missing' })
  })

  it('media-root-oracle: every path that is none gets the same answer, inside the root or outside', async () => {
    const paths = [
      `/media/${ground.root}/ten.bin`,
      `/media/${ground.folder}/outside.txt`,
      `/media/${ground.root.replaceAll('/', '%2f')}/ten.bin`,
      '/media/../../outside.txt',
      '/media//etc/passwd',
      '/media/etc/passwd',
      '/media/gone.txt',
      '/media/ten.bin',
    ]
    const answers = new Set<string>()
    for (const path of paths)
      for (const query of ['', '?titofisto_token=', '?titofisto_token=x', '?a=b']) {
        const { status, headers, body } = await server.get(path + query)
        const stable = headers.filter(([name]) => name !== 'date')
        answers.add(JSON.stringify([status, stable, body.toString()]))
      }
    expect([...answers]).toEqual([expect.stringMatching(/^\[404,/)])
  })

  it('utf8-alias: a byte that is no UTF-8 is never read as percent text', async () => {
    await writeFile(join(ground.root, 'public/a%E9.txt'), 'percent')
    await writeFile(Buffer.from(`${ground.root}/public/a\xe9.txt`, 'latin1'), 'one byte')
    expect(await statusOf('/media/public/a%E9.txt')).toBe(404)
    expect(await statusOf('/media/public/a\u00e9.txt')).not.toBe(200)
    expect((await server.get('/media/public/a%25E9.txt')).body.toString()).toBe('percent')
  })
})

describe('a token', () => {
  it('confusion: a link to a chosen name is no token of another file', async () => {
    await restart({ interop: 'django' })
    const keyring = createDjangoKeyring([secret])
    const { mtimeNs } = await stat(join(ground.root, 'ten.bin'), { bigint: true })
    const target = formatDjangoMessage({ name: 'ten.bin', mtimeNs, zone: 'UTC' })
    const now = '2023-11-14T22:13:20.250000'
    const stamp = formatBase62(startSeconds)
    // What the original gives for the chosen missing name `ten.bin//<mtime>:x`.
    const craftedName = `${target}:x`
    const signature = keyring.sign(`${craftedName}//${now}:${stamp}`)
    const forged = `x//${now}:${stamp}:${signature}`
    // To who splits at the last colon, as the original does, it is a true token of ten.bin.
    expect(keyring.verify(`${target}:${forged.slice(0, -44)}`, signature)).toBe(true)
    for (const token of [forged, encodeURIComponent(forged)])
      expect(await statusOf(`/media/ten.bin?titofisto_token=${token}`)).toBe(404)
    await expect(files.url(craftedName)).rejects.toMatchObject({ code: 'name-invalid' })
    expect(await statusOf(await files.url('ten.bin'))).toBe(200)
  })

  it('confusion: our own text has one reading, for names, versions and bind values', async () => {
    await restart({ bindOf: () => 'ten.bin\n1-10\n1r31eq' })
    const url = await files.url('ten.bin', { bind: 'ten.bin\n1-10\n1r31eq' })
    expect(await statusOf(url)).toBe(200)
    expect(await statusOf(url.replace('.b.', '.'))).toBe(404)
    await expect(files.url('ten.bin\n1-10\n1r31eq')).rejects.toMatchObject({ code: 'name-invalid' })
    await expect(ground.create({ versionOf: () => '1-10\n1r31eq' }).url('ten.bin')).rejects.toThrow(
      /versionOf/,
    )
  })

  it('shared-salt: what other code signs with the same secret opens nothing', async () => {
    const { mtimeNs, size } = await stat(join(ground.root, 'ten.bin'), { bigint: true })
    const stamp = formatBase62(startSeconds)
    const text = `titofisto.v1\nten.bin\n${mtimeNs / 1000n}-${size}\n${stamp}`
    const bare = createHmac('sha256', secret).update(text).digest('base64url')
    const others = [
      `${stamp}.${bare}`,
      `${stamp}.${createKeyring([secret], 'slot').sign(text)}`,
      `${stamp}.${createDjangoKeyring([secret]).sign(text)}`,
      signDjangoToken(
        createDjangoKeyring([secret]),
        { name: 'ten.bin', mtimeNs, zone: 'UTC' },
        startSeconds,
      ),
    ]
    for (const token of others)
      expect(await statusOf(`/media/ten.bin?titofisto_token=${token}`), token).toBe(404)
    const ours = `${stamp}.${createKeyring([secret], 'media').sign(text)}`
    expect(await statusOf(`/media/ten.bin?titofisto_token=${ours}`)).toBe(200)
  })

  it("shared-salt: under interop a secret of the files' own keeps the project's other signers out", async () => {
    const shared = 'the SECRET_KEY of the Django project, long enough'
    const { mtimeNs } = await stat(join(ground.root, 'ten.bin'), { bigint: true })
    const signed = signDjangoToken(
      createDjangoKeyring([shared]),
      { name: 'ten.bin', mtimeNs, zone: 'UTC' },
      startSeconds,
    )
    const url = `/media/${formatDjangoPath('ten.bin')}?titofisto_token=${signed}`
    await restart({ interop: 'django', secret: shared })
    expect(await statusOf(url)).toBe(200)
    await restart({ interop: 'django' })
    expect(await statusOf(url)).toBe(404)
    expect(await statusOf(await files.url('ten.bin'))).toBe(200)
  })

  it('future: a server whose clock runs ahead gives no longer links', async () => {
    for (const interop of [{}, { interop: 'django' }] as const) {
      await restart(interop)
      nowMs = startMs + 10 * 365 * 86_400_000
      const url = await files.url('ten.bin')
      expect(await statusOf(url)).toBe(200)
      nowMs = startMs
      expect(await statusOf(url)).toBe(404)
      nowMs = startMs + 61_000
      const ahead = await files.url('ten.bin')
      nowMs = startMs
      expect(await statusOf(ahead)).toBe(404)
      // Clocks of servers differ a little.
      nowMs = startMs + 1000
      expect(await statusOf(ahead)).toBe(200)
      nowMs = startMs
    }
  })

  it('no-single-use: a bound link works for one user alone, and ends when the counter moves on', async () => {
    const counters = new Map([
      ['ann', 1],
      ['bob', 1],
    ])
    function bindOf(request: unknown) {
      // The Node door hands over what Node gave it.
      const user = (request as { headers: Record<string, string> }).headers['x-user'] ?? ''
      return counters.has(user) ? `${user} ${counters.get(user)}` : null
    }
    await restart({ bindOf })
    const [url, other] = [
      await files.url('ten.bin', { bind: 'ann 1' }),
      await files.url('big.bin', { bind: 'bob 1' }),
    ]
    async function statusFor(path: string, user: string) {
      return (await server.get(path, { 'X-User': user })).status
    }
    expect(await statusFor(url, 'ann')).toBe(200)
    expect([await statusFor(url, 'bob'), await statusFor(url, ''), await statusOf(url)]).toEqual([
      404, 404, 404,
    ])
    counters.set('ann', 2)
    expect([await statusFor(url, 'ann'), await statusFor(other, 'bob')]).toEqual([404, 200])
  })

  it('no-single-use: a counter that moves with each download makes a link work once', async () => {
    // Told and moved on in one step: of many at once, one sees the value that was signed.
    let counter = 7
    await restart({ bindOf: () => String(counter++) })
    const url = await files.url('ten.bin', { bind: '7' })
    const statuses = await Promise.all(Array.from({ length: 20 }, () => statusOf(url)))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 404)).toHaveLength(19)
  })

  it('token-in-logs: what is logged opens nothing, and redact() cleans what others log', async () => {
    for (const options of [{}, { interop: 'django' }] as const) {
      await restart(options)
      const url = await files.url('ten.bin', options.interop ? {} : { download: 'a.b.bin' })
      const token = url.slice(url.indexOf('=') + 1)
      expect((await server.get(url)).header('referrer-policy')).toBe('no-referrer')
      nowMs += 4_000_000
      expect(await statusOf(url)).toBe(404)
      nowMs -= 4_000_000
      expect(entries).toMatchObject([{ event: 'refused', reason: 'expired' }])
      expect(JSON.stringify(entries)).not.toContain(token.slice(-43))

      const line = `10.0.0.1 "GET ${url} HTTP/1.1" 200, then ${encodeURIComponent(url)}&x=1`
      expect(redact(line)).not.toContain(token.slice(-43))
      expect(await statusOf(url)).toBe(200)
      expect(await statusOf(redact(url))).toBe(404)
    }
  })
})

describe('the file behind a token', () => {
  it('mtime-kept: new content with the old time ends the old links', async () => {
    const path = join(ground.root, 'ten.bin')
    await utimes(path, 1_690_000_000, 1_690_000_000)
    const url = await files.url('ten.bin')
    expect(await statusOf(url)).toBe(200)
    await writeFile(path, 'new and longer')
    await utimes(path, 1_690_000_000, 1_690_000_000)
    expect(await statusOf(url)).toBe(404)
    expect(await statusOf(await files.url('ten.bin'))).toBe(200)
  })

  it('mtime-kept: of the same length too, where versionOf binds the time that nobody can set', async () => {
    await restart({ versionOf: (facts) => `${facts.version}-${facts.changedMs}` })
    const path = join(ground.root, 'ten.bin')
    await utimes(path, 1_690_000_000, 1_690_000_000)
    const [url, before] = [await files.url('ten.bin'), await stat(path)]
    expect(await statusOf(url)).toBe(200)
    do {
      await nextTurn()
      await writeFile(path, 'TEN BYTES!')
      await utimes(path, 1_690_000_000, 1_690_000_000)
      // The kernel's clock moves in steps of some milliseconds.
    } while (Math.floor((await stat(path)).ctimeMs) === Math.floor(before.ctimeMs))
    expect(await stat(path)).toMatchObject({ size: 10, mtimeMs: 1_690_000_000_000 })
    expect(await statusOf(url)).toBe(404)
  })

  it.each([
    ['from the disk', 0],
    ['from memory', 1e6],
  ])(
    'open-after-check: what is served is what was checked, while two files change places (%s)',
    async (_, cacheBytes) => {
      const storage = settle(createLocalStorage({ root: ground.root }))
      await restart({ storage, cacheBytes })
      const path = join(ground.root, 'ten.bin')
      const [mine, other] = [join(ground.folder, 'mine'), join(ground.folder, 'other')]
      await writeFile(other, 'NEW FILE, which needs a token of its own')
      const url = await files.url('ten.bin')
      const over = new AbortController()
      async function swap() {
        while (!over.signal.aborted) {
          await rename(path, mine)
          await rename(other, path)
          await rename(path, other)
          await rename(mine, path)
        }
      }
      const swapping = swap()
      const seen = new Set<string>()
      // Until both were met, the file and another or none in its place, and a while longer.
      for (let round = 0; round < 400 || (seen.size < 2 && round < 10_000); round++) {
        const { status, body } = await server.get(url)
        seen.add(`${status} ${body.toString('latin1')}`)
      }
      over.abort()
      await swapping
      expect(seen).toEqual(new Set([`200 ${tenBytes.toString('latin1')}`, '404 Not found\n']))
    },
  )

  it('open-after-check: a download goes on with the file it began with', async () => {
    const storage = createLocalStorage({ root: ground.root })
    const path = join(ground.root, 'big.bin')
    await restart({
      storage: {
        ...storage,
        spoolFolder: ground.folder,
        async open(name) {
          const opened = await storage.open(name)
          // The worst moment: the name is another file's, once the first was opened.
          await writeFile(`${path}.new`, 'NEW FILE')
          await rename(`${path}.new`, path)
          return opened
        },
      },
    })
    const url = await files.url('big.bin')
    expect((await server.get(url)).body.equals(ground.bigBytes)).toBe(true)
    expect(await statusOf(url)).toBe(404)
  })

  it('inline-html: what could run script is kept as a file, or shown in a sandbox', async () => {
    const active = ['x.html', 'x.htm', 'x.svg', 'x.xhtml', 'x.xml', 'x.mhtml', 'x.js', 'x.swf']
    for (const name of [...active, 'x.HTML', 'x.svgz', 'x.xsl', 'x', 'x.unknown']) {
      await writeFile(join(ground.root, name), '<script>1</script>')
      await writeFile(join(ground.root, 'public', name), '<script>1</script>')
      for (const path of [await files.url(name), `/media/public/${name}`]) {
        const reply = await server.get(path)
        expect(reply.status).toBe(200)
        expect(reply.header('content-disposition'), name).toMatch(/^attachment;/)
        expect(reply.header('x-content-type-options')).toBe('nosniff')
        expect(reply.header('content-security-policy'), name).toMatch(/^sandbox;/)
      }
      const shown = await server.get(await files.url(name, { inline: true }))
      expect(shown.header('content-disposition'), name).toMatch(/^inline;/)
      // A sandbox that grants nothing: no scripts, no origin.
      expect(shown.header('content-security-policy'), name).toMatch(/^sandbox; default-src 'none';/)
    }
    const claimed = await files.url('picture.png', { contentType: 'text/html' })
    expect((await server.get(claimed)).header('content-disposition')).toMatch(/^attachment;/)
    const picture = await server.get(await files.url('picture.png'))
    expect(picture.header('content-disposition')).toMatch(/^inline;/)
  })

  it('data-name: a name is a name, not a URL, when its type is told', async () => {
    for (const name of ['data:image,x.png', 'data:text;html,y.png', 'http:x.png']) {
      await writeFile(join(ground.root, name), tenBytes)
      const reply = await server.get(await files.url(name))
      expect([reply.status, reply.header('content-type')], name).toEqual([200, 'image/png'])
    }
  })
})

describe('a storage', () => {
  it('custom-storage: makes only links that its server serves, wherever its root is', async () => {
    const storage = createLocalStorage({ root: join(ground.root, 'folder') })
    await restart({ storage, mediaUrl: '/archive/' })
    const reply = await server.get(await files.url('inner.txt'))
    expect([reply.status, reply.body.toString()]).toEqual([200, 'inner\n'])
    await expect(files.url('folder/inner.txt')).rejects.toMatchObject({ code: 'file-missing' })
  })

  it('custom-storage: two of one secret tell their tokens apart by versionOf', async () => {
    // The same name, time and length in both.
    await mkdir(join(ground.folder, 'archive'))
    await promisify(execFile)('cp', [
      '-p',
      join(ground.root, 'ten.bin'),
      join(ground.folder, 'archive'),
    ])
    const storage = createLocalStorage({ root: join(ground.folder, 'archive') })
    const archive = ground.create({
      storage,
      now: () => nowMs,
      versionOf: (facts) => `archive ${facts.version}`,
    })
    const url = await archive.url('ten.bin')
    expect(await statusOf(url)).toBe(404)
    expect((await archive.fetch(new Request(`http://x${url}`))).status).toBe(200)
    const plain = ground.create({ storage, now: () => nowMs })
    // Without it they can't: that is what the name in the version is for.
    expect(await statusOf(await plain.url('ten.bin'))).toBe(200)
  })

  it('world-readable: saves files that other users of the machine can not read', async () => {
    const umask = process.umask(0)
    try {
      await files.storage.save('private/note.txt', 'mine')
    } finally {
      process.umask(umask)
    }
    expect((await stat(join(ground.root, 'private/note.txt'))).mode & 0o777).toBe(0o640)
    expect((await stat(join(ground.root, 'private'))).mode & 0o777).toBe(0o750)
  })

  it('save-big-race: 40 large saves of one name at once lose none', async () => {
    const contents = Array.from({ length: 40 }, (_, index) => Buffer.alloc(2_700_000, index))
    async function* slowly(content: Buffer) {
      for (let place = 0; place < content.length; place += 900_000) {
        await nextTurn()
        yield content.subarray(place, place + 900_000)
      }
    }
    const names = await Promise.all(
      contents.map((content) => files.storage.save('same.bin', slowly(content))),
    )
    expect(new Set(names).size).toBe(40)
    for (const [index, name] of names.entries()) {
      const { body } = await server.get(await files.url(name))
      expect(body.equals(contents[index] ?? Buffer.alloc(0)), name).toBe(true)
    }
  })
})
