import { describe, expect, it } from 'vitest'
import { notFound } from '../plain-replies.ts'
import type { LogEntry } from '../../log.ts'
import type { Incoming, Reply } from '../exchange.ts'
import { createFetchDoor } from './fetch-door.ts'
import type { RespondOptions } from './fetch-door.ts'

const mebibyte = 1024 * 1024

/** Reads no more than the first bytes, as an upload that is refused. */
function refuseEarly(incoming: Incoming): Promise<Reply> {
  const body = incoming.body()
  return new Promise((resolve) => {
    body.once('data', () => {
      body.pause()
      resolve(notFound)
    })
  })
}

/** Reads none of it, as where a slot is used up. */
const refuseUnread = (): Reply => notFound

/** A handler that leaves everything to the application. */
const leaveAll = (): null => null

function put(body: ReadableStream<Uint8Array>): Request {
  return new Request('http://x/', { method: 'PUT', body, duplex: 'half' })
}

/** A body of so many MiB, which counts what was taken of it; 0: without an end. */
function countedBody(mebibytes: number) {
  const taken = { mebibytes: 0, isCancelled: false }
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      taken.mebibytes += 1
      controller.enqueue(new Uint8Array(mebibyte))
      if (taken.mebibytes === mebibytes) controller.close()
    },
    cancel() {
      taken.isCancelled = true
    },
  })
  return { body, taken }
}

describe('the Fetch door', () => {
  describe.each([
    ['has begun', refuseEarly],
    ['has not begun', refuseUnread],
    ['has not begun, since it is not ours', leaveAll],
  ])('that answers before a body is read which it %s', (_, answer) => {
    const { fetch } = createFetchDoor(answer, { mountPath: '/media/' }, () => {})

    it('throws away what is left of it, and not for ever', async () => {
      const { body, taken } = countedBody(0)
      expect((await fetch(put(body))).status).toBe(404)
      await expect.poll(() => taken.isCancelled, { timeout: 10_000 }).toBe(true)
      expect(taken.mebibytes).toBeGreaterThan(1024)
      expect(taken.mebibytes).toBeLessThan(1040)
    })

    it('ends its answer once the body has ended, and not before', async () => {
      let send: ReadableStreamDefaultController<Uint8Array> | undefined
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => void (send = controller),
      })
      send?.enqueue(new Uint8Array(mebibyte))
      const response = await fetch(put(body))
      const reader = response.body?.getReader()
      const { value } = (await reader?.read()) ?? {}
      expect(Buffer.from(value ?? []).toString()).toBe('Not found\n')
      let isOver = false
      const end = reader?.read().then(() => (isOver = true))
      await new Promise((resolve) => setImmediate(resolve))
      expect(isOver).toBe(false)
      send?.close()
      await end
    })
  })

  it('leaves the body of what is not ours to the application, where that goes on', async () => {
    const { respond } = createFetchDoor(leaveAll, { mountPath: '/media/' }, () => {})
    const request = put(countedBody(1).body)
    expect(await respond(request)).toBe(null)
    expect((await request.arrayBuffer()).byteLength).toBe(mebibyte)
  })

  it('says an empty answer, too, before a body is read', async () => {
    const empty: Reply = { status: 400, headers: [], body: { kind: 'empty' } }
    const { fetch } = createFetchDoor(
      () => empty,
      { mountPath: '/media/' },
      () => {},
    )
    const { body, taken } = countedBody(40)
    const response = await fetch(put(body))
    expect([response.status, await response.text(), taken.mebibytes]).toEqual([400, '', 40])
  })

  it('throws away the body where the answer can have none', async () => {
    const empty: Reply = { status: 204, headers: [], body: { kind: 'empty' } }
    const { fetch } = createFetchDoor(
      () => empty,
      { mountPath: '/media/' },
      () => {},
    )
    const { body, taken } = countedBody(40)
    const response = await fetch(put(body))
    expect([response.status, response.body]).toEqual([204, null])
    await expect.poll(() => taken.mebibytes).toBe(40)
  })

  it('ends the answer to a client that is gone', async () => {
    const { fetch } = createFetchDoor(refuseUnread, { mountPath: '/media/' }, () => {})
    let send: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (send = controller) })
    const response = await fetch(put(body))
    const text = response.text()
    send?.error(new Error('The client is gone.'))
    expect(await text).toBe('Not found\n')
  })

  const hello: Reply = {
    status: 200,
    headers: [],
    body: { kind: 'bytes', bytes: Buffer.from('hello') },
  }
  const seen: string[] = []
  const ours = (incoming: Incoming): Reply | null => {
    seen.push(incoming.target)
    return incoming.target.startsWith('/media/') ? hello : null
  }

  it('answers what is not ours with a 404, or gives null for it, as it is asked', async () => {
    const { fetch, respond } = createFetchDoor(ours, { mountPath: '/media/' }, () => {})
    const foreign = new Request('http://x/about')
    expect([(await fetch(foreign)).status, await respond(foreign)]).toEqual([404, null])
    const own = new Request('http://x/media/a')
    expect([(await fetch(own)).status, (await respond(own))?.status]).toEqual([200, 200])
  })

  it('takes what a router has left of the path, as it stands, with the query', async () => {
    const { respond } = createFetchDoor(ours, { mountPath: '/media/' }, () => {})
    const request = new Request('http://x/a%2Fb%20c?x=1&y=/')
    expect((await respond(request, { path: '/a%2Fb%20c' }))?.status).toBe(200)
    expect(seen.at(-1)).toBe('/media/a%2Fb%20c?x=1&y=/')
  })

  it.each([{ path: 'a' }, { path: '/a?x' }, { path: null }, { pth: '/a' }])(
    'refuses options that are wrong: %j',
    async (options) => {
      const { respond } = createFetchDoor(ours, { mountPath: '/media/' }, () => {})
      const request = new Request('http://x/a')
      await expect(respond(request, options as RespondOptions)).rejects.toThrow(TypeError)
    },
  )

  it.each([
    ["Hono's context", { req: { raw: new Request('http://x/media/a') } }],
    ["h3's event", { req: new Request('http://x/media/a'), url: new URL('http://x/media/a') }],
    ['nothing', undefined],
  ])('says in the log where the Request is, where it is given %s', async (...[, given]) => {
    const log: LogEntry[] = []
    const { fetch } = createFetchDoor(ours, { mountPath: '/media/' }, (entry) => log.push(entry))
    const response = await fetch(given as unknown as Request)
    expect([response.status, await response.text()]).toEqual([500, 'Internal server error\n'])
    expect(log[0]?.message).toContain('c.req.raw in Hono')
  })
})
