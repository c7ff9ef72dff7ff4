// What draft-ietf-httpbis-resumable-upload asks of a server, one by one: the table of
// docs/resumable-uploads.md, each of its lines with the test that holds it.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SlotRejection } from '../../src/slots/handling/slot-rejection.ts'
import type { SlotDefinition } from '../../src/slots/kinds/define-kind.ts'
import type { SlotOverrides, SlotTicket } from '../../src/slots/minting/mint.ts'
import { askIetf, beginIetf } from '../support/ietf-client.ts'
import type { IetfAnswer, IetfDialect, IetfSaying } from '../support/ietf-client.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'

const draft11: IetfDialect = { interop: 8, isInverse: false, hasMediaType: true }
const unnumbered: IetfDialect = { ...draft11, interop: null }
const json = { Accept: 'application/json' }
const problemType = 'https://iana.org/assignments/http-problem-types#'

let server: SlotServer
let seen: string[]
let kinds = 0
let nowMs: number

beforeEach(async () => {
  seen = []
  nowMs = Date.now()
  server = await startSlotServer({ now: () => nowMs })
})

afterEach(async () => {
  await server.close()
})

function mint(
  definition: Partial<SlotDefinition> = {},
  overrides?: SlotOverrides,
): Promise<SlotTicket> {
  const kind = server.slots.define(`file-${(kinds += 1)}`, {
    async handler({ file }) {
      seen.push(Buffer.from(await file.bytes()).toString())
      return { saved: file.sizeBytes }
    },
    ...definition,
  })
  return kind.create(undefined, overrides)
}

function ask(url: string, method: string, saying: IetfSaying = {}): Promise<IetfAnswer> {
  return askIetf(draft11, method, url, saying)
}

/** Begins an upload of these bytes, of which more are to come. */
async function begin(url: string, body = 'hello', saying: IetfSaying = {}): Promise<void> {
  expect((await ask(url, 'POST', { isComplete: false, body, ...saying })).status).toBe(201)
}

async function offsetOf(url: string): Promise<string | undefined> {
  return (await ask(url, 'HEAD')).headers['upload-offset'] as string | undefined
}

