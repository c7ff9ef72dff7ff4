// The option `onRefused`, at both doors and over real sockets: the application answers, passes on, or
// leaves it at the one 404.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { rm, utimes, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogEntry } from '../../src/log.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import type { TitofistoOptions } from '../../src/titofisto-options.ts'
import { createGround, secret } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { exchange } from '../support/raw-http.ts'

type OnRefused = NonNullable<TitofistoOptions['onRefused']>

const theirs = 'a page of the application'
const startMs = 1_700_000_000_000
const plainNotFound = {
  status: 404,
  body: 'Not found\n',
  headers: {
    'access-control-allow-origin': '*',
    'cache-control': 'no-store',
    'content-length': '10',
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  },
}

let ground: Ground
let nowMs = startMs
let entries: LogEntry[] = []
const closing: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  nowMs = startMs
  entries = []
  ground = await createGround()
  for (const name of ['ten.bin', 'picture.png'])
    await utimes(join(ground.root, name), 1_690_000_000, 1_690_000_000)
})

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await ground.remove()
})

function create(onRefused: unknown, more: Partial<TitofistoOptions> = {}) {
  return ground.create({
    onRefused: onRefused as OnRefused,
    now: () => nowMs,
    log: (entry) => entries.push(entry),
    sweepSeconds: 0,
    ...more,
  })
}

/** Each door with an application behind it, and one without. */
const doors = {
  'the Node door before an application': (files: Titofisto) =>
    createServer((req, res) => void files.handler(req, res, () => res.end(theirs))),
  'the Node door alone': (files: Titofisto) => createServer(files.handler),
  'the Fetch door': (files: Titofisto) => createAdaptorServer({ fetch: files.fetch }),
}

