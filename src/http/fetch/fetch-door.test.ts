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

describe('the Fetch door', () => {
  it('throws away what an early answer has left of a body, and not for ever', async () => {
    const handle = createFetchDoor(refuseEarly, { mountPath: '/media/' }, () => {}).fetch
    const chunk = new Uint8Array(mebibyte)
    let sentChunks = 0
    let isCancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sentChunks += 1
        controller.enqueue(chunk)
      },
      cancel() {
        isCancelled = true
      },
    })
    const request = new Request('http://x/', { method: 'PUT', body, duplex: 'half' })
    expect((await handle(request)).status).toBe(404)
    await expect.poll(() => isCancelled, { timeout: 10_000 }).toBe(true)
    expect(sentChunks).toBeGreaterThan(1024)
    expect(sentChunks).toBeLessThan(1040)
  })

  it('reads a body to its end after an early answer', async () => {
    const handle = createFetchDoor(refuseEarly, { mountPath: '/media/' }, () => {}).fetch
    let leftChunks = 40
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        leftChunks -= 1
        if (leftChunks === 0) controller.close()
        else controller.enqueue(new Uint8Array(mebibyte))
      },
    })
    const request = new Request('http://x/', { method: 'PUT', body, duplex: 'half' })
    expect((await handle(request)).status).toBe(404)
    await expect.poll(() => leftChunks).toBe(0)
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
