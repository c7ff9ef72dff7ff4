// A server of its own process over the public API, for tests that restart it or run several.
// Arguments: the compiled source and the root folder; the port is in PORT (0: any). It prints its
// port once it listens. Beside slots it answers POST /mint/<kind> (the body: overrides, as JSON),
// GET /status/<id>, POST /revoke/<id>, POST /sweep, POST /request (of kind `count`; the body: its
// options) and GET /request-status/<id>. On SIGTERM it stops calmly. Slots are kept in files, or by the
// engine at SLOT_STORE; LEASE is leaseSeconds, CLOCK_AHEAD_MS how far its clock is ahead.
//
// Handlers add a line to runs.log beside the root each time they run, so that what several
// processes did is counted in one place.

import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { join } from 'node:path'

const [source, root] = process.argv.slice(2)
const { createLocalStorage, createTitofisto } = await import(`${source}/index.js`)

const storeUrl = process.env.SLOT_STORE ?? ''
const engines = storeUrl === '' ? null : await import('./engines/open-store.mjs')

const files = createTitofisto({
  ...(engines !== null && { slotStore: await engines.openStoreAt(source, storeUrl) }),
  leaseSeconds: Number(process.env.LEASE ?? 30),
  now: () => Date.now() + Number(process.env.CLOCK_AHEAD_MS ?? 0),
  secret: 'a secret for tests, 32 bytes and more',
  storage: createLocalStorage({ root, durable: false }),
  durable: false,
  sweepSeconds: 0,
  log: (entry) => appendFileSync(join(root, '../log'), `${JSON.stringify(entry)}\n`),
})

files.slot('keep', {
  maxBytes: 8 * 1024 ** 3,
  async handler({ file, slot }) {
    appendFileSync(join(root, '../runs.log'), `${slot.id} ${process.pid}\n`)
    const { name, type } = file
    const facts = { name, type, sizeBytes: file.sizeBytes, sha256: await file.sha256() }
    appendFileSync(join(root, '../seen.log'), `${JSON.stringify(facts)}\n`)
    return { ...facts, saved: await file.save(`kept/${slot.id}.bin`) }
  },
})
// Never ends.
files.slot('hang', {
  handler({ slot }) {
    appendFileSync(join(root, '../runs.log'), `${slot.id} ${process.pid}\n`)
    return new Promise(() => {})
  },
})
// Does nothing with its file: for tests that count, thousands of times.
const count = files.slot('count', {
  handler: ({ slot }) => appendFileSync(join(root, '../runs.log'), `${slot.id} ${process.pid}\n`),
})

const server = createServer(async (req, res) => {
  const [, verb, rest] = req.url.split('/')
  if (verb === 'media') return files.handler(req, res)
  if (verb === 'mint')
    return res.end(JSON.stringify(await files.slots.mint(rest, undefined, await json(req))))
  if (verb === 'request')
    return res.end(JSON.stringify(await count.request(undefined, await json(req))))
  if (verb === 'request-status')
    return res.end(JSON.stringify(await (await files.requests.find(rest)).status()))
  if (verb === 'status') return res.end(JSON.stringify(await files.slots.status(rest)))
  if (verb === 'revoke') return res.end(JSON.stringify(await files.slots.revoke(rest)))
  if (verb === 'sweep') return res.end(JSON.stringify(await files.slots.sweep()))
  return res.writeHead(404).end()
})
// Tests keep connections for later, however slow the machine is.
server.keepAliveTimeout = 0
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  process.stdout.write(`${server.address().port}\n`),
)

process.once('SIGTERM', async () => {
  server.close()
  await files.close()
  process.exit(0)
})
