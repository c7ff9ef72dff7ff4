// tus 1.0.0 on a slot's URL, by the stock client and by hand.

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Upload } from 'tus-js-client'
import type { UploadOptions } from 'tus-js-client'
import { SlotRejection } from '../../src/slots/slot-rejection.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'

let server: SlotServer

beforeEach(async () => {
  server = await startSlotServer()
})

afterEach(async () => {
  await server.close()
})

const tus = { 'Tus-Resumable': '1.0.0' }
const patchHeaders = { ...tus, 'Content-Type': 'application/offset+octet-stream' }

describe('the stock tus client', () => {
  it('uploads in pieces to a slot as its endpoint, with name and type', async () => {
    const bytes = randomBytes(1_000_000)
    const seen: unknown[] = []
    const kind = server.slots.define('file', {
      async handler({ file }) {
        seen.push([file.name, file.type, file.sizeBytes, await file.sha256()])
      },
    })
    await uploadByClient(bytes, {
      endpoint: await kind.url(),
      chunkSize: 300_000,
      metadata: { filename: 'a.bin', filetype: 'application/x-test' },
    })
    const digest = createHash('sha256').update(bytes).digest('hex')
    expect(seen).toEqual([['a.bin', 'application/x-test', bytes.length, digest]])
    await expect.poll(() => server.spooled()).toEqual([])
  })

  it('uploads to a slot as its uploadUrl, telling the length at the end', async () => {
    const bytes = randomBytes(100_000)
    const sizes: number[] = []
    const kind = server.slots.define('file', {
      handler: ({ file }) => void sizes.push(file.sizeBytes),
    })
    await uploadByClient(bytes, {
      uploadUrl: await kind.url(),
      uploadLengthDeferred: true,
      chunkSize: 30_000,
    })
    expect(sizes).toEqual([bytes.length])
  })

  it('uploads in pieces to a slot as its uploadUrl, where minting knew the size', async () => {
    const bytes = randomBytes(100_000)
    const sizes: number[] = []
    const kind = server.slots.define('file', {
      handler: ({ file }) => void sizes.push(file.sizeBytes),
    })
    const uploadUrl = await kind.url(undefined, { sizeBytes: bytes.length })
    expect((await ask(uploadUrl)).length).toBe('100000')
    await uploadByClient(bytes, { uploadUrl, chunkSize: 30_000 })
    expect(sizes).toEqual([bytes.length])
  })

  it('fails before its first byte where neither knows the length, instead of believing that it is done', async () => {
    const kind = server.slots.define('file', { handler: () => {} })
    const { url, id } = await kind.create()
    const error = await uploadByClient(randomBytes(1000), { uploadUrl: url }).catch(
      (caught: unknown) => caught,
    )
    expect(String(error)).toContain('length')
    expect(await kind.status(id)).toMatchObject({ state: 'open', receivedBytes: 0 })
  })

  it('ends in onError where the handler refuses', async () => {
    const kind = server.slots.define('refusing', {
      handler: () => {
        throw new SlotRejection('Not this one.')
      },
    })
    const error = await uploadByClient(randomBytes(1000), {
      endpoint: await kind.url(),
      retryDelays: [0, 0, 0],
    }).catch((caught: unknown) => caught)
    expect(String(error)).toContain('422')
  })

  it('ends in onError where the type is refused', async () => {
    const kind = server.slots.define('images', { accept: ['image/*'], handler: () => {} })
    const { url, id } = await kind.create()
    const error = await uploadByClient(Buffer.from('no image at all'), {
      endpoint: url,
      metadata: { filetype: 'text/plain' },
    }).catch((caught: unknown) => caught)
    expect(String(error)).toContain('415')
    expect(await kind.status(id)).toMatchObject({ state: 'open' })
  })

  it('learns success only once a handler that threw has succeeded, and sends no byte twice', async () => {
    let runs = 0
    const kind = server.slots.define('flaky', {
      handler: () => {
        runs += 1
        if (runs < 3) throw new Error('not yet')
      },
    })
    const { url, id } = await kind.create()
    const sent: string[] = []
    await uploadByClient(randomBytes(50_000), {
      endpoint: url,
      retryDelays: [0, 20, 20, 50, 50, 100, 100, 100],
      onBeforeRequest: (req) => void sent.push(req.getMethod()),
    })
    expect(runs).toBe(3)
    expect(sent.filter((method) => method === 'PATCH')).toHaveLength(1)
    expect(await kind.status(id)).toMatchObject({ state: 'done', attempt: 3 })
  })

  it('learns in the end that a handler always throws', async () => {
    let runs = 0
    const kind = server.slots.define('broken', {
      handler: () => {
        runs += 1
        throw new Error('never')
      },
    })
    const { url, id } = await kind.create()
    const error = await uploadByClient(randomBytes(1000), {
      uploadUrl: url,
      uploadLengthDeferred: true,
      retryDelays: Array.from({ length: 30 }, () => 10),
    }).catch((caught: unknown) => caught)
    expect(String(error)).toContain('422')
    expect(runs).toBe(5)
    // The slot itself is usable still.
    expect(await kind.status(id)).toMatchObject({ state: 'received' })
    expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(500)
    await expect.poll(() => server.spooled()).toEqual([])
  })
})

