// Whatever bytes a client sends: never a 5xx, never a byte from outside of the root, never a hang,
// and the server goes on serving (promises 3 and 9).

import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LogEntry } from '../../src/log.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { countDescriptors, until } from '../support/descriptors.ts'
import { canary, createGround, settle, tenBytes } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { startFileServer } from '../support/file-server.ts'
import type { FileServer } from '../support/file-server.ts'
import { exchange } from '../support/raw-http.ts'

let ground: Ground
let files: Titofisto<LocalStorage>
let server: FileServer
let tenUrl = ''
let token = ''
const errors: LogEntry[] = []

beforeAll(async () => {
  ground = await createGround()
  const storage = settle(ground.create().storage)
  const log = (entry: LogEntry) => void (entry.level === 'error' && errors.push(entry))
  files = ground.create({ storage, log })
  server = await startFileServer((req, res) => void files.handler(req, res))
  tenUrl = await files.url('ten.bin')
  token = tenUrl.split('=')[1] ?? ''
})

afterAll(async () => {
  await server.close()
  await ground.remove()
})

/** Sends bytes as they are, on a connection of their own, and gives what came until it ended. */
async function send(request: string): Promise<string> {
  const socket = await server.open()
  socket.once('close', () => {})
  // An HTTP answer without a request that could be read is a 400 that closes.
  const { bytes } = await exchange(socket, request, ['GET'])
  socket.destroy()
  return bytes.toString('latin1')
}

function check(request: string, answer: string): void {
  const what = JSON.stringify(request)
  expect(answer, what).not.toContain(canary)
  expect(answer, what).not.toContain(ground.folder)
  expect(answer, what).not.toMatch(/^HTTP\/1\.1 5/m)
  expect(answer, what).toMatch(/^HTTP\/1\.1 [1-4]\d\d/)
}

async function sendAndCheck(request: string): Promise<void> {
  check(request, await send(request))
}

function get(target: string, headers = ''): string {
  return `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`
}

async function expectAlive(): Promise<void> {
  expect((await server.get(tenUrl)).body).toEqual(tenBytes)
  await until(() => countDescriptors(ground.root) === 0, 'all files are closed')
  expect(errors).toEqual([])
}

const pieces = `
  .. . / // \\ %2e%2e %2e %2f %5c %252e%252e%252f %c0%ae %c0%af %e0%80%ae %00 %0a %0d %u002e % %zz \u00e9
  \u00ff ..; ? # & media media/ public public/ ten.bin outside.txt out.txt pipe folder root-sibling
  .titofisto titofisto/upload/ titofisto_token= CON ::$DATA ~ : etc/passwd proc/self/environ file: http:
  @ [ ] *`
  .trim()
  .split(/\s+/)
  .concat(' ', '\t', 'a'.repeat(300))
const anyTarget = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 10 })
  .map((parts) => parts.join(''))
const anyByte = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code))
const anyText = fc.string({ unit: anyByte, maxLength: 60 })
const anyLine = anyText.map((text) => text.replaceAll(/[\r\n]/g, ''))

