// Attacks on this kind of software, each under its number in our list of threats, and what SECURITY.md
// promises: what is sent, and to whom. The numbers that are not here belong to uploads.

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import { countDescriptors, until } from '../support/descriptors.ts'
import { exchange } from '../support/raw-http.ts'
import { useStage, withoutDate } from '../support/stage.ts'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

const stage = useStage()

describe('threat 16: stored scripts', () => {
  it.each([
    'x.html',
    'x.htm',
    'x.svg',
    'x.xhtml',
    'x.xml',
    'x.mhtml',
    'x.js',
    'x.unknown',
    'x',
    'x.png.html',
    'x.SVG',
  ])('%s is an attachment in a sandbox, and no browser may guess otherwise', async (name) => {
    await writeFile(join(stage.ground.root, name), '<script>alert(1)</script>')
    const reply = await stage.server.get(await stage.files.url(name))
    expect(reply.header('content-disposition')).toMatch(/^attachment;/)
    expect(reply.header('content-security-policy')).toMatch(/^sandbox; default-src 'none'/)
    expect(reply.header('x-content-type-options')).toBe('nosniff')
  })

  it('a script that is called a picture is sent as a picture, and not sniffed', async () => {
    await writeFile(join(stage.ground.root, 'evil.png'), '<script>alert(1)</script>')
    const reply = await stage.server.get(await stage.files.url('evil.png'))
    expect(reply.header('content-type')).toBe('image/png')
    expect(reply.header('x-content-type-options')).toBe('nosniff')
  })

  it('a public page gets the same treatment', async () => {
    const reply = await stage.server.get('/media/public/page.html')
    expect(reply.header('content-disposition')).toMatch(/^attachment;/)
    expect(reply.header('content-security-policy')).toMatch(/^sandbox;/)
  })
})

describe('threat 17: headers made by file names', () => {
  it('a name adds no parameter and no header', async () => {
    const name = 'a"; filename="b.exe"; x=%0d%0aSet-Cookie: c'
    await writeFile(join(stage.ground.root, name), 'x')
    const reply = await stage.server.get(await stage.files.url(name))
    expect(reply.header('set-cookie')).toBeUndefined()
    expect(reply.header('content-disposition')).toMatch(
      /^attachment; filename="[^"\\\r\n]+"; filename\*=UTF-8''[A-Za-z0-9%!#$&+.^_`|~-]+$/,
    )
  })
})

describe('threat 18: floods of ranges', () => {
  it('cost no more than the file', async () => {
    const url = await stage.files.url('big.bin')
    const scattered = Array.from({ length: 900 }, (_, index) => `${index * 3000}-${index * 3000}`)
    for (const range of [`bytes=${'0-,'.repeat(3000)}0-`, `bytes=${scattered.join()}`]) {
      const reply = await stage.server.get(url, { Range: range })
      expect(reply.body.equals(stage.ground.bigBytes)).toBe(true)
    }
  })
})

