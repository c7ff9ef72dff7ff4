// Where an application hangs us: found where its framework tells, and said in the log where the links
// would lead nowhere.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import connect from 'connect'
import express from 'express'
import express4 from 'express-4'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import polka from 'polka'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serveFiles as serveInExpress } from '../../src/adapters/express.ts'
import { serveFiles as serveInFastify } from '../../src/adapters/fastify.ts'
import { serveFiles as serveInKoa } from '../../src/adapters/koa.ts'
import type { LogEntry, TitofistoOptions } from '../../src/index.ts'
import { createGround } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { startFileServer } from '../support/file-server.ts'
import type { FileServer } from '../support/file-server.ts'
import { mount } from './koa-mount.ts'

let ground: Ground
let entries: LogEntry[]
let servers: FileServer[]

beforeEach(async () => {
  ground = await createGround()
  entries = []
  servers = []
})

afterEach(async () => {
  for (const server of servers) await server.close()
  await ground.remove()
})

function create(options: Partial<TitofistoOptions> = {}) {
  return ground.create({ sweepSeconds: 0, log: (entry) => entries.push(entry), ...options })
}

type Files = ReturnType<typeof create>

async function start(listener: RequestListener): Promise<FileServer> {
  const server = await startFileServer(listener)
  servers.push(server)
  return server
}

/** What was said of wrong prefixes. */
const warnings = () =>
  entries.filter(({ event }) => event === 'wrong-prefix').map(({ message }) => message)

async function expectLinks(files: Files, server: FileServer, prefix: string): Promise<void> {
  const link = await files.url('ten.bin')
  expect(link.startsWith(prefix)).toBe(true)
  expect((await server.get(link)).status).toBe(200)
  expect(await files.explain(link)).toMatchObject({ works: true })
  const kind = files.slot('upload', { handler: ({ file }) => file.sizeBytes })
  const slot = await kind.url()
  expect(slot.startsWith(`${prefix}titofisto/upload/`)).toBe(true)
  const reply = await fetch(server.origin + slot, { method: 'PUT', body: 'hello' })
  expect([reply.status, await reply.json()]).toEqual([200, 5])
}

describe.each([
  ['5', express],
  ['4', express4],
])('Express %s tells where', (_, makeApp) => {
  it.each([
    ['/files', '/files/'],
    ['/files/', '/files/'],
    ['/a/b-c/d.e~f', '/a/b-c/d.e~f/'],
  ])('the handler is mounted: %s', async (path, prefix) => {
    const files = create()
    const app = makeApp()
    app.use(path, files.handler)
    await expectLinks(files, await start(app), prefix)
    expect(warnings()).toEqual([])
  })

  it('an application is that holds it, mounted before or after', async () => {
    for (const order of ['before', 'after']) {
      const files = create()
      const [app, middle, inner] = [makeApp(), makeApp(), makeApp()]
      const steps = [
        () => inner.use('/files', files.handler),
        () => middle.use('/v1', inner),
        () => app.use('/api', middle),
      ]
      for (const step of order === 'after' ? steps : steps.toReversed()) step()
      await expectLinks(files, await start(app), '/api/v1/files/')
    }
    expect(warnings()).toEqual([])
  })

  it('an application is that has it at its root, whose other paths stay its own', async () => {
    const files = create()
    const [app, inner] = [makeApp(), makeApp()]
    inner.use(files.handler)
    inner.use('/users', (_req: IncomingMessage, res: ServerResponse) => res.end('the users'))
    app.use('/api', inner)
    const server = await start(app)
    await expectLinks(files, server, '/api/media/')
    expect((await server.get('/api/users')).body.toString()).toBe('the users')
    expect(warnings()).toEqual([])
  })

  it('it hangs twice: both places answer, and links lead to the first', async () => {
    const files = create()
    const app = makeApp()
    app.use('/files', files.handler)
    app.use('/again', files.handler)
    const server = await start(app)
    await expectLinks(files, server, '/files/')
    const link = (await files.url('ten.bin')).replace('/files/', '/again/')
    expect((await server.get(link)).status).toBe(200)
    expect(warnings()).toEqual([])
  })

  it('it hangs, and the options say otherwise: that is said at once, with the mend', async () => {
    const files = create({ mediaUrl: 'https://files.example/media/' })
    const app = makeApp()
    app.use('/files', files.handler)
    app.use('/files', files.handler)
    expect(warnings()).toEqual([
      'titofisto is mounted at /files/, but its links begin with https://files.example/media/. Set the option mediaUrl to what browsers see, such as "/files/"; where a proxy changes the path on its way, set mountPath to what reaches the server.',
    ])
    // It works as well as it can.
    const link = (await files.url('ten.bin')).replace('https://files.example/media/', '/files/')
    expect((await (await start(app)).get(link)).status).toBe(200)
  })

  it.each<[string, Partial<TitofistoOptions>]>([
    ['say the same', { mediaUrl: '/files/' }],
    ['say it for browsers', { mediaUrl: 'https://files.example/files/' }],
    ['say more, as behind a proxy that cuts', { mediaUrl: '/app/files/' }],
    ['say what reaches the server', { mediaUrl: 'https://cdn.example/x/', mountPath: '/files/' }],
  ])('it hangs, and nothing is said where the options %s', async (_name, options) => {
    const files = create(options)
    const app = makeApp()
    app.use('/files', files.handler)
    const link = await files.url('ten.bin')
    expect(await files.explain(link)).toMatchObject({ works: true })
    const rest = link.slice(link.indexOf('ten.bin'))
    expect((await (await start(app)).get(`/files/${rest}`)).status).toBe(200)
    expect(warnings()).toEqual([])
  })

  it('it hangs, and a log that throws stops neither the start nor an answer', async () => {
    const log = () => {
      throw new Error('no room for logs')
    }
    const files = create({ mediaUrl: '/media/', log })
    const app = makeApp()
    app.use('/files', files.handler)
    const link = (await files.url('ten.bin')).replace('/media/', '/files/')
    expect((await (await start(app)).get(link)).status).toBe(200)
  })

  it('a pattern is no place, and what hangs there is found by each request', async () => {
    const files = create()
    const app = makeApp()
    app.use('/:tenant/files', files.handler)
    const link = (await files.url('ten.bin')).replace('/media/', '/t1/files/')
    expect(link).toContain('/t1/files/')
    const server = await start(app)
    expect((await server.get(link)).status).toBe(200)
    expect(warnings()).toHaveLength(1)
    expect((await server.get(link.replace('t1', 't2'))).status).toBe(200)
    expect(warnings()).toHaveLength(1)
  })
})

