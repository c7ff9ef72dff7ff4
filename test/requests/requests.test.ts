// File requests over real sockets: what a person with the link gets, and what the owner sees of it.

import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { FileRequest, RequestOptions } from '../../src/index.ts'
import { SlotRejection, TitofistoError } from '../../src/index.ts'
import { createPages } from '../../src/pages/pages.ts'
import type { SlotDefinition } from '../../src/slots/kinds/define-kind.ts'
import type { SlotCall } from '../../src/slots/kinds/handler-call.ts'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import { createDeferred } from '../support/deferred.ts'
import { navigate } from '../support/navigate.ts'
import { startSlotServer, type SlotServer } from '../support/slot-server.ts'

interface Stage {
  readonly server: SlotServer
  readonly calls: SlotCall<unknown>[]
  /** Sets the clock ahead. */
  readonly pass: (seconds: number) => void
  readonly request: (options?: RequestOptions, args?: unknown) => Promise<FileRequest>
}

let stages: SlotServer[] = []
afterEach(async () => {
  for (const server of stages) await server.close()
  stages = []
})

async function stage(definition: Partial<SlotDefinition> = {}): Promise<Stage> {
  let aheadMs = 0
  const server = await startSlotServer({
    now: () => Date.now() + aheadMs,
    pages: createPages({}),
  })
  stages.push(server)
  const calls: SlotCall<unknown>[] = []
  const kind = server.slots.define('photos', {
    maxBytes: 1000,
    ...definition,
    handler(call) {
      calls.push(call as SlotCall<unknown>)
      return definition.handler?.(call) ?? { size: call.file.sizeBytes }
    },
  })
  return {
    server,
    calls,
    pass: (seconds) => void (aheadMs += 1000 * seconds),
    request: (options, args) => kind.request(args as string, options),
  }
}

interface Ticket {
  readonly url: string
  readonly id: string
  readonly maxBytes: number
  readonly expiresAt: string
}

/** Takes a place as a program does. */
async function take(url: string, answers?: object, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, ...(answers && { 'Content-Type': 'application/json' }) },
    ...(answers && { body: JSON.stringify(answers) }),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

async function takeSlot(url: string, answers?: object): Promise<Ticket> {
  const { status, text } = await take(url, answers)
  expect({ status, text }).toMatchObject({ status: 201 })
  return JSON.parse(text) as Ticket
}

async function send(slotUrl: string, body = 'a picture'): Promise<number> {
  const response = await fetch(slotUrl, { method: 'PUT', body })
  await response.arrayBuffer()
  return response.status
}

async function uploadsOf(request: FileRequest) {
  const uploads = []
  for await (const upload of request.uploads()) uploads.push(upload)
  return uploads
}

