import { request as httpRequest } from 'node:http'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { SlotCall } from '../../src/slots/kinds/handler-call.ts'
import type { JsonValue } from '../../src/slots/record/json-value.ts'
import { SlotRejection } from '../../src/slots/handling/slot-rejection.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'
import { onePixel } from '../support/one-pixel.ts'

let server: SlotServer

beforeEach(async () => {
  server = await startSlotServer()
})

afterEach(async () => {
  await server.close()
})

/** Waits until nothing is left in the spool: removing follows the answer. */
async function expectCleanSpool(): Promise<void> {
  await expect.poll(() => server.spooled()).toEqual([])
}

describe('a slot', () => {
  it('takes a form, runs the handler with the file and the arguments, and answers its JSON', async () => {
    const kind = server.slots.define('avatar', {
      args: z.object({ userId: z.string() }),
      async handler({ args, file, fields, slot }) {
        const name = await file.save(`avatars/${args.userId}.txt`)
        return { name, was: file.originalName, note: fields.get('note'), attempt: slot.attempt }
      },
    })
    const url = await kind.url({ userId: '15' })
    const form = new FormData()
    form.append('note', 'mine')
    form.append('file', new Blob(['hello'], { type: 'text/plain' }), 'me.txt')
    const response = await fetch(url, { method: 'POST', body: form })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({
      name: 'avatars/15.txt',
      was: 'me.txt',
      note: 'mine',
      attempt: 1,
    })
    expect(await readStored('avatars/15.txt')).toBe('hello')
    await expectCleanSpool()
  })

  it('takes a raw body by PUT and by POST', async () => {
    const seen: string[] = []
    const kind = server.slots.define('note', {
      async handler({ file }) {
        seen.push(`${file.name} ${file.type} ${Buffer.from(await file.bytes()).toString()}`)
      },
    })
    for (const method of ['PUT', 'POST']) {
      const response = await fetch(await kind.url(), {
        method,
        body: method,
        headers: {
          'Content-Type': 'text/plain',
          'Content-Disposition': 'attachment; filename="a.txt"',
        },
      })
      expect(response.status).toBe(204)
    }
    expect(seen).toEqual(['a.txt text/plain PUT', 'a.txt text/plain POST'])
  })

  it('gives a Response as it is', async () => {
    const kind = server.slots.define('teapot', {
      handler: () => new Response('short', { status: 202, headers: { 'X-Tea': 'green' } }),
    })
    const response = await upload(await kind.url())
    expect([response.status, response.headers.get('x-tea'), await response.text()]).toEqual([
      202,
      'green',
      'short',
    ])
  })

  it('gives a Response that is too large to keep as it is, too', async () => {
    const long = 'x'.repeat(1_000_000)
    const kind = server.slots.define('long', { handler: () => new Response(long) })
    const response = await upload(await kind.url())
    expect(await response.text()).toBe(long)
  })

  it('works once, and is a 404 after that like one that never was', async () => {
    const kind = server.slots.define('once', { handler: () => {} })
    const url = await kind.url()
    expect((await upload(url)).status).toBe(204)
    const used = await upload(url)
    const forged = await upload(url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))
    expect([used.status, await used.text()]).toEqual([404, 'Not found\n'])
    expect([forged.status, await forged.text()]).toEqual([404, 'Not found\n'])
  })

  it('runs one handler for 200 uploads at once, and refuses the others clearly', async () => {
    let runs = 0
    const kind = server.slots.define('race', {
      handler: () => {
        runs += 1
      },
    })
    const url = await kind.url()
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => (await upload(url)).status),
    )
    expect(runs).toBe(1)
    expect(statuses.filter((status) => status === 204)).toHaveLength(1)
    expect(statuses.filter((status) => status === 404 || status === 409)).toHaveLength(199)
    await expectCleanSpool()
  })

  it('is a 404 from the millisecond of its end on', async () => {
    let nowMs = 1_000_000_000
    await server.close()
    server = await startSlotServer({ now: () => nowMs })
    const kind = server.slots.define('timed', { expiresIn: 10, handler: () => {} })
    const [inTime, late] = [await kind.create(), await kind.create()]
    expect(inTime.expiresAt).toBe(new Date(nowMs + 10_000).toISOString())
    nowMs += 9_999
    expect((await upload(inTime.url)).status).toBe(204)
    nowMs += 1
    expect((await upload(late.url)).status).toBe(404)
    expect(await kind.status(late.id)).toMatchObject({ state: 'expired' })
  })

  it('answers GET and HEAD with 405 and what it takes', async () => {
    const kind = server.slots.define('post', { handler: () => {} })
    const url = await kind.url()
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      const response = await fetch(url, { method })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('OPTIONS, POST, PUT, HEAD, PATCH, DELETE')
    }
    expect((await upload(url)).status).toBe(204)
  })

  it('is open to pages of any origin, with any header, and without credentials', async () => {
    const kind = server.slots.define('cors', { handler: () => ({ ok: true }) })
    const url = await kind.url()
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://elsewhere.example',
        'Access-Control-Request-Method': 'PUT',
        'Access-Control-Request-Headers': 'authorization, x-custom',
      },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization, x-custom, *')
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH')
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
    for (const response of [await upload(url), await upload(url)])
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })

  it('refuses what is declared too large before its body, to a client that waits for 100', async () => {
    const kind = server.slots.define('small', { maxBytes: 10, handler: () => {} })
    const url = await kind.url()
    const request = httpRequest(url, {
      method: 'PUT',
      headers: { Expect: '100-continue', 'Content-Length': '1000000' },
    })
    request.flushHeaders()
    let wasContinued = false
    request.on('continue', () => {
      wasContinued = true
    })
    const response = await responseTo(request)
    request.destroy()
    expect(response.statusCode).toBe(413)
    expect(wasContinued).toBe(false)
    expect((await upload(url)).status).toBe(204)
  })

  it('is free again when its upload is broken off', async () => {
    const kind = server.slots.define('again', { handler: () => {} })
    const { url, id } = await kind.create()
    const request = httpRequest(url, { method: 'PUT', headers: { 'Content-Length': '1000' } })
    request.on('error', () => {})
    request.write('the first of it')
    await expect.poll(async () => (await kind.status(id))?.state).toBe('receiving')
    expect((await upload(url)).status).toBe(409)
    request.destroy()
    await expect.poll(async () => (await kind.status(id))?.state).toBe('open')
    await expectCleanSpool()
    expect((await upload(url)).status).toBe(204)
  })
})

