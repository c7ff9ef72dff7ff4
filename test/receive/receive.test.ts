// Uploads without a slot, in an application's own route, over real sockets.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2'
import type { Http2ServerRequest } from 'node:http2'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { isTitofistoError } from '../../src/index.ts'
import type { Received, UploadedFile } from '../../src/index.ts'
import { formatHolder } from '../../src/holders/holder.ts'
import { toReceivedPrefix } from '../../src/receive/left-overs.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { createDeferred } from '../support/deferred.ts'
import { createGround } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { exchange } from '../support/raw-http.ts'

let ground: Ground
let files: Titofisto<LocalStorage>
let servers: Server[]

beforeEach(async () => {
  ground = await createGround()
  files = ground.create({ sweepSeconds: 0, durable: false, log: () => {} })
  servers = []
})

afterEach(async () => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
  await files.close()
  await expect.poll(spooled).toEqual([])
  await ground.remove()
})

async function spooled(): Promise<string[]> {
  return readdir(files.storage.spoolFolder).catch(() => [])
}

/** The port of a server that is closed when the test ends. */
async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

/** A route that answers with what receiving gave, or with the status and message of what it threw. */
async function route(receive: (req: IncomingMessage) => Promise<unknown>): Promise<string> {
  const port = await listen((req, res) => {
    receive(req).then(
      (value) => res.end(JSON.stringify(value)),
      (error: unknown) => {
        res.statusCode = isTitofistoError(error) ? error.status : 599
        res.end(error instanceof Error ? error.message : String(error))
      },
    )
  })
  return `http://127.0.0.1:${port}/`
}

function form(...entries: readonly (readonly [string, string | Blob, string?])[]): RequestInit {
  const body = new FormData()
  for (const [name, value, fileName] of entries)
    if (typeof value === 'string') body.append(name, value)
    else body.append(name, value, fileName)
  return { method: 'POST', body }
}

const png = new Blob([Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ', 'base64')], {
  type: 'image/png',
})
const text = (content: string): Blob => new Blob([content], { type: 'text/plain' })

async function answerTo(url: string, init: RequestInit): Promise<readonly [number, string]> {
  const response = await fetch(url, init)
  return [response.status, await response.text()]
}

async function describeFiles(all: readonly UploadedFile[]): Promise<readonly unknown[]> {
  return Promise.all(
    all.map(async (file) => [
      file.fieldName,
      file.name,
      file.type,
      Buffer.from(await file.bytes()).toString(),
    ]),
  )
}

