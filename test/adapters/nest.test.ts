// What Nest's users expect of a module, beside what every door does.

import 'reflect-metadata'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Controller, Inject, Module, Post, Req } from '@nestjs/common'
import type { INestApplication } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { describe, expect, it } from 'vitest'
import { leaveBodies } from '../../src/adapters/fastify.ts'
import { Titofisto, TitofistoModule, UploadExceptionFilter } from '../../src/adapters/nest.ts'
import type { ReceivableRequest } from '../../src/index.ts'
import { useFiles } from './use-files.ts'

const stage = useFiles()

/** The decorators, as the calls that they are. */
function makeApp() {
  class Uploads {
    take(request: ReceivableRequest) {
      return stage.files.receive(request, { maxBytes: 10 }, ({ file }) => ({
        sizeBytes: file.sizeBytes,
      }))
    }
  }
  Req()(Uploads.prototype, 'take', 0)
  const take = Object.getOwnPropertyDescriptor(Uploads.prototype, 'take') ?? {}
  Post('uploads')(Uploads.prototype, 'take', take)
  Controller()(Uploads)

  class Feature {
    readonly files: Titofisto
    constructor(injected: Titofisto) {
      this.files = injected
    }
  }
  Inject(Titofisto)(Feature, undefined, 0)

  class FeatureModule {
    readonly isModule = true
  }
  Module({ providers: [Feature] })(FeatureModule)
  class AppModule {
    readonly isModule = true
  }
  const imports = [TitofistoModule.forRoot(stage.files), FeatureModule]
  Module({ imports, controllers: [Uploads] })(AppModule)
  return { AppModule, Feature }
}

describe('titofisto/nest', () => {
  it('injects the files into every module, and closes them with the application', async () => {
    const { AppModule, Feature } = makeApp()
    const app = await NestFactory.create(AppModule, { logger: false })
    expect(app.get(Titofisto)).toBe(stage.files)
    expect(app.get(Feature, { strict: false }).files).toBe(stage.files)
    await app.init()
    await app.close()
    const request = new Request('http://x/', { method: 'PUT', body: 'x' })
    await expect(stage.files.receive(request, {}, () => {})).rejects.toMatchObject({
      code: 'upload-stopped',
    })
  })

  it('answers by the status of what receive() throws, and tells the fault that is not ours to tell', async () => {
    const { AppModule } = makeApp()
    const app = await NestFactory.create(AppModule, { logger: false })
    app.use('/files', stage.files.handler)
    await app.init()
    const server = app.getHttpServer() as Server
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const send = async (body: string, type: string) => {
      const headers = { 'content-type': type }
      const reply = await fetch(`${origin}/uploads`, { method: 'POST', body, headers })
      return [reply.status, await reply.json()]
    }
    expect(await send('0123456789', 'text/plain')).toEqual([201, { sizeBytes: 10 }])
    expect(await send('0123456789x', 'text/plain')).toEqual([
      413,
      { statusCode: 413, message: expect.stringContaining('10 bytes') as string },
    ])
    expect(await send('[1]', 'application/json')).toEqual([
      500,
      { statusCode: 500, message: 'Internal Server Error' },
    ])
    // But what hangs in by app.use comes before that parser.
    const kind = stage.files.slot('upload', { handler: ({ file }) => file.sizeBytes })
    const slot = origin + (await kind.url())
    const headers = { 'content-type': 'application/json' }
    const reply = await fetch(slot, { method: 'PUT', body: '[1]', headers })
    expect([reply.status, await reply.json()]).toEqual([200, 3])
    await app.close()
  })

  describe.each([
    ['Express', () => new ExpressAdapter()],
    ['Fastify', () => new FastifyAdapter()],
  ])('UploadExceptionFilter over %s', (platform, createAdapter) => {
    async function startApp(prepare: (app: INestApplication) => void) {
      const { AppModule } = makeApp()
      const logged: unknown[] = []
      const say = (...said: unknown[]) => logged.push(said)
      const logger = { log: () => {}, error: say, warn: say, fatal: say }
      const app = await NestFactory.create(AppModule, createAdapter(), { logger })
      if (platform === 'Fastify') leaveBodies(app.getHttpAdapter().getInstance(), 'text/plain')
      prepare(app)
      await app.listen(0, '127.0.0.1')
      const send = async (body: string, type = 'text/plain') => {
        const headers = { 'content-type': type }
        const reply = await fetch(`${await app.getUrl()}/uploads`, {
          method: 'POST',
          body,
          headers,
        })
        return [reply.status, await reply.json()]
      }
      return { app, send, logged }
    }

    const tooLarge = [
      413,
      { statusCode: 413, message: expect.stringContaining('10 bytes') as string },
    ]

    it('answers as Nest does', async () => {
      const { app, send, logged } = await startApp(() => {})
      expect(await send('0123456789x')).toEqual(tooLarge)
      // What the filter is for.
      expect(logged).toHaveLength(1)
      await app.close()
    })

    it('writes nothing to its log', async () => {
      const { app, send, logged } = await startApp((made) =>
        made.useGlobalFilters(new UploadExceptionFilter()),
      )
      expect(await send('0123456789x')).toEqual(tooLarge)
      expect(logged).toEqual([])
      await app.close()
    })

    it('leaves our own faults to Nest, with a line in its log', async () => {
      const { app, send, logged } = await startApp((made) =>
        made.useGlobalFilters(new UploadExceptionFilter()),
      )
      // Nest's parser has read it.
      const [status] = await send('[1]', 'application/json')
      expect([status, logged.length]).toEqual([500, 1])
      await app.close()
    })
  })
})