describe('a handler', () => {
  it('that throws is a 500, is logged, and leaves the slot usable and the spool clean', async () => {
    let runs = 0
    const kind = server.slots.define('flaky', {
      handler: () => {
        runs += 1
        if (runs === 1) throw new Error('the database at /var/db is down')
        return { runs }
      },
    })
    const url = await kind.url()
    const failed = await upload(url)
    expect(failed.status).toBe(500)
    expect(await failed.text()).toBe('Internal server error\n')
    expect(server.log).toMatchObject([
      { level: 'error', event: 'slot-handler-failed', cause: { message: /database/ } },
    ])
    await expectCleanSpool()
    expect(await (await upload(url)).json()).toEqual({ runs: 2 })
  })

  it('that rejects for good uses the slot up, and says why', async () => {
    const kind = server.slots.define('strict', {
      handler: () => {
        throw new SlotRejection('Not a face.')
      },
    })
    const { url, id } = await kind.create()
    const refused = await upload(url)
    expect([refused.status, await refused.text()]).toEqual([422, 'Not a face.\n'])
    expect((await upload(url)).status).toBe(404)
    expect(await kind.status(id)).toMatchObject({ state: 'rejected' })
    await expectCleanSpool()
  })

  it('that rejects for another try leaves the slot open', async () => {
    const kind = server.slots.define('lenient', {
      async handler({ file }) {
        if (Buffer.from(await file.bytes()).toString() !== 'good')
          throw new SlotRejection('Too dark.', { retry: true, status: 409 })
      },
    })
    const url = await kind.url()
    expect((await upload(url, { body: 'bad' })).status).toBe(409)
    expect((await upload(url, { body: 'good' })).status).toBe(204)
  })

  it('that runs out of time has its signal aborted; heeding it, it is a 504 and the slot is open', async () => {
    let reason: unknown
    const kind = server.slots.define('slow', {
      handlerTimeoutSeconds: 0.05,
      async handler({ signal }) {
        await once(signal, 'abort')
        reason = signal.reason
        signal.throwIfAborted()
      },
    })
    const { url, id } = await kind.create()
    expect((await upload(url)).status).toBe(504)
    expect(reason).toMatchObject({ name: 'TimeoutError' })
    expect(await kind.status(id)).toMatchObject({ state: 'open', attempt: 1 })
  })

  it('that heeds no signal leaves an interrupted slot with its bytes; ending late, it still counts', async () => {
    await server.close()
    server = await startSlotServer({ handlerGraceSeconds: 0.05 })
    let end = (): void => {}
    const late = new Promise<void>((resolve) => {
      end = resolve
    })
    const kind = server.slots.define('stubborn', {
      handlerTimeoutSeconds: 0.05,
      handler: () => late,
    })
    const { url, id } = await kind.create()
    expect((await upload(url)).status).toBe(504)
    expect(await kind.status(id)).toMatchObject({ state: 'interrupted' })
    expect(await server.spooled()).toHaveLength(1)
    expect((await upload(url)).status).toBe(404)
    end()
    await expect.poll(async () => (await kind.status(id))?.state).toBe('done')
    await expectCleanSpool()
  })

  it('that returns what no JSON can tell has done its work: the slot is used, the answer a 500', async () => {
    const kind = server.slots.define('odd', { handler: () => ({ big: 1n }) })
    const { url, id } = await kind.create()
    expect((await upload(url)).status).toBe(500)
    expect(await kind.status(id)).toMatchObject({ state: 'done' })
    expect(server.log).toMatchObject([{ level: 'error', event: 'slot-handler-failed' }])
  })

  it('sees all there is to know of its file', async () => {
    let facts: unknown
    const kind = server.slots.define('facts', {
      async handler({ file, files, request, slot, signal, args }: SlotCall<JsonValue | undefined>) {
        const inSpool = await readFile(file.path)
        const saved = [await file.save('a.png'), await file.save('a.png')]
        facts = {
          name: file.name,
          originalName: file.originalName,
          sizeBytes: file.sizeBytes,
          type: file.type,
          sniffedType: file.sniffedType,
          sha256: await file.sha256(),
          isWhole: inSpool.equals(onePixel),
          isStreamed: (await text(file.stream())) === onePixel.toString(),
          savedTwice: saved[0] !== saved[1],
          files: files.length,
          url: (request as { url: string }).url,
          slot: [slot.kind, slot.attempt, slot.expiresAt.getTime() - slot.createdAt.getTime()],
          isAborted: signal.aborted,
          args,
        }
        await expect(file.bytes(10)).rejects.toThrow(RangeError)
      },
    })
    const url = await kind.url({ any: ['JSON', null] })
    const response = await fetch(url, {
      method: 'PUT',
      body: onePixel,
      headers: {
        'Content-Type': 'image/png',
        'Content-Disposition': `attachment; filename*=UTF-8''..%2Fd%C3%B6t.png`,
      },
    })
    expect(response.status).toBe(204)
    expect(facts).toEqual({
      name: 'döt.png',
      originalName: '../döt.png',
      sizeBytes: onePixel.length,
      type: 'image/png',
      sniffedType: 'image/png',
      sha256: createHash('sha256').update(onePixel).digest('hex'),
      isWhole: true,
      isStreamed: true,
      savedTwice: true,
      files: 1,
      url: new URL(url).pathname,
      slot: ['facts', 1, 3_600_000],
      isAborted: false,
      args: { any: ['JSON', null] },
    })
    await expectCleanSpool()
  })
})

