// titofisto/hono over real sockets, wherever it is mounted. That it serves as every door does, the
// battery in test/contracts/doors.test.ts says.

import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serveFiles } from '../../src/adapters/hono.ts'
import type { LogEntry, TitofistoOptions } from '../../src/index.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { createGround, tenBytes } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'

let ground: Ground
let servers: Server[]
let all: Titofisto<LocalStorage>[]
let log: LogEntry[]

beforeEach(async () => {
  ground = await createGround()
  servers = []
  all = []
  log = []
})

afterEach(async () => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
  for (const files of all) await files.close()
  await ground.remove()
})

function create(options: Partial<TitofistoOptions> = {}): Titofisto<LocalStorage> {
  const own = { durable: false, sweepSeconds: 0, log: (entry: LogEntry) => log.push(entry) }
  const files = ground.create({ ...own, ...options })
  all.push(files)
  return files
}

async function listen(app: Hono): Promise<string> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer())
}

/** Asks for ten bytes, and uploads, below a prefix that stands in place of the links' own. */
async function expectAllWorks(
  files: Titofisto<LocalStorage>,
  origin: string,
  toPath = (path: string): string => path,
): Promise<void> {
  const link = toPath(await files.url('ten.bin'))
  const whole = await fetch(origin + link)
  expect([whole.status, await bytesOf(whole)]).toEqual([200, tenBytes])
  const part = await fetch(origin + link, { headers: { Range: 'bytes=2-4' } })
  expect([part.status, await bytesOf(part)]).toEqual([206, tenBytes.subarray(2, 5)])
  const odd = await fetch(origin + toPath(await files.url('ünï cödé?#&%.txt')))
  expect([odd.status, await odd.text()]).toEqual([200, 'Grüße\n'])
  const head = await fetch(origin + link, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '10'])
  expect((await fetch(`${origin}${link}x`)).status).toBe(404)

  const inbox = files.slot('inbox', {
    handler: async ({ file }) => ({ name: await file.save(`inbox/${file.name}`) }),
  })
  const body = new FormData()
  body.append('file', new Blob(['mine']), 'mine.txt')
  const upload = await fetch(origin + toPath(await inbox.url()), { method: 'POST', body })
  expect([upload.status, await upload.json()]).toEqual([200, { name: 'inbox/mine.txt' }])
}

