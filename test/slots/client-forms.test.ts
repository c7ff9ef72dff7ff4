// What clients in the field really send, over real sockets, each habit with its kin: names, envelopes,
// JSON beside files, pieces. Bytes are written by hand where no client of ours would send them.

import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { SlotStatus } from '../../src/index.ts'
import { exchange } from '../support/raw-http.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

let server: UploadServer
let kindCount = 0

beforeEach(async () => {
  server = await startUploadServer({ decidesContinue: true })
})

afterEach(async () => {
  await expect.poll(() => server.spooled()).toEqual([])
  await server.close()
})

/** What a handler saw. */
interface Seen {
  readonly files: readonly {
    readonly name: string
    readonly originalName: string | null
    readonly field: string | null
    readonly type: string
    readonly text: string
  }[]
  readonly fields: readonly (readonly [string, string])[]
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly seen: Seen
}

const wide = { maxFiles: 4 }

/** The URL of a slot whose answer is what its handler saw. */
async function slot(options: Record<string, unknown> = {}): Promise<string> {
  kindCount += 1
  const kind = server.files.slot(`kind-${kindCount}`, {
    ...options,
    handler: async ({ files, fields }) => ({
      files: await Promise.all(
        files.map(async (file) => ({
          name: file.name,
          originalName: file.originalName,
          field: file.fieldName,
          type: file.type,
          text: Buffer.from(await file.bytes()).toString('latin1'),
        })),
      ),
      fields: [...fields],
    }),
  })
  return kind.url()
}

async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  return { status: response.status, text, seen: response.ok ? JSON.parse(text) : null }
}

interface Part {
  readonly disposition: string
  readonly type?: string
  readonly body?: string
}

function formBody(...parts: readonly Part[]): Buffer {
  const texts = parts.map(({ disposition, type, body = 'x' }) => {
    const typeLine = type === undefined ? '' : `Content-Type: ${type}\r\n`
    return `--B\r\nContent-Disposition: form-data; ${disposition}\r\n${typeLine}\r\n${body}\r\n`
  })
  return Buffer.from(`${texts.join('')}--B--\r\n`)
}

function form(...parts: readonly Part[]): RequestInit {
  const headers = { 'content-type': 'multipart/form-data; boundary=B' }
  return { method: 'POST', body: new Uint8Array(formBody(...parts)), headers }
}

const filePart: Part = { disposition: 'name="file"; filename="a.txt"', type: 'text/plain' }

describe('a name in a form', () => {
  it.each([
    [`name=file; filename="=?utf-8?B?R3LDtsOfZQ==?="; filename*=utf-8''Gr%C3%B6%C3%9Fe`, 'Größe'],
    [`name="f"; filename*=UTF-8''Gr%C3%B6%C3%9Fe; filename="Gr__e"`, 'Größe'],
    [`name="f"; filename="plain.txt"; filename*=UTF-8''%zz`, 'plain.txt'],
    [`name="f"; filename*=UTF-8''%zz`, null],
    [`name="f"; filename*=utf-8''IMG%20(1).txt`, 'IMG (1).txt'],
    [`name="f"; filename*=windows-1252''caf%E9.txt`, 'café.txt'],
    [`name="f"; filename="say %22hi%22 100%25.txt"`, 'say "hi" 100%25.txt'],
    [`name="f"; filename=à`, 'à'],
    // As needle and aiohttp encode each name: nothing tells it from one that has per cents in it.
    ['name="f"; filename="Gr%C3%B6%C3%9Fe%20%281%29.txt"', 'Gr%C3%B6%C3%9Fe%20%281%29.txt'],
    ['name="f"; filename="C:\\Users\\me\\a.txt"', 'C:\\Users\\me\\a.txt'],
  ])('%s is of a file called %j', async (disposition, originalName) => {
    const { seen } = await send(await slot(wide), form({ disposition }))
    expect(seen.fields).toEqual([])
    expect(seen.files).toMatchObject([{ originalName, text: 'x' }])
  })

  it('is composed, keeps its joiners and loses its path; what was sent stays to be had', async () => {
    const sent = `C:\\fakepath\\${'Käse'.normalize('NFD')} می\u200cخواهم\u202e.txt`
    const { seen } = await send(await slot(), form({ disposition: `name=f; filename="${sent}"` }))
    expect(seen.files).toMatchObject([{ name: 'Käse می\u200cخواهم.txt', originalName: sent }])
  })

  it('may have quotes, breaks and per cents, as FormData sends them', async () => {
    const body = new FormData()
    body.append('a"b', 'v')
    body.append('a\r\nb', new File(['x'], 'say "50%22".txt'))
    const { seen } = await send(await slot(), { method: 'POST', body })
    expect(seen.fields).toEqual([['a"b', 'v']])
    // FormData escapes no per cent, so this one can't be told from a quote.
    expect(seen.files).toMatchObject([{ field: 'a\r\nb', originalName: 'say "50"".txt' }])
  })
})