describe("a file request's link", () => {
  it('gives each who posts to it a slot of their own, bound to the arguments of the request', async () => {
    const { request, calls } = await stage()
    const made = await request({ maxUploads: 2, maxBytes: 500, perPersonName: true }, 'trip')
    const ann = await takeSlot(made.url, { name: ' Ann  Lee ' })
    const bob = await takeSlot(made.url, { name: 'Bob' })
    expect(ann.url).not.toBe(bob.url)
    expect(ann.maxBytes).toBe(500)
    expect(await send(ann.url)).toBe(200)
    expect(calls).toMatchObject([
      { args: 'trip', slot: { person: 'Ann Lee', requestId: made.id, kind: 'photos' } },
    ])
    expect(await made.status()).toMatchObject({
      state: 'full',
      uploadCount: 1,
      waitingCount: 1,
      maxUploads: 2,
    })
    expect(await send(bob.url)).toBe(200)
    expect(await uploadsOf(made)).toMatchObject([
      { person: 'Ann Lee', state: 'done', totalBytes: 9, handledAt: expect.any(String) },
      { person: 'Bob', state: 'done', totalBytes: 9, handledAt: expect.any(String) },
    ])
    expect((await made.status())?.state).toBe('complete')
  })

  it('leads a browser to the page of the slot, which says what the request says', async () => {
    const { request } = await stage({ page: false })
    const options = { title: 'Trip', message: 'Send them all.', maxFiles: 3 }
    const made = await request({ ...options, accept: ['image/*'] })
    const moved = await navigate(made.url, { method: 'POST' })
    expect(moved.status).toBe(303)
    const slotUrl = new URL(moved.headers.get('location') ?? '', made.url).href
    const html = await (await navigate(slotUrl)).text()
    expect(html).toMatch(/<h1[^>]*>Trip<\/h1>[^]*Send them all\./)
    expect(html).toMatch(/type="file"[^>]*multiple[^>]*accept="image\/\*"/)
    expect(await send(slotUrl)).toBe(415)
  })

  it('is for programs alone where there are no pages', async () => {
    const server = await startSlotServer()
    stages.push(server)
    const { url } = await server.slots.define('photos', { handler: () => ({}) }).request()
    expect(await (await navigate(url)).json()).toMatchObject({ title: null })
    expect((await navigate(url, { method: 'POST' })).status).toBe(201)
  })

  it('tells a program what is asked for, and a person by a page with no script and nothing from elsewhere', async () => {
    const { request } = await stage()
    const title = 'Photos <b>&"trip"'
    const options = { title, message: "All of\nyou's", perPersonName: true, password: 'abc' }
    const made = await request(options)
    const told = await fetch(made.url)
    expect(await told.json()).toMatchObject({
      title,
      needsName: true,
      needsPassword: true,
      maxBytes: 1000,
      accept: null,
    })
    const headers = { 'Accept-Language': 'de-AT,en;q=0.5' }
    const page = await navigate(made.url, { headers })
    const html = await page.text()
    expect(html).toContain('<html lang="de" dir="ltr">')
    expect(html).toContain('Photos &#60;b&#62;&#38;&#34;trip&#34;')
    expect(html).not.toMatch(/<b>|<script|https?:|\son\w+=/)
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'$/,
    )
    expect(page.headers.get('cache-control')).toBe('no-store')
    const head = await navigate(made.url, { method: 'HEAD', headers })
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(html)))
  })

  it('is the same 404 for all that gives no place: forged, of another purpose, closed, expired, complete', async () => {
    const { request, pass, server } = await stage()
    const open = await request()
    const closed = await request()
    await closed.close()
    const complete = await request({ maxUploads: 1 })
    await send((await takeSlot(complete.url)).url)
    await complete.status()
    const late = await request({ until: new Date(Date.now() + 60_000) })
    pass(60)
    const { url: slotUrl } = await server.slots.mint('photos')
    const forged = open.url.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))
    const asRequest = slotUrl.replace('/slots/', '/slots/request/')
    const asSlot = open.url.replace('/slots/request/', '/slots/')
    const wrong = [forged, `${open.url}/`, asRequest, closed.url, complete.url, late.url]
    for (const method of ['GET', 'POST'])
      for (const headers of [{}, null, { Accept: 'application/json' }]) {
        const answers = await Promise.all(
          wrong.map(async (url) => {
            const response = await (headers === null
              ? navigate(url, { method })
              : fetch(url, { method, headers }))
            return [response.status, await response.text()] as const
          }),
        )
        expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
        expect(answers[0]?.[0]).toBe(404)
      }
    expect(await send(asSlot)).toBe(404)
    // Inward the reasons differ.
    const reasons = server.log.filter((entry) => entry.event === 'request-refused')
    expect(new Set(reasons.map(({ reason }) => reason))).toEqual(
      new Set(['closed', 'complete', 'expired']),
    )
  })

  it.each([
    ['no name', {}, 400, 'request-name-missing'],
    ['a name of nothing that is seen', { name: ' \u200b\u202e ' }, 400, 'request-name-missing'],
    ['a name that is too long', { name: 'x'.repeat(101) }, 400, 'request-name-missing'],
  ])('takes %s for none', async (_, answers, status, code) => {
    const { request } = await stage()
    const made = await request({ perPersonName: true })
    const refused = await take(made.url, answers, { Accept: 'application/json' })
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([status, { code }])
    expect(await uploadsOf(made)).toEqual([])
  })

  it('shows what was wrong on the page, beside the field, and keeps the name', async () => {
    const { request } = await stage()
    const { url } = await request({ perPersonName: true, password: 'abc' })
    const form = { name: 'Ann "A"', password: 'abd' }
    const response = await navigate(url, { method: 'POST', form })
    expect(response.status).toBe(403)
    const html = await response.text()
    expect(html).toContain('role="alert">This password is not right.')
    expect(html).toMatch(
      /<input id="password"[^>]*aria-invalid="true" aria-describedby="fault" \/>/,
    )
    expect(html).toContain('value="Ann &#34;A&#34;"')
    expect(html).not.toContain('abd')
  })

  it.each([
    ['a form with files', { body: new FormData() }, 415],
    ['text', { body: 'name=Ann' }, 415],
    ['more than 16 KiB', { body: new URLSearchParams({ name: 'x'.repeat(17_000) }) }, 413],
    ['broken JSON', { body: '{"name":', headers: { 'Content-Type': 'application/json' } }, 400],
    ['a JSON text', { body: '"Ann"', headers: { 'Content-Type': 'application/json' } }, 400],
    [
      'no UTF-8',
      { body: Buffer.from([0xff]), headers: { 'Content-Type': 'application/json' } },
      400,
    ],
  ])('refuses %s, and gives no place for it', async (_, init, status) => {
    const { request } = await stage()
    const made = await request()
    expect((await fetch(made.url, { method: 'POST', ...init })).status).toBe(status)
    expect(await uploadsOf(made)).toEqual([])
  })

  it('gives one place to one wish, however often it is sent: by Idempotency-Key, or from one page', async () => {
    const { request } = await stage()
    const made = await request({ maxUploads: 2 })
    const headers = { 'Idempotency-Key': 'f1' }
    const [one, other] = await Promise.all([
      take(made.url, undefined, headers),
      take(made.url, undefined, headers),
    ])
    expect(JSON.parse(one.text)).toMatchObject({ id: (JSON.parse(other.text) as Ticket).id })
    const page = await (await navigate(made.url)).text()
    const key = /name="key" value="([^"]+)"/.exec(page)?.[1] ?? ''
    for (let time = 0; time < 2; time++)
      expect((await navigate(made.url, { method: 'POST', form: { key } })).status).toBe(303)
    expect(await made.status()).toMatchObject({ waitingCount: 2, state: 'full' })
  })

  it('is not served where its kind is not defined, and says so in the log', async () => {
    const store = createMemorySlotStore()
    const server = await startSlotServer({ store })
    const stranger = await startSlotServer({ store })
    stages.push(server, stranger)
    const { url } = await server.slots.define('photos', { handler: () => ({}) }).request()
    const there = url.replace(server.origin, stranger.origin)
    expect((await fetch(there, { method: 'POST' })).status).toBe(404)
    expect(stranger.log).toMatchObject([{ event: 'slot-kind-unknown', level: 'warn' }])
  })
})

