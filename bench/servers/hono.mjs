// @ts-check
import { createAdaptorServer } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { listen, readSetup } from './listen.mjs'

const app = new Hono()
app.use('/*', serveStatic({ root: readSetup().root }))

listen(/** @type {import('node:http').Server} */ (createAdaptorServer({ fetch: app.fetch })))
