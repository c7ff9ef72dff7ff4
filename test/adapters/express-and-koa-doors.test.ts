// Express, Connect, Polka and Koa under the battery of all doors: hung in as the guide says, with a
// route of the application's own beside.

import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import connect from 'connect'
import express from 'express'
import express4 from 'express-4'
import Koa from 'koa'
import Koa2 from 'koa-2'
import polka from 'polka'
import { serveFiles as serveInExpress } from '../../src/adapters/express.ts'
import { serveFiles as serveInKoa } from '../../src/adapters/koa.ts'
import type { TitofistoError } from '../../src/index.ts'
import { describeDoor } from '../contracts/door-contract.ts'
import { describeDoorInMatrix } from '../contracts/more-doors.ts'
import type { Door } from '../contracts/door.ts'
import { ownRoute } from '../contracts/door-uploads.ts'
import { answerTheirs, openHttp1, theirs } from '../contracts/open-door.ts'
import { mount } from './koa-mount.ts'
import { receive } from './own-route.ts'
import type { LocalFiles } from './own-route.ts'

/** Answers with JSON, as Connect and Polka leave to their users. */
function answerOwnRoute(files: LocalFiles) {
  return (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => {
    receive(files, req).then((value) => res.end(JSON.stringify(value)), next)
  }
}

/** Opens a listener whose application has an own route. */
async function open(files: LocalFiles, listener: RequestListener): Promise<Door> {
  return { ...(await openHttp1(files, createServer(listener), theirs)), ownRoute: ownRoute.path }
}

for (const [version, makeApp, describeIt] of [
  ['5', express, describeDoor],
  ['4', express4, describeDoorInMatrix],
] as const)
  describeIt(`titofisto/express in Express ${version}`, async (create) => {
    const files = create()
    const app = makeApp()
    app.use('/media', serveInExpress(files))
    app.post(ownRoute.path, answerOwnRoute(files))
    app.use(answerTheirs)
    return open(files, app)
  })

describeDoorInMatrix('titofisto/express, told nothing but where it hangs', async (create) => {
  const files = create()
  const inner = express()
  inner.use('/files', serveInExpress(files))
  const app = express()
  app.use('/app', inner)
  // Express 5 hears of the promise itself.
  app.post(ownRoute.path, (req, res) =>
    receive(files, req).then((value) => res.end(JSON.stringify(value))),
  )
  app.use(answerTheirs)
  return open(files, app)
})

describeDoorInMatrix('titofisto/express in Connect', async (create) => {
  const files = create()
  const app = connect()
  app.use('/files', serveInExpress(files))
  app.use(ownRoute.path, answerOwnRoute(files))
  app.use(answerTheirs)
  return open(files, app)
})

describeDoorInMatrix('titofisto/express in Polka', async (create) => {
  const files = create()
  const app = polka({ onNoMatch: answerTheirs })
  app.use('/media', serveInExpress(files))
  // It hands no `next` to a route that has nothing before it.
  app.post(ownRoute.path, (req, res) =>
    answerOwnRoute(files)(req, res, (error) => {
      res.statusCode = (error as TitofistoError).status
      res.end()
    }),
  )
  const door = await open(files, app.handler)
  return { ...door, refusesItself: (path) => !path.startsWith('/') }
})

for (const [version, App, describeIt] of [
  ['3', Koa, describeDoor],
  ['2', Koa2, describeDoorInMatrix],
] as const) {
  const makeApp = (files: LocalFiles, serve: Koa.Middleware) => {
    const app = new App()
    // Else it prints our own faults, which are none here.
    app.silent = true
    app.use(serve)
    app.use(async (context, next) => {
      if (context.path !== ownRoute.path) await next()
      else context.body = await receive(files, context)
    })
    app.use((context) => {
      context.status = theirs.status
      context.body = theirs.body
    })
    return app.callback()
  }

  describeIt(`titofisto/koa in Koa ${version}`, async (create) => {
    const files = create()
    return open(files, makeApp(files, serveInKoa(files)))
  })

  describeIt(`titofisto/koa, mounted, in Koa ${version}`, async (create) => {
    const files = create({ mediaUrl: '/files/' })
    return open(files, makeApp(files, mount('/files', serveInKoa(files))))
  })
}