describe('a place of a file request', () => {
  const full = { status: 409 }

  it('is free again once its slot is taken back, has expired or was refused for good', async () => {
    let refuses = true
    const { request, server, pass } = await stage({
      expiresIn: 60,
      handler() {
        if (refuses) throw new SlotRejection('No.')
        return {}
      },
    })
    const made = await request({ maxUploads: 1 })
    const first = await takeSlot(made.url)
    expect(await take(made.url)).toMatchObject(full)
    expect(await server.slots.revoke(first.id)).toBe(true)
    await takeSlot(made.url)
    expect(await take(made.url)).toMatchObject(full)
    pass(61)
    const third = await takeSlot(made.url)
    expect(await send(third.url)).toBe(422)
    const fourth = await takeSlot(made.url)
    refuses = false
    expect(await send(fourth.url)).toBe(200)
    expect(await take(made.url)).toMatchObject({ status: 404 })
    // Those before can have no upload any more.
    for (const { url } of [first, third]) expect(await send(url)).toBe(404)
  })

  it('is held by an upload that began in time, however long it takes', async () => {
    const begun = createDeferred()
    const goOn = createDeferred()
    const { request, pass } = await stage({
      expiresIn: 60,
      async handler() {
        begun.resolve()
        await goOn.promise
        return {}
      },
    })
    const made = await request({ maxUploads: 1 })
    const { url } = await takeSlot(made.url)
    const sent = send(url)
    await begun.promise
    pass(3600)
    expect(await take(made.url)).toMatchObject(full)
    goOn.resolve()
    expect(await sent).toBe(200)
    expect((await made.status())?.state).toBe('complete')
  })

  it('is held by a slot whose handler wants another try, and by one that nobody knows the outcome of', async () => {
    let times = 0
    const { request, server } = await stage({
      handlerTimeoutSeconds: 0.01,
      async handler() {
        times += 1
        if (times === 1) throw new SlotRejection('Again.', { retry: true })
        return new Promise(() => {})
      },
    })
    // It neither ends nor heeds its signal.
    const made = await request({ maxUploads: 1 })
    const { url, id } = await takeSlot(made.url)
    expect(await send(url)).toBe(422)
    expect(await take(made.url)).toMatchObject(full)
    expect(await send(url)).toBe(504)
    expect((await server.slots.status(id))?.state).toBe('interrupted')
    expect(await take(made.url)).toMatchObject(full)
  }, 20_000)

  it('is taken for good by one that nobody knows the outcome of, once its bytes are kept no longer', async () => {
    const { request, server, pass } = await stage({
      handlerTimeoutSeconds: 0.01,
      handler: () => new Promise(() => {}),
    })
    const made = await request({ maxUploads: 1, until: new Date(Date.now() + 30 * 86_400_000) })
    const { url, id } = await takeSlot(made.url)
    expect(await send(url)).toBe(504)
    expect((await server.slots.status(id))?.state).toBe('interrupted')
    pass(604_801)
    for (let time = 0; time < 2; time++) {
      await server.slots.sweep()
      expect(await take(made.url)).toMatchObject({ status: 404 })
    }
    expect(await made.status()).toMatchObject({ state: 'complete', uploadCount: 1 })
    expect(await uploadsOf(made)).toMatchObject([{ id, state: 'expired', handledAt: null }])
  }, 20_000)

  it.each([
    ['could not be made', false],
    ['was made, though its store failed to say so,', true],
  ])('whose slot %s is given once more to the same wish', async (_, isMade) => {
    let fails = true
    const store = createMemorySlotStore()
    const server = await startSlotServer({
      store: {
        ...store,
        async create(record) {
          const isFirst = fails && record.request !== undefined
          if (!isFirst || isMade) await store.create(record)
          if (!isFirst) return
          fails = false
          throw new TitofistoError('slot-store-unavailable', 'The engine is away.')
        },
      },
    })
    stages.push(server)
    const kind = server.slots.define('photos', { handler: () => ({}) })
    const made = await kind.request(undefined, { maxUploads: 1 })
    const headers = { 'Idempotency-Key': 'f1' }
    const first = await take(made.url, undefined, headers)
    expect(first.status).toBe(isMade ? 201 : 503)
    const again = await take(made.url, undefined, headers)
    expect(again.status).toBe(201)
    expect(await send((JSON.parse(again.text) as Ticket).url)).toBe(200)
    expect(await made.status()).toMatchObject({ state: 'complete', uploadCount: 1 })
  })

  it('whose slot could not be made is free again at the end that the slot would have had', async () => {
    let fails = true
    const store = createMemorySlotStore()
    let aheadMs = 0
    const server = await startSlotServer({
      now: () => Date.now() + aheadMs,
      store: {
        ...store,
        async create(record) {
          if (fails && record.request !== undefined) throw new Error('No space.')
          await store.create(record)
        },
      },
    })
    stages.push(server)
    const kind = server.slots.define('photos', { expiresIn: 60, handler: () => ({}) })
    const made = await kind.request(undefined, { maxUploads: 1 })
    expect(await take(made.url)).toMatchObject({ status: 500 })
    fails = false
    expect(await take(made.url)).toMatchObject(full)
    // With a leeway for clocks that differ.
    aheadMs = 119_000
    expect(await take(made.url)).toMatchObject(full)
    aheadMs = 121_000
    await takeSlot(made.url)
  })

  it('ends with the request at the latest', async () => {
    const { request } = await stage()
    const until = new Date(Date.now() + 90_000)
    const { url } = await request({ until })
    expect((await takeSlot(url)).expiresAt).toBe(until.toISOString())
  })
})

