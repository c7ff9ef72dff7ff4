// What is known to be tried against uploads, through the public API and over real sockets. What each part
// does by itself is in test/conformance/receive-*.test.ts and test/fault/.

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join, posix } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SlotDefinition, SlotTicket } from '../../src/index.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import { createDeferred } from '../support/deferred.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { exchange } from '../support/raw-http.ts'
import type { RawReply } from '../support/raw-http.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'
import {
  createSharedGround,
  spawnServer,
  startServerProcess,
} from '../support/upload-server-process.ts'

let server: UploadServer
/** The text of each file that a handler got. */
let handled: string[]
let sockets: Socket[]

beforeEach(async () => {
  handled = []
  sockets = []
  server = await startUploadServer()
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await server.close()
})

async function mint(definition: Partial<SlotDefinition> = {}): Promise<SlotTicket> {
  const kind = server.files.slot('file', {
    handler: async ({ file }) => void handled.push(Buffer.from(await file.bytes()).toString()),
    ...definition,
  })
  return kind.create()
}

/** A slot that something has been tried on must take a good upload, once, and keep nothing else. */
async function expectUsable({ url }: SlotTicket): Promise<void> {
  handled = []
  await expect.poll(async () => (await put(url, 'good')).status).toBe(204)
  expect(handled).toEqual(['good'])
  expect((await put(url, 'again')).status).toBe(404)
  expect(handled).toEqual(['good'])
  await expect.poll(() => server.spooled()).toEqual([])
  expect(countDescriptors(server.root)).toBe(0)
}

function put(url: string, body: string): Promise<Response> {
  return fetch(url, { method: 'PUT', body })
}

