// `accept` through every way in, over real sockets: the same file gets the same answer.

import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'
import { officeFile, trueFiles, zipOf } from '../support/true-files.ts'

let server: SlotServer

beforeEach(async () => {
  server = await startSlotServer()
})

afterEach(async () => {
  await server.close()
})

interface Sent {
  readonly type: string | null
  readonly name: string | null
  readonly bytes: Buffer
}

const ways = {
  'a form': sendForm,
  'bare bytes': sendBare,
  'one request of tus': sendTus,
}

let kindCount = 0

/** Sends a file to a new slot, and gives the answer with what the handler saw. */
async function send(
  way: (url: string, sent: Sent) => Promise<Response>,
  accept: readonly string[] | null,
  sent: Sent,
): Promise<{ readonly response: Response; readonly sniffedType: string | null | undefined }> {
  let sniffedType: string | null | undefined
  kindCount += 1
  const kind = server.slots.define(`kind-${kindCount}`, {
    ...(accept === null ? {} : { accept }),
    handler({ file }) {
      ;({ sniffedType } = file)
    },
  })
  const response = await way(await kind.url(), sent)
  return { response, sniffedType }
}

function sendForm(url: string, { type, name, bytes }: Sent): Promise<Response> {
  const typeLine = type === null ? '' : `\r\nContent-Type: ${type}`
  const head = `--B\r\nContent-Disposition: form-data; name="file"; filename="${name ?? ''}"${typeLine}\r\n\r\n`
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'multipart/form-data; boundary=B' },
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--B--\r\n')]),
  })
}

function sendBare(url: string, { type, name, bytes }: Sent): Promise<Response> {
  const target = name === null ? url : `${url}?filename=${encodeURIComponent(name)}`
  const headers = type === null ? {} : { 'Content-Type': type }
  return fetch(target, { method: 'PUT', headers, body: bytes })
}

function sendTus(url: string, { type, name, bytes }: Sent): Promise<Response> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const metadata = [
    ...(name === null ? [] : [`filename ${base64(name)}`]),
    ...(type === null ? [] : [`filetype ${base64(type)}`]),
  ]
  return fetch(url, {
    method: 'POST',
    headers: {
      'Tus-Resumable': '1.0.0',
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Length': String(bytes.length),
      ...(metadata.length === 0 ? {} : { 'Upload-Metadata': metadata.join(',') }),
    },
    body: bytes,
  })
}

const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const largeCsv = Buffer.from(`BMW;Audi;€\n${'1;2;3\n'.repeat(100_000)}`)
const letter = officeFile(docx, 'last')
const png = trueFiles.find(({ type }) => type === 'image/png')?.bytes ?? Buffer.alloc(0)
const page = Buffer.from('<!doctype html><script>alert(1)</script>'.padEnd(20_000))

describe.each(Object.entries(ways))('by %s', (_, way) => {
  it.each<[string, string | null, readonly string[] | null, Sent]>([
    ['a picture', 'image/png', ['image/*'], { type: 'image/png', name: 'a.png', bytes: png }],
    ['an undeclared picture', 'image/png', ['.png'], { type: null, name: 'a.png', bytes: png }],
    [
      'a long CSV that begins like a bitmap',
      null,
      ['text/csv'],
      { type: 'text/csv', name: 'a.csv', bytes: largeCsv },
    ],
    [
      'a CSV called Excel',
      null,
      ['.csv'],
      { type: 'application/vnd.ms-excel', name: 'a.csv', bytes: largeCsv },
    ],
    [
      'a document whose types stand last',
      docx,
      [docx],
      { type: null, name: 'a.docx', bytes: letter },
    ],
    [
      'a document by what it holds, where all is taken',
      docx,
      null,
      { type: null, name: null, bytes: letter },
    ],
    [
      'a page where pages are taken',
      'text/html',
      ['text/html'],
      { type: 'text/html', name: 'a.html', bytes: page },
    ],
  ])('%s passes, seen as %s', async (__, seen, accept, sent) => {
    const { response, sniffedType } = await send(way, accept, sent)
    expect(response.ok).toBe(true)
    expect(sniffedType).toBe(seen)
  })

  it.each<[string, readonly string[], Sent, string]>([
    [
      'a page that is called text',
      ['text/plain'],
      { type: 'text/plain', name: 'a.txt', bytes: page },
      'text/plain',
    ],
    [
      'a page that is called a picture',
      ['image/*', '.csv'],
      { type: 'image/png', name: 'a.png', bytes: page },
      'image/*, text/csv',
    ],
    [
      'a picture that is called a page',
      ['image/png'],
      { type: 'image/png', name: 'a.html', bytes: png },
      'image/png',
    ],
    [
      'a text with a NUL at its end',
      ['text/csv'],
      { type: 'text/csv', name: 'a.csv', bytes: Buffer.concat([largeCsv, Buffer.alloc(1)]) },
      'text/csv',
    ],
    [
      'another document',
      ['application/epub+zip'],
      { type: null, name: 'a.epub', bytes: letter },
      'application/epub+zip',
    ],
    ['another suffix', ['.csv'], { type: 'text/csv', name: 'a.txt', bytes: largeCsv }, 'text/csv'],
  ])('%s is refused, and leaves nothing', async (__, accept, sent, taken) => {
    const { response, sniffedType } = await send(way, accept, sent)
    expect(response.status).toBe(415)
    expect(response.headers.get('accept')).toBe(taken)
    expect(await response.text()).toContain(`Taken: ${accept.join(', ')}.`)
    expect(sniffedType).toBeUndefined()
    await expect.poll(() => server.spooled()).toEqual([])
  })

  it('a packed body is refused, and told that none is taken', async () => {
    const kind = server.slots.define('packed', { handler() {} })
    const response = await fetch(await kind.url(), {
      method: 'PUT',
      headers: { 'Content-Encoding': 'gzip' },
      body: 'x',
    })
    expect(response.status).toBe(415)
    expect(response.headers.get('accept-encoding')).toBe('identity')
    expect(response.headers.has('accept')).toBe(false)
  })
})