describe('closing a file request', () => {
  it('takes back slots whose upload has not begun, and lets the others end', async () => {
    const begun = createDeferred()
    const goOn = createDeferred()
    const { request } = await stage({
      async handler() {
        begun.resolve()
        await goOn.promise
        return {}
      },
    })
    const made = await request()
    const [idle, busy] = [await takeSlot(made.url), await takeSlot(made.url)]
    const sent = send(busy.url)
    await begun.promise
    expect(await made.close()).toBe(true)
    expect(await made.close()).toBe(false)
    expect(await send(idle.url)).toBe(404)
    goOn.resolve()
    expect(await sent).toBe(200)
    expect(await made.status()).toMatchObject({ state: 'closed', uploadCount: 1, waitingCount: 0 })
  })

  it('also takes back the slot of a person who comes at the very moment', async () => {
    const store = createMemorySlotStore()
    let beforeCreate = async () => {}
    const server = await startSlotServer({
      store: {
        ...store,
        async create(record) {
          if (record.request !== undefined) await beforeCreate()
          await store.create(record)
        },
      },
    })
    stages.push(server)
    const made = await server.slots.define('photos', { handler: () => ({}) }).request()
    beforeCreate = async () => void (await made.close())
    expect(await take(made.url)).toMatchObject({ status: 404 })
    expect(await uploadsOf(made)).toMatchObject([{ state: 'revoked' }])
  })
})