describe('a part without a name', () => {
  const unnamed = 'name="file"'

  it('is a file where it has a media type, whatever its size', async () => {
    const png = `\x89PNG\r\n\x1a\n${'x'.repeat(100_000)}`
    const { seen } = await send(
      await slot(),
      form({ disposition: unnamed, type: 'application/x-thing', body: png }),
    )
    expect(seen.files).toMatchObject([{ name: 'upload', originalName: null, field: 'file' }])
  })

  it('is a field where it is text', async () => {
    const text = { disposition: 'name="k"', type: 'text/plain; charset=utf-8', body: 'v' }
    const { seen } = await send(await slot(), form(text, filePart))
    expect(seen.fields).toEqual([['k', 'v']])
    expect(seen.files).toHaveLength(1)
  })
})

describe('JSON beside a file', () => {
  const json = '{"title":"x"}'

  it.each<[string, () => RequestInit]>([
    [
      'as a Blob of FormData, before the file',
      () => {
        const body = new FormData()
        body.append('meta', new Blob([json], { type: 'application/json' }))
        body.append('file', new File(['x'], 'me.txt', { type: 'text/plain' }))
        return { method: 'POST', body }
      },
    ],
    [
      'as a Blob of FormData, behind the file',
      () => {
        const body = new FormData()
        body.append('file', new File(['x'], 'me.txt', { type: 'text/plain' }))
        body.append('meta', new Blob([json], { type: 'application/json' }))
        return { method: 'POST', body }
      },
    ],
    [
      'as a part without a file name',
      () => form({ disposition: 'name="meta"', type: 'application/json', body: json }, filePart),
    ],
  ])('is a field: %s', async (_, make) => {
    const { seen } = await send(await slot({ accept: ['text/plain'] }), make())
    expect(seen.fields).toEqual([['meta', json]])
    expect(seen.files).toHaveLength(1)
  })

  it('is the file where it has a name, or no other file comes', async () => {
    const named = new FormData()
    named.append('file', new File([json], 'a.json', { type: 'application/json' }))
    const alone = new FormData()
    alone.append('note', 'mine')
    alone.append('file', new Blob([json], { type: 'application/json' }))
    for (const body of [named, alone]) {
      const { seen } = await send(await slot(), { method: 'POST', body })
      expect(seen.files).toMatchObject([{ text: json, type: 'application/json' }])
    }
  })

  it('is a file beside others where it is larger than a field may be', async () => {
    const body = new FormData()
    body.append('large', new Blob(['"xxxxxxxxx"'], { type: 'application/json' }))
    body.append('file', new File(['x'], 'a.txt'))
    const init = { method: 'POST', body }
    const { seen } = await send(await slot({ ...wide, maxFieldBytes: 10 }), init)
    expect(seen.files).toMatchObject([{ text: '"xxxxxxxxx"' }, { text: 'x' }])
    expect((await send(await slot({ maxFieldBytes: 10 }), init)).status).toBe(413)
  })
})

