// Forms over real sockets: well-formed ones of every client, malformed ones of every kind.

import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReceivedUpload } from '../../src/receive/intake/reception.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { sendBytes, startUploadServer, statusLine } from '../support/receive-server.ts'
import type { UploadServer } from '../support/receive-server.ts'

const run = promisify(execFile)
let server: UploadServer

beforeEach(async () => {
  server = await startUploadServer()
})

afterEach(async () => {
  await server.close()
})

const crlf = '\r\n'

function filePart(content: string, disposition = 'name="f"; filename="a.txt"'): string {
  return `--B${crlf}Content-Disposition: form-data; ${disposition}${crlf}Content-Type: text/plain${crlf}${crlf}${content}${crlf}`
}

const pngDisposition = 'Content-Disposition: form-data; name="f"; filename="good.png"'
/** What makes other bytes of a part, where it is seen. */
const encoded = 'Content-Transfer-Encoding: base64'

function partWithHead(...lines: readonly string[]): string {
  return `--B${crlf}${lines.join(crlf)}${crlf}${crlf}eA==${crlf}--B--`
}

function fieldPart(name: string, value: string): string {
  return `--B${crlf}Content-Disposition: form-data; name="${name}"${crlf}${crlf}${value}${crlf}`
}

async function post(
  body: string | Buffer,
  contentType = 'multipart/form-data; boundary=B',
): Promise<number> {
  // Bytes as given: strings stand for UTF-8.
  const response = await fetch(server.url, {
    method: 'POST',
    body: Buffer.from(body),
    headers: { 'content-type': contentType },
  })
  await response.arrayBuffer()
  return response.status
}

async function received(): Promise<ReceivedUpload> {
  const outcome = await server.nextOutcome()
  if (outcome.upload === null) throw outcome.error
  return outcome.upload
}

async function expectRefusal(code: string): Promise<void> {
  expect(await server.nextOutcome()).toMatchObject({ code })
  expect(server.spooled()).toEqual([])
  expect(countDescriptors(server.spoolFolder)).toBe(0)
}