async function open(): Promise<Socket> {
  const socket = connect(Number(new URL(server.origin).port), '127.0.0.1')
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

/** Sends a request by hand; `Content-Length` is added unless the head says how long it is. */
async function send(
  method: string,
  { url }: { readonly url: string },
  head: string,
  body: string | Buffer,
): Promise<RawReply> {
  const bytes = Buffer.from(body)
  const length = /content-length|transfer-encoding/i.test(head)
    ? ''
    : `Content-Length: ${bytes.length}\r\n`
  const lines = `${method} ${new URL(url).pathname} HTTP/1.1\r\nHost: x\r\n${head}${length}\r\n`
  const { replies } = await exchange(await open(), Buffer.concat([Buffer.from(lines), bytes]), [
    method,
  ])
  return replies.at(-1) ?? expect.unreachable('No answer came.')
}

const formHead = 'Content-Type: multipart/form-data; boundary=B\r\n'

function part(disposition: string, content = 'x', more = ''): string {
  return `--B\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${content}\r\n`
}

const ietfHead = 'Upload-Draft-Interop-Version: 8\r\nContent-Type: application/partial-upload\r\n'
const tusHead = 'Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\n'

describe('threat 23: file names that clients send', () => {
  it.each([
    '../../../etc/passwd',
    '..\\\\..\\\\x.txt',
    '/etc/passwd',
    'C:\\\\Windows\\\\x.exe',
    '%2e%2e%2fx',
    'a\u202etxt.exe',
    'CON',
    'shell.php.',
    '.htaccess',
    '..',
    ' ',
    'x'.repeat(2000),
    '/root/files/'.repeat(100),
  ])('%j becomes one plain name below where the handler saves', async (name) => {
    const names: string[] = []
    const ticket = await mint({
      async handler({ file }) {
        names.push(file.name, await file.save(`uploads/${file.name}`))
      },
    })
    const reply = await send(
      'POST',
      ticket,
      formHead,
      `${part(`name="f"; filename="${name}"`)}--B--\r\n`,
    )
    expect(reply.status).toBe(204)
    const [cleaned = '', saved = ''] = names
    expect(cleaned).toBe(posix.basename(cleaned))
    expect(cleaned).not.toMatch(/^\.{1,2}$|[\\/:\p{C}]/u)
    expect(Buffer.byteLength(cleaned)).toBeLessThanOrEqual(255)
    expect(saved).toBe(`uploads/${cleaned}`)
    expect(await readdir(join(server.root, 'uploads'))).toEqual([cleaned])
    // Other tests have folders beside ours: no name of this upload may be among them.
    const beside = await readdir(join(server.root, '..'))
    for (const wanted of [cleaned, ...name.split(/[\\/]/)]) expect(beside).not.toContain(wanted)
  })
})

describe('threat 24: forms that crash a parser', () => {
  it.each([
    ['no boundary', 'Content-Type: multipart/form-data\r\n', 'x'],
    ['an empty boundary', 'Content-Type: multipart/form-data; boundary=\r\n', 'x'],
    [
      'a boundary of 300 bytes',
      `Content-Type: multipart/form-data; boundary=${'b'.repeat(300)}\r\n`,
      'x',
    ],
    ['no body', formHead, ''],
    ['no part', formHead, '--B--\r\n'],
    ['an empty field name', formHead, `${part('name=""')}--B--\r\n`],
    ['a part without a disposition', formHead, '--B\r\n\r\nx\r\n--B--\r\n'],
    ['a bad escape in filename*', formHead, `${part("name=f; filename*=UTF-8''%zz")}--B`],
    ['a header without a colon', formHead, '--B\r\nContent-Disposition\r\n\r\nx\r\n--B--\r\n'],
    [
      'a bare line feed in a header',
      formHead,
      '--B\r\nContent-Disposition: form-data;\n name="f"\r\n\r\nx\r\n--B--\r\n',
    ],
    ['no end', formHead, part('name="f"; filename="a"')],
    ['an end within a header', formHead, '--B\r\nContent-Dispo'],
    [
      'parts within a part',
      formHead,
      part('name="f"', 'x', 'Content-Type: multipart/mixed; boundary=C\r\n'),
    ],
  ])('%s: 4xx, and the slot is usable', async (_, head, body) => {
    const ticket = await mint()
    const reply = await send('POST', ticket, head, body)
    expect(reply.status).toBeGreaterThanOrEqual(400)
    expect(reply.status).toBeLessThan(500)
    expect(handled).toEqual([])
    await expectUsable(ticket)
  })
})

describe('threat 25: forms that flood a parser', () => {
  it.each([
    ['20,000 fields', part('name="f"').repeat(20_000)],
    ['20,000 files', part('name="f"; filename="a"').repeat(20_000)],
    ['a field of 4 MiB', part('name="f"', 'x'.repeat(4 * 1024 * 1024))],
    ['a part header of 4 MiB', part('name="f"', 'x', `X: ${'y'.repeat(4 * 1024 * 1024)}\r\n`)],
    ['20,000 headers in a part', part('name="f"', 'x', 'X: y\r\n'.repeat(20_000))],
    ['a field name of 100,000 brackets', part(`name="f${'[a]'.repeat(33_000)}"`)],
    [
      '4 MiB before the first part',
      `${'preamble\r\n'.repeat(400_000)}${part('name="f"; filename="a"')}`,
    ],
    ['half boundaries', part('name="f"', '\r\n--'.repeat(1_000_000))],
  ])('%s: 4xx in little time, and the slot is usable', async (_, parts) => {
    const ticket = await mint()
    // A scan that is not linear would take minutes here, more than a test may.
    const reply = await send('POST', ticket, formHead, `${parts}--B--\r\n`)
    expect([400, 413]).toContain(reply.status)
    expect(handled).toEqual([])
    await expectUsable(ticket)
  })

  it('a name of a million escapes is cut in little time', async () => {
    const names: string[] = []
    const ticket = await mint({ handler: ({ file }) => void names.push(file.name) })
    const name = `name="f"; filename*=UTF-8''${'%41'.repeat(1_000_000)}`
    const reply = await send('POST', ticket, formHead, `${part(name)}--B--\r\n`)
    expect(reply.status).toBeLessThan(500)
    for (const cleaned of names) expect(Buffer.byteLength(cleaned)).toBeLessThanOrEqual(255)
  })
})

describe('threat 26: a size that is not told, or told wrong', () => {
  const maxBytes = 10_000
  const tooLong = 'x'.repeat(maxBytes + 1)

  it('by chunks, form, raw or tus: 413 by what comes, whatever was said', async () => {
    const ticket = await mint({ maxBytes })
    const chunk = `${tooLong.length.toString(16)}\r\n${tooLong}\r\n0\r\n\r\n`
    const form = `${part('name="f"; filename="a"', tooLong)}--B--\r\n`
    for (const [method, head, body] of [
      ['PUT', '', tooLong],
      ['PUT', 'Transfer-Encoding: chunked\r\n', chunk],
      ['POST', formHead, form],
      [
        'POST',
        `${formHead}Transfer-Encoding: chunked\r\n`,
        `${form.length.toString(16)}\r\n${form}\r\n0\r\n\r\n`,
      ],
      ['POST', `${tusHead}Upload-Length: ${tooLong.length}\r\n`, ''],
      ['POST', `${tusHead}Upload-Length: 10\r\n`, tooLong],
      ['POST', `${tusHead}Upload-Defer-Length: 1\r\nTransfer-Encoding: chunked\r\n`, chunk],
    ] as const)
      expect([method, head, (await send(method, ticket, head, body)).status]).toEqual([
        method,
        head,
        413,
      ])
    expect(handled).toEqual([])
    await expectUsable(ticket)
  })

  it.each(['-1', '1e3', '0x10', '+5', '5, 5', '99999999999999999999'])(
    'a Content-Length of %s is refused',
    async (length) => {
      const ticket = await mint({ maxBytes })
      const { status } = await send('PUT', ticket, `Content-Length: ${length}\r\n`, 'bytes')
      expect([400, 413]).toContain(status)
      expect(handled).toEqual([])
      await expectUsable(ticket)
    },
  )
})

describe('threat 27: uploads that are broken off', () => {
  it('100 of them, of every kind, at any byte: no file, no descriptor, all slots usable', async () => {
    const kind = server.files.slot('file', {
      handler: async ({ file }) => void handled.push(Buffer.from(await file.bytes()).toString()),
    })
    const form = part('name="f"; filename="a"', 'x'.repeat(100_000))
    const tickets = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const ticket = await kind.create()
        const head = index % 2 === 0 ? formHead : ''
        const path = new URL(ticket.url).pathname
        const socket = await open()
        socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${head}Content-Length: 200000\r\n\r\n`)
        // A bare body that begins like a form is refused at once.
        const body = index % 2 === 0 ? form : form.replaceAll('-', 'x')
        socket.write(body.slice(0, index * 997))
        return { ticket, socket }
      }),
    )
    const states = async (): Promise<Set<string | undefined>> =>
      new Set(
        await Promise.all(tickets.map(async ({ ticket }) => (await kind.status(ticket.id))?.state)),
      )
    await expect.poll(states).toEqual(new Set(['receiving']))
    for (const { socket } of tickets) socket.destroy()
    await expect.poll(states).toEqual(new Set(['open']))
    await expect.poll(() => server.spooled()).toEqual([])
    expect(countDescriptors(server.root)).toBe(0)
    expect(handled).toEqual([])
    for (const { ticket } of tickets.slice(0, 10)) await expectUsable(ticket)
  })
})

describe('threat 28: slow and stalled senders', () => {
  it.each([
    ['stalls', { idleTimeoutSeconds: 0.2 }],
    ['takes too long as a whole', { totalTimeoutSeconds: 0.3 }],
  ])('one that %s is told 408, and its slot is free', async (_, limits) => {
    const ticket = await mint({ minBytesPerSecond: 0, ...limits })
    const path = new URL(ticket.url).pathname
    const socket = await open()
    const request = `PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nsome`
    const { replies } = await exchange(socket, request, ['PUT'])
    expect(replies.map(({ status }) => status)).toEqual([408])
    await expectUsable(ticket)
  })
})

describe('threat 29: boundaries', () => {
  it('two in one header are refused, and what hides behind the other is not read', async () => {
    const ticket = await mint()
    const head = 'Content-Type: multipart/form-data; boundary=A; boundary=B\r\n'
    const body = `${part('name="f"; filename="a"')}--B--\r\n`
    expect((await send('POST', ticket, head, body)).status).toBe(400)
    expect((await send('POST', ticket, head, body.replaceAll('--B', '--A'))).status).toBe(400)
    expect(handled).toEqual([])
    await expectUsable(ticket)
  })
})

describe('threat 30: names that objects have', () => {
  it('are names of fields like any other, in forms, metadata and arguments', async () => {
    const seen: unknown[] = []
    const kind = server.files.slot('file', {
      handler({ args, fields }) {
        seen.push(JSON.stringify(args), [...fields], fields.get('polluted'))
      },
    })
    const args: unknown = JSON.parse('{"__proto__": {"polluted": "yes"}}')
    const ticket = await kind.create(args as never)
    const parts = ['__proto__', 'constructor.prototype', '__proto__[polluted]', 'toString']
    const body = `${parts.map((name) => part(`name="${name}"`, 'yes')).join('')}${part('name="__proto__"; filename="__proto__"')}--B--\r\n`
    expect((await send('POST', ticket, formHead, body)).status).toBe(204)
    expect(seen).toEqual([
      '{"__proto__":{"polluted":"yes"}}',
      parts.map((name) => [name, 'yes']),
      null,
    ])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('threat 31: a single use, twice (more in test/slots/one-winner.test.ts)', () => {
  it('form, raw and tus at once: one of them wins', async () => {
    const kind = server.files.slot('file', {
      handler: async ({ file }) => void handled.push(Buffer.from(await file.bytes()).toString()),
    })
    for (let round = 0; round < 20; round++) {
      handled = []
      const ticket = await kind.create()
      const body = `${part('name="f"; filename="a"', 'form')}--B--\r\n`
      const replies = await Promise.all([
        send('POST', ticket, formHead, body),
        send('PUT', ticket, '', 'raw'),
        send('POST', ticket, `${tusHead}Upload-Length: 3\r\n`, 'tus'),
        send('POST', ticket, formHead, body),
        send('PUT', ticket, '', 'raw'),
        send('POST', ticket, `${tusHead}Upload-Length: 3\r\n`, 'tus'),
      ])
      const statuses = replies.map(({ status }) => status)
      expect(statuses.filter((status) => status < 300)).toHaveLength(1)
      expect(statuses.filter((status) => [404, 409, 423].includes(status))).toHaveLength(5)
      expect(handled).toHaveLength(1)
      expect((await put(ticket.url, 'late')).status).toBe(404)
      expect(handled).toHaveLength(1)
    }
  })
})

describe('threat 32: requests smuggled in uploads', () => {
  it('what follows a refused upload is its body, never the next request', async () => {
    const ticket = await mint()
    const path = new URL(ticket.url).pathname
    const inner = `PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\ninner`
    const body = `Content-Length: ${inner.length}\r\n\r\n${inner}`
    for (const head of [
      // Refused before the body: a bad token, a bad type, a wrong method.
      `PUT ${path.slice(0, -1)}! HTTP/1.1\r\nHost: x\r\n`,
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data\r\n`,
      `GET ${path} HTTP/1.1\r\nHost: x\r\n`,
      // Two lengths.
      `PUT ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n`,
      `PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n`,
    ]) {
      const socket = await open()
      const asked = exchange(socket, head + body, ['POST', 'POST'])
      socket.end()
      const { replies } = await asked
      expect(replies.map(({ status }) => status >= 400)).toEqual([true])
      expect(handled).toEqual([])
    }
    await expectUsable(ticket)
  })
})