describe('creation', () => {
  it('sends no 104 where the version is missing or is not known here', async () => {
    for (const interop of [null, 2, 9, 999_999_999_999_999]) {
      const { url } = await mint()
      const dialect = { ...draft11, interop }
      const { status, interim } = await askIetf(dialect, 'POST', url, {
        isComplete: true,
        body: 'x',
      })
      expect([status, interim.length]).toEqual([200, 0])
    }
  })

  it('sends a 104 with the version, Location and Upload-Limit, before the bytes', async () => {
    const { url } = await mint({ maxBytes: 1000, minBytes: 2 })
    const sending = beginIetf(draft11, 'POST', url, { isComplete: true, length: 5 })
    const told = new Promise((resolve) => sending.request.once('information', resolve))
    sending.request.flushHeaders()
    await told
    expect(sending.interim[0]).toMatchObject({
      statusCode: 104,
      statusMessage: 'Upload Resumption Supported',
      headers: {
        'upload-draft-interop-version': '8',
        location: url,
        'upload-limit': 'max-size=1000, min-size=2, max-age=3600',
      },
    })
    sending.request.end('hello')
    expect((await sending.answered).status).toBe(200)
  })

  it('keeps the 100 that a client waits for beside the 104', async () => {
    const { url } = await mint()
    const headers = { Expect: '100-continue', 'Content-Length': 5 }
    const { request, answered } = beginIetf(draft11, 'POST', url, { isComplete: true, headers })
    request.once('continue', () => request.end('hello'))
    request.flushHeaders()
    const { status, interim } = await answered
    expect([status, new Set(interim.map(({ statusCode }) => statusCode))]).toEqual([
      200,
      new Set([100, 104]),
    ])
  })

  it('sends no 104 where no upload can begin: to a used slot, beyond a limit, of a wrong type', async () => {
    const used = await mint()
    await ask(used.url, 'POST', { isComplete: true, body: 'x' })
    const small = await mint({ maxBytes: 3, accept: ['text/plain'] })
    const named = { 'Content-Type': 'image/png' }
    const answers = [
      await ask(used.url, 'POST', { isComplete: true, body: 'x' }),
      await ask(small.url, 'POST', { isComplete: true, body: 'hello' }),
      await ask(small.url, 'POST', { isComplete: true, body: 'x', headers: named }),
      await ask(`${used.url}x`, 'POST', { isComplete: true, body: 'x' }),
    ]
    expect(answers.map(({ status, interim }) => [status, interim.length])).toEqual([
      [404, 0],
      [413, 0],
      [415, 0],
      [404, 0],
    ])
  })

  it('of a part is a 201 with Location and Upload-Limit', async () => {
    const { url } = await mint({ maxBytes: 1000 })
    const { status, headers } = await ask(url, 'POST', { isComplete: false, body: 'hel' })
    expect([status, headers.location]).toEqual([201, url])
    expect(headers['upload-limit']).toBe('max-size=1000, min-size=1, max-age=3600')
    expect(headers['upload-complete']).toBe('?0')
  })

  it('gives all answers to one request the same Location', async () => {
    const { url } = await mint()
    const query = `${url}?trace=1`
    for (const isComplete of [false, true]) {
      const { headers, interim } = await ask(query, 'POST', { isComplete, body: 'hello' })
      expect(headers.location).toBe(query)
      expect(interim.map((event) => event.headers['location'])).toEqual([query])
    }
  })

  it('leaves the Location of the handler to the answer of a whole upload', async () => {
    const handler = () => new Response('made', { status: 201, headers: { Location: '/files/7' } })
    const { url } = await mint({ handler })
    const { headers } = await ask(url, 'POST', { isComplete: true, body: 'hello' })
    expect([headers.location, headers['upload-complete']]).toEqual(['/files/7', '?1'])
  })

  it('records the length, told or shown by the length of all that comes', async () => {
    const { url } = await mint()
    await begin(url, 'hel', { length: 5 })
    expect((await ask(url, 'HEAD')).headers['upload-length']).toBe('5')
    await begin(url, 'hel')
    expect((await ask(url, 'HEAD')).headers['upload-length']).toBeUndefined()
    await ask(url, 'PATCH', { isComplete: true, offset: 3, body: 'lo' })
    expect((await ask(url, 'HEAD')).headers['upload-length']).toBe('5')
  })

  it('of a broken request is not complete, and keeps what came', async () => {
    const { url, id } = await mint()
    const headers = { 'Content-Length': 9 }
    const { request } = beginIetf(draft11, 'PUT', url, { isComplete: true, headers })
    request.on('error', () => {})
    request.write('hello')
    await expect.poll(async () => (await server.slots.status(id))?.receivedBytes).toBe(5)
    request.destroy()
    const { headers: told } = await ask(url, 'HEAD')
    expect([told['upload-offset'], told['upload-complete'], seen]).toEqual(['5', '?0', []])
  })
})

