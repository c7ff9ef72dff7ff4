// Slots behind every kind of door: the same uploads, the same answers.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serveFiles } from '../../src/adapters/hono.ts'
import { SlotRejection } from '../../src/index.ts'
import type { SlotDefinition, SlotTicket } from '../../src/index.ts'
import { countDescriptors } from '../support/descriptors.ts'
import { exchange } from '../support/raw-http.ts'
import type { RawReply } from '../support/raw-http.ts'
import { startTusUpload } from '../support/tus-upload.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer, UploadServerSetting } from '../support/upload-server.ts'

const mebibyte = 1024 * 1024
const bytes = randomBytes(3 * mebibyte)

const doors: readonly (readonly [name: string, setting: UploadServerSetting])[] = [
  ['node:http', {}],
  ['node:http with checkContinue', { decidesContinue: true }],
  ['the Fetch door in @hono/node-server', { hang: (files) => getRequestListener(files.fetch) }],
  [
    'the Fetch door in a Hono app',
    {
      hang: (files) => {
        const app = new Hono()
        app.all('/media/*', (context) => files.fetch(context.req.raw))
        return getRequestListener(app.fetch)
      },
    },
  ],
  [
    'titofisto/hono, mounted',
    {
      hang: (files) => {
        const app = new Hono()
        app.mount('/media', serveFiles(files))
        return getRequestListener(app.fetch)
      },
    },
  ],
  [
    'Express under a mount point',
    {
      hang: (files) => {
        const app = express()
        app.use('/media', files.handler)
        return app
      },
    },
  ],
  [
    'Express with checkContinue',
    {
      decidesContinue: true,
      hang: (files) => {
        const app = express()
        app.use(files.handler)
        return app
      },
    },
  ],
]

