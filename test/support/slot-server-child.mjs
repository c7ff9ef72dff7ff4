// A server of its own process, for tests that kill it. Arguments: the compiled source, a folder for
// all state, and when to die: `before 2` or `after 2` (the second change of a record), or `never`.
// The first line on stdout is its port. Besides slots it answers POST /mint/<kind>, GET
// /status/<id>, POST /sweep, POST /request (REQUEST has its options) and GET /request-status/<id>.
// AHEAD_MS sets its clock. Handlers write a line to runs.log each time they run.

import { appendFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'

const [source, folder, side, when] = process.argv.slice(2)
const { createNodeHandler } = await import(`${source}/http/node/node-door.js`)
const { createSlots } = await import(`${source}/slots/slots.js`)
const { createFileSlotStore } = await import(`${source}/slots/stores/file.js`)
const { createLocalStorage } = await import(`${source}/storage/local/local.js`)
const { createKeyring } = await import(`${source}/token/keyring.js`)

const root = join(folder, 'files')
await mkdir(root, { recursive: true })
const storage = createLocalStorage({ root })
storage.makeSpoolFolder()
const slots = createSlots({
  pages: null,
  store: dyingStore(createFileSlotStore({ folder: join(folder, 'state') })),
  storage,
  keyring: createKeyring(['a secret for tests only, 32 bytes and more'], 'slot'),
  requestKeyring: createKeyring(['a secret for tests only, 32 bytes and more'], 'request'),
  urlBase: '/slots/',
  timeoutSeconds: 3600,
  durable: true,
  keepInterruptedSeconds: 604_800,
  now: () => Date.now() + Number(process.env.AHEAD_MS ?? 0),
  // Short, where tests wait for it to run out.
  leaseSeconds: Number(process.env.LEASE ?? 0.5),
  log: (entry) => appendFileSync(join(folder, 'log'), `${JSON.stringify(entry)}\n`),
  events: { isHeard: () => false, tell: () => {} },
})

async function save({ file, slot }) {
  appendFileSync(join(folder, 'runs.log'), `${slot.kind} ${slot.attempt}\n`)
  return { name: await file.save(`${slot.id}.bin`, { onTaken: 'replace' }) }
}

const kept = slots.define('save', { handler: save, maxBytes: 8 * 1024 ** 3 })
slots.define('save-idempotent', { handler: save, idempotent: true })
slots.define('hang', {
  async handler(call) {
    await save(call)
    await new Promise(() => {})
  },
})
slots.define('hang-once', {
  idempotent: true,
  async handler(call) {
    await save(call)
    if (call.slot.attempt === 1) await new Promise(() => {})
  },
})

const options = JSON.parse(process.env.REQUEST ?? '{}')
const endpoint = createNodeHandler(
  (incoming) => slots.endpoint(incoming, incoming.target.slice('/slots/'.length)),
  { mountPath: '/' },
  () => {},
)
const server = createServer(async (req, res) => {
  const [, verb, rest] = req.url.split('/')
  if (verb === 'slots') return endpoint(req, res)
  if (verb === 'request') return res.end(JSON.stringify(await kept.request(undefined, options)))
  if (verb === 'request-status')
    return res.end(JSON.stringify(await (await slots.requests.find(rest)).status()))
  if (verb === 'mint') return res.end(JSON.stringify(await slots.mint(rest)))
  if (verb === 'status') return res.end(JSON.stringify(await slots.status(rest)))
  return res.end(JSON.stringify(await slots.sweep()))
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  process.stdout.write(`${server.address().port}\n`),
)

/** Kills this process at a change of a record, as a power switch would: nothing is cleaned up. */
function dyingStore(store) {
  let changes = 0
  return {
    ...store,
    async replace(record, expectedRevision) {
      changes += 1
      const isLast = changes === Number(when)
      if (isLast && side === 'before') process.kill(process.pid, 'SIGKILL')
      const done = await store.replace(record, expectedRevision)
      if (isLast && side === 'after') process.kill(process.pid, 'SIGKILL')
      return done
    },
  }
}
