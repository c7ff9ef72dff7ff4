// What Fastify's users expect of a plugin, beside what every door does.

import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import fastify4 from 'fastify-4'
import { describe, expect, it } from 'vitest'
import { leaveBodies, serveFiles } from '../../src/adapters/fastify.ts'
import { useFiles } from './use-files.ts'

const stage = useFiles()

const multipart = {
  headers: { 'content-type': 'multipart/form-data; boundary=B' },
  payload:
    '--B\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nhello\r\n--B--\r\n',
}

describe.each([
  ['5', fastify],
  ['4', fastify4 as unknown as typeof fastify],
])('titofisto/fastify in Fastify %s', (_, makeApp) => {
  it('works under inject: files small and large, ranges, refusals, uploads', async () => {
    const app = makeApp()
    app.register(serveFiles(stage.files), { prefix: '/files' })
    await app.ready()
    const url = await stage.files.url('big.bin')
    const big = await app.inject(url)
    expect(big.rawPayload.equals(stage.ground.bigBytes)).toBe(true)
    const part = await app.inject({ url, headers: { range: 'bytes=5-9' } })
    expect([part.statusCode, part.rawPayload]).toEqual([206, stage.ground.bigBytes.subarray(5, 10)])
    expect((await app.inject({ url, method: 'HEAD' })).payload).toBe('')
    expect((await app.inject(`${url}x`)).statusCode).toBe(404)
    const kind = stage.files.slot('upload', { handler: ({ file }) => file.sizeBytes })
    for (const request of [
      { method: 'PUT', payload: 'hello' },
      { method: 'PUT', payload: '"abc"', headers: { 'content-type': 'application/json' } },
      { method: 'POST', ...multipart },
    ] as const)
      expect((await app.inject({ url: await kind.url(), ...request })).payload).toBe('5')
    await app.close()
  })

  it("leaves the application's parsers alone, before and after it is registered", async () => {
    const app = makeApp()
    app.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) => {
      done(null, String(body).split(','))
    })
    app.register(serveFiles(stage.files), { prefix: '/files' })
    app.addContentTypeParser('text/late', { parseAs: 'string' }, (_request, body, done) => {
      done(null, { late: body })
    })
    app.post('/echo', (request, reply) => reply.send(request.body))
    await app.ready()
    for (const [type, payload, body] of [
      ['application/json', '{"a":1}', { a: 1 }],
      ['text/csv', 'a,b', ['a', 'b']],
      ['text/late', 'x', { late: 'x' }],
    ] as const) {
      const headers = { 'content-type': type }
      const reply = await app.inject({ method: 'POST', url: '/echo', payload, headers })
      expect(reply.json()).toEqual(body)
    }
    const form = await app.inject({ method: 'POST', url: '/echo', ...multipart })
    expect(form.statusCode).toBe(415)
    await app.close()
  })

  it("runs the application's hooks, keeps what they set, and minds who they turn away", async () => {
    const app = makeApp()
    let responses = 0
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('x-theirs', 'yes').header('content-type', 'text/html')
    })
    app.addHook('preHandler', async (request, reply) => {
      if (request.headers.authorization === undefined) return reply.code(401).send('Who are you?')
      return undefined
    })
    app.addHook('onResponse', async () => void responses++)
    app.register(serveFiles(stage.files), { prefix: '/files' })
    await app.ready()
    const url = await stage.files.url('ten.bin')
    expect((await app.inject(url)).statusCode).toBe(401)
    const reply = await app.inject({ url, headers: { authorization: 'me' } })
    expect(reply.statusCode).toBe(200)
    expect(reply.headers['x-theirs']).toBe('yes')
    expect(reply.headers['content-type']).toBe('application/octet-stream')
    await expect.poll(() => responses).toBe(2)
    await app.close()
  })

  it("leaves what is not ours to the application's not-found handler, asynchronous or not", async () => {
    const open = stage.ground.create({ sweepSeconds: 0, fallthrough: true })
    for (const isAsync of [true, false]) {
      const app = makeApp()
      app.register(serveFiles(open), { prefix: '/files' })
      app.get('/files/own', async () => 'own')
      app.setNotFoundHandler((_request, reply) => {
        if (!isAsync) return reply.code(410).send('gone')
        return Promise.resolve().then(() => reply.code(410).send('gone'))
      })
      await app.ready()
      expect((await app.inject('/files/none')).payload).toBe('gone')
      expect((await app.inject({ method: 'POST', url: '/files/x', ...multipart })).payload).toBe(
        'gone',
      )
      expect((await app.inject('/files/own')).payload).toBe('own')
      expect((await app.inject('/files/none?titofisto_token=1')).payload).toBe('Not found\n')
      await app.close()
    }
  })

  it('answers for a route of its own whose body a parser has read: 500, with words that mend it', async () => {
    const app = makeApp()
    app.post('/own', (request) => stage.files.receive(request, {}, ({ file }) => file.sizeBytes))
    await app.register(async (scope) => {
      leaveBodies(scope, 'application/json', 'multipart/form-data')
      scope.post('/mended', (request) =>
        stage.files.receive(request, {}, ({ file }) => file.sizeBytes),
      )
    })
    await app.ready()
    const request = { method: 'POST', payload: '[1,2]' } as const
    const headers = { 'content-type': 'application/json' }
    const eaten = await app.inject({ ...request, url: '/own', headers })
    expect(eaten.json()).toMatchObject({ statusCode: 500, code: 'upload-already-read' })
    expect(eaten.payload).toContain('leaveBodies()')
    expect((await app.inject({ ...request, url: '/mended', headers })).payload).toBe('5')
    expect((await app.inject({ method: 'POST', url: '/mended', ...multipart })).payload).toBe('5')
    await app.close()
  })

  it('speaks HTTP/2', async () => {
    const app = makeApp({ http2: true } as object)
    app.register(serveFiles(stage.files), { prefix: '/files' })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const client = connectHttp2(`http://127.0.0.1:${port}`)
    const stream = client.request({ ':path': await stage.files.url('big.bin') })
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(stream, 'end')
    expect(Buffer.concat(chunks).equals(stage.ground.bigBytes)).toBe(true)
    client.destroy()
    await app.close()
  })

  it('is quiet about a client that leaves', async () => {
    const said: string[] = []
    const stream = { write: (line: string) => void said.push(line) }
    const app = makeApp({ logger: { level: 'warn', stream } })
    app.register(serveFiles(stage.files), { prefix: '/files' })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const leaving = new AbortController()
    const url = `http://127.0.0.1:${port}${await stage.files.url('big.bin')}`
    const reply = await fetch(url, { signal: leaving.signal })
    expect(reply.status).toBe(200)
    leaving.abort()
    await app.close()
    expect(said).toEqual([])
  })
})

describe('a Fastify of another version', () => {
  it('refuses the plugin when it is registered', () => {
    const meta = Reflect.get(serveFiles(stage.files), Symbol.for('plugin-meta')) as object
    expect(meta).toEqual({ name: 'titofisto', fastify: '>=4' })
  })
})
