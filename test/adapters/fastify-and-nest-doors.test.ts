// Fastify and NestJS under the battery of all doors: hung in as the guide says, with a route of the
// application's own beside.

import 'reflect-metadata'
import type { Server } from 'node:http'
import { Controller, Inject, Module, Post, Req } from '@nestjs/common'
import type { INestApplication } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import fastify4 from 'fastify-4'
import { leaveBodies, serveFiles } from '../../src/adapters/fastify.ts'
import { Titofisto, TitofistoModule } from '../../src/adapters/nest.ts'
import type { ReceivableRequest } from '../../src/index.ts'
import { describeDoor } from '../contracts/door-contract.ts'
import { describeDoorInMatrix } from '../contracts/more-doors.ts'
import type { Door } from '../contracts/door.ts'
import { ownRoute } from '../contracts/door-uploads.ts'
import { openHttp1, theirs } from '../contracts/open-door.ts'
import { receive } from './own-route.ts'
import type { LocalFiles } from './own-route.ts'

for (const [version, makeApp, describeIt] of [
  ['5', fastify, describeDoor],
  ['4', fastify4 as unknown as typeof fastify, describeDoorInMatrix],
] as const)
  describeIt(`titofisto/fastify in Fastify ${version}`, async (create) => {
    const files = create()
    const app = makeApp()
    // What others do with bodies must not matter.
    app.addContentTypeParser('application/x-other', { parseAs: 'buffer' }, (_, body, done) => {
      done(null, body)
    })
    await app.register(serveFiles(files), { prefix: '/files' })
    await app.register(async (scope) => {
      leaveBodies(scope)
      scope.post(ownRoute.path, (request) => receive(files, request))
    })
    app.setNotFoundHandler((_, reply) => reply.code(theirs.status).send(theirs.body))
    return openFastify(files, app)
  })

describeDoor(
  'titofisto/fastify, within another plugin and behind another prefix',
  async (create) => {
    const files = create({ mediaUrl: '/app/v1/media/' })
    const app = fastify()
    await app.register(
      async (scope) => {
        await scope.register(serveFiles(files))
      },
      { prefix: '/app/v1' },
    )
    app.setNotFoundHandler((_, reply) => reply.code(theirs.status).send(theirs.body))
    return { ...(await openFastify(files, app)), ownRoute: undefined }
  },
)

async function openFastify(files: LocalFiles, app: FastifyInstance): Promise<Door> {
  await app.ready()
  const door = await openHttp1(files, app.server, theirs)
  return {
    ...door,
    ownRoute: ownRoute.path,
    // Fastify's router answers them with 400, and asks nobody.
    refusesItself: (path) => !isDecodable(path),
    async close() {
      await door.close()
      await app.close()
    },
  }
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path.replace(/\?.*/, ''))
    return true
  } catch {
    return false
  }
}

/** An application of Nest's, its decorators written as the calls that they are. */
function makeNestModule(files: LocalFiles) {
  class OwnController {
    readonly #files: Titofisto

    constructor(injected: Titofisto) {
      this.#files = injected
    }

    take(request: ReceivableRequest) {
      return this.#files.receive(request, ownRoute.limits, ownRoute.use)
    }
  }
  Inject(Titofisto)(OwnController, undefined, 0)
  Req()(OwnController.prototype, 'take', 0)
  const take = Object.getOwnPropertyDescriptor(OwnController.prototype, 'take')
  if (take === undefined) throw new Error('There is no method "take".')
  Post(ownRoute.path)(OwnController.prototype, 'take', take)
  Controller()(OwnController)

  class AppModule {
    readonly isModule = true
  }
  Module({ imports: [TitofistoModule.forRoot(files)], controllers: [OwnController] })(AppModule)
  return AppModule
}

describeDoor('titofisto/nest over Express', async (create) => {
  const files = create()
  const app = await NestFactory.create(makeNestModule(files), { logger: false })
  app.use('/files', files.handler)
  return openNest(files, app)
})

describeDoor('titofisto/nest over Fastify, by its plugin', async (create) => {
  const files = create()
  const app = await NestFactory.create<NestFastifyApplication>(
    makeNestModule(files),
    new FastifyAdapter(),
    { logger: false },
  )
  await app.register(serveFiles(files), { prefix: '/files' })
  leaveBodies(app.getHttpAdapter().getInstance(), 'multipart/form-data', 'image/png', 'text/plain')
  return { ...(await openNest(files, app)), refusesItself: (path) => !isDecodable(path) }
})

describeDoorInMatrix('titofisto/nest over Fastify, as a middleware', async (create) => {
  const files = create({ mediaUrl: '/files/' })
  const app = await NestFactory.create<NestFastifyApplication>(
    makeNestModule(files),
    new FastifyAdapter(),
    { logger: false },
  )
  app.use('/files', files.handler)
  const door = await openNest(files, app)
  return { ...door, ownRoute: undefined, refusesItself: (path) => !isDecodable(path) }
})

async function openNest(files: LocalFiles, app: INestApplication): Promise<Door> {
  await app.init()
  const instance: unknown = app.getHttpAdapter().getInstance()
  // Fastify routes nothing before.
  if (typeof instance === 'object') await (instance as FastifyInstance).ready()
  const foreign = { status: 404, body: '"Not Found"' }
  const door = await openHttp1(files, app.getHttpServer() as Server, foreign)
  return {
    ...door,
    ownRoute: ownRoute.path,
    async close() {
      await door.close()
      await app.close()
    },
  }
}