describe('lengths', () => {
  it.each<[string, IetfSaying]>([
    ['of one request', { isComplete: true, offset: 5, length: 9, body: 'world' }],
    ['of a part beyond it', { isComplete: false, offset: 5, length: 7, body: 'world' }],
    ['of two requests', { isComplete: false, offset: 5, length: 11, body: '' }],
    ['of all that has come', { isComplete: true, offset: 5, body: 'wor' }],
    ['of more than was told', { isComplete: false, offset: 5, body: 'world!' }],
  ])(
    'that differ are refused as such, and nothing of the request is kept: %s',
    async (_, saying) => {
      const { url } = await mint()
      await begin(url, 'hello', { length: 10 })
      const answer = await ask(url, 'PATCH', { ...saying, headers: json })
      expect([answer.status, answer.headers['upload-complete']]).toEqual([400, '?0'])
      expect(JSON.parse(answer.text)).toMatchObject({
        type: `${problemType}inconsistent-upload-length`,
        status: 400,
      })
      expect(await offsetOf(url)).toBe('5')
      await ask(url, 'PATCH', { isComplete: true, offset: 5, body: 'world' })
      expect(seen).toEqual(['helloworld'])
    },
  )

  it('are kept where no Content-Length tells: bytes beyond are refused, fewer are not the end', async () => {
    const { url } = await mint()
    await begin(url, 'hello', { length: 10 })
    for (const [body, offset] of [
      ['world!', '5'],
      // What came of it stays.
      ['wor', '8'],
    ] as const) {
      const chunked = { 'Transfer-Encoding': 'chunked' }
      const saying = { isComplete: true, offset: 5, headers: { ...chunked, ...json } }
      const { request, answered } = beginIetf(draft11, 'PATCH', url, saying)
      request.end(body)
      const { status, text } = await answered
      expect([status, JSON.parse(text)]).toEqual([
        400,
        expect.objectContaining({ type: `${problemType}inconsistent-upload-length` }),
      ])
      expect(await offsetOf(url)).toBe(offset)
    }
    expect(seen).toEqual([])
  })

  it('need not be known before the end', async () => {
    const { url } = await mint()
    const chunked = { 'Transfer-Encoding': 'chunked' }
    const { request, answered } = beginIetf(draft11, 'POST', url, {
      isComplete: true,
      headers: chunked,
    })
    request.end('hello')
    expect((await answered).status).toBe(200)
    expect(seen).toEqual(['hello'])
    const { headers } = await ask(url, 'HEAD')
    expect([headers['upload-length'], headers['upload-complete']]).toEqual(['5', '?1'])
  })

  it('do not end an upload: only who says so does', async () => {
    const { url } = await mint()
    await begin(url, 'hello', { length: 5 })
    const told = await ask(url, 'HEAD')
    expect([told.headers['upload-offset'], told.headers['upload-complete']]).toEqual(['5', '?0'])
    expect(seen).toEqual([])
    expect((await ask(url, 'PATCH', { isComplete: true, offset: 5 })).status).toBe(200)
    expect(seen).toEqual(['hello'])
  })

  it("that minting knew are the slot's", async () => {
    const { url } = await mint({}, { sizeBytes: 5 })
    expect((await ask(url, 'HEAD')).headers['upload-length']).toBe('5')
    const answer = await ask(url, 'POST', { isComplete: true, body: 'hell', headers: json })
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      400,
      expect.objectContaining({ type: `${problemType}inconsistent-upload-length` }),
    ])
  })
})

