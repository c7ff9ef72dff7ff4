// Serves the application that a module exports, on Node and on the port in PORT. An application of
// h3's brings its own server.

import { serve } from '@hono/node-server'
import { H3, serve as serveH3 } from 'h3'

const { default: app } = await import(new URL(process.argv[2] ?? '', import.meta.url).href)
const port = Number(process.env['PORT'])
if (app instanceof H3) serveH3(app, { hostname: '127.0.0.1', port })
else serve({ fetch: app.fetch, hostname: '127.0.0.1', port })
