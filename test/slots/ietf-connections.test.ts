// Where the 104 of a resumable upload goes out, and where none can: over HTTP/2, behind middleware
// that wraps the response, to HTTP/1.0, in a pipeline, through the Fetch door.

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { connect, type AddressInfo, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFetchDoor } from '../../src/http/fetch/fetch-door.ts'
import type { Incoming } from '../../src/http/exchange.ts'
import { createNodeHandler } from '../../src/http/node/node-door.ts'
import type { NodeHandler } from '../../src/http/node/node-types.ts'
import { exchange } from '../support/raw-http.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'

let slots: SlotServer
let handler: NodeHandler
let seen: string[]
let closing: (() => Promise<unknown>)[]

const endpoint = (incoming: Incoming) =>
  slots.slots.endpoint(incoming, incoming.target.replace(/\?.*$/, '').slice('/slots/'.length))

beforeEach(async () => {
  seen = []
  closing = []
  slots = await startSlotServer()
  slots.slots.define('file', {
    handler: async ({ file }) => void seen.push(Buffer.from(await file.bytes()).toString()),
  })
  handler = createNodeHandler(endpoint, { mountPath: '/' }, (entry) => slots.log.push(entry))
})

afterEach(async () => {
  await Promise.all(closing.map((close) => close()))
  await slots.close()
})

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return (server.address() as AddressInfo).port
}

async function path(): Promise<string> {
  const { url } = await slots.slots.mint('file')
  return new URL(url).pathname
}

function head(target: string, more = '', version = '1.1'): string {
  return `POST ${target} HTTP/${version}\r\nHost: x\r\nUpload-Draft-Interop-Version: 8\r\nUpload-Complete: ?1\r\nContent-Length: 5\r\n${more}\r\n`
}

async function statusesOf(listener: RequestListener, request: string, methods = ['POST']) {
  const port = await listen(createServer(listener))
  const socket = connect(port, '127.0.0.1')
  const { replies } = await exchange(socket, request, methods)
  socket.destroy()
  return replies.map(({ status }) => status)
}

describe('a 104', () => {
  it('goes out before the body is there, over HTTP/1.1', async () => {
    const plain: RequestListener = (req, res) => void handler(req, res)
    expect(await statusesOf(plain, `${head(await path())}hello`)).toEqual([104, 204])
    expect(seen).toEqual(['hello'])
  })

  it('goes out over HTTP/2', async () => {
    const server = createHttp2Server((req, res) => void handler(req, res))
    const port = await listen(server)
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    closing.unshift(async () => session.destroy())
    const target = await path()
    const stream = session.request({
      ':method': 'POST',
      ':path': target,
      'upload-draft-interop-version': '8',
      'upload-complete': '?1',
    })
    const interim = once(stream, 'headers')
    const response = once(stream, 'response')
    const [told] = (await interim) as [Record<string, unknown>]
    expect(told).toMatchObject({ ':status': 104, 'upload-draft-interop-version': '8' })
    expect(String(told['location']).endsWith(target)).toBe(true)
    stream.end('hello')
    const [final] = (await response) as [Record<string, unknown>]
    expect([final[':status'], final['upload-complete']]).toEqual([204, '?1'])
    expect(seen).toEqual(['hello'])
  })

  it.each<[string, (res: Parameters<RequestListener>[1]) => void]>([
    ['writeHead', (res) => void (res.writeHead = res.writeHead.bind(res))],
    ['write', (res) => void (res.write = res.write.bind(res))],
    ['end', (res) => void (res.end = res.end.bind(res))],
  ])('stays out where something has wrapped %s, and the upload is as ever', async (_, wrap) => {
    const wrapped: RequestListener = (req, res) => {
      wrap(res)
      void handler(req, res)
    }
    expect(await statusesOf(wrapped, `${head(await path())}hello`)).toEqual([204])
    expect(seen).toEqual(['hello'])
  })

  it('stays out where an answer has begun', async () => {
    const begun: RequestListener = (req, res) => {
      res.writeHead(202)
      void handler(req, res).finally(() => res.end())
    }
    expect(await statusesOf(begun, `${head(await path())}hello`)).toEqual([202])
  })

  it('stays out of HTTP/1.0, whose clients know of none', async () => {
    const plain: RequestListener = (req, res) => void handler(req, res)
    expect(await statusesOf(plain, `${head(await path(), '', '1.0')}hello`)).toEqual([204])
  })

  it('stays out of a pipeline until the answers before it are out', async () => {
    let release = (): void => {}
    const late: RequestListener = (req, res) => {
      if (req.url === '/slow') {
        release = () => res.end('slow')
        return
      }
      void handler(req, res).then(release)
      // The second is answered, or waits for its body, while the first has no answer.
      setImmediate(() => setImmediate(release))
    }
    const request = `GET /slow HTTP/1.1\r\nHost: x\r\n\r\n${head(await path())}hello`
    expect(await statusesOf(late, request, ['GET', 'POST'])).toEqual([200, 204])
  })

  it('has no way through the Fetch door, and the upload is as ever', async () => {
    const { fetch: door } = createFetchDoor(endpoint, { mountPath: '/media/' }, (entry) =>
      slots.log.push(entry),
    )
    const { url } = await slots.slots.mint('file')
    const headers = { 'Upload-Draft-Interop-Version': '8', 'Upload-Complete': '?0' }
    const created = await door(new Request(url, { method: 'POST', body: 'hel', headers }))
    expect([created.status, created.headers.get('upload-offset')]).toEqual([201, '3'])
    const last = new Request(url, {
      method: 'PATCH',
      body: 'lo',
      headers: {
        ...headers,
        'Upload-Complete': '?1',
        'Upload-Offset': '3',
        'Content-Type': 'application/partial-upload',
      },
    })
    const done = await door(last)
    expect([done.status, done.headers.get('upload-complete'), await done.text()]).toEqual([
      204,
      '?1',
      '',
    ])
    expect(seen).toEqual(['hello'])
  })
})
