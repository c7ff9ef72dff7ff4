// tus 1.0.0 on a slot's URL, by the stock client and by hand.

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Upload } from 'tus-js-client'
import type { UploadOptions } from 'tus-js-client'
import { SlotRejection } from '../../src/slots/handling/slot-rejection.ts'
import { parseSlotId } from '../../src/slots/record/slot.ts'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import { createDeferred } from '../support/deferred.ts'
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

  it('gives the last answer again to the bearer of its Idempotency-Key, as JSON to who accepts it', async () => {
    let runs = 0
    const kind = server.slots.define('file', { handler: () => ({ runs: (runs += 1) }) })
    const url = await kind.url()
    const key = { 'Idempotency-Key': 'mine', Accept: 'application/json' }
    await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '4' } })
    const first = await patch(url, 0, '0123', key)
    expect([first.status, await first.json()]).toEqual([200, { runs: 1 }])
    // The last request again, with its bytes; and one without, at the end.
    for (const again of [await patch(url, 0, '0123', key), await patch(url, 4, '', key)]) {
      expect([again.status, await again.json()]).toEqual([200, { runs: 1 }])
      expect(again.headers.get('upload-offset')).toBe('4')
    }
    const plain = await patch(url, 4, '', { 'Idempotency-Key': 'mine' })
    expect([plain.status, plain.headers.get('upload-offset')]).toEqual([204, '4'])
    expect(runs).toBe(1)
  })

  it('gives the answer of a creation with all bytes again to the bearer of its key', async () => {
    const kind = server.slots.define('file', { handler: () => ({ secret: 'link' }) })
    const url = await kind.url()
    const headers = {
      ...patchHeaders,
      'Upload-Length': '4',
      'Idempotency-Key': 'mine',
      Accept: 'application/json',
    }
    for (let time = 0; time < 2; time++) {
      const response = await fetch(url, { method: 'POST', headers, body: '0123' })
      expect(await response.json()).toEqual({ secret: 'link' })
    }
  })

  it('is refused a piece that says it is of another file, wherever that stands', async () => {
    const kind = server.slots.define('file', { handler: ({ file }) => ({ name: file.name }) })
    const { url } = await kind.create()
    const [mine, theirs] = ['mine.txt', 'theirs.txt'].map(
      (name) => `filename ${Buffer.from(name).toString('base64')}`,
    )
    const length = { 'Upload-Length': '4' }
    const said = (metadata = ''): Record<string, string> => ({ 'Upload-Metadata': metadata })
    // Who begins by PATCH, without POST, says what it is.
    expect((await patch(url, 0, '01', { ...length, ...said(mine) })).status).toBe(204)
    for (const offset of [0, 2]) {
      const refusal = await patch(url, offset, '23', {
        ...said(theirs),
        Accept: 'application/json',
      })
      expect(refusal.status).toBe(409)
      expect(await refusal.json()).toMatchObject({ code: 'upload-other-file' })
    }
    expect(await ask(url)).toMatchObject({ offset: '2' })
    // One that began without is no file of theirs either, once bytes are there.
    const bare = await kind.create()
    await patch(bare.url, 0, '01', length)
    expect((await patch(bare.url, 2, '23', said(theirs))).status).toBe(409)
    expect((await patch(bare.url, 2, '23')).status).toBe(204)
    const last = await patch(url, 2, '23', { ...said(mine), Accept: 'application/json' })
    expect(await last.json()).toEqual({ name: 'mine.txt' })
  })

  it('says with an answer of nothing, too, that it is given again', async () => {
    const { url } = await server.slots.define('file', { handler: () => {} }).create()
    const key = { 'Idempotency-Key': 'mine' }
    await patch(url, 0, '0123', { ...key, 'Upload-Length': '4' })
    const replayed = async (headers: Record<string, string>): Promise<string | null> =>
      (await patch(url, 4, '', headers)).headers.get('idempotency-replayed')
    expect(await replayed(key)).toBe('true')
    expect(await replayed({ 'Idempotency-Key': 'guessed' })).toBeNull()
    expect(await replayed({})).toBeNull()
  })

  it.each([
    ['with a key', { 'Idempotency-Key': 'theirs' }],
    ['without a key', {}],
  ])('that was done %s tells whoever has the URL that it is done, and no more', async (_, key) => {
    const kind = server.slots.define('file', { handler: () => ({ secret: 'the link' }) })
    const { url, id } = await kind.create()
    const metadata = `filename ${Buffer.from('diagnosis-of-anna.pdf').toString('base64')}`
    await fetch(url, {
      method: 'POST',
      body: '0123',
      headers: { ...patchHeaders, ...key, 'Upload-Length': '4', 'Upload-Metadata': metadata },
    })
    const head = await ask(url)
    expect(head).toMatchObject({ status: 200, offset: '4', length: '4' })
    expect(head.headers.get('upload-metadata')).toBeNull()
    expect(head.headers.get('cache-control')).toBe('no-store')
    const json = { Accept: 'application/json' }
    const answers = [
      await patch(url, 4, '', json),
      await patch(url, 4, '', { ...json, 'Idempotency-Key': 'guessed' }),
      await patch(url, 0, '0123', json),
      await patch(url, 2, '23', json),
      await override(url, 'PATCH', { ...patchHeaders, ...json, 'Upload-Offset': '4' }),
      await override(url, 'OPTIONS', tus),
      await fetch(url, {
        method: 'POST',
        body: '0123',
        headers: { ...patchHeaders, ...json, 'Upload-Length': '4' },
      }),
      await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '1000000000000' } }),
      await fetch(url, { method: 'PUT', body: '0123', headers: json }),
      await fetch(url, { method: 'POST', body: '0123', headers: { 'Idempotency-Key': 'guessed' } }),
      await fetch(url, { headers: { ...tus, ...json } }),
      await fetch(url, { method: 'OPTIONS', headers: tus }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([
      204, 204, 404, 404, 204, 204, 404, 404, 404, 404, 405, 204,
    ])
    for (const answer of [...answers, head]) {
      expect(answer.headers.get('upload-metadata')).toBeNull()
      expect(answer.headers.get('tus-max-size')).toBeNull()
      expect([...answer.headers].flat().join()).not.toMatch(/secret|diagnosis|ZGlhZ25/)
    }
    for (const answer of answers) expect(await answer.text()).not.toMatch(/secret|diagnosis/)
    // Nor does the record keep what nobody may ask for.
    const record = await server.store.read((await kind.status(id))?.id ?? expect.unreachable())
    expect(record?.tus?.metadata).toBeNull()
    if (!('Idempotency-Key' in key)) expect(record?.state).toMatchObject({ result: null })
  })

  it('that was refused says so to whoever has the URL, but neither how nor why', async () => {
    const kind = server.slots.define('file', {
      handler: () => {
        throw new SlotRejection('Anna is ill.', { status: 451 })
      },
    })
    const url = await kind.url()
    const key = { 'Idempotency-Key': 'mine' }
    await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '4' } })
    const first = await patch(url, 0, '0123', key)
    expect([first.status, await first.text()]).toEqual([451, 'Anna is ill.\n'])
    expect((await ask(url)).status).toBe(422)
    const stranger = await patch(url, 4, '')
    expect([stranger.status, await stranger.text()]).toEqual([422, 'This upload was refused.\n'])
    const bearer = await patch(url, 0, '0123', key)
    expect([bearer.status, await bearer.text()]).toEqual([451, 'Anna is ill.\n'])
  })

  it('says that it is done for as long as an answer is kept, and then nothing', async () => {
    let nowMs = 1_000_000_000
    await server.close()
    server = await startSlotServer({ now: () => nowMs })
    const kind = server.slots.define('brief', { replaySeconds: 60, handler: () => {} })
    const url = await kind.url()
    await fetch(url, {
      method: 'POST',
      headers: { ...patchHeaders, 'Upload-Length': '4' },
      body: '0123',
    })
    nowMs += 59_999
    expect((await ask(url)).status).toBe(200)
    nowMs += 1
    expect((await ask(url)).status).toBe(404)
    for (const body of ['', 'more']) expect((await patch(url, 4, body)).status).toBe(404)
  })

  it('is forgotten by DELETE once it is done; an answer kept for a key only by its bearer', async () => {
    const kind = server.slots.define('file', { handler: () => ({ secret: 'link' }) })
    const url = await kind.url()
    const key = { 'Idempotency-Key': 'mine' }
    const headers = { ...patchHeaders, ...key, 'Upload-Length': '4' }
    await fetch(url, { method: 'POST', headers, body: '0123' })
    expect((await fetch(url, { method: 'DELETE', headers: tus })).status).toBe(404)
    expect((await ask(url)).status).toBe(200)
    expect((await fetch(url, { method: 'DELETE', headers: { ...tus, ...key } })).status).toBe(204)
    expect((await ask(url)).status).toBe(404)
    expect((await patch(url, 4, '', key)).status).toBe(404)
  })

  describe('refuses bytes at the end of an upload, and takes a request without', () => {
    const endings = ['open', 'received', 'done', 'handling'] as const

    it.each(
      endings.flatMap(
        (state) =>
          [
            [state, 'of a told length'],
            [state, 'in chunks'],
          ] as const,
      ),
    )('where it is %s: %s', async (state, how) => {
      const mayEnd = createDeferred()
      let runs = 0
      const kind = server.slots.define('file', {
        async handler() {
          runs += 1
          if (state === 'received' && runs === 1) throw new Error('not yet')
          if (state === 'handling') await mayEnd.promise
        },
      })
      const { url, id } = await kind.create()
      await fetch(url, { method: 'POST', headers: { ...tus, 'Upload-Length': '4' } })
      let last: Promise<Response> | null = null
      if (state === 'open') {
        // What a process leaves that died between the last byte and its handler.
        const record = await server.store.read(parseSlotId(id) ?? expect.unreachable())
        await writeFile(record?.tus?.path ?? expect.unreachable(), '0123')
      } else last = patch(url, 0, '0123')
      await expect.poll(async () => (await kind.status(id))?.state).toBe(state)
      if (state !== 'handling') await last
      const runsBefore = runs
      expect((await send(url, how, '4567')).status).toBe(413)
      expect(runs).toBe(runsBefore)
      expect((await kind.status(id))?.state).toBe(state)
      const empty = await send(url, how, '')
      expect(empty.status).toBe(state === 'handling' ? 423 : 204)
      mayEnd.resolve()
      await last
      await expect.poll(async () => (await kind.status(id))?.state).toBe('done')
      expect(runs).toBe(state === 'received' ? 2 : 1)
    })

    async function send(url: string, how: string, body: string): Promise<Response> {
      if (how === 'of a told length') return patch(url, 4, body)
      const stream = new Blob([body]).stream()
      const headers = { ...patchHeaders, 'Upload-Offset': '4' }
      return fetch(url, { method: 'PATCH', headers, body: stream, duplex: 'half' })
    }
  })

  describe('runs its handler at most 5 times on one upload', () => {
    const doors: [string, (url: string) => Promise<Response>][] = [
      ['empty PATCHes', (url) => patch(url, 4, '')],
      ['empty PATCHes that tell the length', (url) => patch(url, 4, '', { 'Upload-Length': '4' })],
      [
        'empty PATCHes in chunks',
        (url) =>
          fetch(url, {
            method: 'PATCH',
            headers: { ...patchHeaders, 'Upload-Offset': '4' },
            body: new Blob([]).stream(),
            duplex: 'half',
          }),
      ],
      [
        'POSTs that mean PATCH',
        (url) => override(url, 'PATCH', { ...patchHeaders, 'Upload-Offset': '4' }),
      ],
      ['HEADs', (url) => fetch(url, { method: 'HEAD', headers: tus })],
      ['requests of an offset that is not the end', (url) => patch(url, 2, '23')],
    ]

    it.each(doors)(
      'whatever is asked by %s, one after another and ten at a time',
      async (_, knock) => {
        let runs = 0
        const kind = server.slots.define('broken', {
          idempotent: true,
          handler: () => {
            runs += 1
            throw new Error('never')
          },
        })
        const { url, id } = await kind.create()
        await fetch(url, {
          method: 'POST',
          headers: { ...patchHeaders, 'Upload-Length': '4' },
          body: '0123',
        })
        for (let round = 0; round < 10; round++) {
          await knock(url)
          await Promise.all(Array.from({ length: 10 }, () => knock(url)))
          await server.slots.sweep()
        }
        // Those by HEAD are not waited for.
        await expect.poll(async () => (await kind.status(id))?.state).toBe('received')
        expect(runs).toBeLessThanOrEqual(5)
        for (let time = 0; time < 5; time++) await patch(url, 4, '')
        expect(runs).toBe(5)
        expect((await patch(url, 4, '')).status).toBe(422)
        expect((await ask(url)).status).toBe(422)
      },
    )

    it('whatever doors are taken by turns, and begins to count anew with new bytes', async () => {
      let runs = 0
      let isBroken = true
      const kind = server.slots.define('broken', {
        handler: () => {
          runs += 1
          if (isBroken) throw new Error('not now')
        },
      })
      const { url } = await kind.create()
      const create = (): Promise<Response> =>
        fetch(url, {
          method: 'POST',
          headers: { ...patchHeaders, 'Upload-Length': '4' },
          body: '0123',
        })
      await create()
      for (let round = 0; round < 3; round++) for (const [, knock] of doors) await knock(url)
      await expect.poll(() => runs).toBe(5)
      expect((await patch(url, 4, '')).status).toBe(422)
      // The slot is still its uploader's: new bytes, by whatever way, are another upload.
      expect((await create()).status).toBe(500)
      expect(runs).toBe(6)
      isBroken = false
      expect((await patch(url, 4, '')).status).toBe(204)
    })
  })

  describe('keeps what a handler may still read from an uploader’s DELETE', () => {
    it('where it was given up: 404, and what it saves is whole', async () => {
      await server.close()
      server = await startSlotServer({ handlerGraceSeconds: 0.05, leaseSeconds: 1 })
      const mayEnd = createDeferred()
      const kind = server.slots.define('stubborn', {
        handlerTimeoutSeconds: 0.05,
        async handler({ file }) {
          await mayEnd.promise
          await file.save('kept.bin')
        },
      })
      const { url, id } = await kind.create()
      const headers = { ...patchHeaders, 'Upload-Length': '8' }
      expect((await fetch(url, { method: 'POST', headers, body: 'precious' })).status).toBe(504)
      expect((await kind.status(id))?.state).toBe('interrupted')
      expect((await fetch(url, { method: 'DELETE', headers: tus })).status).toBe(404)
      expect((await fetch(url, { method: 'POST', headers, body: 'precious' })).status).toBe(404)
      // Nor can the minting side, which can not take a running handler back.
      expect(await kind.revoke(id)).toBe(false)
      await server.slots.sweep()
      expect(await server.spooled()).toHaveLength(1)
      mayEnd.resolve()
      await expect.poll(async () => (await kind.status(id))?.state).toBe('done')
      const { files } = await server.storage.list()
      expect(files.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([['kept.bin', 8]])
    })

    it('where it runs: 423', async () => {
      const mayEnd = createDeferred()
      const kind = server.slots.define('slow', { handler: () => mayEnd.promise })
      const { url, id } = await kind.create()
      const headers = { ...patchHeaders, 'Upload-Length': '4' }
      const last = fetch(url, { method: 'POST', headers, body: '0123' })
      await expect.poll(async () => (await kind.status(id))?.state).toBe('handling')
      expect((await fetch(url, { method: 'DELETE', headers: tus })).status).toBe(423)
      mayEnd.resolve()
      expect((await last).status).toBe(201)
    })

    it('where it is due to run: 423; where it has thrown, its uploader may give up', async () => {
      const kind = server.slots.define('broken', {
        handler: () => {
          throw new Error('never')
        },
      })
      const { url, id } = await kind.create()
      const headers = { ...patchHeaders, 'Upload-Length': '4' }
      await fetch(url, { method: 'POST', headers, body: '0123' })
      const record =
        (await server.store.read(parseSlotId(id) ?? expect.unreachable())) ?? expect.unreachable()
      const { state, revision } = record
      if (state.name !== 'received') expect.unreachable()
      // What a process leaves that died before it began the handler.
      const due = { ...record, revision: revision + 1, state: { ...state, failed: false } }
      await server.store.replace(due, revision)
      expect((await fetch(url, { method: 'DELETE', headers: tus })).status).toBe(423)
      await server.slots.sweep()
      expect((await fetch(url, { method: 'DELETE', headers: tus })).status).toBe(204)
      expect((await kind.status(id))?.state).toBe('revoked')
      expect(await server.spooled()).toEqual([])
    })
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

/** A request as browsers send it that know no other method than POST. */
function override(url: string, method: string, headers: Record<string, string>): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { ...headers, 'X-HTTP-Method-Override': method } })
}

