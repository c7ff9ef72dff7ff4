// Invoices that only their owner can fetch, in Hono: a link is bound to a user, and a copied one
// does not work for anybody else.
//
//   npm install && npm run build
//   node examples/hono.mjs             (or with PORT=8080)
//
// Then, with what it prints:
//   curl -H 'Authorization: Bearer ann' "$ADDRESS/invoices/7"       a link
//   curl -H 'Authorization: Bearer ann' "$ADDRESS$LINK"             the invoice
//   curl -H 'Authorization: Bearer bob' "$ADDRESS$LINK"             404

import { mkdirSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createLocalStorage, createTitofisto } from 'titofisto'

mkdirSync('example-media', { recursive: true })

const files = createTitofisto({
  // A real one: `npx titofisto secret`. It must stay the same, or all links end.
  secret: process.env.TITOFISTO_SECRET ?? 'not-a-secret-but-long-enough-to-try-it',
  storage: createLocalStorage({ root: 'example-media' }),
  bindOf: (request) => userOf(request.headers.get('authorization')),
})

const app = new Hono()

app.get('/invoices/:id', async (c) => {
  const user = userOf(c.req.header('authorization'))
  if (user === null) return c.text('Who are you?', 401)
  const name = `invoices/${Number(c.req.param('id'))}.txt`
  if (!(await files.storage.exists(name))) return c.text('Not found', 404)
  return c.text(await files.url(name, { bind: user, expiresIn: 60, download: 'invoice.txt' }))
})

// The Fetch door: Request in, Response out, as on Bun, Deno and workers.
app.all('/media/*', (c) => files.fetch(c.req.raw))

await files.storage.save('invoices/7.txt', 'Seven pounds.\n', { onTaken: 'replace' })
const server = serve(
  { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 0) },
  ({ port }) => console.log(`http://127.0.0.1:${port}`),
)

process.once('SIGTERM', stop).once('SIGINT', stop)

function stop() {
  server.close()
  server.closeAllConnections()
}

/** Stands for your session or token check. */
function userOf(authorization) {
  return /^Bearer (\w+)$/.exec(authorization ?? '')?.[1] ?? null
}