describe('an upload in a route of our own', () => {
  it('may be a form, with its text fields', async () => {
    const url = await route((req) =>
      files.receive(req, { maxFiles: 2 }, async ({ file, files: all, fields }) => ({
        first: file.name,
        files: await describeFiles(all),
        title: fields.get('title'),
      })),
    )
    const init = form(['title', 'Überschrift'], ['a', text('one'), 'a.txt'], ['b', png, 'b.png'])
    const [status, body] = await answerTo(url, init)
    expect([status, JSON.parse(body)]).toEqual([
      200,
      {
        first: 'a.txt',
        files: [
          ['a', 'a.txt', 'text/plain', 'one'],
          ['b', 'b.png', 'image/png', await png.text()],
        ],
        title: 'Überschrift',
      },
    ])
  })

  it('may be bare bytes, with the name and the type that they are told', async () => {
    const url = await route((req) =>
      files.receive(req, {}, async ({ files: all }) => describeFiles(all)),
    )
    const headers = {
      'content-type': 'text/csv',
      'content-disposition': 'attachment; filename="a.csv"',
    }
    const [, body] = await answerTo(url, { method: 'PUT', headers, body: '1,2' })
    expect(JSON.parse(body)).toEqual([[null, 'a.csv', 'text/csv', '1,2']])
  })

  it('is saved where the code says, and gone where it does not', async () => {
    const url = await route((req) =>
      files.receive(req, { maxFiles: 2 }, ({ file }) => file.save(`kept/${file.name}`)),
    )
    const init = form(['f', text('kept'), 'a.txt'], ['f', text('gone'), 'b.txt'])
    expect(await answerTo(url, init)).toEqual([200, '"kept/a.txt"'])
    expect(await spooled()).toEqual([])
    expect(await readFile(path.join(ground.root, 'kept/a.txt'), 'utf8')).toBe('kept')
  })

  it('is gone, too, where the code fails; and what it throws is thrown', async () => {
    const url = await route((req) =>
      files.receive(req, {}, () => {
        throw new Error('no such user')
      }),
    )
    expect(await answerTo(url, { method: 'PUT', body: 'x' })).toEqual([599, 'no such user'])
    expect(await spooled()).toEqual([])
  })

  it('may come by Fetch, as behind Hono', async () => {
    const app = new Hono()
    app.post('/', async (c) =>
      c.json(await files.receive(c.req.raw, {}, async ({ files: all }) => describeFiles(all))),
    )
    const port = await listen(getRequestListener(app.fetch))
    const init = form(['f', text('hello'), 'a.txt'])
    const [, body] = await answerTo(`http://127.0.0.1:${port}/`, init)
    expect(JSON.parse(body)).toEqual([['f', 'a.txt', 'text/plain', 'hello']])
  })

  it('may come by HTTP/2', async () => {
    const server = createHttp2((req: Http2ServerRequest, res) => {
      void files
        .receive(req, {}, async ({ file }) => Buffer.from(await file.bytes()).toString())
        .then((body) => res.end(body))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = session.request({ ':method': 'PUT', ':path': '/' })
    stream.end('by HTTP/2')
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('by HTTP/2')
    session.close()
    server.close()
  })

  it('tells how far it came', async () => {
    const told: unknown[] = []
    const onProgress = (...progress: readonly unknown[]) => void told.push(progress)
    const url = await route((req) => files.receive(req, { onProgress }, () => 'done'))
    await answerTo(url, { method: 'PUT', body: 'hello' })
    expect(told.at(-1)).toEqual([5, 5])
  })

  it("is refused with a status that Express's own error handler answers with", async () => {
    const app = express()
    const limits = { maxBytes: 5, accept: ['text/plain'] }
    app.use((req: IncomingMessage, res: ServerResponse) =>
      files
        .receive(req, limits, ({ file }) => file.name)
        .then((name) => res.end(JSON.stringify(name))),
    )
    const url = `http://127.0.0.1:${await listen(app)}/`
    expect(await answerTo(url, form(['f', text('12345'), 'a.txt']))).toEqual([200, '"a.txt"'])
    const statuses = [
      form(['f', text('123456'), 'a.txt']),
      form(['f', png, 'a.png']),
      form(['f', 'no file']),
      { method: 'POST', headers: { 'content-digest': 'sha-256=:AAAA:' }, body: '12345' },
    ].map(async (init) => (await answerTo(url, init))[0])
    expect(await Promise.all(statuses)).toEqual([413, 415, 400, 400])
  })

  it.each(['keep-alive', 'close'])(
    'is refused so that a client hears it that writes all first (Connection: %s)',
    async (connection) => {
      const url = await route((req) => files.receive(req, { maxBytes: 1000 }, () => 'done'))
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      const sizeBytes = 24 * 1024 * 1024
      const head = `PUT / HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\nContent-Length: ${sizeBytes}\r\n\r\n`
      const whole = Buffer.concat([Buffer.from(head), Buffer.alloc(sizeBytes, 'x')])
      socket.pause()
      await new Promise((written) => socket.write(whole, written))
      const { replies } = await exchange(socket, '', ['PUT'])
      expect(replies.at(-1)?.status).toBe(413)
      socket.destroy()
    },
  )

  it('is refused so that a client hears it that waits to be told to go on', async () => {
    const url = await route((req) => files.receive(req, { maxBytes: 5 }, () => 'done'))
    const [server] = servers
    server?.on('checkContinue', (req, res) => server.emit('request', req, res))
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const head =
      'PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n'
    const { replies } = await exchange(socket, head, ['PUT'])
    expect(replies.map(({ status }) => status)).toEqual([413])
    socket.destroy()
  })

  it('whose body other code has read is told as such, with the mend', async () => {
    const app = express()
    app.use(express.raw({ type: '*/*' }))
    app.use((req: IncomingMessage, res: ServerResponse) =>
      files
        .receive(req, {}, () => 'done')
        .catch((error: unknown) =>
          isTitofistoError(error) ? [error.code, error.message] : 'other',
        )
        .then((told) => res.end(JSON.stringify(told))),
    )
    const [, body] = await answerTo(`http://127.0.0.1:${await listen(app)}/`, {
      method: 'PUT',
      body: 'eaten',
    })
    expect(JSON.parse(body)).toEqual([
      'upload-already-read',
      expect.stringContaining('Put titofisto before what reads bodies'),
    ])
  })

  it.each<[string, (request: Request) => Request | Promise<Request>]>([
    ['read to its end', (request) => request.text().then(() => request)],
    [
      'begun by another',
      (request) => {
        request.body?.getReader()
        return request
      },
    ],
    [
      'left out of a new request',
      ({ url, method, headers }) => new Request(url, { method, headers }),
    ],
  ])('by Fetch whose body was %s is told as such, with the mend', async (_, spoil) => {
    const headers = { 'Content-Length': '5' }
    const request = new Request('http://x/', { method: 'PUT', body: 'eaten', headers })
    await expect(files.receive(await spoil(request), {}, () => 'done')).rejects.toMatchObject({
      code: 'upload-already-read',
      message: expect.stringContaining('before formData(), parseBody()'),
    })
  })

  it.each([
    ['tus', { 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream' }],
    ['a later piece', { 'upload-offset': '5' }],
    ['a piece of an IETF upload', { 'upload-complete': '?0' }],
  ])('in several requests is refused in words: %s', async (_, headers) => {
    const url = await route((req) => files.receive(req, {}, () => 'done'))
    const [status, body] = await answerTo(url, { method: 'PUT', headers, body: 'part' })
    expect([status, body]).toEqual([400, expect.stringMatching(/in one request/)])
  })

  it("says which of a framework's objects it takes", async () => {
    const koaContext = { request: {}, headers: {} }
    await expect(files.receive(koaContext as never, {}, () => 'done')).rejects.toThrow(
      /request\.raw in Fastify, ctx\.req in Koa/,
    )
  })

  it.each<[string, object, RegExp]>([
    ['an option that is none', { maxByte: 1 }, /receive\(\).*"maxByte".*"maxBytes"/],
    ['a field with a wrong limit', { fields: { a: { maxBytes: '5' } } }, /field "a".*"maxBytes"/],
    ['a field with an option that is none', { fields: { a: { max: 5 } } }, /field "a".*"max"/],
    ['fields that are none', { fields: ['a'] }, /"fields".*Standard Schema/],
    ['more files than are taken', { minFiles: 2 }, /"minFiles".*"maxFiles"/],
    ['a least above the most', { minBytes: 2, maxBytes: 1 }, /"minBytes".*"maxBytes"/],
  ])('refuses %s, naming it', async (_, options, message) => {
    const url = await route((req) => files.receive(req, options, () => 'done'))
    expect(await answerTo(url, { method: 'PUT', body: 'x' })).toEqual([
      599,
      expect.stringMatching(message),
    ])
  })
})

describe("a form's fields", () => {
  it('may have limits of their own', async () => {
    const fields = {
      avatar: { accept: ['image/*'] },
      notes: { maxFiles: 2, maxBytes: 5, accept: ['.txt'] },
    }
    const url = await route((req) =>
      files.receive(req, { fields }, async ({ files: all }) => all.map(({ name }) => name)),
    )
    const avatar = ['avatar', png, 'a.png'] as const
    const note = ['notes', text('12345'), 'n.txt'] as const
    const results = [
      form(avatar, note, note),
      form(note, note),
      form(avatar, avatar),
      form(note, note, note),
      form(['avatar', text('12345'), 'n.txt']),
      form(['notes', png, 'a.png']),
      form(['notes', text('123456'), 'n.txt']),
      form(['other', png, 'a.png']),
      form(['__proto__', png, 'a.png']),
      { method: 'PUT', headers: { 'content-type': 'image/png' }, body: png },
    ].map(async (init) => answerTo(url, init))
    expect(await Promise.all(results)).toEqual([
      [200, '["a.png","n.txt","n.txt"]'],
      [200, '["n.txt","n.txt"]'],
      [413, expect.stringContaining('"avatar"')],
      [413, expect.stringContaining('"notes"')],
      [415, expect.any(String)],
      [415, expect.any(String)],
      [413, expect.stringContaining('5 bytes')],
      [400, expect.stringContaining('"avatar", "notes"')],
      [400, expect.stringContaining('"__proto__"')],
      [415, expect.stringContaining('multipart/form-data')],
    ])
  })

  it('are held to what is said of the whole where their own limit is undefined', async () => {
    // As of `accept: isStrict ? [...] : undefined`, where a project allows it.
    const avatar: object = { maxBytes: undefined, accept: undefined }
    const options = { maxBytes: 5, accept: ['.txt'], fields: { avatar } }
    const url = await route((req) => files.receive(req, options, () => 'done'))
    const results = [
      form(['avatar', text('12345'), 'n.txt']),
      form(['avatar', text('123456'), 'n.txt']),
      form(['avatar', text('12345'), 'n.html']),
    ].map(async (init) => (await answerTo(url, init))[0])
    expect(await Promise.all(results)).toEqual([200, 413, 415])
  })

  it('take JSON that a browser calls "blob" as the file that its field says it is', async () => {
    const fields = {
      config: { accept: ['application/json'], maxBytes: 9 },
      f: {},
      about: z.object({}),
    }
    const url = await route((req) =>
      files.receive(req, { fields, minFiles: 0 }, async ({ files: all, fields: { about } }) => [
        all.map(({ fieldName }) => fieldName),
        about,
      ]),
    )
    const json = (content: string): Blob => new Blob([content], { type: 'application/json' })
    const file = ['f', text('x'), 'a.txt'] as const
    const about = ['about', json('{}'), 'blob'] as const
    const config = (content: string) => ['config', json(content), 'blob'] as const
    expect(await answerTo(url, form(about, config('{"a":1}'), file))).toEqual([
      200,
      '[["config","f"],{}]',
    ])
    expect((await answerTo(url, form(about, config('{"a":1234}'), file)))[0]).toBe(413)
    const twice = form(about, config('1'), config('2'), file)
    expect((await answerTo(url, twice))[0]).toBe(413)
  })

  it('have schemas, one for each or one for all', async () => {
    const age = z.coerce.number().int()
    const one = await route((req) =>
      files.receive(req, { fields: z.object({ age }) }, ({ fields }) => {
        expectTypeOf(fields).toEqualTypeOf<{ age: number }>()
        return fields
      }),
    )
    const each = await route((req) =>
      files.receive(req, { fields: { f: {}, age } }, ({ fields }) => {
        expectTypeOf(fields.age).toEqualTypeOf<number>()
        return fields
      }),
    )
    for (const url of [one, each]) {
      const file = ['f', text('x'), 'a.txt'] as const
      expect(await answerTo(url, form(['age', '7'], file))).toEqual([200, '{"age":7}'])
      expect(await answerTo(url, form(['age', 'seven'], file))).toEqual([
        400,
        expect.stringMatching(/age: /),
      ])
      expect((await answerTo(url, form(file)))[0]).toBe(400)
    }
  })

  it('keep to a schema whose own fault is thrown as it is', async () => {
    const fields = z.object({}).transform(() => {
      throw new Error('a schema with a fault')
    })
    const url = await route((req) => files.receive(req, { fields }, () => 'done'))
    expect(await answerTo(url, form(['f', text('x'), 'a.txt']))).toEqual([
      599,
      'a schema with a fault',
    ])
  })

  it('may be all that there is, where no file is needed', async () => {
    const url = await route((req) =>
      files.receive(req, { minFiles: 0 }, ({ file, fields }) => {
        expectTypeOf(file).toEqualTypeOf<UploadedFile | undefined>()
        return [file?.name ?? null, fields.get('title')]
      }),
    )
    expect(await answerTo(url, form(['title', 'A']))).toEqual([200, '[null,"A"]'])
    // What a page sends for a file input that nobody filled.
    const empty = ['name="title"\r\n\r\nA', 'name="f"; filename=""\r\n\r\n']
      .map((part) => `--B\r\nContent-Disposition: form-data; ${part}\r\n`)
      .join('')
    const headers = { 'content-type': 'multipart/form-data; boundary=B' }
    const init = { method: 'POST', headers, body: `${empty}--B--\r\n` }
    expect(await answerTo(url, init)).toEqual([200, '[null,"A"]'])
    const full = form(['title', 'A'], ['f', text('x'), 'a.txt'])
    expect(await answerTo(url, full)).toEqual([200, '["a.txt","A"]'])
  })

  it('need as many files as are asked for', async () => {
    const url = await route((req) => files.receive(req, { minFiles: 2, maxFiles: 2 }, () => 'done'))
    const file = ['f', text('x'), 'a.txt'] as const
    expect((await answerTo(url, form(file, file)))[0]).toBe(200)
    expect(await answerTo(url, form(file))).toEqual([400, expect.stringContaining('1 of the 2')])
  })

  it('have types that say whether there is a file', () => {
    expectTypeOf<Received['file']>().toEqualTypeOf<UploadedFile>()
    expectTypeOf<Received<URLSearchParams, 0>['file']>().toEqualTypeOf<UploadedFile | undefined>()
  })
})

describe('the end of an application', () => {
  it('stops what is coming in, and waits for code that uses what came', async () => {
    const used = createDeferred()
    const begun = createDeferred()
    const coming = createDeferred()
    const slow = await route((req) =>
      files.receive(req, {}, async () => {
        begun.resolve()
        await used.promise
        return 'used'
      }),
    )
    const stopped = await route((req) =>
      files.receive(req, { onProgress: () => coming.resolve() }, () => 'done'),
    )
    const answer = answerTo(slow, { method: 'PUT', body: 'x' })
    await begun.promise
    const socket = connect(Number(new URL(stopped).port), '127.0.0.1')
    socket.write('PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab')
    await coming.promise
    let isClosed = false
    const closing = files.close().finally(() => {
      isClosed = true
    })
    const { replies } = await exchange(socket, 'c', ['PUT'])
    expect(replies.map(({ status }) => status)).toEqual([503])
    expect(isClosed).toBe(false)
    used.resolve()
    await closing
    expect(await answer).toEqual([200, '"used"'])
    socket.destroy()
    const late = await route((req) => files.receive(req, {}, () => 'done'))
    expect((await answerTo(late, { method: 'PUT', body: 'x' }))[0]).toBe(503)
  })

  it('by a crash leaves bytes that the next one removes, and nobody else’s', async () => {
    const folder = files.storage.spoolFolder
    files.storage.makeSpoolFolder?.()
    const child = spawn(process.execPath, ['--eval', ''])
    await once(child, 'exit')
    const own = formatHolder('claim')
    const parts = own.split('.')
    const dead = [parts[0], (child.pid ?? 0).toString(36), '1', 'copy', 'claim'].join('.')
    const [left, kept] = [toReceivedPrefix(dead), toReceivedPrefix(own)]
    await writeFile(path.join(folder, `${left}-0`), 'of a dead process')
    await writeFile(path.join(folder, `${kept}-0`), 'of a living one')
    const url = await route((req) => files.receive(req, {}, () => 'done'))
    await answerTo(url, { method: 'PUT', body: 'x' })
    await expect.poll(spooled).toEqual([`${kept}-0`])
    await rm(path.join(folder, `${kept}-0`))
  })
})