describe('threat 33: uploads that a foreign page makes', () => {
  it('count by their URL alone: cookies are neither asked for nor set, and no answer allows any', async () => {
    const ticket = await mint()
    const head = 'Origin: https://other.example\r\nCookie: session=x\r\n'
    const replies = [
      await send('OPTIONS', ticket, `${head}Access-Control-Request-Method: PUT\r\n`, ''),
      await send('GET', ticket, head, ''),
      await send('PUT', { url: `${ticket.url}x` }, head, 'no'),
      await send('PUT', ticket, head, 'yes'),
    ]
    expect(replies.map(({ status }) => status)).toEqual([204, 405, 404, 204])
    for (const reply of replies) {
      expect(reply.header('access-control-allow-origin')).toBe('*')
      expect(reply.header('access-control-allow-credentials')).toBeUndefined()
      expect(reply.header('set-cookie')).toBeUndefined()
    }
    expect(handled).toEqual(['yes'])
  })
})

describe('threat 34: a disk that fails under slots (more in test/fault/receive-faults.test.ts)', () => {
  it('a state folder that is gone: 5xx that tells nothing, a log entry, and all is well once it is back', async () => {
    const ticket = await mint()
    const state = join(server.root, '.titofisto')
    await rename(state, `${state}-gone`)
    const refused = await put(ticket.url, 'bytes')
    expect(refused.status).toBeGreaterThanOrEqual(404)
    expect(await refused.text()).not.toContain(server.root)
    await expect(server.files.slots.mint('file')).rejects.toMatchObject({
      code: 'slot-store-failed',
    })
    expect(handled).toEqual([])
    await rm(state, { recursive: true, force: true })
    await rename(`${state}-gone`, state)
    await expectUsable(ticket)
  })
})

