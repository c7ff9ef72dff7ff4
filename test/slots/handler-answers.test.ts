// What a handler returns is our user's object, and may do anything. A handler that returned has done
// its work: its slot is done, it never runs again, and nothing of its answer can hang a stop or end
// the process.

import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SlotTicket } from '../../src/slots/minting/mint.ts'
import { createDeferred } from '../support/deferred.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'

let server: SlotServer
let runs: number

beforeEach(async () => {
  runs = 0
  server = await startSlotServer({ handlerGraceSeconds: 0.05 })
})

afterEach(async () => {
  await server.close()
})

async function mint(answer: () => unknown, options: object = {}): Promise<SlotTicket> {
  const kind = server.slots.define('file', {
    idempotent: true,
    ...options,
    handler: () => {
      runs += 1
      return answer()
    },
  })
  return kind.create()
}

function put(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'PUT', body: 'bytes', headers })
}

async function stateOf({ id }: SlotTicket): Promise<string | undefined> {
  return (await server.slots.status(id))?.state
}

/** A body that gives these pieces and then stays open. */
function openBody(
  pieces: readonly unknown[],
  cancel: () => void | PromiseLike<void> = () => {},
): ReadableStream {
  let next = 0
  return new ReadableStream({
    async pull(controller) {
      if (next < pieces.length) controller.enqueue(pieces[next++])
      else await new Promise(() => {})
    },
    cancel,
  })
}

const revocable = Proxy.revocable({}, {})
revocable.revoke()

describe('an answer that can not be told', () => {
  it.each<[string, () => unknown]>([
    ['a BigInt', () => 1n],
    [
      'a circle',
      () => {
        const circle: Record<string, unknown> = {}
        circle['self'] = circle
        return circle
      },
    ],
    [
      'a toJSON that throws',
      () => ({
        toJSON() {
          throw new Error('at /var/secret')
        },
      }),
    ],
    ['a toJSON that gives nothing', () => ({ toJSON: () => {} })],
    ['a function', () => () => {}],
    ['a symbol', () => Symbol('answer')],
    [
      'a Response whose body is locked',
      () => {
        const response = new Response('text')
        response.body?.getReader()
        return response
      },
    ],
    [
      'a Response whose body was read',
      async () => {
        const response = new Response('text')
        await response.text()
        return response
      },
    ],
    [
      'a Response whose body breaks off',
      () => new Response(new ReadableStream({ pull: () => Promise.reject(new Error('upstream')) })),
    ],
    ['a Response whose body is of texts', () => new Response(openBody(['text']))],
    ['a Response of an error', () => Response.error()],
    [
      'a Response with a header that no server can send',
      () => new Response('x', { headers: { 'X-Odd': 'a\u0001b' } }),
    ],
    [
      'an object that calls itself a Response',
      () => ({ [Symbol.toStringTag]: 'Response', status: 200, headers: [], body: {} }),
    ],
  ])(
    '%s: the slot is done, the client is told so much, and the log the rest',
    async (_, answer) => {
      const ticket = await mint(answer)
      const headers = { 'Idempotency-Key': 'mine' }
      const first = await put(ticket.url, headers)
      expect([first.status, await first.text()]).toEqual([
        500,
        'The upload was handled, but its answer could not be told.\n',
      ])
      expect(await stateOf(ticket)).toBe('done')
      expect((await put(ticket.url, headers)).status).toBe(500)
      expect((await put(ticket.url)).status).toBe(404)
      await server.slots.sweep()
      expect(runs).toBe(1)
      expect(server.log).toMatchObject([{ level: 'error', event: 'slot-handler-failed' }])
      await expect.poll(() => server.spooled()).toEqual([])
    },
  )

  it('a throw that throws when it is looked at is one like any other', async () => {
    const ticket = await mint(() => {
      throw revocable.proxy
    })
    expect((await put(ticket.url)).status).toBe(500)
    expect(await stateOf(ticket)).toBe('open')
  })
})