describe('the fields of a kind with a schema', () => {
  const fields = z.object({
    title: z.string(),
    tags: z.array(z.string()).default([]),
    meta: z.object({ page: z.number(), day: z.coerce.date() }).optional(),
  })

  function define() {
    kindCount += 1
    return server.files.slot(`typed-${kindCount}`, {
      fields,
      // Typed by the schema: a date has its methods.
      handler: ({ fields: { title, tags, meta } }) => [title, tags, meta?.day.getTime() ?? null],
    })
  }

  it('are what the schema makes of text, of repeated names and of JSON', async () => {
    const url = await define().url()
    const body = new FormData()
    body.append('title', 'x')
    body.append('tags', 'a')
    body.append('tags', 'b')
    body.append('meta', new Blob(['{"page":1,"day":"2026-01-01"}'], { type: 'application/json' }))
    body.append('file', new File(['x'], 'a.txt'))
    const { text } = await send(url, { method: 'POST', body })
    expect(JSON.parse(text)).toEqual(['x', ['a', 'b'], Date.UTC(2026, 0, 1)])
  })

  it('are what they are, too, where they are long and so kept on the disk', async () => {
    const url = await define().url()
    const title = 'x'.repeat(5000)
    const json = {
      disposition: 'name="meta"',
      type: 'application/json',
      body: '{"page":1,"day":0}',
    }
    const { text } = await send(
      url,
      form({ disposition: 'name="title"', body: title }, json, filePart),
    )
    expect(JSON.parse(text)).toEqual([title, [], 0])
  })

  it('may be nested as deeply as anybody means it, and have brackets in their texts', async () => {
    const deep = server.files.slot('deep', {
      fields: z.object({ meta: z.json() }),
      handler: ({ fields: { meta } }) => ({ meta }),
    })
    const body = `["${'['.repeat(200)}\\"${'{'.repeat(200)}",${'[],'.repeat(200)}${'['.repeat(99)}${']'.repeat(99)}]`
    const json = { disposition: 'name="meta"', type: 'application/json', body }
    const { status, text } = await send(await deep.url(), form(json, filePart))
    expect([status, text]).toEqual([200, JSON.stringify({ meta: JSON.parse(body) })])
  })

  it('may begin with a byte order mark', async () => {
    const marked = server.files.slot('marked', {
      fields: z.object({ meta: z.json() }),
      handler: ({ fields: { meta } }) => ({ meta }),
    })
    const json = { disposition: 'name="meta"', type: 'application/json', body: '\ufeff{"a":1}' }
    const { status, text } = await send(await marked.url(), form(json, filePart))
    expect([status, text]).toEqual([200, '{"meta":{"a":1}}'])
  })

  it.each<[string, RequestInit, string]>([
    ['are not what it takes', form(filePart), 'title'],
    [
      'are no JSON where they are said to be',
      form(
        { disposition: 'name="title"' },
        { disposition: 'name="meta"', type: 'application/json', body: '{' },
        filePart,
      ),
      '"meta" is declared as JSON',
    ],
    [
      'are nested more deeply than a schema could follow',
      form(
        { disposition: 'name="title"' },
        {
          disposition: 'name="meta"',
          type: 'application/json',
          body: `{"[\\"":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
        },
        filePart,
      ),
      '"meta" is nested more than 100 deep',
    ],
    ['can not come, since the body is the file', { method: 'PUT', body: 'x' }, 'title'],
    [
      'can not come, by tus',
      {
        method: 'POST',
        body: 'x',
        headers: {
          'tus-resumable': '1.0.0',
          'upload-length': '1',
          'content-type': 'application/offset+octet-stream',
        },
      },
      'title',
    ],
  ])('are refused where they %s, and the slot is open still', async (_, init, reason) => {
    const kind = define()
    const { url, id } = await kind.create()
    const { status, text } = await send(url, init)
    expect([status, text]).toEqual([400, expect.stringContaining(reason)])
    expect((await kind.status(id))?.state).toBe('open')
    expect((await send(url, form({ disposition: 'name="title"' }, filePart))).status).toBe(200)
  })
})

describe('a schema of fields that throws', () => {
  it("is told in the log as its kind's fault, and leaves the slot open", async () => {
    const broken = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (): never => {
          throw new Error('a bug of the schema')
        },
      },
    }
    const kind = server.files.slot('broken', { fields: broken, handler: () => 'done' })
    const { url, id } = await kind.create()
    const { status, text } = await send(url, form(filePart))
    expect([status, text]).toEqual([500, 'Internal server error\n'])
    expect((await kind.status(id))?.state).toBe('open')
    const faults = server.log.filter(({ level }) => level === 'error')
    expect(faults).toMatchObject([
      { event: 'slot-handler-failed', message: expect.stringContaining('"broken"'), slotId: id },
    ])
  })
})

describe('the envelope of a form', () => {
  /** What the server saw of a form under these lines of head. */
  async function post(...lines: readonly string[]): Promise<Answer> {
    const { pathname, port, hostname } = new URL(await slot())
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    const body = formBody(filePart)
    const head = ['Host: x', `Content-Length: ${body.length}`, ...lines].join('\r\n')
    const request = Buffer.from(`POST ${pathname} HTTP/1.1\r\n${head}\r\n\r\n`, 'latin1')
    const { replies } = await exchange(socket, Buffer.concat([request, body]), ['POST'])
    socket.destroy()
    const reply = replies[0]
    const text = reply?.body.toString() ?? ''
    return {
      status: reply?.status ?? 0,
      text,
      seen: reply?.status === 200 ? JSON.parse(text) : null,
    }
  }

  const good = 'multipart/form-data; boundary=B'

  it.each([
    [`Content-Type: ${good}`],
    [`Content-Type: ${good}`, `Content-Type: ${good}`],
    [`Content-Type: ${good}`, 'Content-Type: application/octet-stream'],
    ['Content-Type: application/octet-stream', `Content-Type: ${good}`],
    ['Content-Type: multipart/form-data', `content-type: ${good}`],
    [`Content-Type: multipart/form-data, ${good}`],
    [`Content-Type: ${good}, multipart/form-data`],
    [`Content-Type: ,${good},`],
    ['Content-Type: multipart/form-data; a="x,y/z"; boundary=B'],
    [`Content-Type:  MULTIPART/Form-Data ;; boundary="B";`],
  ])('is read through %j %j', async (...lines) => {
    expect((await post(...lines)).seen.files).toMatchObject([{ name: 'a.txt', text: 'x' }])
  })

  it.each([
    [`Content-Type: ${good}`, 'Content-Type: multipart/form-data; boundary=C'],
    ['Content-Type: multipart/form-data'],
    [`Content-Type: "${good}"`],
    ['Content-Type: multipart/form-data boundary=B'],
    ['Content-Type: multipart/form-data: boundary=B'],
    ['Content-Type: multipart / form-data; boundary=B'],
    ['Content-Type: multipart/form-data; boundary="B'],
    ['Content-Type: text/plain; multipart/form-data'],
    ['Content-Type: multipart/mixed; boundary=B'],
    ['Content-Type: "multipart/related; boundary=B"'],
    // What a program has put over what its library would have said.
    ['Content-Type: image/png'],
    ['Content-Type: application/json'],
    ['Content-Type: application/octet-stream'],
    ['X-None: x'],
  ])('is refused, and never a file, through %j %j', async (...lines) => {
    const { status, text } = await post(...lines)
    expect([400, 415]).toContain(status)
    expect(text).toMatch(/Content-Type|multipart/)
  })

  it('is told from a file that only begins like one', async () => {
    const texts = [
      '--B\r\nContent-Disposition: attachment',
      '--\r\n',
      '---\ntitle: x\n---\n',
      '--B',
    ]
    for (const text of texts) {
      const { seen } = await send(await slot(), { method: 'PUT', body: text })
      expect(seen.files).toMatchObject([{ text }])
    }
  })
})

describe('a body that is called application/x-www-form-urlencoded', () => {
  const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' }
  const png = Buffer.from(
    '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489',
    'hex',
  )

  it.each(['PUT', 'POST'])(
    'as many programs do unasked is taken for undeclared: %s',
    async (method) => {
      const url = await slot({ accept: ['image/png'] })
      const { seen } = await send(url, { method, body: png, headers: urlencoded })
      expect(seen.files).toMatchObject([{ type: 'application/octet-stream' }])
      const text = { method, body: '<script>', headers: urlencoded }
      expect((await send(await slot({ accept: ['image/png'] }), text)).status).toBe(415)
    },
  )

  it.each(['a,b\n1,2\n', 'aGVsbG8=', 'aGVsbG8', '{"a":"b=c"}', 'name=value\n', 'a = b & c'])(
    'is a file where it holds what no form does: %j',
    async (text) => {
      const init = { method: 'POST', body: text, headers: urlencoded }
      expect((await send(await slot(), init)).seen.files).toMatchObject([{ text }])
    },
  )

  it.each(['a=b', 'title=Gr%C3%BC%C3%9Fe+x&file=me.png', 'a=&b=', `a=${'x'.repeat(200_000)}`])(
    'is refused where it is a form, in words that mend the page: %.40j',
    async (text) => {
      const url = await slot()
      const { status, text: reason } = await send(url, {
        method: 'POST',
        body: text,
        headers: urlencoded,
      })
      expect([status, reason]).toEqual([
        415,
        expect.stringContaining('enctype="multipart/form-data"'),
      ])
      expect((await send(url, form(filePart))).status).toBe(200)
    },
  )

  it.each([
    ['application/x-www-form-urlencoded', { 'sec-fetch-mode': 'navigate' }],
    ['text/plain', { 'sec-fetch-mode': 'navigate' }],
    ['application/x-www-form-urlencoded', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }],
  ])('is refused where a page sends it, be it empty: %s', async (type, headers) => {
    const { port, hostname, pathname } = new URL(await slot())
    const socket = connect(Number(port), hostname)
    const lines = Object.entries({ ...headers, 'content-type': type, 'content-length': '5' })
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const request = `POST ${pathname} HTTP/1.1\r\nHost: x\r\n${head}\r\nfile=`
    const { replies } = await exchange(socket, request, ['POST'])
    expect(replies[0]?.status).toBe(415)
    expect(replies[0]?.body.toString()).toContain('enctype')
    socket.destroy()
  })

  it("of Java, which calls all it asks for a page, is a file's", async () => {
    const headers = { ...urlencoded, accept: 'text/html, image/gif, image/jpeg, */*; q=.2' }
    expect((await send(await slot(), { method: 'POST', body: png, headers })).status).toBe(200)
  })
})

describe('a piece of a file', () => {
  const field = (name: string, body: string): Part => ({ disposition: `name="${name}"`, body })

  it.each([
    [
      'Dropzone',
      [field('dzuuid', 'u'), field('dzchunkindex', '0'), field('dztotalchunkcount', '3')],
    ],
    ['Resumable.js', [field('resumableChunkNumber', '1'), field('resumableTotalChunks', '12')]],
    ['Flow.js', [field('flowChunkNumber', '12'), field('flowTotalChunks', '12')]],
    ['Fine Uploader', [field('qqpartindex', '2'), field('qqtotalparts', '20')]],
    ['Plupload', [field('name', 'a.txt'), field('chunk', '0'), field('chunks', '2')]],
    ['simple-uploader', [field('chunkNumber', '1'), field('totalChunks', '100')]],
    ['Syncfusion', [field('chunk-index', '0'), field('total-chunk', '3')]],
    ['Kendo UI', [field('metadata', '{"chunkIndex":0,"totalChunks":3,"fileName":"a.txt"}')]],
    ['Kendo UI', [field('metadata', '{"chunkIndex":"0","totalChunks":"3"}')]],
    ['DevExtreme', [field('chunkMetadata', '{"Index": 1, "TotalCount": 3, "FileName": "a.txt"}')]],
  ])('as %s sends it is refused in words, wherever its fields stand', async (client, fields) => {
    for (const parts of [
      [...fields, filePart],
      [filePart, ...fields],
    ]) {
      const url = await slot()
      const { status, text } = await send(url, form(...parts))
      expect([status, text]).toEqual([400, expect.stringContaining(client)])
      expect(text).toContain('tus')
      expect((await send(url, form(filePart))).status).toBe(200)
    }
  })

  it('is refused where the query says so, before a byte is sent', async () => {
    const { port, hostname, pathname } = new URL(await slot())
    const socket = connect(Number(port), hostname)
    const target = `${pathname}?resumableChunkNumber=1&resumableTotalChunks=5`
    const request = `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n`
    const { replies } = await exchange(socket, request, ['POST'])
    expect(replies[0]?.status).toBe(400)
    socket.destroy()
  })

  it.each<[string, Record<string, string>]>([
    ['FilePond begins one', { 'upload-length': '1000' }],
    ['an IETF client sends a part', { 'upload-complete': '?0' }],
    ['an old IETF client sends a part', { 'upload-incomplete': '?1' }],
    ['it goes on', { 'upload-offset': '1000' }],
  ])('is refused where its head says so: %s', async (_, headers) => {
    const init = { ...form(field('filepond', '{}'), filePart), method: 'POST' }
    const all = { 'content-type': 'multipart/form-data; boundary=B', ...headers }
    const { status, text } = await send(await slot(), { ...init, headers: all })
    expect([status, text]).toEqual([400, expect.stringContaining('tus')])
  })

  it.each<[string, Record<string, string>]>([
    ['FilePond begins one', { 'upload-length': '1000' }],
    ['it goes on', { 'upload-offset': '1000' }],
  ])('without a form is refused where its head says so: %s', async (_, headers) => {
    expect((await send(await slot(), { method: 'PUT', body: 'x', headers })).status).toBe(400)
  })

  it('that is the whole is taken', async () => {
    const whole = [field('dzchunkindex', '0'), field('dztotalchunkcount', '1')]
    expect((await send(await slot(), form(...whole, filePart))).status).toBe(200)
    for (const metadata of [
      '{"chunkIndex":0,"totalChunks":1}',
      '{"title":"x","totalChunks":12}',
      '{"documents":[{"chunkIndex":1,"totalChunks":3}]}',
      'Of "chunkIndex": 1, "totalChunks": 3',
      'null',
    ])
      expect((await send(await slot(), form(field('metadata', metadata), filePart))).status).toBe(
        200,
      )
    const own = [field('chunks', '5'), field('totalChunks', 'many'), field('chunkNumber', '1')]
    expect((await send(await slot(), form(...own, filePart))).status).toBe(200)
    const ietf = {
      'upload-complete': '?1',
      'upload-length': '1',
      'upload-draft-interop-version': '8',
    }
    expect((await send(await slot(), { method: 'POST', body: 'x', headers: ietf })).status).toBe(
      200,
    )
  })
})

describe('the bytes of all files together', () => {
  const named = (name: string, body: string): Part => ({
    disposition: `name="f"; filename="${name}"`,
    body,
  })

  it('have a limit of their own', async () => {
    const limits = { maxFiles: 3, maxBytes: 10, maxTotalBytes: 15 }
    const two = form(named('a', 'x'.repeat(10)), named('b', 'x'.repeat(5)))
    expect((await send(await slot(limits), two)).status).toBe(200)
    const more = form(named('a', 'x'.repeat(10)), named('b', 'x'.repeat(6)))
    const { status, text } = await send(await slot(limits), more)
    expect([status, text]).toEqual([413, expect.stringContaining('15 bytes')])
  })

  it('are not to blame for one file that is too large', async () => {
    const init = form(named('a', 'x'.repeat(11)))
    const headers = new Headers(init.headers)
    headers.set('accept', 'application/json')
    const { status, text } = await send(await slot({ maxBytes: 10 }), { ...init, headers })
    expect([status, JSON.parse(text)]).toEqual([
      413,
      expect.objectContaining({ what: 'file', limit: 10 }),
    ])
  })

  it('have it whatever the way in, and for one slot alone, too', async () => {
    kindCount += 1
    const kind = server.files.slot(`total-${kindCount}`, { maxFiles: 2, handler: () => 'done' })
    const ticket = await kind.create(undefined, { maxTotalBytes: 4 })
    expect(ticket.maxTotalBytes).toBe(4)
    const raw = { method: 'PUT', body: 'xxxxx' }
    const tus = { 'tus-resumable': '1.0.0', 'upload-length': '5' }
    expect((await send(ticket.url, raw)).status).toBe(413)
    expect((await send(ticket.url, { method: 'POST', headers: tus })).status).toBe(413)
    expect((await send(ticket.url, form(named('a', 'xxx'), named('b', 'xx')))).status).toBe(413)
    expect((await send(ticket.url, form(named('a', 'xx'), named('b', 'xx')))).status).toBe(200)
    const other = await kind.create()
    expect(other.maxTotalBytes).toBe(2 * other.maxBytes)
  })
})

describe('the progress of an upload', () => {
  it('knows the total from the Content-Length, and ends with all bytes', async () => {
    kindCount += 1
    const kind = server.files.slot(`progress-${kindCount}`, { handler: () => 'done' })
    for (const isForm of [false, true]) {
      const { url, id } = await kind.create()
      const { port, hostname, pathname } = new URL(url)
      const socket = connect(Number(port), hostname)
      const body = isForm ? formBody({ ...filePart, body: 'x'.repeat(1000) }) : Buffer.alloc(1000)
      const type = isForm ? 'multipart/form-data; boundary=B' : 'text/plain'
      const head = `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`
      socket.write(Buffer.concat([Buffer.from(head), body.subarray(0, 400)]))
      const seen: SlotStatus[] = []
      for await (const status of kind.progress(id)) {
        seen.push(status)
        if (status.state === 'receiving' && status.receivedBytes === 400)
          socket.write(body.subarray(400))
      }
      expect(seen).toContainEqual(
        expect.objectContaining({
          state: 'receiving',
          receivedBytes: 400,
          totalBytes: body.length,
        }),
      )
      expect(seen.at(-1)).toMatchObject({ state: 'done', receivedBytes: 1000, totalBytes: 1000 })
      socket.destroy()
    }
  })
})

describe('a refusal', () => {
  it.each([
    ['by its length', true],
    ['once it is too large', false],
  ])('reaches a client that reads only once it has written 150 MiB: %s', async (_, isDeclared) => {
    const url = new URL(await slot({ maxBytes: 1000 }))
    const socket = connect(Number(url.port), url.hostname)
    const piece = Buffer.alloc(1024 * 1024)
    const count = 150
    const length = isDeclared
      ? `Content-Length: ${count * piece.length}`
      : 'Transfer-Encoding: chunked'
    socket.write(`PUT ${url.pathname} HTTP/1.1\r\nHost: x\r\n${length}\r\n\r\n`)
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), piece, Buffer.from('\r\n')])
    for (let sent = 0; sent < count; sent += 1)
      if (!socket.write(isDeclared ? piece : chunk)) await once(socket, 'drain')
    const { replies } = await exchange(socket, isDeclared ? '' : '0\r\n\r\n', ['PUT'])
    expect(replies[0]?.status).toBe(413)
    socket.destroy()
  })
})