describe('an Idempotency-Key', () => {
  const headers = { 'Idempotency-Key': '8e03978e-40d5-43dd-bc93-6894a57f9324' }

  it('gets the answer again, once the handler has run, and only by the same key', async () => {
    let runs = 0
    const kind = server.slots.define('keyed', { handler: () => ({ runs: (runs += 1) }) })
    const url = await kind.url()
    expect(await (await upload(url, { headers })).json()).toEqual({ runs: 1 })
    const again = await upload(url, { headers })
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await again.json()).toEqual({ runs: 1 })
    expect((await upload(url, { headers: { 'Idempotency-Key': 'other' } })).status).toBe(404)
    expect((await upload(url)).status).toBe(404)
    expect(runs).toBe(1)
  })

  it('gets a rejection again', async () => {
    const kind = server.slots.define('refused', {
      handler: () => {
        throw new SlotRejection('No.', { status: 403 })
      },
    })
    const url = await kind.url()
    for (let attempt = 0; attempt < 2; attempt++) {
      const response = await upload(url, { headers })
      expect([response.status, await response.text()]).toEqual([403, 'No.\n'])
    }
  })

  it('gets a 204 where the answer was too large to keep', async () => {
    const kind = server.slots.define('large', { handler: () => 'x'.repeat(100_000) })
    const url = await kind.url()
    expect(await (await upload(url, { headers })).json()).toHaveLength(100_000)
    expect((await upload(url, { headers })).status).toBe(204)
  })

  it('gets a 404 when the answer has been kept long enough', async () => {
    let nowMs = 1_000_000_000
    await server.close()
    server = await startSlotServer({ now: () => nowMs })
    const kind = server.slots.define('brief', { replaySeconds: 60, handler: () => ({}) })
    const url = await kind.url()
    await upload(url, { headers })
    nowMs += 59_999
    expect((await upload(url, { headers })).status).toBe(200)
    nowMs += 1
    expect((await upload(url, { headers })).status).toBe(404)
  })
})