describe('offset retrieval', () => {
  it('tells offset, completeness, length and limits, and is stored nowhere', async () => {
    const { url } = await mint({ maxBytes: 100 })
    await begin(url, 'hello', { length: 10 })
    for (const method of ['HEAD', 'GET']) {
      const { status, headers, text } = await ask(url, method)
      expect([status, text]).toEqual([204, ''])
      expect(headers).toMatchObject({
        'upload-offset': '5',
        'upload-complete': '?0',
        'upload-length': '10',
        'upload-limit': 'max-size=100, min-size=1, max-age=3600',
        'cache-control': 'no-store',
      })
    }
  })

  it('says that an upload is complete only once its handler has answered; till then it is to be asked again', async () => {
    let leave = (): void => {}
    const inside = new Promise<void>((resolve) => (leave = resolve))
    let entered = (): void => {}
    const begun = new Promise<void>((resolve) => (entered = resolve))
    const { url } = await mint({
      async handler() {
        entered()
        await inside
      },
    })
    const answered = ask(url, 'POST', { isComplete: true, body: 'hello' })
    await begun
    const busy = await ask(url, 'HEAD')
    expect([busy.status, busy.headers['retry-after']]).toEqual([503, '1'])
    expect(busy.headers['upload-complete']).toBeUndefined()
    leave()
    await answered
    expect((await ask(url, 'HEAD')).headers['upload-complete']).toBe('?1')
  })

  it('of an upload whose handler threw makes it run again, and no byte is sent twice', async () => {
    let runs = 0
    const { url } = await mint({
      handler() {
        runs += 1
        if (runs === 1) throw new Error('not yet')
      },
    })
    const failed = await ask(url, 'POST', { isComplete: true, body: 'hello' })
    expect([failed.status, failed.headers['upload-complete']]).toEqual([500, '?0'])
    await expect.poll(async () => (await ask(url, 'HEAD')).headers['upload-complete']).toBe('?1')
    expect(runs).toBe(2)
  })

  it('of an ended upload tells nothing that the handler said, and no name', async () => {
    const handler = () => ({ secret: 'the link' })
    const { url } = await mint({ handler, maxBytes: 777 })
    const headers = { 'Content-Disposition': 'inline; filename="diagnosis-of-anna.pdf"' }
    await ask(url, 'POST', { isComplete: true, body: 'hello', headers })
    for (const answer of [
      await ask(url, 'HEAD'),
      await ask(url, 'GET', { headers: json }),
      await ask(url, 'PATCH', { isComplete: true, offset: 5, headers: json }),
      await ask(url, 'PATCH', { isComplete: true, offset: 0, body: 'hello', headers: json }),
      await ask(url, 'POST', { isComplete: true, body: 'hello', headers: json }),
      await askIetf(unnumbered, 'PATCH', url, { isComplete: true, offset: 5, headers: json }),
    ]) {
      expect(JSON.stringify([answer.headers, answer.text])).not.toMatch(/anna|the link|777/)
    }
  })

  it('of an upload that the handler refused is a refusal, and complete', async () => {
    const handler = () => {
      throw new SlotRejection('Not this one.', { status: 418 })
    }
    const { url } = await mint({ handler })
    const refused = await ask(url, 'POST', { isComplete: true, body: 'hello' })
    expect([refused.status, refused.headers['upload-complete']]).toEqual([418, '?1'])
    const asked = await ask(url, 'HEAD')
    expect([asked.status, asked.headers['upload-complete']]).toEqual([422, '?1'])
  })

  it('by its method alone means nothing where no upload has begun', async () => {
    const { url } = await mint()
    expect((await askIetf(unnumbered, 'HEAD', url)).status).toBe(405)
    expect((await askIetf(unnumbered, 'DELETE', url)).status).toBe(405)
    await begin(url)
    expect((await askIetf(unnumbered, 'HEAD', url)).status).toBe(204)
    // A page's address, as far as browsers know.
    expect((await askIetf(unnumbered, 'GET', url)).status).toBe(405)
  })

  it('gives an offset that is taken next, also while the last request still comes', async () => {
    const { url, id } = await mint()
    const sending = beginIetf(draft11, 'POST', url, { isComplete: true, length: 10 })
    sending.request.on('error', () => {})
    sending.request.write('hello')
    await expect.poll(async () => (await server.slots.status(id))?.receivedBytes).toBe(5)
    expect(await offsetOf(url)).toBe('5')
    sending.request.end('XXXXX')
    expect((await sending.answered).status).toBe(503)
    const done = await ask(url, 'PATCH', { isComplete: true, offset: 5, body: 'world' })
    expect([done.status, seen]).toEqual([200, ['helloworld']])
  })
})