describe('threat 19: faults of others with ranges and conditions', () => {
  it('a suffix longer than the file is the whole file', async () => {
    const reply = await stage.server.get(await stage.files.url('ten.bin'), { Range: 'bytes=-100' })
    expect([reply.status, reply.header('content-range')]).toEqual([206, 'bytes 0-9/10'])
  })

  it('a weak tag passes neither If-Match nor If-Range', async () => {
    const url = await stage.files.url('ten.bin')
    const weak = `W/${(await stage.server.get(url)).header('etag')}`
    expect(await stage.statusOf(url, { 'If-Match': weak })).toBe(412)
    expect(await stage.statusOf(url, { 'If-Range': weak, Range: 'bytes=0-1' })).toBe(200)
  })

  it('a date in If-Range counts by the second', async () => {
    await utimes(join(stage.ground.root, 'ten.bin'), 1_690_000_000, 1_690_000_000)
    const url = await stage.files.url('ten.bin')
    const ask = (seconds: number) =>
      stage.statusOf(url, {
        'If-Range': new Date(seconds * 1000).toUTCString(),
        Range: 'bytes=0-1',
      })
    expect(await ask(1_690_000_000)).toBe(206)
    expect(await ask(1_690_000_001)).toBe(200)
    expect(await ask(1_689_999_999)).toBe(200)
  })

  it('HEAD knows no Range', async () => {
    const url = await stage.files.url('ten.bin')
    const socket = await stage.server.open()
    const request = `HEAD ${url} HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\n`
    const { replies } = await exchange(socket, request, ['HEAD'])
    expect([replies[0]?.status, replies[0]?.header('content-length')]).toEqual([200, '10'])
  })

  it('tags are the same on every server that has the file, and of no other version of it', async () => {
    const path = join(stage.ground.root, 'one.bin')
    async function tagOf(content: string, seconds: number): Promise<string | undefined> {
      // Another inode each time, as on another server.
      await rm(path, { force: true })
      await writeFile(path, content)
      await utimes(path, seconds, seconds)
      return (await stage.server.get(await stage.files.url('one.bin'))).header('etag')
    }
    const tag = await tagOf('same', 1_690_000_000)
    expect(await tagOf('same', 1_690_000_000)).toBe(tag)
    expect(await tagOf('same', 1_690_000_001)).not.toBe(tag)
    expect(await tagOf('longer', 1_690_000_000)).not.toBe(tag)
  })
})

