// How a refusal is told: a line of text to people, problem details (RFC 9457) to programs that accept
// JSON. The same by every way in.

import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TitofistoError } from '../../src/errors.ts'
import { SlotRejection } from '../../src/slots/handling/slot-rejection.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'

let server: SlotServer

beforeEach(async () => {
  server = await startSlotServer()
})

afterEach(async () => {
  await server.close()
})

const acceptsJson = { accept: 'application/json' }
const tus = { 'tus-resumable': '1.0.0' }
const offsetType = { 'content-type': 'application/offset+octet-stream' }

type Definition = Parameters<SlotServer['slots']['define']>[1]

let kinds = 0
function mint(definition: Partial<Definition> = {}): Promise<string> {
  kinds += 1
  return server.slots.define(`kind-${kinds}`, { handler: () => {}, ...definition }).url()
}

/** The problem that a program is told; its status is the answer's, and its type JSON's. */
async function problemOf(
  url: string,
  init: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> },
): Promise<Record<string, unknown>> {
  const response = await fetch(url, { ...init, headers: { ...acceptsJson, ...init.headers } })
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('vary')).toBe('Accept')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  const problem = (await response.json()) as Record<string, unknown>
  expect(problem['status']).toBe(response.status)
  return problem
}

function formOf(...files: readonly string[]): FormData {
  const form = new FormData()
  for (const text of files) form.append('file', new Blob([text]), 'a.bin')
  return form
}

describe('a program that accepts JSON', () => {
  it('is told the limit, what came, and the unit of both: by raw bytes', async () => {
    expect(await problemOf(await mint(), { method: 'PUT', body: '' })).toEqual({
      title: 'Bad Request',
      status: 400,
      detail: 'The file has 0 bytes, but 1 are the fewest taken here.',
      code: 'upload-too-small',
      limit: 1,
      actual: 0,
      unit: 'bytes',
    })
    const large = await mint({ maxBytes: 5 })
    expect(await problemOf(large, { method: 'PUT', body: '123456' })).toMatchObject({
      title: 'Content Too Large',
      status: 413,
      code: 'upload-too-large',
      what: 'file',
      limit: 5,
      actual: 6,
      unit: 'bytes',
    })
  })

  it('and by a form', async () => {
    const refused = { method: 'POST', body: formOf('1', '2') }
    expect(await problemOf(await mint(), refused)).toMatchObject({
      status: 413,
      code: 'upload-too-many',
      what: 'files',
      limit: 1,
      unit: 'files',
    })
    const large = await mint({ maxBytes: 5, maxFiles: 2 })
    expect(await problemOf(large, { method: 'POST', body: formOf('123456') })).toMatchObject({
      code: 'upload-too-large',
      what: 'file',
      limit: 5,
      unit: 'bytes',
    })
    const empty = { method: 'POST', body: new FormData() }
    expect(await problemOf(await mint(), empty)).toMatchObject({ code: 'upload-malformed' })
  })

  it('and by tus', async () => {
    const url = await mint({ maxBytes: 5 })
    const create = { method: 'POST', headers: { ...tus, 'upload-length': '6' } }
    expect(await problemOf(url, create)).toMatchObject({ code: 'upload-too-large', limit: 5 })
    await fetch(url, { method: 'POST', headers: { ...tus, 'upload-length': '5' } })
    const append = (headers: Record<string, string>) => ({
      method: 'PATCH',
      headers: { ...tus, ...offsetType, ...headers },
      body: '12',
    })
    expect(await problemOf(url, append({ 'upload-offset': '3' }))).toMatchObject({
      title: 'Conflict',
      code: 'upload-offset-mismatch',
      expected: 0,
      actual: 3,
      unit: 'bytes',
    })
    const checksum = `sha1 ${Buffer.alloc(20).toString('base64')}`
    expect(
      await problemOf(url, append({ 'upload-offset': '0', 'upload-checksum': checksum })),
    ).toMatchObject({ title: 'Checksum Mismatch', status: 460, algorithm: 'sha1' })
    expect(
      await problemOf(url, append({ 'upload-offset': '0', 'tus-resumable': '0.2.2' })),
    ).toMatchObject({ code: 'tus-version-unsupported', supportedVersions: ['1.0.0'] })
  })

  it('is told what is taken, and what it sent', async () => {
    const url = await mint({ accept: ['image/png', '.csv'] })
    const headers = { 'content-type': 'application/pdf' }
    const refused = { method: 'PUT', body: '%PDF-1.7\n', headers }
    expect(await problemOf(url, refused)).toMatchObject({
      status: 415,
      code: 'upload-type-refused',
      accept: ['image/png', '.csv'],
      declaredType: 'application/pdf',
    })
    const packed = { method: 'PUT', body: 'x', headers: { 'content-encoding': 'gzip' } }
    expect(await problemOf(url, packed)).toMatchObject({
      code: 'upload-type-refused',
      acceptEncoding: 'identity',
    })
    const digest = `sha-256=:${Buffer.alloc(32).toString('base64')}:`
    const wrong = { method: 'PUT', body: 'x', headers: { 'content-digest': digest } }
    expect(await problemOf(await mint(), wrong)).toMatchObject({
      code: 'upload-digest-mismatch',
      field: 'Content-Digest',
    })
  })

  it('may let a page read the fields that say so', async () => {
    const url = await mint({ accept: ['image/png'] })
    const { headers } = await fetch(url, { method: 'PUT', body: '%PDF-1.7\n' })
    expect(headers.get('accept')).toBe('image/png')
    const exposed = headers.get('access-control-expose-headers')?.split(', ')
    expect(exposed).toEqual(expect.arrayContaining(['Accept', 'Accept-Encoding', 'Retry-After']))
  })

  it('is told how slow is too slow, and in which unit', async () => {
    const url = await mint({ idleTimeoutSeconds: 1, minBytesPerSecond: 0 })
    const headers = { ...acceptsJson, 'content-length': '10' }
    const request = httpRequest(url, { method: 'PUT', headers })
    request.on('error', () => {}).write('1')
    const [response] = await once(request, 'response')
    expect(await json(response)).toMatchObject({
      status: 408,
      code: 'upload-too-slow',
      what: 'pause',
      limit: 1,
      unit: 'seconds',
    })
    request.destroy()
  })

  it('is told of what is no error of an upload, too', async () => {
    expect(await problemOf(await mint(), { method: 'GET' })).toMatchObject({
      status: 405,
      code: 'method-not-allowed',
    })
    let entered = (): void => {}
    let leave = (): void => {}
    const inside = new Promise<void>((resolve) => (entered = resolve))
    const left = new Promise<void>((resolve) => (leave = resolve))
    const busy = await mint({
      async handler() {
        entered()
        await left
      },
    })
    const first = fetch(busy, { method: 'PUT', body: 'x' })
    await inside
    expect(await problemOf(busy, { method: 'PUT', body: 'x' })).toMatchObject({
      status: 409,
      code: 'slot-busy',
    })
    expect(await problemOf(busy, { method: 'DELETE', headers: tus })).toMatchObject({
      status: 423,
      code: 'slot-busy',
    })
    leave()
    await first
  })
})