describe('threat 35: kill -9', () => {
  it('half an upload is never visible; one that was answered is whole (promise 8)', async () => {
    const source = await compileSource()
    const ground = await createSharedGround()
    const doomed = await startServerProcess(source.folder, ground)
    const done = await doomed.mint('keep')
    const half = await doomed.mint('keep')
    const bytes = randomBytes(3 * 1024 * 1024)
    const socket = connect(doomed.port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => {})
    socket.write(
      `PUT ${new URL(half.url).pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    )
    socket.write(bytes.subarray(0, -1))
    await expect
      .poll(async () => (await doomed.status(half.id))?.receivedBytes)
      .toBe(bytes.length - 1)
    const answer = await fetch(done.url, { method: 'PUT', body: bytes })
    const { saved } = (await answer.json()) as { saved: string }
    await doomed.kill()
    expect(await readdir(join(ground.root, 'kept'))).toEqual([`${done.id}.bin`])
    expect(sha256(await readFile(join(ground.root, saved)))).toBe(sha256(bytes))
    const next = await startServerProcess(source.folder, ground)
    expect((await next.status(done.id))?.state).toBe('done')
    const url = next.origin + new URL(done.url).pathname
    expect((await fetch(url, { method: 'PUT', body: 'again' })).status).toBe(404)
    expect(await ground.lines('runs.log')).toHaveLength(1)
    await next.kill()
    await ground.remove()
    await source.remove()
  })
})

describe('threat 36: tus requests that race', () => {
  it('of many PATCHes at one offset one is taken', async () => {
    const ticket = await mint()
    await send('POST', ticket, `${tusHead}Upload-Length: 20\r\n`, '')
    for (const [offset, body] of [
      [0, 'first bit '],
      [10, 'second bit'],
    ] as const) {
      const replies = await Promise.all(
        Array.from({ length: 10 }, () =>
          send('PATCH', ticket, `${tusHead}Upload-Offset: ${offset}\r\n`, body),
        ),
      )
      const statuses = replies.map(({ status }) => status)
      // The last piece's answer may be given again to who asks for the very same.
      const taken = statuses.filter((status) => status === 204)
      expect(offset === 0 ? taken.length : Math.min(taken.length, 1)).toBe(1)
      expect(statuses.filter((status) => ![204, 404, 409, 423].includes(status))).toEqual([])
    }
    expect(handled).toEqual(['first bit second bit'])
  })

  it('a finished upload is not written to again, and its handler does not run again', async () => {
    const ticket = await mint()
    await send('POST', ticket, `${tusHead}Upload-Length: 5\r\n`, 'whole')
    expect(handled).toEqual(['whole'])
    for (const [method, head] of [
      ['PATCH', 'Upload-Offset: 0\r\n'],
      ['PATCH', 'Upload-Offset: 5\r\n'],
      ['POST', 'Upload-Length: 5\r\n'],
      ['PATCH', 'Upload-Offset: 0\r\nUpload-Length: 10\r\n'],
    ] as const)
      await send(method, ticket, tusHead + head, 'other')
    expect(handled).toEqual(['whole'])
    expect(await server.files.slots.status(ticket.id)).toMatchObject({ state: 'done', attempt: 1 })
  })
})

describe('promise 7: a slot succeeds at most once, and nothing runs again unasked', () => {
  it('a process that dies while the handler runs leaves it interrupted, with its bytes', async () => {
    const source = await compileSource()
    const ground = await createSharedGround()
    const args = [source.folder, join(ground.root, '..'), 'never']
    const doomed = await spawnServer('slot-server-child.mjs', args)
    const minted = await fetch(`${doomed.origin}/mint/hang`, { method: 'POST' })
    const ticket = (await minted.json()) as SlotTicket
    const lost = put(doomed.origin + ticket.url, 'bytes').catch(() => null)
    await expect.poll(() => ground.lines('runs.log')).toEqual(['hang 1'])
    await doomed.kill()
    expect(await lost).toBeNull()
    const next = await spawnServer('slot-server-child.mjs', args)
    const stateNow = async (): Promise<unknown> => {
      await fetch(`${next.origin}/sweep`, { method: 'POST' })
      const status = (await (await fetch(`${next.origin}/status/${ticket.id}`)).json()) as {
        state: string
        receivedBytes: number
      }
      return [status.state, status.receivedBytes]
    }
    await expect.poll(stateNow).toEqual(['interrupted', 5])
    expect((await put(next.origin + ticket.url, 'again')).status).toBe(404)
    expect(await stateNow()).toEqual(['interrupted', 5])
    expect(await ground.lines('runs.log')).toEqual(['hang 1'])
    await next.kill()
    await ground.remove()
    await source.remove()
  })
})

describe('promise 8: what a 2xx means', () => {
  it('the handler has returned, the file is in place, and the slot is done: before the answer', async () => {
    const begun = createDeferred()
    const mayEnd = createDeferred()
    const ticket = await mint({
      async handler({ file }) {
        await file.save('kept.txt')
        begun.resolve()
        await mayEnd.promise
      },
    })
    let answered = false
    const answer = put(ticket.url, 'bytes').then((response) => {
      answered = true
      return response
    })
    await begun.promise
    expect(await server.files.slots.status(ticket.id)).toMatchObject({ state: 'handling' })
    expect(answered).toBe(false)
    mayEnd.resolve()
    expect((await answer).status).toBe(204)
    expect(await server.files.slots.status(ticket.id)).toMatchObject({ state: 'done' })
    expect(String(await server.saved('kept.txt'))).toBe('bytes')
  })

  it('nothing of it is visible before: not while bytes come, and not while the handler looks', async () => {
    const visible: boolean[] = []
    const ticket = await mint({
      async handler({ file }) {
        visible.push(existsSync(join(server.root, 'kept.txt')))
        await file.save('kept.txt')
        visible.push(existsSync(join(server.root, 'kept.txt')))
      },
    })
    expect((await put(ticket.url, 'bytes')).status).toBe(204)
    expect(visible).toEqual([false, true])
    // The spool is no file of anybody's: not by name, and not in a list.
    const names: string[] = []
    for (const { name } of (await server.files.storage.list()).files) names.push(name)
    expect(names).toEqual(['kept.txt'])
  })
})

describe('promise 9: what a client sends to a slot gives 4xx', () => {
  it('whatever it is: a thousand requests of any bytes, never 5xx, never a hang', async () => {
    const kind = server.files.slot('file', { maxBytes: 1000, handler: () => {} })
    const { url } = await kind.create()
    const { pathname } = new URL(url)
    const pick = <Value>(values: readonly Value[], seed: number): Value =>
      values[seed % values.length] ?? expect.unreachable()
    const methods = ['PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'GET', 'OPTIONS', 'TRACE']
    const heads = [
      '',
      formHead,
      tusHead,
      'Content-Type: \x80\r\n',
      'Tus-Resumable: 1.0.0\r\nUpload-Length: -1\r\n',
      `${tusHead}Upload-Offset: 1e9\r\n`,
      `${tusHead}Upload-Length: 5\r\nUpload-Metadata: ,,\r\n`,
      `${tusHead}Upload-Offset: 0\r\nUpload-Checksum: sha1 x\r\n`,
      'Content-Digest: sha-256=:x:\r\n',
      `${ietfHead}Upload-Complete: ?1\r\n`,
      `${ietfHead}Upload-Complete: ?0\r\nUpload-Offset: 0\r\nUpload-Length: 5\r\n`,
      `${ietfHead}Upload-Complete: ?0, ?1\r\nUpload-Offset: ()\r\nRepr-Digest: "\r\n`,
      'Upload-Draft-Interop-Version: 3\r\nUpload-Incomplete: ?1\r\nUpload-Offset: 1\r\n',
      'Content-Disposition: attachment; filename="\x01\x02"\r\n',
      'Content-Disposition: ;;;=\r\n',
      'X-HTTP-Method-Override: \xff\r\nTus-Resumable: 1.0.0\r\n',
      'Idempotency-Key: \x80\r\nContent-Type: multipart/form-data; boundary="\r\n',
    ]
    const paths = [
      pathname,
      `${pathname}/`,
      `${pathname}?x`,
      pathname.slice(0, -1),
      '/media/titofisto/upload/',
      '/media/titofisto/upload/%00/x',
      '/media/titofisto/upload/../../x',
      `/media/titofisto/upload//${pathname}`,
    ]
    const seeds = randomBytes(3000)
    const seen = new Set<number>()
    for (let index = 0; index < 1000; index++) {
      const method = pick(methods, seeds[3 * index] ?? 0)
      const head = pick(heads, seeds[3 * index + 1] ?? 0)
      const path = pick(paths, seeds[3 * index + 2] ?? 0)
      const body = method === 'PUT' ? Buffer.alloc(1001) : randomBytes(index % 50)
      const request = `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}Content-Length: ${body.length}\r\n\r\n`
      const { replies } = await exchange(
        await open(),
        Buffer.concat([Buffer.from(request, 'latin1'), body]),
        [method],
      )
      const status = replies.at(-1)?.status ?? 0
      seen.add(status)
      expect([request, status >= 200 && status < 500]).toEqual([request, true])
    }
    expect(seen.size).toBeGreaterThan(5)
    expect(server.log.filter((entry) => entry.level === 'error')).toEqual([])
  }, 60_000)
})