describe('threat 20: a file that changes under way (more in test/fault/downloads.test.ts)', () => {
  it('cut short: the connection breaks', async () => {
    const path = join(stage.ground.root, 'huge.bin')
    await writeFile(path, Buffer.alloc(32 * 1024 * 1024, 0x61))
    const socket = await stage.server.open()
    socket.pause()
    socket.write(`GET ${await stage.files.url('huge.bin')} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await until(() => countDescriptors(stage.ground.root) === 1, 'the file is open')
    await truncate(path, 1000)
    expect((await exchange(socket, '')).isBroken).toBe(true)
  })

  it('grown: what was promised is sent, and no more', async () => {
    const path = join(stage.ground.root, 'huge.bin')
    await writeFile(path, Buffer.alloc(32 * 1024 * 1024, 0x61))
    const socket = await stage.server.open()
    socket.pause()
    socket.write(`GET ${await stage.files.url('huge.bin')} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await until(() => countDescriptors(stage.ground.root) === 1, 'the file is open')
    await appendFile(path, 'more')
    const { replies, isBroken, bytes } = await exchange(socket, '')
    expect(isBroken).toBe(false)
    expect(replies[0]?.body.length).toBe(32 * 1024 * 1024)
    expect(bytes.includes('more')).toBe(false)
  })
})

describe('threat 21: the grain of time stamps', () => {
  it('a microsecond more is another version, and so is another size', async () => {
    const path = join(stage.ground.root, 'ten.bin')
    await promisify(execFile)('touch', ['-d', '@1690000000.123456', path])
    const url = await stage.files.url('ten.bin')
    expect(await stage.statusOf(url)).toBe(200)
    await promisify(execFile)('touch', ['-d', '@1690000000.123457', path])
    await stage.expectNothing(url)
    await writeFile(path, 'other size')
    await appendFile(path, '!')
    await promisify(execFile)('touch', ['-d', '@1690000000.123456', path])
    await stage.expectNothing(url)
  })

  it('a file kept in memory is never older than the one on the disk', async () => {
    await stage.restart({ storage: createLocalStorage({ root: stage.ground.root }) })
    const path = join(stage.ground.root, 'public/quick.txt')
    for (let round = 0; round < 200; round++) {
      await writeFile(path, `round ${round}`)
      expect((await stage.server.get('/media/public/quick.txt')).body.toString()).toBe(
        `round ${round}`,
      )
    }
  })
})

describe('threat 32: requests smuggled in bodies', () => {
  it('a body is never read as a request, and one with two lengths is none', async () => {
    const ten = await stage.files.url('ten.bin')
    const inner = `GET ${ten} HTTP/1.1\r\nHost: x\r\n\r\n`
    for (const head of [
      `Content-Length: ${inner.length}\r\n`,
      `Transfer-Encoding: chunked\r\n`,
      `Content-Length: 0\r\nContent-Length: ${inner.length}\r\n`,
      `Content-Length: ${inner.length}\r\nTransfer-Encoding: chunked\r\n`,
      `Transfer-Encoding : chunked\r\nContent-Length: ${inner.length}\r\n`,
    ]) {
      const socket = await stage.server.open()
      const body = head.startsWith('Transfer-Encoding: ')
        ? `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`
        : inner
      const request = `POST ${ten} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}\r\n${body}`
      const asked = exchange(socket, request, ['POST', 'GET'])
      socket.end()
      const { replies } = await asked
      expect(replies.map((reply) => reply.status)).not.toContain(200)
      expect(replies.length).toBe(1)
    }
  })

  it('a refusal that comes before leave to send says so instead of leave', async () => {
    const waiting = createServer().on(
      'checkContinue',
      (req, res) => void stage.files.handler(req, res),
    )
    waiting.listen(0, '127.0.0.1')
    await once(waiting, 'listening')
    const { port } = waiting.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    const request = `POST ${await stage.files.url('ten.bin')} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`
    const { replies } = await exchange(socket, request, ['POST'])
    expect(replies.map((reply) => reply.status)).toEqual([405])
    socket.destroy()
    waiting.closeAllConnections()
    waiting.close()
  })
})

describe('threat 33: requests that a foreign page makes', () => {
  it("no answer lets a foreign page read a file with a visitor's cookies", async () => {
    await stage.restart({
      bindOf: (request) =>
        /session=(\w+)/.exec((request as IncomingMessage).headers.cookie ?? '')?.[1],
    })
    const headers = { Origin: 'https://evil.example', Cookie: 'session=x' }
    const link = await stage.files.url('ten.bin')
    const bound = await stage.files.url('ten.bin', { bind: 'x' })
    for (const path of [link, bound, '/media/public/open.txt', '/media/x']) {
      const reply = await stage.server.get(path, headers)
      expect(reply.header('access-control-allow-credentials')).toBeUndefined()
      // With `*`, browsers keep what was fetched with credentials to themselves.
      if (path === link || path === '/media/x')
        expect(reply.header('access-control-allow-origin')).toBe('*')
      else {
        expect(reply.status).toBe(200)
        expect(reply.header('access-control-allow-origin')).toBeUndefined()
        expect(reply.header('cross-origin-resource-policy')).toBe('same-site')
      }
    }
  })
})

describe('promise 14: no foreign page uses your user', () => {
  it('a preflight is answered alike for every URL, and lets no credentials in', async () => {
    const paths = [
      await stage.files.url('ten.bin'),
      '/media/x',
      '/media/public/open.txt',
      '/media/',
    ]
    const answers = await Promise.all(
      paths.map(async (path) => {
        const socket = await stage.server.open()
        const fields = 'Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n'
        const request = `OPTIONS ${path} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`
        const { replies } = await exchange(socket, request, ['OPTIONS'])
        return { status: replies[0]?.status, headers: withoutDate(replies[0]?.headers ?? []) }
      }),
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(JSON.stringify(answers)).not.toMatch(/credentials|evil/i)
  })

  it('no URL begins with what a request says of its host', async () => {
    const evil = new Request('https://evil.example/', {
      headers: { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' },
    })
    await expect(stage.files.url('ten.bin', { origin: evil })).rejects.toThrow(/"origins"/)
    await stage.restart({ origins: ['https://app.example'] })
    const kind = stage.files.slot('inbox', { handler: () => {} })
    for (const url of [
      await stage.files.url('ten.bin', { origin: evil }),
      await kind.url(undefined, { origin: evil }),
    ])
      expect(url).toMatch(/^https:\/\/app\.example\/media\//)
    await stage.files.close()
  })
})

describe('threat 34: a disk that fails (more in test/fault/downloads.test.ts)', () => {
  it('a root that is gone is a 404 for all, and serves again once it is back', async () => {
    const url = await stage.files.url('ten.bin')
    await rename(stage.ground.root, `${stage.ground.root}-away`)
    await stage.expectNothing(url)
    await rename(`${stage.ground.root}-away`, stage.ground.root)
    expect(await stage.statusOf(url)).toBe(200)
  })
})

describe('promise 4: every answer is from one open descriptor', () => {
  it('a file replaced between its check and its sending is the old one whole, or a 404', async () => {
    const path = join(stage.ground.root, 'swap.bin')
    // Of two lengths: in one tick of the kernel's clock, times alone tell no two files apart.
    const contents = [Buffer.alloc(200_000, 1), Buffer.alloc(200_001, 2)]
    await writeFile(path, contents[0] ?? '')
    for (let round = 0; round < 40; round++) {
      const url = await stage.files.url('swap.bin')
      const expected = contents[round % 2]
      const asked = stage.server.get(url)
      await writeFile(`${path}.new`, contents[(round + 1) % 2] ?? '')
      await rename(`${path}.new`, path)
      const reply = await asked
      // A token for the old file never brings the new one.
      if (reply.status === 200) expect(expected?.equals(reply.body)).toBe(true)
      else expect(reply.status).toBe(404)
    }
  })
})

describe('promise 5: active content never runs in your origin by default', () => {
  it("every answer about a file says nosniff and no-referrer, and a token's is private", async () => {
    for (const name of ['ten.bin', 'page.html', 'empty.txt'])
      for (const headers of [
        {},
        { Range: 'bytes=0-1' },
        { 'If-None-Match': '*' },
        { 'If-Match': '"x"' },
        { Range: 'bytes=99-' },
      ]) {
        const reply = await stage.server.get(await stage.files.url(name), headers)
        expect(reply.header('x-content-type-options')).toBe('nosniff')
        expect(reply.header('referrer-policy')).toBe('no-referrer')
        expect(reply.header('cache-control')).toMatch(
          /^(?:private, max-age=\d+, immutable|no-store)$/,
        )
        expect(reply.header('content-disposition')).toMatch(
          name === 'empty.txt' ? /^inline;/ : /^attachment;/,
        )
      }
  })
})

describe('promise 6: memory does not grow with the file, the ranges or the clients (more in test/fault/downloads.test.ts)', () => {
  it('a file of 256 MiB passes through a few MiB', async () => {
    const path = join(stage.ground.root, 'sparse.bin')
    await writeFile(path, '')
    await truncate(path, 256 * 1024 * 1024)
    const url = await stage.files.url('sparse.bin')
    const socket = await stage.server.open()
    socket.write(`GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    let got = 0
    let most = 0
    const before = process.memoryUsage().arrayBuffers
    for await (const chunk of socket) {
      got += (chunk as Buffer).length
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
    expect(got).toBeGreaterThan(256 * 1024 * 1024)
    // The reading end is in this process too, and its chunks wait for the collector.
    expect(most).toBeLessThan(128 * 1024 * 1024)
  })
})

describe('promise 9: what a client sends gives 4xx (more in test/property/raw-socket.test.ts)', () => {
  it.each([
    '/media/%',
    '/media/%00',
    '*',
    '/media/\u00ff',
    `/media/${'a'.repeat(15_000)}`,
    'http://x',
    '/media/?',
  ])('%s', async (target) => {
    // Node itself answers 400 to what is no request.
    expect([400, 404]).toContain(await stage.statusOf(target))
    expect(await stage.statusOf(await stage.files.url('ten.bin'))).toBe(200)
  })
})