describe('appending', () => {
  it('elsewhere than at the offset is a 409 with the right one, and changes nothing', async () => {
    const { url } = await mint()
    await begin(url)
    for (const offset of [0, 4, 6, 999_999_999_999_999]) {
      const answer = await ask(url, 'PATCH', {
        isComplete: true,
        offset,
        body: 'xxx',
        headers: json,
      })
      expect([answer.status, answer.headers['upload-offset']]).toEqual([409, '5'])
      expect(answer.headers['upload-complete']).toBe('?0')
      expect(JSON.parse(answer.text)).toMatchObject({
        type: `${problemType}mismatching-upload-offset`,
        'expected-offset': 5,
        'provided-offset': offset,
      })
    }
    expect(await offsetOf(url)).toBe('5')
  })

  it('of a part is answered by 2xx and that it is not complete', async () => {
    const { url } = await mint()
    await begin(url)
    const { status, headers } = await ask(url, 'PATCH', { isComplete: false, offset: 5, body: '!' })
    expect([status, headers['upload-complete'], headers['upload-offset']]).toEqual([204, '?0', '6'])
  })

  it('of the last part gives what the creation would have given, and that it is complete', async () => {
    const { url } = await mint()
    await begin(url)
    const { status, headers, text } = await ask(url, 'PATCH', {
      isComplete: true,
      offset: 5,
      body: '!',
    })
    expect([status, headers['upload-complete'], JSON.parse(text)]).toEqual([
      200,
      '?1',
      { saved: 6 },
    ])
  })

  it('must be called partial-upload, and say where and whether it is the last', async () => {
    const { url } = await mint()
    await begin(url)
    const whole = { isComplete: true, offset: 5, body: 'x' }
    const other = { 'Content-Type': 'application/octet-stream' }
    const refusals = [
      await ask(url, 'PATCH', { ...whole, headers: other }),
      await ask(url, 'PATCH', { isComplete: true, body: 'x' }),
      await ask(url, 'PATCH', { offset: 5, body: 'x' }),
    ]
    expect(refusals.map(({ status }) => status)).toEqual([415, 400, 400])
    expect(await offsetOf(url)).toBe('5')
  })

  it.each(['-1', '5.0', '"5"', '5, 5', '5;', ':NQ==:', '?1', '5 5', ''])(
    'with an offset that is no count has none: %j',
    async (text) => {
      const { url } = await mint()
      await begin(url)
      const headers = { 'Upload-Offset': text }
      expect((await ask(url, 'PATCH', { isComplete: true, body: 'x', headers })).status).toBe(400)
    },
  )

  it('takes a field with parameters for what it is', async () => {
    const { url } = await mint()
    await begin(url)
    const headers = { 'Upload-Offset': '5;a=1', 'Upload-Complete': '?1; b', 'Upload-Length': '6;c' }
    expect((await ask(url, 'PATCH', { body: '!', headers })).status).toBe(200)
  })

  it('of a field of a wrong type is as if it were not sent', async () => {
    const { url } = await mint()
    for (const text of ['1', '"x"', 'true', '-5', '5.5']) {
      // With no word of completeness it is an upload like any other.
      const plain = { 'Upload-Complete': text }
      const answer = await ask(url, 'POST', { body: 'hello', headers: plain })
      expect(answer.headers['upload-complete']).toBeUndefined()
      const told = { 'Upload-Length': text === '1' ? '?1' : text }
      const { url: other } = await mint()
      const created = await ask(other, 'POST', { isComplete: false, body: 'hi', headers: told })
      expect(created.status).toBe(201)
      expect((await ask(other, 'HEAD')).headers['upload-length']).toBeUndefined()
    }
  })

  it('to an upload that is complete is refused: by the numbered drafts as completed, with bytes as of another length', async () => {
    const { url } = await mint()
    await ask(url, 'POST', { isComplete: true, body: 'hello' })
    const empty = await ask(url, 'PATCH', { isComplete: true, offset: 5, headers: json })
    expect([empty.status, empty.headers['upload-complete']]).toEqual([400, '?1'])
    expect(JSON.parse(empty.text).type).toBe(`${problemType}completed-upload`)
    const more = { isComplete: true, offset: 5, body: '!', headers: json }
    const refused = await ask(url, 'PATCH', more)
    expect([refused.status, JSON.parse(refused.text).type]).toEqual([
      400,
      `${problemType}inconsistent-upload-length`,
    ])
    const newest = await askIetf(unnumbered, 'PATCH', url, { isComplete: true, offset: 5 })
    expect([newest.status, newest.headers['upload-complete']]).toEqual([204, '?1'])
    expect(seen).toEqual(['hello'])
  })

  it('gives the last answer again to the bearer of its Idempotency-Key', async () => {
    const { url } = await mint()
    const key = { 'Idempotency-Key': 'mine' }
    await begin(url)
    const last = { isComplete: true, offset: 5, body: '!', headers: key }
    const first = await ask(url, 'PATCH', last)
    const again = await ask(url, 'PATCH', { isComplete: true, offset: 6, headers: key })
    expect([again.status, again.text]).toEqual([first.status, first.text])
    expect(again.headers).toMatchObject({ 'upload-complete': '?1', 'idempotency-replayed': 'true' })
    expect(seen).toEqual(['hello!'])
  })

  it('ends the request before it, which has broken off as far as its client knows', async () => {
    const { url, id } = await mint()
    const stale = beginIetf(draft11, 'POST', url, { isComplete: true, length: 10 })
    stale.request.on('error', () => {})
    stale.request.write('hello')
    await expect.poll(async () => (await server.slots.status(id))?.receivedBytes).toBe(5)
    const done = await ask(url, 'PATCH', { isComplete: true, offset: 5, body: 'world' })
    stale.request.end('XXXXX')
    expect([done.status, (await stale.answered).status, seen]).toEqual([200, 503, ['helloworld']])
  })
})