async function listen(files: Titofisto, door: keyof typeof doors) {
  const server = doors[door](files).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  return async (path: string, { method = 'GET', fields = '' } = {}) => {
    const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\n${fields}Connection: close\r\n\r\n`
    const { replies } = await exchange(connect(port, '127.0.0.1'), head, [method])
    const [reply] = replies
    if (reply === undefined) throw new Error('There was no answer.')
    const kept = reply.headers.filter(
      ([name]) => !['date', 'connection', 'keep-alive'].includes(name),
    )
    return { status: reply.status, body: reply.body.toString(), headers: Object.fromEntries(kept) }
  }
}

/** Requests that get no file, each for another cause; the file is changed at the end. */
async function makeRefused(files: Titofisto): Promise<Readonly<Record<string, string>>> {
  await writeFile(join(ground.root, 'folder/inner.txt'), 'inner')
  const url = await files.url('ten.bin')
  const old = await files.url('ten.bin', { expiresIn: 1 })
  const bound = await files.url('ten.bin', { bind: 'bob' })
  const gone = await files.url('folder/inner.txt')
  const changed = await files.url('big.bin')
  await rm(join(ground.root, 'folder/inner.txt'))
  nowMs += 100_000
  await writeFile(join(ground.root, 'big.bin'), 'changed')
  await utimes(join(ground.root, 'big.bin'), nowMs / 1000, nowMs / 1000)
  return {
    malformed: '/media/ten.bin',
    'bad-signature': url.replace('ten.bin', 'picture.png'),
    expired: old,
    policy: bound,
    'file-missing': gone,
    'file-changed': changed,
  }
}

describe.each(Object.keys(doors) as (keyof typeof doors)[])('%s', (door) => {
  it('gives the one 404 to all where the option is not set, or gives nothing', async () => {
    for (const onRefused of [undefined, () => {}, async () => undefined, () => null]) {
      const files = create(onRefused)
      const ask = await listen(files, door)
      const refused = await makeRefused(files)
      for (const path of Object.values(refused)) {
        expect(await ask(path)).toEqual(plainNotFound)
        const { headers } = plainNotFound
        expect(await ask(path, { method: 'HEAD' })).toEqual({ status: 404, body: '', headers })
      }
    }
    expect(entries.filter(({ level }) => level !== 'info')).toEqual([])
  })

  it("sends the application's answer, whatever it is", async () => {
    const page = '<h1>Over</h1>'
    const ask = await listen(
      create((_: unknown, why: { reason: string }) => {
        if (why.reason !== 'expired')
          return new Response(null, { status: 303, headers: { Location: '/login' } })
        return new Response(page, { status: 410, headers: { 'Content-Type': 'text/html' } })
      }),
      door,
    )
    const url = await create(undefined).url('ten.bin', { expiresIn: 1 })
    nowMs += 2000
    expect(await ask(url)).toMatchObject({
      status: 410,
      body: page,
      headers: {
        'content-type': 'text/html',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      },
    })
    expect(await ask('/media/ten.bin')).toMatchObject({
      status: 303,
      body: '',
      headers: { location: '/login' },
    })
    expect(await ask(url, { method: 'HEAD' })).toMatchObject({ status: 410, body: '' })
  })

  it('leaves what the answer says of itself', async () => {
    const headers = { 'Cache-Control': 'public, max-age=60', 'Referrer-Policy': 'origin' }
    const ask = await listen(
      create(() => new Response('x', { headers })),
      door,
    )
    expect((await ask('/media/x')).headers).toMatchObject({
      'cache-control': 'public, max-age=60',
      'referrer-policy': 'origin',
    })
  })

  it('passes on where the application wants that', async () => {
    const ask = await listen(
      create(() => 'pass'),
      door,
    )
    const { status, body } = await ask('/media/ten.bin')
    if (door === 'the Node door before an application')
      expect([status, body]).toEqual([200, theirs])
    else expect([status, body]).toEqual([404, 'Not found\n'])
  })

  it('is not asked about what gets a file, another method, a slot, or what is not ours', async () => {
    let asked = 0
    const files = create(() => void asked++)
    files.slot('inbox', { handler: () => {} })
    const ask = await listen(files, door)
    const url = await files.url('ten.bin')
    for (const [path, method] of [
      [url, 'GET'],
      [url, 'POST'],
      [url, 'OPTIONS'],
      ['/media/titofisto/upload/x', 'PUT'],
      ['/elsewhere', 'GET'],
    ] as const)
      await ask(path, { method })
    expect(asked).toBe(0)
    await ask(`${url}x`)
    expect(asked).toBe(1)
  })

  it.each([
    ['throws', () => Promise.reject(new Error('no'))],
    [
      'throws at once',
      () => {
        throw new Error('no')
      },
    ],
    ['gives no answer', () => 'a page'],
    ['gives a number', () => 404],
    [
      'gives an answer that was read',
      async () => {
        const response = new Response('x')
        await response.text()
        return response
      },
    ],
    [
      'gives an answer that can not be sent',
      () => new Response('x', { headers: { 'x-a': '\u0001' } }),
    ],
    ['gives Response.error()', () => Response.error()],
  ])('that %s: the client gets the one 404, the log the fault', async (_, onRefused) => {
    const ask = await listen(create(onRefused), door)
    expect(await ask('/media/ten.bin')).toEqual(plainNotFound)
    expect(entries).toMatchObject([
      { event: 'refused', reason: 'malformed' },
      { level: 'error', event: 'on-refused-failed' },
    ])
  })

  it('sends a long answer as it comes', async () => {
    const piece = 'x'.repeat(1000)
    const ask = await listen(
      create(() => {
        let left = 300
        const body = new ReadableStream({
          pull(controller) {
            if (left-- > 0) controller.enqueue(new TextEncoder().encode(piece))
            else controller.close()
          },
        })
        return new Response(body, { status: 404 })
      }),
      door,
    )
    const { status, body } = await ask('/media/ten.bin')
    expect([status, body.length]).toEqual([404, 300_000])
  })
})

describe('what onRefused is told', () => {
  it('is what explain() says', async () => {
    const told: Record<string, unknown> = {}
    const files = create((_: unknown, why: { reason: string }) => {
      told[why.reason] = why
    })
    const refused = await makeRefused(files)
    for (const url of Object.values(refused))
      await files.fetch(new Request(`http://localhost${url}`))
    expect(Object.keys(told).toSorted()).toEqual(Object.keys(refused).toSorted())
    for (const [reason, url] of Object.entries(refused))
      expect(told[reason]).toEqual(await files.explain(url))
  })

  it('of a bound link is whether the request had a value, and whether it is the right one', async () => {
    const told: unknown[] = []
    let bind: string | null = null
    const files = create((_: unknown, why: unknown) => void told.push(why), {
      bindOf: () => bind,
    })
    const url = await files.url('ten.bin', { bind: 'bob' })
    for (bind of [null, 'ann']) await files.fetch(new Request(`http://localhost${url}`))
    expect(told).toMatchObject([
      { works: false, reason: 'policy', name: 'ten.bin', expiresAt: new Date(startMs + 3_600_000) },
      { works: false, reason: 'bad-signature', name: 'ten.bin' },
    ])
    expect((told[0] as { message: string }).message).toContain('this request has no value')
    expect(told[1]).toEqual(await files.explain(url, { bind: 'ann' }))
  })

  it('is the request of the platform, too', async () => {
    const seen: unknown[] = []
    const files = create((request: unknown) => void seen.push(request))
    const ask = await listen(files, 'the Node door alone')
    await ask('/media/x', { fields: 'X-Mine: yes\r\n' })
    expect((seen[0] as IncomingMessage).headers['x-mine']).toBe('yes')
    const request = new Request('http://localhost/media/x')
    await files.fetch(request)
    expect(seen[1]).toBe(request)
  })

  it('never holds a secret, a token or an absolute path', async () => {
    const told: unknown[] = []
    const files = create((_: unknown, why: unknown) => void told.push(why))
    const refused = await makeRefused(files)
    for (const url of Object.values(refused))
      await files.fetch(new Request(`http://localhost${url}`))
    const said = JSON.stringify(told)
    for (const url of Object.values(refused)) {
      const token = url.split('=')[1]
      if (token !== undefined) expect(said).not.toContain(token)
    }
    for (const hidden of [secret, ground.folder]) expect(said).not.toContain(hidden)
  })
})