describe('a target', () => {
  it('of any pieces is answered', async () => {
    await fc.assert(
      fc.asyncProperty(anyTarget, (target) => sendAndCheck(get(`/${target}`))),
      { numRuns: 600 },
    )
    await expectAlive()
  })

  it('of any pieces below our prefix is answered, with a token good for another file', async () => {
    await fc.assert(
      fc.asyncProperty(anyTarget, fc.boolean(), async (target, isPublic) => {
        const path = `/media/${isPublic ? 'public/' : ''}${target}`
        await sendAndCheck(get(path.includes('?') ? path : `${path}?titofisto_token=${token}`))
      }),
      { numRuns: 600 },
    )
    await expectAlive()
  })

  it('of any bytes is answered', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine, (target) => sendAndCheck(get(`/media/${target}`))),
      { numRuns: 400 },
    )
    await expectAlive()
  })

  it.each([
    '*',
    '/',
    '//',
    '/media',
    '/media/',
    '//media/ten.bin',
    '/media//',
    '/media/?',
    '/media/#',
    '/media/?titofisto_token',
    'http://',
    'http://x',
    'http:///media/ten.bin',
    'http://x/media/../outside.txt',
    'https://[::1/media/x',
    'ftp://x/media/ten.bin',
    'media/ten.bin',
    '/media/\u0080',
    '/media/%',
    '/media/%00?titofisto_token=%00',
    '/media/__proto__?titofisto_token=x',
    '/media/constructor?constructor=x',
    '/media/ten.bin?titofisto_token[]=x',
    '/media/ten.bin?titofisto_token[a]=x',
    '/media/ten.bin?__proto__[titofisto_token]=x',
    `/media/${'a/'.repeat(4000)}`,
    `/media/${'%2e%2e%2f'.repeat(1500)}etc/passwd`,
    `/media/ten.bin?${'titofisto_token=x&'.repeat(800)}`,
    `/media/ten.bin?${'&'.repeat(12_000)}`,
    `/media/ten.bin?titofisto_token=${'1.'.repeat(6000)}`,
    `/media/${'a'.repeat(20_000)}`,
  ])('that is nasty is answered: %s', async (target) => {
    await sendAndCheck(get(target))
    await expectAlive()
  })
})

describe('a token', () => {
  const parts = [
    '1r31eq',
    '0',
    '.',
    '..',
    ':',
    'e5',
    'e99999999999',
    'd',
    'i',
    'b',
    't',
    'x',
    '-1',
    'A'.repeat(43),
  ]
  it('of any parts is refused', async () => {
    const anyToken = fc
      .array(fc.oneof(fc.constantFrom(...parts), anyLine.map(encodeURIComponent)), { maxLength: 6 })
      .map((all) => all.join(''))
    await fc.assert(
      fc.asyncProperty(anyToken, async (each) => {
        const answer = await send(get(`/media/ten.bin?titofisto_token=${each}`))
        expect(answer, each).toMatch(/^HTTP\/1\.1 404 /)
      }),
      { numRuns: 500 },
    )
    await expectAlive()
  })

  it('with any character changed, dropped or added is refused', async () => {
    for (let index = 0; index < token.length; index++) {
      const before = token.slice(0, index)
      const after = token.slice(index + 1)
      const other = token[index] === 'x' ? 'y' : 'x'
      for (const changed of [
        before + after,
        before + other + after,
        `${before}x${token[index]}${after}`,
      ]) {
        const answer = await send(get(`/media/ten.bin?titofisto_token=${changed}`))
        expect(answer, changed).toMatch(/^HTTP\/1\.1 404 /)
      }
    }
    await expectAlive()
  })
})