describe('the minting side', () => {
  it('gets a ticket that is ready to return from a resolver', async () => {
    const kind = server.slots.define('ticket', {
      maxBytes: 1000,
      accept: ['image/*'],
      handler: () => {},
    })
    const ticket = await kind.create(undefined, { maxBytes: 500, expiresIn: 60 })
    expect(JSON.parse(JSON.stringify(ticket))).toEqual(ticket)
    expect(ticket).toMatchObject({
      kind: 'ticket',
      method: 'POST',
      protocols: ['multipart', 'raw', 'tus'],
      maxBytes: 500,
      minBytes: 1,
      maxFiles: 1,
      accept: ['image/*'],
    })
    expect(ticket.url).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/slots\/[\w-]{22}\/[0-9A-Za-z]{6}\.[\w-]{43}$/,
    )
    expect(ticket.url).toContain(`/${ticket.id}/`)
  })

  it('learns at once that arguments are wrong, that a kind is unknown, that an override is none', async () => {
    const kind = server.slots.define('typed', {
      args: z.object({ userId: z.string() }),
      handler: () => {},
    })
    const wrong: unknown = { userId: 15 }
    await expect(server.slots.mint('typed', wrong)).rejects.toMatchObject({
      code: 'slot-args-invalid',
      message: /userId/,
    })
    await expect(server.slots.mint('tpyed')).rejects.toMatchObject({ code: 'slot-kind-unknown' })
    await expect(server.slots.mint('typed', { userId: '1' }, { maxBytes: -1 })).rejects.toThrow(
      RangeError,
    )
    const unknownOption: object = { expireIn: 5 }
    await expect(kind.url({ userId: '1' }, unknownOption)).rejects.toThrow(/expireIn.*expiresIn/)
    expect(await server.store.list()).toEqual({ records: [], next: null })
  })

  it('learns at once that arguments are not JSON', async () => {
    server.slots.define('free', { handler: () => {} })
    for (const args of [{ at: new Date(0) }, 1n, [Number.NaN], { deep: { fn: () => {} } }])
      await expect(server.slots.mint('free', args)).rejects.toMatchObject({
        code: 'slot-args-invalid',
      })
    const cycle: unknown[] = []
    cycle.push(cycle)
    await expect(server.slots.mint('free', cycle)).rejects.toMatchObject({
      code: 'slot-args-invalid',
    })
  })

  it('takes a slot back, and stops an upload that is coming in', async () => {
    const kind = server.slots.define('revoked', { handler: () => {} })
    const open = await kind.create()
    expect(await kind.revoke(open.id)).toBe(true)
    expect((await upload(open.url)).status).toBe(404)

    const busy = await kind.create()
    const request = httpRequest(busy.url, { method: 'PUT', headers: { 'Content-Length': '1000' } })
    request.on('error', () => {})
    request.write('begin')
    await expect.poll(async () => (await kind.status(busy.id))?.receivedBytes).toBe(5)
    const response = responseTo(request)
    expect(await kind.revoke(busy.id)).toBe(true)
    expect((await response).statusCode).toBeGreaterThanOrEqual(400)
    expect(await kind.status(busy.id)).toMatchObject({ state: 'revoked' })
    await expectCleanSpool()
    expect(await kind.revoke(busy.id)).toBe(false)
    request.destroy()
  })

  it('lets a slot wait longer, also while its upload comes in', async () => {
    const kind = server.slots.define('longer', { handler: () => ({}) })
    const { url, id, expiresAt } = await kind.create()
    const request = httpRequest(url, { method: 'PUT', headers: { 'Content-Length': '10' } })
    request.write('01234')
    await expect.poll(async () => (await kind.status(id))?.state).toBe('receiving')
    const later = await kind.extend(id, 60)
    expect(Date.parse(later ?? '') - Date.parse(expiresAt)).toBe(60_000)
    request.end('56789')
    expect((await responseTo(request)).statusCode).toBe(200)
    expect(await kind.extend(id, 60)).toBeNull()
  })

  it('follows an upload to its end', async () => {
    const kind = server.slots.define('followed', { handler: () => {} })
    const { url, id } = await kind.create()
    const states: string[] = []
    const following = (async () => {
      for await (const { state, receivedBytes } of kind.progress(id))
        states.push(`${state} ${receivedBytes}`)
    })()
    const request = httpRequest(url, { method: 'PUT', headers: { 'Content-Length': '10' } })
    request.write('01234')
    await expect.poll(() => states).toContain('receiving 5')
    request.end('56789')
    await responseTo(request)
    await following
    expect(states[0]).toBe('open 0')
    expect(states.at(-1)).toBe('done 10')
  })
})

function upload(
  url: string,
  init: { readonly body?: string; readonly headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(url, {
    method: 'PUT',
    body: init.body ?? 'bytes',
    headers: { 'Content-Type': 'text/plain', ...init.headers },
  })
}

async function readStored(name: string): Promise<string> {
  const file = await server.storage.open(name)
  if (file === null) return 'nothing'
  const pieces: Uint8Array[] = []
  for await (const piece of file.chunks(0, file.facts.sizeBytes)) pieces.push(Buffer.from(piece))
  await file.close()
  return Buffer.concat(pieces).toString()
}

async function responseTo(
  request: ReturnType<typeof httpRequest>,
): Promise<import('node:http').IncomingMessage> {
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
  response.resume()
  return response
}