describe('an upload of a wrong type', () => {
  it('is refused while it still comes, also where only its middle shows that', async () => {
    const kind = server.slots.define('text', { accept: ['text/plain'], handler() {} })
    const text = Buffer.alloc(100_000, 'a')
    let sentBytes = 0
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        // More than is kept for a client that is refused; it never ends by itself.
        sentBytes += text.length
        controller.enqueue(sentBytes === 5 * text.length ? randomBytes(1000) : text)
        await new Promise((resolve) => setImmediate(resolve))
      },
    })
    const init = { method: 'PUT', headers: { 'Content-Type': 'text/plain' }, body, duplex: 'half' }
    const answer = await fetch(await kind.url(), init as RequestInit).catch(
      (error: unknown) => error,
    )
    if (answer instanceof Response) expect(answer.status).toBe(415)
    await expect.poll(() => server.log.map(({ reason }) => reason)).toEqual(['upload-type-refused'])
    await expect.poll(() => server.spooled()).toEqual([])
  })
})

describe('a hostile file', () => {
  const bomb = deflateRawSync(Buffer.alloc(300 * 1024 * 1024))
  const manyEntries = zipOf(Array.from({ length: 30_000 }, (_, index) => ({ name: `${index}` })))

  it.each<[string, Buffer]>([
    ['a bomb in the place of a list of types', bombIn('[Content_Types].xml', bomb)],
    ['a bomb in the place of a type', bombIn('mimetype', bomb)],
    ['30,000 entries', manyEntries],
    ['30,000 entries without a directory', manyEntries.subarray(0, manyEntries.length / 2)],
    ['an entry that leads back to itself', loop()],
    ['a directory that lies elsewhere', elsewhere()],
    [
      'a comment of directory ends',
      Buffer.concat([zipOf([{ name: 'a' }]), Buffer.from('PK\u0005\u0006'.repeat(20_000))]),
    ],
  ])('is a plain ZIP: %s', async (_, bytes) => {
    const sent = { type: 'application/zip', name: 'a.zip', bytes }
    const { response, sniffedType } = await send(sendBare, ['application/zip'], sent)
    expect([response.status, sniffedType]).toEqual([204, 'application/zip'])
  })

  it.each([
    '504b0304',
    '1f8b08',
    '3026b2758e66cf11a6d9',
    '1a45dfa3',
    '494433',
    'efbbbf',
    '49492a00',
  ])('is taken or refused, and nothing else: what repeats %s', async (hex) => {
    const bytes = Buffer.alloc(100_000, hex, 'hex')
    const { response } = await send(sendBare, ['*/*'], { type: null, name: null, bytes })
    expect(response.status).toBe(204)
    const refused = await send(sendBare, ['font/woff'], { type: null, name: null, bytes })
    expect(refused.response.status).toBe(415)
  })
})

/** A ZIP file whose one entry unpacks to 300 MiB. */
function bombIn(name: string, packed: Buffer): Buffer {
  const empty = zipOf([{ name, isStored: true }])
  const local = Buffer.from(empty.subarray(0, 30 + name.length))
  local.writeUInt16LE(8, 8)
  local.writeUInt32LE(packed.length, 18)
  const directory = Buffer.from(empty.subarray(30 + name.length))
  directory.writeUInt16LE(8, 10)
  directory.writeUInt32LE(packed.length, 20)
  directory.writeUInt32LE(local.length + packed.length, directory.length - 6)
  return Buffer.concat([local, packed, directory])
}

/** Its one entry says that the next one begins where it does itself. */
function loop(): Buffer {
  const bytes = Buffer.alloc(5000)
  bytes.write('PK\u0003\u0004', 'latin1')
  bytes.writeUInt32LE(0xffff_ffe2, 18)
  return bytes
}

function elsewhere(): Buffer {
  const bytes = Buffer.from(zipOf([{ name: 'a'.repeat(5000) }]))
  bytes.writeUInt32LE(0xffff_fff0, bytes.length - 6)
  return bytes
}