describe('a Response', () => {
  it('keeps every Set-Cookie, and leaves out what is about a connection', async () => {
    const headers = new Headers({
      Connection: 'close',
      'Proxy-Connection': 'close',
      'Keep-Alive': 'timeout=5',
      'Transfer-Encoding': 'chunked',
      'Content-Length': '999',
      'X-Kept': 'yes',
    })
    headers.append('Set-Cookie', 'a=1')
    headers.append('Set-Cookie', 'b=2')
    const ticket = await mint(() => new Response('short', { status: 201, headers }))
    const response = await put(ticket.url)
    expect([response.status, await response.text()]).toEqual([201, 'short'])
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('x-kept')).toBe('yes')
    expect(response.headers.get('content-length')).toBe('5')
    expect(response.headers.get('proxy-connection')).toBeNull()
  })

  it('of another library is one, too', async () => {
    class OtherResponse {
      readonly status = 202
      readonly headers = new Headers({ 'X-Other': 'yes' })
      readonly body = new Response('other').body
      readonly bodyUsed = false
      readonly [Symbol.toStringTag] = 'Response'
    }
    const ticket = await mint(() => new OtherResponse())
    const response = await put(ticket.url)
    expect([response.status, await response.text()]).toEqual([202, 'other'])
    expect(response.headers.get('x-other')).toBe('yes')
  })

  it('that says no and is too large to keep is not said to have gone well when it is asked for again', async () => {
    const ticket = await mint(() => new Response('x'.repeat(100_000), { status: 503 }))
    const headers = { 'Idempotency-Key': 'mine' }
    expect(await (await put(ticket.url, headers)).text()).toHaveLength(100_000)
    const again = await put(ticket.url, headers)
    expect([again.status, await again.text()]).toEqual([503, ''])
  })

  it('whose body stays open is given up when the time of its handler is over, and was handled', async () => {
    const cancelled = createDeferred()
    const ticket = await mint(
      () => new Response(openBody([Buffer.from('begun')], cancelled.resolve)),
      {
        handlerTimeoutSeconds: 0.1,
      },
    )
    const response = await put(ticket.url)
    expect([response.status, await response.text()]).toEqual([
      500,
      'The upload was handled, but its answer could not be told.\n',
    ])
    await cancelled.promise
    expect(await stateOf(ticket)).toBe('done')
    await server.slots.sweep()
    expect(runs).toBe(1)
  })

  it('whose body gives empty pieces for ever is given up, too, and keeps nobody from their work', async () => {
    const empty = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(0)),
    })
    const ticket = await mint(() => new Response(empty), { handlerTimeoutSeconds: 0.1 })
    expect((await put(ticket.url)).status).toBe(500)
    expect(await stateOf(ticket)).toBe('done')
  })

  it('is read under the lease of its handler: nobody takes it for dead meanwhile', async () => {
    await server.close()
    server = await startSlotServer({ leaseSeconds: 1 })
    const renewed = createDeferred()
    const { store } = server
    const replace = store.replace.bind(store)
    let renewals = 0
    store.replace = async (record, expectedRevision) => {
      const isWon = await replace(record, expectedRevision)
      if (record.state.name === 'handling') renewals += 1
      // The first is the handler's start; the lease is as long as three of the others.
      if (renewals === 6) renewed.resolve()
      return isWon
    }
    let end = (): void => {}
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('slow'))
        end = () => controller.close()
      },
    })
    const ticket = await mint(() => new Response(body), { idempotent: true })
    const answer = put(ticket.url)
    await renewed.promise
    await server.slots.sweep()
    expect(await stateOf(ticket)).toBe('handling')
    end()
    expect(await (await answer).text()).toBe('slow')
    expect(await stateOf(ticket)).toBe('done')
    expect(runs).toBe(1)
  })

  it('whose body stays open does not keep a server from closing', async () => {
    const ticket = await mint(() => new Response(openBody([Buffer.from('begun')])))
    const answer = put(ticket.url).catch(() => null)
    await expect.poll(() => runs).toBe(1)
    await server.slots.close()
    expect(await stateOf(ticket)).toBe('done')
    await answer
  })

  it.each<[string, () => void | PromiseLike<void>]>([
    [
      'throws',
      () => {
        throw new Error('of the user')
      },
    ],
    ['rejects', () => Promise.reject(new Error('of the user'))],
    ['never settles', () => new Promise(() => {})],
  ])('whose cancel %s harms nobody when its client leaves', async (_, cancel) => {
    const cancelled = createDeferred()
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(70_000)),
      cancel() {
        cancelled.resolve()
        return cancel()
      },
    })
    const ticket = await mint(() => new Response(endless))
    const request = httpRequest(ticket.url, { method: 'PUT' })
    request.on('error', () => {})
    request.end('bytes')
    await once(request, 'response')
    request.destroy()
    await cancelled.promise
    expect(await stateOf(ticket)).toBe('done')
    expect((await put(ticket.url)).status).toBe(404)
  })

  it('whose cancel throws harms nobody where the client has left before the answer', async () => {
    const mayEnd = createDeferred()
    const cancelled = createDeferred()
    const ticket = await mint(async () => {
      await mayEnd.promise
      return new Response(
        openBody([new Uint8Array(70_000)], () => {
          cancelled.resolve()
          throw new Error('of the user')
        }),
      )
    })
    const request = httpRequest(ticket.url, { method: 'PUT' })
    request.on('error', () => {})
    request.end('bytes')
    await expect.poll(() => runs).toBe(1)
    const closed = new Promise((resolve) => request.on('close', resolve))
    request.destroy()
    await closed
    mayEnd.resolve()
    await cancelled.promise
    await expect.poll(() => stateOf(ticket)).toBe('done')
  })

  it('that comes after everybody has given up waiting is cancelled, and counts', async () => {
    const mayEnd = createDeferred()
    const cancelled = createDeferred()
    const ticket = await mint(
      async () => {
        await mayEnd.promise
        return new Response(openBody([new Uint8Array(70_000)], cancelled.resolve))
      },
      { handlerTimeoutSeconds: 0.05 },
    )
    expect((await put(ticket.url)).status).toBe(504)
    expect(await stateOf(ticket)).toBe('interrupted')
    mayEnd.resolve()
    await cancelled.promise
    expect(await stateOf(ticket)).toBe('done')
  })
})
