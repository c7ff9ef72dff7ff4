// What Koa's users expect of a middleware, beside what every door does.

import Koa from 'koa'
import Koa2 from 'koa-2'
import { describe, expect, it } from 'vitest'
import { serveFiles } from '../../src/adapters/koa.ts'
import { startFileServer } from '../support/file-server.ts'
import { useFiles } from './use-files.ts'

const stage = useFiles()

describe.each([
  ['3', Koa],
  ['2', Koa2],
])('titofisto/koa in Koa %s', (_, App) => {
  async function start(...middlewares: Koa.Middleware[]) {
    const app = new App()
    const errors: Error[] = []
    app.on('error', (error) => errors.push(error))
    for (const middleware of middlewares) app.use(middleware)
    const listener = app.callback()
    return { errors, ...(await startFileServer((req, res) => void listener(req, res))) }
  }

  it('lets those before it see the status, and set headers', async () => {
    const seen: number[] = []
    const server = await start(async (context, next) => {
      context.set('X-Theirs', 'yes')
      await next()
      seen.push(context.status)
      context.set('X-Late', 'yes')
    }, serveFiles(stage.files))
    const url = await stage.files.url('ten.bin')
    const reply = await server.get(url)
    expect([reply.status, reply.header('x-theirs')]).toEqual([200, 'yes'])
    expect((await server.get(`${url}x`)).status).toBe(404)
    expect((await server.get('/elsewhere')).status).toBe(404)
    expect(seen).toEqual([200, 404, 404])
    expect(server.errors).toEqual([])
    await server.close()
  })

  it('lets what a later middleware throws go its way', async () => {
    const server = await start(serveFiles(stage.files), () => {
      throw Object.assign(new Error('theirs'), { status: 418, expose: true })
    })
    const reply = await server.get('/elsewhere')
    expect([reply.status, reply.body.toString()]).toEqual([418, 'theirs'])
    expect(server.errors).toHaveLength(1)
    await server.close()
  })

  it("says what is wrong with an upload in the message, and of our own faults Koa's words", async () => {
    const server = await start(
      async (context, next) => {
        if (context.path === '/eaten') for await (const chunk of context.req) void chunk
        await next()
      },
      async (context) => {
        const limits = { maxBytes: 3 }
        context.body = await stage.files.receive(context, limits, ({ file }) => file.name)
      },
    )
    const send = async (path: string, body: string) => {
      const reply = await fetch(server.origin + path, { method: 'POST', body })
      return [reply.status, await reply.text()]
    }
    expect(await send('/', 'large')).toEqual([413, expect.stringContaining('3 bytes')])
    expect(await send('/', 'ok')).toEqual([200, 'upload'])
    expect(await send('/eaten', 'ok')).toEqual([500, 'Internal Server Error'])
    expect(server.errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('3 bytes'),
      expect.stringContaining('koa-bodyparser'),
    ])
    await server.close()
  })
})