describe.each(doors)('a slot behind %s', (...[, setting]) => {
  let server: UploadServer
  let seen: unknown[]
  let socket: Socket

  beforeEach(async () => {
    seen = []
    server = await startUploadServer(setting)
    socket = connect(Number(new URL(server.origin).port), '127.0.0.1')
    await once(socket, 'connect')
  })

  afterEach(async () => {
    socket.destroy()
    expect(countDescriptors(server.root)).toBe(0)
    await server.close()
  })

  async function mint(definition: Partial<SlotDefinition> = {}): Promise<SlotTicket> {
    const kind = server.files.slot('file', {
      async handler({ file, fields }) {
        seen.push([file.name, file.type, Buffer.from(await file.bytes()).equals(bytes)])
        return { name: file.name, note: fields.get('note') }
      },
      ...definition,
    })
    return kind.create()
  }

  /** Sends a head, and a body as long as the head says, in spite of what comes back. */
  async function send({ url }: SlotTicket, head: string, body: Uint8Array): Promise<RawReply[]> {
    const request = `PUT ${new URL(url).pathname} HTTP/1.1\r\nHost: x\r\n${head}\r\n`
    const { replies } = await exchange(socket, Buffer.concat([Buffer.from(request), body]), ['PUT'])
    return [...replies]
  }

  async function expectNothingLeft(): Promise<void> {
    await expect.poll(() => server.spooled()).toEqual([])
  }

  it('takes a form, once', async () => {
    const { url } = await mint()
    const body = new FormData()
    body.append('note', 'mine')
    body.append('file', new Blob([bytes], { type: 'text/x' }), 'größe.txt')
    const response = await fetch(url, { method: 'POST', body })
    expect([response.status, await response.json()]).toEqual([
      200,
      { name: 'größe.txt', note: 'mine' },
    ])
    expect(seen).toEqual([['größe.txt', 'text/x', true]])
    expect((await fetch(url, { method: 'PUT', body: bytes })).status).toBe(404)
    await expectNothingLeft()
  })

  it('takes bytes, by PUT and by POST, with a length and without', async () => {
    for (const method of ['PUT', 'POST'])
      for (const body of [bytes, new Blob([bytes]).stream()]) {
        const kindName = `bytes-${method}-${body === bytes}`
        const kind = server.files.slot(kindName, {
          handler: async ({ file }) =>
            void seen.push(Buffer.from(await file.bytes()).equals(bytes)),
        })
        const headers = { 'Content-Type': 'application/octet-stream' }
        const init = { method, headers, body, duplex: 'half' } as const
        expect((await fetch(await kind.url(), init)).status).toBe(204)
      }
    expect(seen).toEqual([true, true, true, true])
    await expectNothingLeft()
  })

  it('takes pieces by tus, with a pause', async () => {
    const { url } = await mint()
    const run = startTusUpload(bytes, {
      endpoint: url,
      chunkSize: mebibyte,
      metadata: { filename: 'a.bin', filetype: 'application/x-a' },
      onChunkComplete: (_, accepted) =>
        accepted === mebibyte && run.upload.abort().then(() => run.upload.start()),
    })
    await run.done
    expect(run.steps).toContain('HEAD')
    expect(seen).toEqual([['a.bin', 'application/x-a', true]])
    await expectNothingLeft()
  })

  it('gives a Response of a handler as it is', async () => {
    const { url } = await mint({
      handler: () =>
        new Response('made', { status: 201, headers: { Location: '/there', 'X-Own': 'yes' } }),
    })
    const response = await fetch(url, { method: 'PUT', body: bytes })
    expect([response.status, await response.text()]).toEqual([201, 'made'])
    expect(response.headers.get('x-own')).toBe('yes')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })

  it('tells a rejection, and a handler that threw', async () => {
    const refused = await mint({
      handler: () => {
        throw new SlotRejection('Not this one.', { status: 403 })
      },
    })
    const response = await fetch(refused.url, { method: 'PUT', body: bytes })
    expect([response.status, await response.text()]).toEqual([403, 'Not this one.\n'])
    const throwing = server.files.slot('throwing', {
      handler: () => {
        throw new Error('secret details')
      },
    })
    const failed = await fetch(await throwing.url(), { method: 'PUT', body: bytes })
    expect(failed.status).toBe(500)
    expect(await failed.text()).not.toContain('secret')
    await expectNothingLeft()
  })

  // Where closing at once would lose the answer: the client has filled every buffer and writes on.
  const large = Buffer.alloc(24 * mebibyte)

  it.each([
    ['declared too large', '', 413],
    ['of a type that is refused', 'Content-Type: text/plain\r\n', 415],
  ])('tells a client that is still writing that its upload is %s', async (...[, head, status]) => {
    const ticket = await mint({
      maxBytes: status === 413 ? mebibyte : 100 * mebibyte,
      accept: ['image/*'],
    })
    const replies = await send(ticket, `${head}Content-Length: ${large.length}\r\n`, large)
    expect(replies.map((reply) => reply.status)).toEqual([status])
    expect(await server.files.slots.status(ticket.id)).toMatchObject({ state: 'open' })
    expect(seen).toEqual([])
  })

  it('tells a client that is still writing chunks that they are too many', async () => {
    const ticket = await mint({ maxBytes: mebibyte })
    const chunk = Buffer.concat([
      Buffer.from('100000\r\n'),
      bytes.subarray(0, mebibyte),
      Buffer.from('\r\n'),
    ])
    const body = Buffer.concat([
      ...Array.from({ length: 24 }, () => chunk),
      Buffer.from('0\r\n\r\n'),
    ])
    const replies = await send(ticket, 'Transfer-Encoding: chunked\r\n', body)
    expect(replies.map((reply) => reply.status)).toEqual([413])
    expect(await server.files.slots.status(ticket.id)).toMatchObject({ state: 'open' })
    await expectNothingLeft()
  })

  it('tells a client that is still writing that there is no such slot', async () => {
    const ticket = await mint()
    await server.files.slots.revoke(ticket.id)
    const replies = await send(ticket, `Content-Length: ${large.length}\r\n`, large)
    expect(replies.map((reply) => reply.status)).toEqual([404])
  })

  // As superagent and PHP's streams send: the end of the answer is the end of the connection.
  it.each([
    ['that there is no such slot', `Content-Length: ${large.length}\r\n`, 404],
    ['what is too large', `Content-Length: ${large.length}\r\n`, 413],
    ['what turns out too large', 'Transfer-Encoding: chunked\r\n', 413],
  ])('tells a client that reads last, on its last request, %s', async (...[, head, status]) => {
    const ticket = await mint({ maxBytes: mebibyte })
    if (status === 404) await server.files.slots.revoke(ticket.id)
    const path = new URL(ticket.url).pathname
    const lines = `PUT ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}\r\n`
    const isChunked = head.startsWith('Transfer')
    const request = Buffer.concat([
      Buffer.from(isChunked ? `${lines}${large.length.toString(16)}\r\n` : lines),
      large,
      Buffer.from(isChunked ? '\r\n0\r\n\r\n' : ''),
    ])
    socket.pause()
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.write(request, (error) => (error ? reject(error) : resolve()))
    })
    const { replies } = await exchange(socket, '', ['PUT'])
    expect(replies.map((reply) => reply.status)).toEqual([status])
  })

  it('lets a client that asks send, and takes what it sends', async () => {
    const ticket = await mint()
    const head = `Expect: 100-continue\r\nContent-Length: ${bytes.length}\r\n`
    const path = new URL(ticket.url).pathname
    socket.write(`PUT ${path} HTTP/1.1\r\nHost: x\r\n${head}\r\n`)
    const [leave] = (await once(socket, 'data')) as [Buffer]
    expect(leave.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    const { replies } = await exchange(socket, bytes, ['PUT'])
    expect(replies.map((reply) => reply.status)).toEqual([200])
    expect(seen).toEqual([['upload', 'application/octet-stream', true]])
  })

  // Elsewhere Node gives leave by itself, before anybody is asked.
  if (setting.decidesContinue === true)
    it('refuses a client that asks before it sends a byte, and gives no leave', async () => {
      const ticket = await mint({ maxBytes: 1000 })
      const ask = 'Expect: 100-continue\r\nContent-Length: 1001\r\n'
      const replies = await send(ticket, ask, Buffer.alloc(0))
      expect(replies.map((reply) => reply.status)).toEqual([413])
      expect(await server.files.slots.status(ticket.id)).toMatchObject({ state: 'open' })
    })

  it('gives the slot back when its client is gone', async () => {
    const ticket = await mint()
    const path = new URL(ticket.url).pathname
    socket.write(`PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes.length}\r\n\r\n`)
    socket.write(bytes.subarray(0, mebibyte))
    const state = async (): Promise<string | undefined> =>
      (await server.files.slots.status(ticket.id))?.state
    await expect.poll(state).toBe('receiving')
    socket.destroy()
    await expect.poll(state).toBe('open')
    await expectNothingLeft()
    expect((await fetch(ticket.url, { method: 'PUT', body: bytes })).status).toBe(200)
  })
})