describe('a rejection by the handler', () => {
  it('has its status, and its words as detail', async () => {
    const handler = (): never => {
      throw new SlotRejection('No cats, "please".', { status: 451 })
    }
    expect(await problemOf(await mint({ handler }), { method: 'PUT', body: 'x' })).toEqual({
      title: 'Unavailable For Legal Reasons',
      status: 451,
      code: 'upload-rejected',
      detail: 'No cats, "please".',
    })
    const response = await fetch(await mint({ handler }), { method: 'PUT', body: 'x' })
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(response.headers.get('vary')).toBe('Accept')
    expect(await response.text()).toBe('No cats, "please".\n')
  })

  it('is given again in the form that is asked for then', async () => {
    const url = await mint({
      handler() {
        throw new SlotRejection('No.')
      },
    })
    const headers = { 'idempotency-key': 'mine' }
    const put = { method: 'PUT', body: 'x', headers }
    const problem = { title: 'Unprocessable Content', status: 422, code: 'upload-rejected' }
    expect(await problemOf(url, put)).toEqual({ ...problem, detail: 'No.' })
    expect(await (await fetch(url, put)).text()).toBe('No.\n')
    expect(await problemOf(url, put)).toEqual({ ...problem, detail: 'No.' })
  })
})

describe('our own fault', () => {
  it('has a code, and not a word more', async () => {
    const handler = (): never => {
      throw new Error('/srv/private is full of secrets')
    }
    const fault = { title: 'Internal Server Error', status: 500 }
    expect(await problemOf(await mint({ handler }), { method: 'PUT', body: 'x' })).toEqual({
      ...fault,
      code: 'slot-handler-failed',
    })
    const untold = await mint({ handler: () => 5n })
    const put = { method: 'PUT', body: 'x', headers: { 'idempotency-key': 'mine' } }
    for (const _time of ['first', 'again'])
      expect(await problemOf(untold, put)).toEqual({ ...fault, code: 'slot-answer-untold' })
  })

  it('is one without a name where nobody thought of it', async () => {
    const { store } = server
    const read = store.read.bind(store)
    store.read = () => Promise.reject(new Error('/srv/private'))
    const url = await mint()
    expect(await problemOf(url, { method: 'PUT', body: 'x' })).toEqual({
      title: 'Internal Server Error',
      status: 500,
      code: 'internal-error',
    })
    store.read = read
  })

  it('does not tell the name that a handler chose', async () => {
    const url = await mint({
      handler() {
        throw new TitofistoError('name-taken', 'There is a file of this name already.', {
          fileName: 'private/15.png',
        })
      },
    })
    const problem = await problemOf(url, { method: 'PUT', body: 'x' })
    expect(problem).toMatchObject({ status: 409, code: 'name-taken' })
    expect(JSON.stringify(problem)).not.toContain('15.png')
  })

  it('is no failure of ours in the log, also where nobody waits for the answer', async () => {
    const url = await mint({ handler: ({ file }) => file.save('../15.png') })
    await fetch(url, { method: 'POST', headers: { ...tus, 'upload-length': '1' } })
    const headers = { ...tus, ...offsetType, 'upload-offset': '0' }
    expect((await fetch(url, { method: 'PATCH', headers, body: 'x' })).status).toBe(400)
    // Asking how far it came runs the handler again.
    expect((await fetch(url, { method: 'HEAD', headers: tus })).status).toBe(423)
    const refused = { level: 'info', event: 'upload-refused', reason: 'name-invalid' }
    await expect.poll(() => server.log).toHaveLength(2)
    expect(server.log).toMatchObject([refused, refused])
  })
})