describe('cancellation', () => {
  it('ends the upload, its slot, and the request that still sends', async () => {
    const { url, id } = await mint()
    const stale = beginIetf(draft11, 'POST', url, { isComplete: true, length: 10 })
    stale.request.on('error', () => {})
    stale.request.write('hello')
    await expect.poll(async () => (await server.slots.status(id))?.receivedBytes).toBe(5)
    expect((await ask(url, 'DELETE')).status).toBe(204)
    stale.request.end('world')
    expect((await stale.answered).status).toBeGreaterThanOrEqual(400)
    expect((await ask(url, 'PATCH', { isComplete: true, offset: 5, body: 'x' })).status).toBe(404)
    await expect.poll(() => server.spooled()).toEqual([])
    expect(await server.slots.status(id)).toMatchObject({ state: 'revoked' })
  })

  it('takes nothing from a handler that reads', async () => {
    let leave = (): void => {}
    const inside = new Promise<void>((resolve) => (leave = resolve))
    let entered = (): void => {}
    const begun = new Promise<void>((resolve) => (entered = resolve))
    const { url } = await mint({
      async handler({ file }) {
        entered()
        await inside
        seen.push(Buffer.from(await file.bytes()).toString())
      },
    })
    const answered = ask(url, 'POST', { isComplete: true, body: 'hello' })
    await begun
    expect((await ask(url, 'DELETE')).status).toBe(503)
    leave()
    expect((await answered).status).toBe(204)
    expect(seen).toEqual(['hello'])
  })
})