describe('promise 11: the URL of a used slot opens nothing', () => {
  it('whichever way it was used: no name, and no word of the handler, for who has the URL alone', async () => {
    const uploads: [method: string, head: string, body: string][] = [
      ['PUT', 'Content-Disposition: attachment; filename="anna.pdf"\r\n', 'bytes'],
      ['POST', formHead, `${part('name="f"; filename="anna.pdf"', 'bytes')}--B--\r\n`],
      ['POST', `${tusHead}Upload-Length: 5\r\nUpload-Metadata: filename YW5uYS5wZGY=\r\n`, 'bytes'],
    ]
    const kind = server.files.slot('told', { handler: () => ({ link: 'for the uploader' }) })
    for (const [method, head, body] of uploads) {
      const ticket = await kind.create()
      await send(method, ticket, `${head}Idempotency-Key: mine\r\n`, body)
      for (const [asked, askedHead] of [
        ['HEAD', tusHead],
        ['PATCH', `${tusHead}Accept: application/json\r\nUpload-Offset: 5\r\n`],
        ['POST', `${tusHead}Accept: application/json\r\nUpload-Length: 0\r\n`],
        ['PUT', 'Idempotency-Key: guessed\r\n'],
        ['GET', ''],
        ['DELETE', tusHead],
      ] as const) {
        const { headers, body: told } = await send(asked, ticket, askedHead, '')
        expect(`${headers.flat().join()}${String(told)}`).not.toMatch(
          /anna|YW5uYS5wZGY|for the uploader/,
        )
      }
      const again = await send(
        method,
        ticket,
        `${head}Idempotency-Key: mine\r\nAccept: application/json\r\n`,
        body,
      )
      expect(String(again.body)).toBe('{"link":"for the uploader"}')
    }
  })
})