describe('tus on a slot', () => {
  it('says how far an upload came, and until when it may go on', async () => {
    const kind = server.slots.define('file', { handler: () => {} })
    const { url, expiresAt } = await kind.create()
    const fresh = await ask(url)
    expect(fresh).toMatchObject({ status: 200, offset: '0', length: null, deferred: '1' })
    expect(fresh.headers.get('cache-control')).toBe('no-store')
    const created = await fetch(url, {
      method: 'POST',
      headers: { ...tus, 'Upload-Length': '10', 'Upload-Metadata': 'filename YS50eHQ=' },
    })
    expect(created.status).toBe(201)
    expect(new URL(created.headers.get('location') ?? '', url).href).toBe(url)
    expect(Date.parse(created.headers.get('upload-expires') ?? '')).toBe(
      Math.floor(Date.parse(expiresAt) / 1000) * 1000,
    )
    expect((await patch(url, 0, '0123')).headers.get('upload-offset')).toBe('4')
    const halfway = await ask(url)
    expect(halfway).toMatchObject({ status: 200, offset: '4', length: '10', deferred: null })
    expect(halfway.headers.get('upload-metadata')).toBe('filename YS50eHQ=')
    expect((await patch(url, 3, '3456789')).status).toBe(409)
    expect((await patch(url, 4, '456789')).status).toBe(204)
    expect(await ask(url)).toMatchObject({ status: 200, offset: '10', length: '10' })
  })

  it('gives the last answer again, as JSON to who accepts it', async () => {
    let runs = 0
    const kind = server.slots.define('file', { handler: () => ({ runs: (runs += 1) }) })
    const url = await kind.url()
    await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '4' } })
    expect((await patch(url, 0, '0123')).status).toBe(204)
    const again = await fetch(url, {
      method: 'PATCH',
      headers: { ...patchHeaders, 'Upload-Offset': '4', Accept: 'application/json' },
    })
    expect([again.status, await again.json()]).toEqual([200, { runs: 1 }])
    expect(again.headers.get('upload-offset')).toBe('4')
  })

  it('answers HEAD with 423 while the handler runs', async () => {
    let end = (): void => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const kind = server.slots.define('slow', { handler: () => ended })
    const { url, id } = await kind.create()
    await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '4' } })
    const last = patch(url, 0, '0123')
    await expect.poll(async () => (await kind.status(id))?.state).toBe('handling')
    expect(await ask(url)).toMatchObject({ status: 423, offset: null })
    end()
    expect((await last).status).toBe(204)
    expect((await ask(url)).status).toBe(200)
  })

  it('stops a request that hangs when its client asks how far it came', async () => {
    const kind = server.slots.define('hanging', { handler: () => {} })
    const { url, id } = await kind.create()
    await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '10' } })
    const hanging = httpRequest(url, {
      method: 'PATCH',
      headers: { ...patchHeaders, 'Upload-Offset': '0', 'Content-Length': '10' },
    })
    hanging.on('error', () => {})
    hanging.write('01234')
    await expect.poll(async () => (await kind.status(id))?.receivedBytes).toBe(5)
    const closed = once(hanging, 'response')
    expect(await ask(url)).toMatchObject({ status: 200 })
    await closed
    const { offset } = await ask(url)
    expect(offset).toBe('5')
    expect((await patch(url, 5, '56789')).status).toBe(204)
    hanging.destroy()
  })

  it('ends an upload by DELETE, and with it the slot', async () => {
    const kind = server.slots.define('ended', { handler: () => {} })
    const { url, id } = await kind.create()
    await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '10' } })
    await patch(url, 0, '0123')
    expect((await fetch(url, { method: 'DELETE', headers: tus })).status).toBe(204)
    expect((await ask(url)).status).toBe(404)
    expect(await kind.status(id)).toMatchObject({ state: 'revoked' })
    expect(await server.spooled()).toEqual([])
  })

  it('refuses another version, and says which there is', async () => {
    const kind = server.slots.define('old', { handler: () => {} })
    const url = await kind.url()
    for (const headers of [{ 'Tus-Resumable': '0.2.2' }, undefined]) {
      const response = await fetch(url, { method: 'PATCH', ...(headers && { headers }) })
      expect(response.status).toBe(412)
      expect(response.headers.get('tus-version')).toBe('1.0.0')
    }
    const options = await fetch(url, { method: 'OPTIONS' })
    expect(options.headers.get('tus-extension')).toContain('expiration')
    expect(options.headers.get('tus-checksum-algorithm')).toContain('sha1')
  })

  it('gives way to a plain upload', async () => {
    const kind = server.slots.define('either', {
      handler: async ({ file }) => Buffer.from(await file.bytes()).toString(),
    })
    const url = await kind.url()
    await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '10' } })
    await patch(url, 0, '0123')
    expect(await (await fetch(url, { method: 'PUT', body: 'plain' })).json()).toBe('plain')
    await expect.poll(() => server.spooled()).toEqual([])
    expect((await ask(url)).status).toBe(404)
  })

  it('discards a piece whose checksum is wrong, and goes on', async () => {
    const kind = server.slots.define('checked', { handler: () => {} })
    const url = await kind.url()
    await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '4' } })
    const wrong = { 'Upload-Checksum': `sha1 ${createHash('sha1').update('x').digest('base64')}` }
    expect((await patch(url, 0, '0123', wrong)).status).toBe(460)
    expect((await ask(url)).offset).toBe('0')
    const right = {
      'Upload-Checksum': `sha1 ${createHash('sha1').update('0123').digest('base64')}`,
    }
    expect((await patch(url, 0, '0123', right)).status).toBe(204)
  })
})

function uploadByClient(bytes: Buffer, options: UploadOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(bytes, {
      retryDelays: [],
      ...options,
      onError: reject,
      onSuccess: () => resolve(),
    })
    upload.start()
  })
}

async function ask(url: string): Promise<{
  readonly status: number
  readonly headers: Headers
  readonly offset: string | null
  readonly length: string | null
  readonly deferred: string | null
}> {
  const { status, headers } = await fetch(url, { method: 'HEAD', headers: tus })
  return {
    status,
    headers,
    offset: headers.get('upload-offset'),
    length: headers.get('upload-length'),
    deferred: headers.get('upload-defer-length'),
  }
}

function patch(
  url: string,
  offset: number,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'PATCH',
    body,
    headers: { ...patchHeaders, 'Upload-Offset': String(offset), ...headers },
  })
}