describe('limits', () => {
  it('are told with a 413', async () => {
    const { url } = await mint({ maxBytes: 8 })
    await begin(url)
    const answer = await ask(url, 'PATCH', { isComplete: false, offset: 5, body: 'long' })
    expect([answer.status, answer.headers['upload-limit']]).toEqual([
      413,
      'max-size=8, min-size=1, max-age=3600',
    ])
    const told = await ask(url, 'PATCH', { isComplete: false, offset: 5, length: 9 })
    expect([told.status, told.headers['upload-complete']]).toEqual([413, '?0'])
    expect(await offsetOf(url)).toBe('5')
  })

  it('do not tighten while an upload goes on but for the time that is left, which ends it', async () => {
    const { url } = await mint({ maxBytes: 8 })
    await begin(url)
    nowMs += 600_000
    expect((await ask(url, 'HEAD')).headers['upload-limit']).toBe(
      'max-size=8, min-size=1, max-age=3000',
    )
    nowMs += 3_000_000
    expect((await ask(url, 'HEAD')).status).toBe(404)
  })

  it('and the patch type are told by OPTIONS, the same for every URL', async () => {
    const { url } = await mint({ maxBytes: 8 })
    for (const each of [url, `${url}x`]) {
      const { status, headers } = await ask(each, 'OPTIONS')
      expect(status).toBe(204)
      expect(headers['accept-patch']).toContain('application/partial-upload')
      expect(headers['upload-limit']).toBe('min-size=0')
      expect(headers['upload-draft-interop-version']).toBe('8')
    }
  })

  it('and all else can be read by pages of any origin', async () => {
    const { url } = await mint()
    const { headers } = await ask(url, 'POST', { isComplete: false, body: 'hello' })
    expect(headers['access-control-allow-origin']).toBe('*')
    const exposed = String(headers['access-control-expose-headers']).toLowerCase().split(', ')
    for (const name of Object.keys(headers).filter((each) => /^upload-|^location$/.test(each)))
      expect(exposed).toContain(name)
  })
})

describe('digests', () => {
  const digestOf = (text: string): string =>
    `sha-256=:${createHash('sha256').update(text).digest('base64')}:`

  it('of the content keep wrong bytes out, and the offset where it was', async () => {
    const { url } = await mint()
    await begin(url, 'hello', { headers: { 'Content-Digest': digestOf('hello') } })
    const wrong = { 'Content-Digest': digestOf('other'), ...json }
    const answer = await ask(url, 'PATCH', {
      isComplete: true,
      offset: 5,
      body: '!',
      headers: wrong,
    })
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'upload-digest-mismatch'])
    expect(await offsetOf(url)).toBe('5')
  })

  it('of the whole, told at the beginning, are looked at once all is there', async () => {
    const { url, id } = await mint()
    await begin(url, 'hello', { headers: { 'Repr-Digest': digestOf('hello!') } })
    const done = await ask(url, 'PATCH', { isComplete: true, offset: 5, body: '!' })
    expect([done.status, seen]).toEqual([200, ['hello!']])

    const { url: other } = await mint()
    await begin(other, 'hello', { headers: { 'Repr-Digest': digestOf('hello!') } })
    const last = { isComplete: true, offset: 5, body: '?', headers: json }
    const failed = await ask(other, 'PATCH', last)
    expect([failed.status, JSON.parse(failed.text)]).toEqual([
      400,
      expect.objectContaining({ code: 'upload-digest-mismatch', field: 'Repr-Digest' }),
    ])
    expect(seen).toEqual(['hello!'])
    // Nothing of it is left, and the slot takes another.
    expect(await offsetOf(other)).toBe('0')
    expect(await server.slots.status(id)).toMatchObject({ state: 'done' })
  })

  it('of the whole are kept as far as they are known, and not as long as they were', async () => {
    const { url, id } = await mint()
    const known = digestOf('hello!')
    const headers = { 'Repr-Digest': `x=:${'A'.repeat(8000)}:, ${known}, md5=:AAAA:` }
    await begin(url, 'hello', { headers })
    const record = await server.store.read(id)
    expect(record?.tus?.reprDigest).toBe(known)
    await begin(url, 'hello', { headers: { 'Repr-Digest': 'md5=:AAAA:' } })
    expect((await server.store.read(id))?.tus).not.toHaveProperty('reprDigest')
    expect((await ask(url, 'PATCH', { isComplete: true, offset: 5, body: '?' })).status).toBe(200)
  })

  it("that can't be read are refused before the first byte", async () => {
    const { url } = await mint()
    for (const field of ['Repr-Digest', 'Content-Digest']) {
      const headers = { [field]: 'sha-256=hello' }
      const answer = await ask(url, 'POST', { isComplete: true, body: 'hello', headers })
      expect(answer.status).toBe(400)
    }
  })
})