describe('other frameworks tell it', () => {
  it('Connect, when it is mounted', async () => {
    const files = create()
    const app = connect()
    app.use('/files', serveInExpress(files))
    await expectLinks(files, await start(app), '/files/')
    expect(warnings()).toEqual([])
  })

  it('Fastify, when the plugin is registered, in another plugin too', async () => {
    for (const [outer, prefix, place] of [
      [undefined, '/files', '/files/'],
      ['/v1', '/files/', '/v1/files/'],
      ['/v1', undefined, '/v1/media/'],
      [undefined, undefined, '/media/'],
    ] as const) {
      const files = create()
      const app = fastify()
      await app.register(
        async (scope) => {
          await scope.register(serveInFastify(files), prefix === undefined ? {} : { prefix })
        },
        outer === undefined ? {} : { prefix: outer },
      )
      await app.ready()
      await expectLinks(files, await start((req, res) => app.routing(req, res)), place)
      await app.close()
    }
    expect(warnings()).toEqual([])
  })

  it('Fastify, for a prefix that is a pattern: then the plugin does not start', async () => {
    const app = fastify()
    const ready = async () => app.register(serveInFastify(create()), { prefix: '/:tenant' }).ready()
    await expect(ready()).rejects.toThrow('is a pattern')
  })

  it.each<[string, string, (files: Files) => RequestListener]>([
    [
      "Express's router",
      '/app/files/',
      (files) => {
        const [app, router] = [express(), express.Router()]
        router.use('/files', files.handler)
        app.use('/app', router)
        return app
      },
    ],
    [
      'Polka',
      '/files/',
      (files) => {
        const app = polka()
        app.use('/files', files.handler)
        return app.handler
      },
    ],
    [
      'Koa with its mount',
      '/app/files/',
      (files) => {
        const app = new Koa()
        app.use(mount('/app/files', serveInKoa(files)))
        return (req, res) => void app.callback()(req, res)
      },
    ],
  ])(
    '%s, only with a request: it is answered, and the log says once what to set',
    async (_, prefix, hang) => {
      const files = create()
      const server = await start(hang(files))
      expect(warnings()).toEqual([])
      for (const file of ['ten.bin', 'page.html']) {
        const link = (await files.url(file)).replace('/media/', prefix)
        expect((await server.get(link)).status).toBe(200)
      }
      expect(warnings()).toEqual([
        `Requests come to titofisto at ${prefix}, but its links begin with /media/. Set the option mediaUrl to what browsers see, such as "${prefix}"; where a proxy changes the path on its way, set mountPath to what reaches the server.`,
      ])
    },
  )
})

describe('a router that is itself mounted', () => {
  it('may have us at its root, and keeps its other paths', async () => {
    const files = create({ mediaUrl: '/app/media/' })
    const [app, router] = [express(), express.Router()]
    router.use(files.handler)
    router.use('/users', (_req: IncomingMessage, res: ServerResponse) => res.end('the users'))
    app.use('/app', router)
    const server = await start(app)
    await expectLinks(files, server, '/app/media/')
    expect((await server.get('/app/users')).body.toString()).toBe('the users')
    expect(warnings()).toEqual([])
  })

  it('behind a proxy that adds its prefix', async () => {
    const files = create({ mediaUrl: '/media/' })
    const [app, router] = [express(), express.Router()]
    router.use(files.handler)
    app.use('/v1', router)
    const server = await start(app)
    expect((await server.get(`/v1${await files.url('ten.bin')}`)).status).toBe(200)
  })
})