describe('a form', () => {
  it('of curl comes in with files and fields', async () => {
    const source = join(server.spoolFolder, 'source')
    writeFileSync(source, randomBytes(2_000_000))
    await run('curl', [
      '-sS',
      '-F',
      'title=Grüße',
      '-F',
      `f=@${source};filename="say \\"hi\\".bin"`,
      '-F',
      `g=@${source};type=image/png;filename=../../x.png`,
      server.url,
    ])
    const { files, fields } = await received()
    expect(fields).toEqual([['title', 'Grüße']])
    expect(
      files.map(({ fieldName, name, type, sizeBytes }) => [fieldName, name, type, sizeBytes]),
    ).toEqual([
      ['f', expect.stringMatching(/^say .*\.bin$/), 'application/octet-stream', 2_000_000],
      ['g', 'x.png', 'image/png', 2_000_000],
    ])
    for (const file of files)
      expect(readFileSync(file.path).equals(readFileSync(source))).toBe(true)
    expect(countDescriptors(server.spoolFolder)).toBe(0)
  })

  it('of fetch comes in, with the names that browsers send', async () => {
    server.durable = true
    const form = new FormData()
    form.append('', 'empty name')
    form.append('__proto__', 'polluted')
    form.append('f', new File(['hello'], '日本 "1".txt', { type: 'text/plain' }))
    await fetch(server.url, { method: 'POST', body: form })
    const { files, fields } = await received()
    expect(fields).toEqual([
      ['', 'empty name'],
      ['__proto__', 'polluted'],
    ])
    expect(files).toMatchObject([{ name: '日本 _1_.txt', type: 'text/plain', sizeBytes: 5 }])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('may have bytes before and after, and a quoted boundary', async () => {
    const body = `preamble${crlf}${filePart('hello')}--B--${crlf}epilogue`
    expect(await post(body, 'Multipart/Form-Data; charset=utf-8; boundary="B"')).toBe(200)
    expect((await received()).files).toMatchObject([{ sizeBytes: 5 }])
  })

  it('may have an empty file, and inputs that were left empty', async () => {
    const body = `${filePart('', 'name="none"; filename=""')}${filePart('', 'name="f"; filename="empty.txt"')}--B--`
    expect(await post(body)).toBe(200)
    const { files } = await received()
    expect(files).toMatchObject([{ fieldName: 'f', name: 'empty.txt', sizeBytes: 0 }])
    expect(server.spooled()).toHaveLength(1)
  })

  it('has texts in the charset of the part, or of the form', async () => {
    const latin = Buffer.from('é', 'latin1')
    const body = Buffer.concat([
      Buffer.from(
        `--B${crlf}Content-Disposition: form-data; name="a"${crlf}Content-Type: text/plain; charset=iso-8859-1${crlf}${crlf}`,
      ),
      latin,
      Buffer.from(
        `${crlf}${fieldPart('b', 'ü')}${fieldPart('_charset_', 'windows-1252')}--B${crlf}Content-Disposition: form-data; name="c"${crlf}${crlf}`,
      ),
      latin,
      Buffer.from(`${crlf}${filePart('x')}--B--`),
    ])
    expect(await post(body)).toBe(200)
    const { fields } = await received()
    expect(fields.map(([name, value]) => name + value)).toEqual([
      'aé',
      'bü',
      '_charset_windows-1252',
      'cé',
    ])
  })

  it('has file names in UTF-8, or else in Latin-1; a bad escape is no name', async () => {
    const names = [
      [`filename="über.txt"`, 'über.txt'],
      [`filename*=UTF-8''%c3%bcber.txt`, 'über.txt'],
      [`filename*=UTF-8''%zz; filename="plain.txt"`, 'plain.txt'],
    ]
    for (const [disposition, name] of names) {
      await post(`${filePart('x', `name="f"; ${disposition}`)}--B--`)
      expect((await received()).files).toMatchObject([{ name }])
    }
  })

  it('comes in byte for byte, wherever it is cut and however much it looks like a boundary', async () => {
    const piece = fc.constantFrom(
      crlf,
      '--B',
      `${crlf}--`,
      `${crlf}-`,
      '\r',
      '\n',
      'x',
      '--BB',
      '\u0000',
      'hello',
    )
    // A file with the delimiter itself would be two parts: that is what delimiters are for.
    const content = fc
      .array(piece, { maxLength: 60 })
      .map((pieces) => pieces.join(''))
      .filter((text) => !`${crlf}${text}${crlf}`.includes(`${crlf}--LONGER-BOUNDARY`))
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(content, cuts, async (text, sizes) => {
        const body = `--LONGER-BOUNDARY${crlf}Content-Disposition: form-data; name="f"; filename="f"${crlf}${crlf}${text}${crlf}--LONGER-BOUNDARY--${crlf}`
        const socket = await sendBytes(
          server.port,
          `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=LONGER-BOUNDARY\r\nTransfer-Encoding: chunked\r\n\r\n`,
        )
        let position = 0
        for (let turn = 0; position < body.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1
          const cut = body.slice(position, position + size)
          position += size
          socket.write(`${cut.length.toString(16)}\r\n${cut}\r\n`)
        }
        socket.write('0\r\n\r\n')
        const { files } = await received()
        expect(readFileSync(files[0]?.path ?? '', 'utf8')).toBe(text)
        socket.destroy()
      }),
      { numRuns: 60 },
    )
  })

  it('of megabytes of half boundaries comes in unchanged', async () => {
    // Each chunk ends within something that begins like the boundary: the parser hands those bytes
    // out of a buffer which it uses again, while they still wait for the disk.
    const boundary = 'half-boundary-0123456789'
    const chunks = Array.from({ length: 3000 }, (_, index) => {
      const half = `${crlf}--${boundary}`.slice(0, 1 + (index % 20))
      return `${'x'.repeat(1000)}${half}`
    })
    const socket = await sendBytes(
      server.port,
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=${boundary}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const send = (text: string): void => {
      socket.write(`${text.length.toString(16)}\r\n${text}\r\n`)
    }
    send(`--${boundary}${crlf}Content-Disposition: form-data; name="f"; filename="f"${crlf}${crlf}`)
    for (const chunk of chunks) send(chunk)
    send(`${crlf}--${boundary}--`)
    socket.write('0\r\n\r\n')
    const file = (await received()).files[0]
    const hash = createHash('sha256')
      .update(readFileSync(file?.path ?? ''))
      .digest('hex')
    expect(hash).toBe(createHash('sha256').update(chunks.join('')).digest('hex'))
    socket.destroy()
  })

  it('of many small files keeps one open at a time', async () => {
    server.limits = { ...server.limits, maxFiles: 2000 }
    const body = `${filePart('hello').repeat(2000)}--B--`
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, countDescriptors(server.spoolFolder))
    }, 1)
    expect(await post(body)).toBe(200)
    clearInterval(watch)
    const { files } = await received()
    expect(files).toHaveLength(2000)
    expect(new Set(files.map((file) => file.path)).size).toBe(2000)
    expect(most).toBeLessThanOrEqual(1)
  })

  it('is checked against its digest', async () => {
    const body = `${filePart('hello')}--B--`
    const digest = createHash('sha256').update('other').digest('base64')
    await fetch(server.url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'multipart/form-data; boundary=B',
        'content-digest': `sha-256=:${digest}:`,
      },
    })
    await expectRefusal('upload-digest-mismatch')
  })
})