describe('what is no file', () => {
  it('is a form, taken whole as from everybody, with nothing to resume', async () => {
    const { url } = await mint()
    const headers = { 'Content-Type': 'multipart/form-data; boundary=B' }
    const body = `--B\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nhello\r\n--B--\r\n`
    const part = await ask(url, 'POST', { isComplete: false, headers, body: body.slice(0, 40) })
    expect(part.status).toBe(400)
    const { status, interim } = await ask(url, 'POST', { isComplete: true, headers, body })
    expect([status, interim, seen]).toEqual([200, [], ['hello']])
  })

  it('is a form under another type, refused, and nothing of it is kept', async () => {
    const { url } = await mint()
    const headers = { 'Content-Type': 'image/png' }
    const body = `--B\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nhello\r\n--B--\r\n`
    expect((await ask(url, 'POST', { isComplete: true, headers, body })).status).toBe(400)
    expect([await offsetOf(url), seen]).toEqual(['0', []])
  })

  it.each([0, 1, 20, 30])('is a form, also where %i bytes of it came before', async (cut) => {
    const { url } = await mint()
    const headers = { 'Content-Type': 'image/png' }
    const body = `--B\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nhello\r\n--B--\r\n`
    const begun = { isComplete: false, headers, body: body.slice(0, cut) }
    expect((await ask(url, 'POST', begun)).status).toBe(201)
    const rest = { isComplete: true, offset: cut, body: body.slice(cut) }
    expect((await ask(url, 'PATCH', rest)).status).toBe(400)
    expect([await offsetOf(url), seen]).toEqual(['0', []])
  })

  it('is a form, also where a tus client goes on with it', async () => {
    const { url } = await mint()
    const headers = { 'Content-Type': 'image/png' }
    const body = `--B\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nhello\r\n--B--\r\n`
    const begun = { isComplete: false, headers, body: body.slice(0, 20), length: body.length }
    expect((await ask(url, 'POST', begun)).status).toBe(201)
    const tus = {
      'Tus-Resumable': '1.0.0',
      'Upload-Offset': '20',
      'Content-Type': 'application/offset+octet-stream',
    }
    const rest = { method: 'PATCH', headers: tus, body: body.slice(20) }
    expect([(await fetch(url, rest)).status, seen]).toEqual([400, []])
  })

  it('is a form, also where its connection broke before its end was told', async () => {
    const { url } = await mint()
    const headers = { 'Content-Type': 'image/png' }
    const body = `--B\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nhello\r\n--B--\r\n`
    const sending = beginIetf(draft11, 'POST', url, {
      isComplete: false,
      headers,
      length: body.length,
    })
    sending.request.write(body)
    await expect.poll(() => server.spooled()).toHaveLength(1)
    sending.request.destroy()
    await expect.poll(() => offsetOf(url)).toBe(String(body.length))
    const end = { isComplete: true, offset: body.length }
    expect((await ask(url, 'PATCH', end)).status).toBe(400)
    expect([await offsetOf(url), seen]).toEqual(['0', []])
  })
})

describe('docs/resumable-uploads.md', () => {
  it('names for each line of its table a test that is here', () => {
    const folder = new URL('../../', import.meta.url)
    const docs = readFileSync(new URL('docs/resumable-uploads.md', folder), 'utf8')
    const tests = readFileSync(new URL('test/slots/ietf-musts.test.ts', folder), 'utf8')
    const named = [...docs.matchAll(/^\|.*\| `([^`]+)` \|$/gm)].map((match) => match[1] ?? '')
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((name) => !tests.includes(name))).toEqual([])
  })
})