describe('serveFiles', () => {
  it('serves where app.use has it', async () => {
    const files = create()
    const app = new Hono()
    app.use('/media/*', serveFiles(files))
    await expectAllWorks(files, await listen(app))
  })

  it('serves as the middleware of the whole application', async () => {
    const files = create()
    const app = new Hono()
    app.use(serveFiles(files))
    app.get('/', (c) => c.text('My own page'))
    const origin = await listen(app)
    await expectAllWorks(files, origin)
    expect(await (await fetch(origin)).text()).toBe('My own page')
  })

  it('serves as a handler behind other middleware, whose headers stay', async () => {
    const files = create()
    const app = new Hono()
    app.use(async (c, next) => {
      c.res.headers.set('X-Before', '1')
      await next()
      c.header('X-After', '2')
    })
    app.all('/media/*', serveFiles(files))
    const origin = await listen(app)
    await expectAllWorks(files, origin)
    const { headers } = await fetch(origin + (await files.url('big.bin')))
    expect([headers.get('x-before'), headers.get('x-after')]).toEqual(['1', '2'])
  })

  it('serves in an application of its own under app.route', async () => {
    const files = create({ mediaUrl: '/api/media/' })
    const app = new Hono().basePath('/api')
    app.route('/media', new Hono().use(serveFiles(files)))
    await expectAllWorks(files, await listen(app))
  })

  it('serves in an application that handles its own errors', async () => {
    const files = create()
    const own = new Hono().use(serveFiles(files))
    own.onError((_, c) => c.text('own', 500))
    await expectAllWorks(files, await listen(new Hono().route('/media', own)))
  })

  it.each(['/media', '/any/where'])('serves under app.mount(%j)', async (prefix) => {
    const files = create({ mediaUrl: `${prefix}/` })
    const app = new Hono()
    app.mount(prefix, serveFiles(files))
    await expectAllWorks(files, await listen(app))
  })

  it('finds a file whose folder is called as its mount point', async () => {
    const files = create()
    const app = new Hono()
    app.mount('/media', serveFiles(files))
    const name = await files.storage.save('media/ten.bin', tenBytes)
    const response = await fetch((await listen(app)) + (await files.url(name)))
    expect([response.status, await bytesOf(response)]).toEqual([200, tenBytes])
  })

  it.each(['/', '/media'])(
    'serves under app.mount(%j) that leaves the URL alone',
    async (prefix) => {
      const files = create()
      const app = new Hono()
      app.mount(prefix, serveFiles(files), { replaceRequest: false })
      await expectAllWorks(files, await listen(app))
    },
  )

  it.each([
    ['app.use', (app: Hono, files: Titofisto) => app.use('/files/*', serveFiles(files))],
    ['app.mount', (app: Hono, files: Titofisto) => app.mount('/files', serveFiles(files))],
    [
      'app.route',
      (app: Hono, files: Titofisto) => app.route('/files', new Hono().use(serveFiles(files))),
    ],
  ])('serves by %s under another prefix than the links have', async (...[, mount]) => {
    const files = create()
    const app = new Hono()
    mount(app, files)
    await expectAllWorks(files, await listen(app), (path) => path.replace('/media/', '/files/'))
  })

  it('serves below a prefix with parameters', async () => {
    const files = create()
    const app = new Hono()
    app.use('/:tenant/f%C3%B6lder/*', serveFiles(files))
    app.use('/:tenant/files/*', serveFiles(files))
    const origin = await listen(app)
    await expectAllWorks(files, origin, (path) => path.replace('/media/', '/te%20nant/files/'))
  })

  it('passes on what is not ours, and takes no other path for a file', async () => {
    const files = create()
    const app = new Hono()
    app.use('*', serveFiles(files))
    app.use('/:page{.+}/*', serveFiles(files))
    app.all('*', (c) => c.text(`theirs: ${c.req.path}`))
    const origin = await listen(app)
    for (const path of ['/', '/about', '/public/open.txt', '/media'])
      expect(await (await fetch(origin + path)).text()).toBe(`theirs: ${path}`)
    const post = await fetch(`${origin}/form`, { method: 'POST', body: 'a=1' })
    expect(await post.text()).toBe('theirs: /form')
  })

  it('leaves the body of what is not ours unread', async () => {
    const files = create()
    const app = new Hono()
    app.use(serveFiles(files))
    app.post('/echo', async (c) => c.text(await c.req.text()))
    const response = await fetch(`${await listen(app)}/echo`, { method: 'POST', body: 'hello' })
    expect(await response.text()).toBe('hello')
  })

  it('gives bindOf the Request of Fetch, whatever runs before it', async () => {
    const seen: unknown[] = []
    const files = create({
      bindOf(request) {
        seen.push(request instanceof Request)
        return (request as Request).headers.get('x-user')
      },
    })
    const app = new Hono()
    app.use('/media/*', serveFiles(files))
    const link = (await listen(app)) + (await files.url('ten.bin', { bind: 'ann' }))
    const statuses = ['ann', 'bob'].map(
      async (user) => (await fetch(link, { headers: { 'X-User': user } })).status,
    )
    expect(await Promise.all(statuses)).toEqual([200, 404])
    expect(seen).toEqual([true, true])
  })

  it('says in words that a body was read before it', async () => {
    const files = create()
    const app = new Hono()
    app.use(async (c, next) => {
      await c.req.text()
      await next()
    })
    app.use('/media/*', serveFiles(files))
    const inbox = files.slot('inbox', { handler: () => {} })
    const { id, url } = await inbox.create()
    const upload = await fetch((await listen(app)) + url, { method: 'PUT', body: 'mine' })
    expect(upload.status).toBe(500)
    const told = log.find((entry) => entry.level === 'error')
    expect(told?.message).toContain('was read by other code before titofisto')
    expect(await inbox.status(id)).toMatchObject({ state: 'open' })
  })

  it('takes an upload that a limit on bodies has looked through', async () => {
    const files = create()
    const app = new Hono()
    app.use(bodyLimit({ maxSize: 1_000_000 }))
    app.use('/media/*', serveFiles(files))
    await expectAllWorks(files, await listen(app))
  })
})