describe('the answer of a handler that runs again', () => {
  it.each([
    ['returns', 204, () => ({ secret: 5 })],
    [
      'refuses',
      422,
      () => {
        throw new SlotRejection('the secret word', { status: 400 })
      },
    ],
  ])('and %s is for the bearer of the key alone', async (_, status, end) => {
    let runs = 0
    const url = await server.slots
      .define('file', {
        handler() {
          runs += 1
          if (runs === 1) throw new Error('not yet')
          return end()
        },
      })
      .url()
    const whole = { 'Upload-Length': '5', 'Idempotency-Key': 'mine', Accept: 'application/json' }
    expect((await patch(url, 0, 'bytes', whole)).status).toBe(500)

    const others = await patch(url, 5, '', {
      Accept: 'application/json',
      'Idempotency-Key': 'other',
    })
    expect([runs, others.status]).toEqual([2, status])
    expect(await others.text()).not.toMatch(/secret/)
    const mine = await patch(url, 5, '', whole)
    expect(await mine.text()).toMatch(/secret/)
    expect(runs).toBe(2)
  })
})

describe('a length that one request tells', () => {
  it('is not changed by another, which has looked at the slot before', async () => {
    const memory = createMemorySlotStore()
    let hold: Promise<void> | null = null
    const looked = createDeferred()
    const slow = await startSlotServer({
      store: {
        ...memory,
        async read(id) {
          const record = await memory.read(id)
          const wait = hold
          hold = null
          if (wait !== null) looked.resolve()
          await wait
          return record
        },
      },
    })
    const url = await slow.slots.define('file', { handler: () => {} }).url()
    expect((await patch(url, 0, 'begun')).status).toBe(204)

    const goOn = createDeferred()
    hold = goOn.promise
    const late = patch(url, 5, 'x', { 'Upload-Length': '20' })
    await looked.promise
    expect((await patch(url, 5, '', { 'Upload-Length': '10' })).status).toBe(204)
    goOn.resolve()

    expect((await late).status).toBe(423)
    const head = await fetch(url, { method: 'HEAD', headers: tus })
    expect(head.headers.get('upload-length')).toBe('10')
    expect(head.headers.get('upload-offset')).toBe('5')
    await slow.close()
  })
})