describe('the password of a file request', () => {
  it('is asked for with the same words whether it is missing or wrong, and is kept as a digest', async () => {
    const { request, server } = await stage()
    const made = await request({ password: 'Zürich 1' })
    const missing = await take(made.url)
    const wrong = await take(made.url, { password: 'Zurich 1' })
    expect(missing).toMatchObject({ status: 403, text: wrong.text })
    expect(wrong.status).toBe(403)
    // As a Mac's keyboard writes it.
    await takeSlot(made.url, { password: 'Zu\u0308rich 1' })
    expect(JSON.stringify(await server.store.list())).not.toMatch(/Z(?:ü|u\u0308)rich/)
    expect(await made.status()).toMatchObject({ hasPassword: true, waitingCount: 1 })
    expect(JSON.stringify(server.log)).not.toContain('rich')
  })

  it('can be guessed no faster than the pace: who comes when too many wait is told to come again', async () => {
    const { request } = await stage()
    const { url } = await request({ password: 'right' })
    const leaving = new AbortController()
    const statuses: number[] = []
    async function guess(): Promise<void> {
      const body = new URLSearchParams({ password: 'wrong' })
      const response = await fetch(url, { method: 'POST', body, signal: leaving.signal })
      statuses.push(response.status)
      if (response.status === 429) expect(response.headers.get('retry-after')).toBe('10')
    }
    while (!statuses.includes(429)) {
      // More than may wait; however slow this machine is, some day they are here together.
      const guesses = Array.from({ length: 40 }, () => guess().catch(() => {}))
      await Promise.race(guesses)
    }
    leaving.abort()
    expect(new Set(statuses)).toEqual(new Set(statuses.includes(403) ? [403, 429] : [429]))
  }, 60_000)
})