describe('promise 12: no client takes bytes from under a handler', () => {
  it('also from one that was given up: whatever is sent, it reads what came', async () => {
    const mayEnd = createDeferred()
    const ticket = await mint({
      handlerTimeoutSeconds: 0.05,
      async handler({ file }) {
        await mayEnd.promise
        handled.push(Buffer.from(await file.bytes()).toString())
      },
    })
    const lost = send('POST', ticket, `${tusHead}Upload-Length: 5\r\n`, 'bytes')
    const stateNow = async (): Promise<string | undefined> =>
      (await server.files.slots.status(ticket.id))?.state
    for (const state of ['handling', 'interrupted']) {
      // The grace of five seconds is between the two.
      await expect.poll(stateNow, { timeout: 20_000 }).toBe(state)
      for (const [method, head] of [
        ['DELETE', tusHead],
        ['POST', `${tusHead}Upload-Length: 5\r\n`],
        ['PATCH', `${tusHead}Upload-Offset: 0\r\n`],
        ['PATCH', `${tusHead}Upload-Offset: 5\r\n`],
        ['PUT', ''],
      ] as const)
        await send(method, ticket, head, method === 'DELETE' ? '' : 'other')
      await server.files.slots.sweep()
    }
    expect((await lost).status).toBe(504)
    mayEnd.resolve()
    await expect.poll(stateNow).toBe('done')
    expect(handled).toEqual(['bytes'])
    await expect.poll(() => server.spooled()).toEqual([])
  })
})

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