describe('a link that comes where we are not', () => {
  const cutMedia = (files: Files): RequestListener => {
    return (req: IncomingMessage, res: ServerResponse) => {
      req.url = req.url?.replace('/media/', '/')
      void files.handler(req, res)
    }
  }

  it.each(['link', 'slot'])('is a 404, and the log says so once: %s', async (what) => {
    const files = create()
    const server = await start(cutMedia(files))
    const kind = files.slot('upload', { handler: () => {} })
    const path = what === 'link' ? await files.url('folder/inner.txt') : await kind.url()
    for (let time = 0; time < 3; time++) expect((await server.get(path)).status).toBe(404)
    await expect
      .poll(warnings)
      .toEqual([
        `A link of titofisto's came to /, but it answers at /media/, and its links begin with /media/. Set the option mediaUrl to what browsers see, such as "/"; where a proxy changes the path on its way, set mountPath to what reaches the server.`,
      ])
    expect(JSON.stringify(entries)).not.toContain(path.slice(-20))
  })

  it('is told through the Fetch door, too, as when Hono cuts its mount', async () => {
    const files = create()
    const app = new Hono().mount('/files', files.fetch)
    const link = `http://x${(await files.url('ten.bin')).replace('/media/', '/files/')}`
    expect((await app.request(link)).status).toBe(404)
    await expect.poll(warnings).toHaveLength(1)
  })

  it('is not told of what nobody has signed, or of what has expired', async () => {
    let nowMs = Date.now()
    const files = create({ now: () => nowMs })
    const server = await start(cutMedia(files))
    const link = await files.url('ten.bin', { expiresIn: 10 })
    const kind = files.slot('upload', { handler: () => {} })
    const changed = (text: string) => text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A')
    await server.get(changed(link))
    await server.get(changed(await kind.url()))
    await server.get('/media/titofisto/upload/')
    await server.get('/media/x?titofisto_token=1')
    nowMs += 60_000
    await server.get(link)
    nowMs -= 60_000
    // What is told of this one was not told of those before it.
    await server.get(link)
    await expect.poll(warnings).toHaveLength(1)
    expect(entries.filter(({ level }) => level !== 'info')).toHaveLength(1)
  })

  it('is looked for a few times only: strangers could make it up', async () => {
    let looks = 0
    const { storage } = create()
    const files = create({
      storage: {
        ...storage,
        stat(name: string) {
          looks++
          return storage.stat(name)
        },
      },
    })
    const server = await start(cutMedia(files))
    const [, token = ''] = (await files.url('ten.bin')).split('?')
    looks = 0
    for (let time = 0; time < 30; time++) await server.get(`/media/none-${time}?${token}`)
    expect(looks).toBe(20)
  })
})

describe('what is below our prefix and bears no token', () => {
  async function startBoth(options: Partial<TitofistoOptions>) {
    const files = create({ mediaUrl: '/', ...options })
    const app = express()
    app.use(files.handler)
    app.use((_req: IncomingMessage, res: ServerResponse) => res.end('the application'))
    return { files, server: await start(app) }
  }

  it('is a 404 by default', async () => {
    const { server } = await startBoth({})
    expect((await server.get('/about')).status).toBe(404)
  })

  it('is the application’s, where it wants that: fallthrough', async () => {
    const { files, server } = await startBoth({ fallthrough: true })
    const kind = files.slot('upload', { handler: () => {} })
    for (const path of ['/', '/about', '/ten.bin', '/a/../b', '/%E9', '/about?x=1'])
      expect((await server.get(path)).body.toString()).toBe('the application')
    const posted = await fetch(`${server.origin}/about`, { method: 'POST', body: 'x' })
    expect(await posted.text()).toBe('the application')
    // And what bears one, or is public, or a slot, stays ours.
    const link = await files.url('ten.bin')
    expect((await server.get(link)).status).toBe(200)
    for (const path of [
      `${link}x`,
      '/none?titofisto_token=1',
      '/%E9?titofisto_token=1',
      '/public/none.txt',
      `${await kind.url()}x`,
    ])
      expect((await server.get(path)).body.toString()).toBe('Not found\n')
    expect((await server.get('/public/open.txt')).status).toBe(200)
  })

  it('is no other answer of the Fetch door', async () => {
    const files = create({ fallthrough: true })
    expect((await files.fetch(new Request('http://x/media/about'))).status).toBe(404)
  })
})

describe('mountedAt()', () => {
  it('says what is so, for adapters of any framework', async () => {
    const files = create()
    expect(files.mountedAt('')).toBe('/media/')
    expect(files.mountedAt('/', '/api')).toBe('/api/media/')
    const given = create({ mediaUrl: '/api/files/' })
    expect(given.mountedAt('/', '/api')).toBe('/api/files/')
    expect(given.mountedAt('/files', '/api')).toBe('/api/files/')
    expect(given.mountedAt('/:a')).toBe('/api/files/')
    expect(warnings()).toEqual([])
  })
})
