// Uploads over HTTP/2 whose stream is reset, as browsers do where a page gives one up. Node tells that
// as an end like any other; where no length was told, half an upload would be a whole one.

import { once } from 'node:events'
import { createServer, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogEntry } from '../../src/index.ts'
import { createGround } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { beginHttp2Put } from '../support/raw-http2.ts'
import type { RawHttp2Upload } from '../support/raw-http2.ts'

let ground: Ground
let log: LogEntry[]
let seen: string[]
let upload: RawHttp2Upload
let server: Http2Server
let stop: () => Promise<void>
let statusNow: () => Promise<string | undefined>

beforeEach(async () => {
  ground = await createGround()
  log = []
  seen = []
  const files = ground.create({ durable: false, sweepSeconds: 0, log: (entry) => log.push(entry) })
  server = createServer((req, res) => void files.handler(req, res))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const kind = files.slot('note', {
    handler: async ({ file }) => void seen.push(Buffer.from(await file.bytes()).toString()),
  })
  const { id, url } = await kind.create()
  statusNow = async () => (await kind.status(id))?.state
  upload = beginHttp2Put((server.address() as AddressInfo).port, url)
  upload.send('half of it')
  await expect.poll(async () => (await kind.status(id))?.receivedBytes).toBe(10)
  stop = () => files.close()
})

afterEach(async () => {
  upload.close()
  server.close()
  await stop()
  await ground.remove()
})

describe('an upload over HTTP/2, of a length that was not told', () => {
  it.each([
    ['without a reason', 0],
    ['as by a page that gives it up', 8],
    ['with an error', 2],
  ])('that is reset %s is not whole: no handler sees it, and the slot is open', async (_, code) => {
    upload.reset(code)
    await expect.poll(() => log).toMatchObject([{ reason: 'upload-incomplete' }])
    await expect.poll(statusNow).toBe('open')
    expect(seen).toEqual([])
  })

  it('that ends as it should is whole', async () => {
    upload.end()
    await expect.poll(statusNow).toBe('done')
    expect(seen).toEqual(['half of it'])
  })
})