describe('the headers of a good request', () => {
  const names = [
    'Range',
    'If-Range',
    'If-Match',
    'If-None-Match',
    'If-Modified-Since',
    'If-Unmodified-Since',
    'Accept-Encoding',
    'Content-Length',
    'Transfer-Encoding',
    'Expect',
    'Upgrade',
    'Cookie',
    'X-Forwarded-For',
    'X-HTTP-Method-Override',
    'X-Original-URL',
    '__proto__',
  ]
  const values = fc.oneof(
    anyLine,
    fc
      .array(
        fc.constantFrom(
          'bytes=',
          '-',
          '0',
          '9',
          '10',
          '9'.repeat(30),
          ',',
          ' ',
          'W/',
          '"',
          '*',
          'x',
          '"x"',
        ),
        { maxLength: 12 },
      )
      .map((all) => all.join('')),
  )
  const headers = fc
    .array(fc.tuple(fc.constantFrom(...names), values), { minLength: 1, maxLength: 4 })
    .map((all) => all.map(([name, value]) => `${name}: ${value}\r\n`).join(''))

  it('may be anything', async () => {
    // What promises a body and sends none waits for it: then the client ends, and so do we.
    await fc.assert(
      fc.asyncProperty(headers, async (all) => {
        const request = get(tenUrl, all)
        const socket = await server.open()
        socket.setTimeout(0)
        const asked = exchange(socket, request, ['GET'])
        socket.end()
        const { bytes } = await asked
        socket.destroy()
        const answer = bytes.toString('latin1')
        expect(answer, request).not.toContain(canary)
        expect(answer, request).not.toMatch(/^HTTP\/1\.1 5/m)
      }),
      { numRuns: 600 },
    )
    await expectAlive()
  })

  it.each([
    `Range: bytes=${'0-0,'.repeat(3000)}0-0\r\n`,
    `Range: bytes=${Array.from({ length: 900 }, (_, index) => `${index * 3000}-${index * 3000}`).join()}\r\n`,
    `If-None-Match: ${'"a",'.repeat(3000)}\r\n`,
    `If-None-Match: ${'"'.repeat(12_000)}\r\n`,
    `If-Match: ${','.repeat(12_000)}\r\n`,
    'Range: bytes=0-1\r\nRange: bytes=2-3\r\n',
    'Content-Length: 5\r\nContent-Length: 6\r\n',
    'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
    'Content-Length: -1\r\n',
    'Transfer-Encoding: gzip\r\n',
    'Expect: something-else\r\n',
    'Expect: 100-continue\r\n',
    'Upgrade: websocket\r\nConnection: Upgrade\r\n',
    'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n',
    'Host: y\r\n',
    'Connection: keep-alive, close, x\r\n',
    `X: ${'x'.repeat(20_000)}\r\n`,
    'X\r\n',
    ': x\r\n',
    ' folded\r\n',
  ])('may be nasty: %j', async (all) => {
    for (const url of [tenUrl, await files.url('big.bin')]) {
      const request = get(url, all)
      const socket = await server.open()
      const asked = exchange(socket, request, ['GET'])
      socket.end()
      const answer = (await asked).bytes.toString('latin1')
      socket.destroy()
      // 501 is Node's own word for a coding it does not know; it never reaches us.
      expect(answer).not.toMatch(/^HTTP\/1\.1 50[02-9]/m)
    }
    await expectAlive()
  })
})

describe('a connection', () => {
  it('may bring any bytes at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyText, { maxLength: 4 }), async (texts) => {
        const socket = await server.open()
        const asked = exchange(socket, texts.join('\r\n'), ['GET'])
        socket.end()
        const answer = (await asked).bytes.toString('latin1')
        socket.destroy()
        expect(answer).toMatch(/^(?:HTTP\/1\.1 4\d\d[^]*)?$/)
      }),
      { numRuns: 300 },
    )
    await expectAlive()
  })

  it.each([
    'GET',
    'HEAD',
    'POST',
    'TRACE',
    'CONNECT',
    'PRI',
    'PROPFIND',
    'get',
    'GETT',
    'G E T',
    '',
    '\0',
  ])('may bring the method %j', async (method) => {
    const socket = await server.open()
    const asked = exchange(
      socket,
      `${method} ${tenUrl} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      [method],
    )
    socket.end()
    const answer = (await asked).bytes.toString('latin1')
    socket.destroy()
    expect(answer).not.toMatch(/^HTTP\/1\.1 5/m)
    await expectAlive()
  })

  it.each(['HTTP/0.9', 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/11', 'HTTQ/1.1', ''])(
    'may bring the version %j',
    async (version) => {
      const socket = await server.open()
      const asked = exchange(
        socket,
        `GET ${tenUrl} ${version}\r\nHost: x\r\nConnection: close\r\n\r\n`,
      )
      socket.end()
      expect((await asked).bytes.toString('latin1')).not.toMatch(/^HTTP\/1\.1 50[02-9]/m)
      socket.destroy()
      await expectAlive()
    },
  )
})