describe('a malformed form', () => {
  const good = filePart('hello')
  it.each([
    ['is empty', ''],
    ['has no part', `--B--${crlf}`],
    ['has no boundary', 'hello'],
    ['has no last boundary', good],
    ['ends within a file', good.slice(0, -4)],
    ['ends within a header', `${good}--B${crlf}Content-Dispo`],
    ['ends within a boundary', `${good}--`],
    [
      'has a part that ends within its header',
      `--B${crlf}Content-Disposition: form-data${crlf}--B--`,
    ],
    ['has a part without a header', `--B${crlf}${crlf}hello${crlf}--B--`],
    ['has a part without a name', `${filePart('x', 'filename="a"')}--B--`],
    [
      'has a part of another kind',
      `--B${crlf}Content-Disposition: attachment; name="f"; filename="a"${crlf}${crlf}x${crlf}--B--`,
    ],
    ['has two names for one part', `${filePart('x', 'name="f"; name="g"; filename="a"')}--B--`],
    [
      'has two dispositions for one part',
      `--B${crlf}Content-Disposition: form-data; name="f"; filename="a"${crlf}Content-Disposition: form-data; name="g"${crlf}${crlf}x${crlf}--B--`,
    ],
    [
      'has a broken header line',
      `--B${crlf}Content-Disposition form-data; name="f"${crlf}${crlf}x${crlf}--B--`,
    ],
    ['has a bare line break in a name', `${filePart('x', 'name="f\ng"; filename="a"')}--B--`],
    [
      'has parts within a part',
      `--B${crlf}Content-Disposition: form-data; name="f"${crlf}Content-Type: multipart/mixed; boundary=C${crlf}${crlf}--C${crlf}${crlf}x${crlf}--C--${crlf}--B--`,
    ],
    [
      'has a part in base64',
      `--B${crlf}Content-Disposition: form-data; name="f"; filename="a"${crlf}Content-Transfer-Encoding: base64${crlf}${crlf}aGVsbG8=${crlf}--B--`,
    ],
    [
      'has text that is not UTF-8',
      Buffer.from(`${fieldPart('a', '\u00ff')}${good}--B--`, 'latin1'),
    ],
    [
      'has text in an unknown charset',
      `--B${crlf}Content-Disposition: form-data; name="a"${crlf}Content-Type: text/plain; charset=klingon${crlf}${crlf}x${crlf}${good}--B--`,
    ],
    ['has fields, but no file', `${fieldPart('a', 'b')}--B--`],
    ['has an endless preamble', `${'x'.repeat(100_000)}${crlf}${good}--B--`],
    [
      'has an endless part header',
      `--B${crlf}X: ${'x'.repeat(100_000)}${crlf}Content-Disposition: form-data; name="f"; filename="a"${crlf}${crlf}x${crlf}--B--`,
    ],
    [
      'has 5,000 header fields',
      `--B${crlf}${`a: b${crlf}`.repeat(5000)}Content-Disposition: form-data; name="f"; filename="a"${crlf}${crlf}x${crlf}--B--`,
    ],
    [
      'has 33 header fields of one name, of which a reader may drop the last',
      partWithHead(pngDisposition, ...Array.from({ length: 31 }, () => 'X: 1'), encoded),
    ],
    [
      'has a header of more than 16 KiB, of which a reader may drop the end',
      partWithHead(pngDisposition, `X: ${'x'.repeat(16_400)}`, encoded),
    ],
    ['has a header field behind a broken line', partWithHead(pngDisposition, 'broken', encoded)],
    [
      'has a header field behind a bare line break',
      partWithHead(pngDisposition, `X: y\n${encoded}`),
    ],
    [
      'has a boundary with something behind it',
      `--B;x${crlf}${pngDisposition}${crlf}${crlf}x${crlf}--B--`,
    ],
    [
      'has a boundary with a dash behind it',
      `--B-${crlf}${pngDisposition}${crlf}${crlf}x${crlf}--B--`,
    ],
  ])('%s', async (_, body) => {
    expect(await post(body)).toBe(400)
    await expectRefusal('upload-malformed')
  })

  it.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
    'multipart/form-data; boundary=B; boundary=C',
    'multipart/form-data; boundary=B; Boundary=B',
    'multipart/form-data; boundary="B',
    `multipart/form-data; boundary=${'B'.repeat(71)}`,
    `multipart/form-data; boundary=${'B'.repeat(300)}`,
  ])('has no boundary, or two: %s', async (contentType) => {
    expect(await post(`${filePart('hello')}--B--`, contentType)).toBe(400)
    await expectRefusal('upload-malformed')
  })

  it('of any bytes ends in an answer, and leaves nothing behind', async () => {
    const piece = fc.constantFrom(
      '--B',
      '--B--',
      crlf,
      crlf + crlf,
      '--',
      'Content-Disposition: form-data; name="f"',
      '; filename="a"',
      'Content-Type: text/plain',
      '\u0000',
      ':',
      '"',
      'x'.repeat(3000),
      '\r',
      '\n',
      ' ',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
        const status = await post(pieces.join(''))
        const outcome = await server.nextOutcome()
        expect([200, 400, 413]).toContain(status)
        const kept = outcome.upload?.files.length ?? 0
        const spooled = server.spooled().length
        // Files of accepted uploads stay for their handler; here nobody takes them.
        for (const file of outcome.upload?.files ?? []) await run('rm', [file.path])
        expect(spooled).toBe(kept)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a form that is refused', () => {
  it.each([
    ['too large a file', { maxBytes: 4 }, filePart('hello'), 'upload-too-large'],
    ['too small a file', { minBytes: 6 }, filePart('hello'), 'upload-too-small'],
    ['too many files', { maxFiles: 1 }, filePart('hello').repeat(2), 'upload-too-many'],
    ['thousands of fields', {}, fieldPart('a', 'b').repeat(5000), 'upload-too-many'],
    [
      'thousands of empty inputs',
      {},
      filePart('', 'name="f"; filename=""').repeat(5000),
      'upload-too-many',
    ],
    ['too long a field', {}, fieldPart('a', 'b'.repeat(1025)), 'upload-too-large'],
    ['another type', { accept: ['image/png'] }, filePart('hello'), 'upload-type-refused'],
    [
      'a packed body in disguise',
      { accept: ['text/plain'] },
      filePart('PK\u0005\u0006'.padEnd(40, '\u0000')),
      'upload-type-refused',
    ],
  ])('brings %s', async (_, limits, parts, code) => {
    server.limits = { ...server.limits, ...limits }
    expect(await post(`${parts}--B--`)).toBeLessThan(500)
    await expectRefusal(code)
  })

  it('brings a good file, then a bad one: both go', async () => {
    server.limits = { ...server.limits, maxBytes: 1_000_000 }
    const body = `${filePart('x'.repeat(900_000))}${filePart('y'.repeat(1_100_000))}--B--`
    expect(await post(body)).toBe(413)
    await expectRefusal('upload-too-large')
  })

  it('declares more bytes than its files could have', async () => {
    server.limits = { ...server.limits, maxBytes: 1000 }
    const socket = await sendBytes(
      server.port,
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 100000000\r\nExpect: 100-continue\r\n\r\n',
    )
    expect(await statusLine(socket)).toBe('HTTP/1.1 413 Payload Too Large')
    await expectRefusal('upload-too-large')
    socket.destroy()
  })

  it.each([
    ['within a file', filePart('x'.repeat(600_000)).slice(0, -10)],
    ['within a second file', `${filePart('x'.repeat(600_000))}${filePart('y').slice(0, -3)}`],
    ['within a header', `${filePart('x'.repeat(600_000))}--B${crlf}Content-`],
    ['before anything', ''],
  ])('breaks off %s', async (_, sent) => {
    const socket = await sendBytes(
      server.port,
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 5000000\r\n\r\n${sent}`,
    )
    while (server.progressBytes() < sent.length)
      await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
    await expectRefusal('upload-incomplete')
  })

  it('falls silent within a file', async () => {
    server.limits = { ...server.limits, idleTimeoutMs: 150 }
    const socket = await sendBytes(
      server.port,
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 5000000\r\n\r\n${filePart('x'.repeat(10_000)).slice(0, -5)}`,
    )
    expect(await statusLine(socket)).toBe('HTTP/1.1 408 Request Timeout')
    await expectRefusal('upload-too-slow')
    socket.destroy()
  })
})