describe('serveFiles, straight to Node', () => {
  /** Which of two ways the answers came: a wrapper sees of one that is sent no more than so. */
  async function listenWatched(app: Hono): Promise<{ origin: string; isSent: boolean[] }> {
    const isSent: boolean[] = []
    const watched = new Hono()
    watched.fetch = async (...call) => {
      const response = await app.fetch(...call)
      isSent.push(response.headers.has('x-hono-already-sent'))
      return response
    }
    return { origin: await listen(watched), isSent }
  }

  it('serves all the same, downloads straight and the rest not', async () => {
    const files = create()
    const app = new Hono().use(serveFiles(files, { direct: true }))
    const { origin, isSent } = await listenWatched(app)
    await expectAllWorks(files, origin)
    // Whole, part, odd; HEAD; refused; upload.
    expect(isSent).toEqual([true, true, true, false, true, false])
    expect(await (await fetch(`${origin}/about`)).text()).toBe('404 Not Found')
  })

  it('serves under another prefix than the links have', async () => {
    const files = create()
    const app = new Hono().use('/files/*', serveFiles(files, { direct: true }))
    const { origin, isSent } = await listenWatched(app)
    await expectAllWorks(files, origin, (path) => path.replace('/media/', '/files/'))
    expect(isSent[0]).toBe(true)
  })

  it('leaves the answer to middleware that runs before, and its headers stay', async () => {
    const files = create()
    const app = new Hono()
    app.use(async (c, next) => {
      await next()
      c.res.headers.set('X-After', '2')
    })
    app.use(serveFiles(files, { direct: true }))
    const { origin, isSent } = await listenWatched(app)
    const response = await fetch(origin + (await files.url('big.bin')))
    expect(response.headers.get('x-after')).toBe('2')
    expect((await bytesOf(response)).equals(ground.bigBytes)).toBe(true)
    expect(isSent).toEqual([false])
  })

  it('gives bindOf the Request of Fetch', async () => {
    const files = create({
      bindOf: (request) => (request as Request).headers.get('x-user'),
    })
    const app = new Hono().use(serveFiles(files, { direct: true }))
    const link = (await listen(app)) + (await files.url('ten.bin', { bind: 'ann' }))
    expect((await fetch(link, { headers: { 'X-User': 'ann' } })).status).toBe(200)
    expect((await fetch(link, { headers: { 'X-User': 'bob' } })).status).toBe(404)
  })

  it.each([true, false])(
    'asks onRefused once, also where it leaves a request to other routes (direct: %s)',
    async (direct) => {
      const paths: string[] = []
      const files = create({
        onRefused(request) {
          paths.push(new URL((request as Request).url).pathname)
          return 'pass'
        },
      })
      const app = new Hono().use(serveFiles(files, { direct }))
      app.get('/media/a', (c) => c.text('of the application'))
      app.mount('/mounted', serveFiles(files))
      const origin = await listen(app)
      expect(await (await fetch(`${origin}/media/a`)).text()).toBe('of the application')
      const mounted = await fetch(`${origin}/mounted/b`)
      expect([mounted.status, await mounted.text()]).toEqual([404, 'Not found\n'])
      expect(paths).toEqual(['/media/a', '/b'])
    },
  )

  it('refuses options that are wrong', () => {
    expect(() => serveFiles(create(), { fast: true } as object)).toThrow(TypeError)
  })
})

describe("an upload in a route of Hono's", () => {
  async function put(app: Hono, body: string): Promise<Response> {
    const files = create()
    app.put('/note', async (c) => {
      const limits = { maxBytes: 10, accept: ['text/plain'] }
      const save = files.receive(c.req.raw, limits, ({ file }) => file.save('note.txt'))
      return c.text(await save)
    })
    const headers = { 'Content-Type': 'text/plain' }
    return fetch(`${await listen(app)}/note`, { method: 'PUT', body, headers })
  }

  it('is saved', async () => {
    const response = await put(new Hono(), 'short')
    expect([response.status, await response.text()]).toEqual([200, 'note.txt'])
  })

  it('that is refused is answered by Hono itself, with status and words', async () => {
    const response = await put(new Hono(), 'longer than ten bytes')
    expect(response.status).toBe(413)
    expect(await response.text()).toMatch(/^The .*10 bytes.*\n$/)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('that fails through our fault is a 500 without words, and in the log of Hono', async () => {
    const app = new Hono()
    const seen: Error[] = []
    app.use(async (c, next) => {
      await c.req.text()
      await next()
    })
    app.onError((error, c) => {
      seen.push(error)
      expect(error).not.toHaveProperty('getResponse')
      return c.text('Internal server error', 500)
    })
    expect((await put(app, 'short')).status).toBe(500)
    expect(seen[0]?.message).toContain('was read by other code')
  })
})