describe('the 404 of a slot', () => {
  it.each([undefined, 'application/json', 'text/plain', '*/*'])(
    'is the same for every reason, for who accepts %s',
    async (accept) => {
      const kind = server.slots.define('file', { handler: () => {} })
      const [used, revoked, forged] = [
        await kind.create(),
        await kind.create(),
        await kind.create(),
      ]
      await fetch(used.url, { method: 'PUT', body: 'x' })
      await kind.revoke(revoked.id)
      const answers = await Promise.all(
        [used.url, revoked.url, `${forged.url.slice(0, -1)}~`, `${server.origin}/slots/none`].map(
          async (url) => {
            const headers = accept === undefined ? {} : { accept }
            const response = await fetch(url, { method: 'PUT', body: 'x', headers })
            const shown = [...response.headers].filter(([name]) => name !== 'date')
            return { status: response.status, shown, text: await response.text() }
          },
        ),
      )
      expect(answers[0]?.status).toBe(404)
      expect(answers[0]?.text).toContain(
        accept === 'application/json' ? 'slot-missing' : 'Not found',
      )
      for (const answer of answers) expect(answer).toEqual(answers[0])
    },
  )
})

describe('fields that come beside files', () => {
  it('that are wrong are told as detail', async () => {
    const url = await mint({ fields: z.object({ title: z.string() }) })
    const problem = await problemOf(url, { method: 'POST', body: formOf('x') })
    expect(problem).toMatchObject({ status: 400, code: 'upload-malformed' })
    expect(problem['detail']).toContain('title')
  })
})

describe('Location of a tus upload', () => {
  const create = { method: 'POST', headers: { ...tus, 'upload-length': '5' } }

  it('is the URL as it was minted, whole, and the query that the client came with', async () => {
    const url = await mint()
    const created = await fetch(`${url}?tenant=5`, create)
    expect(created.headers.get('location')).toBe(`${url}?tenant=5`)
    const other = await mint()
    expect((await fetch(`${other}/`, create)).headers.get('location')).toBe(other)
  })

  it.each(['https://files.example/app/slots/', '/app/slots/'])(
    'begins with what clients know, also behind a proxy that cuts it: %s',
    async (urlBase) => {
      const behind = await startSlotServer({ urlBase })
      const url = await behind.slots.define('file', { handler: () => {} }).url()
      const path = url.slice(urlBase.length)
      const created = await fetch(`${behind.origin}/slots/${path}`, create)
      expect(created.headers.get('location')).toBe(url)
      await behind.close()
    },
  )
})

describe('a preflight', () => {
  const tokens = "x_api_key, X-Mixed-Case, !#$%&'*+.^_`|~09azAZ-"

  it('allows every name that a header field can have, however many', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `x-header-${index}`)
    const asked = [...many, 'y'.repeat(100), ...tokens.split(', '), 'authorization']
    for (const separator of [',', ', ', ' , ', ',,\t']) {
      const headers = { 'access-control-request-headers': asked.join(separator) }
      const response = await fetch(await mint(), { method: 'OPTIONS', headers })
      expect(response.headers.get('access-control-allow-headers')?.split(', ')).toEqual([
        ...asked,
        '*',
      ])
    }
  })

  it('leaves out what is no name, and nothing else', async () => {
    const headers = { 'access-control-request-headers': 'authorization, a b, "c", d:e, x_f' }
    const response = await fetch(await mint(), { method: 'OPTIONS', headers })
    expect(response.headers.get('access-control-allow-headers')).toBe('authorization, x_f, *')
  })
})