describe('what is remembered of file requests', () => {
  it('outlives the slots of its uploads, and goes with them once it was over for long enough', async () => {
    const { request, server, pass } = await stage({ replaySeconds: 10 })
    const made = await request({ until: new Date(Date.now() + 3_600_000), keepSeconds: 1000 })
    await send((await takeSlot(made.url)).url)
    await takeSlot(made.url)
    pass(3601)
    await server.slots.sweep()
    pass(11)
    await server.slots.sweep()
    // Who left without an upload is nobody to be remembered.
    expect(await uploadsOf(made)).toMatchObject([{ state: 'done' }])
    expect(await made.status()).toMatchObject({ state: 'expired', uploadCount: 1, waitingCount: 0 })
    pass(1000)
    await server.slots.sweep()
    expect(await made.status()).toBeNull()
    await server.slots.sweep()
    expect((await server.store.list()).records).toEqual([])
  })

  it('is no slot: no list, no status and no sweep of slots ever sees it', async () => {
    const { request, server } = await stage()
    const made = await request()
    const slots = []
    for await (const slot of server.slots.list()) slots.push(slot)
    expect(slots).toEqual([])
    expect(await server.slots.status(made.id)).toBeNull()
    expect(await server.slots.revoke(made.id)).toBe(false)
    expect(await server.slots.sweep()).toMatchObject({ checkedSlots: 0, removedSlots: 0 })
    expect((await made.status())?.state).toBe('open')
    expect(server.log).toEqual([])
  })

  it('is found again by its id, and the link works as before', async () => {
    const { request, server } = await stage()
    const made = await request()
    const found = await server.slots.requests.find(made.id)
    await takeSlot(found?.url ?? '')
    expect(await made.status()).toMatchObject({ waitingCount: 1 })
    const listed = []
    for await (const each of server.slots.requests.list()) listed.push(each.id)
    expect(listed).toEqual([made.id])
    expect(await server.slots.requests.find('none')).toBeNull()
  })
})

describe('making a file request', () => {
  it.each<[string, RequestOptions & Record<string, unknown>]>([
    ['maxUploads', { maxUploads: 0 }],
    ['maxUploads', { maxUploads: 1001 }],
    ['until', { until: new Date(0) }],
    ['until', { until: 'friday' }],
    ['until', { until: '2099-01-01T00:00' }],
    ['until', { until: new Date(NaN) }],
    ['until', { until: `${new Date().getFullYear() + 1}-02-30T00:00Z` }],
    ['until', { until: `${new Date().getFullYear() + 1}-04-31T00:00Z` }],
    ['title', { title: '' }],
    ['title', { title: 'x'.repeat(201) }],
    ['password', { password: '' }],
    ['sizeBytes', { sizeBytes: 5 }],
    ['placeSeconds', { placeSeconds: 0 }],
    ['minBytes', { minBytes: 2000 }],
  ])('refuses a wrong %s, and names it', async (option, options) => {
    const { request } = await stage()
    await expect(request(options)).rejects.toMatchObject({ option })
  })

  it("checks its arguments by the kind's schema", async () => {
    const server = await startSlotServer()
    stages.push(server)
    const { z } = await import('zod')
    const kind = server.slots.define('photos', {
      args: z.object({ trip: z.string().transform((trip) => trip.length) }),
      handler: ({ args }) => args,
    })
    await expect(kind.request({ trip: 5 } as never)).rejects.toMatchObject({
      code: 'slot-args-invalid',
    })
    const { url } = await kind.request({ trip: 'Rome' })
    const slot = await takeSlot(url)
    const response = await fetch(slot.url, { method: 'PUT', body: 'x' })
    // Once, when the request was made: what the schema gives out it need not take in.
    expect(await response.json()).toEqual({ trip: 4 })
  })
})

describe('a person who is slow to say', () => {
  it('holds no place meanwhile', async () => {
    const { request, server } = await stage()
    const made = await request({ maxUploads: 1 })
    const { connect } = await import('node:net')
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1')
    const path = new URL(made.url).pathname
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    )
    // Whether it has come or not: there is a place for others.
    await pause(1)
    await takeSlot(made.url)
    socket.destroy()
  })
})
