// A server of slots in its own process that stops itself (SIGSTOP, for real) at one point of an
// upload, as a paused machine would. Arguments: the compiled source, the root folder, and the point:
// `before` or `after`, and the state whose writing it means; or `never`. It prints its port once it
// listens. `keep` and `keep-idempotent` are its kinds, and `sleepy` ones that stop within their first
// run. Handlers add a line to runs.log beside the root each time they run.

import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { join } from 'node:path'

const [source, root, side, state] = process.argv.slice(2)
const { createFileSlotStore, createLocalStorage, createTitofisto } = await import(
  `${source}/index.js`
)

const note = (file, line) => appendFileSync(join(root, '..', file), `${line}\n`)

const files = createTitofisto({
  secret: 'a secret for tests, 32 bytes and more',
  storage: createLocalStorage({ root, durable: false }),
  slotStore: stoppingStore(createFileSlotStore({ folder: join(root, '../slots'), durable: false })),
  durable: false,
  sweepSeconds: 0,
  leaseSeconds: 1,
  log: (entry) => note('log', JSON.stringify(entry)),
})

for (const name of ['keep', 'keep-idempotent', 'sleepy', 'sleepy-idempotent'])
  files.slot(name, {
    idempotent: name.endsWith('idempotent'),
    minBytesPerSecond: 0,
    async handler({ file, slot }) {
      note('runs.log', `${slot.attempt}`)
      if (name.startsWith('sleepy') && slot.attempt === 1) process.kill(process.pid, 'SIGSTOP')
      const sha256 = await file.sha256()
      const saved = await file.save(`kept/${slot.id}.bin`, { onTaken: 'replace' })
      note('seen.log', JSON.stringify({ sha256, saved, sizeBytes: file.sizeBytes }))
    },
  })

const server = createServer(async (req, res) => {
  const [, verb, rest] = req.url.split('/')
  if (verb === 'media') return files.handler(req, res)
  if (verb === 'mint')
    return res.end(JSON.stringify(await files.slots.mint(rest, undefined, await json(req))))
  if (verb === 'status') return res.end(JSON.stringify(await files.slots.status(rest)))
  if (verb === 'sweep') return res.end(JSON.stringify(await files.slots.sweep()))
  return res.writeHead(404).end()
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  process.stdout.write(`${server.address().port}\n`),
)

/** Stops once, at the first change to a state. */
function stoppingStore(store) {
  let isDone = false
  return {
    ...store,
    async replace(record, expectedRevision) {
      const isIt = !isDone && record.state.name === state
      if (isIt && side === 'before') stopNow()
      const replaced = await store.replace(record, expectedRevision)
      if (isIt && replaced && side === 'after') stopNow()
      return replaced
    },
  }

  function stopNow() {
    isDone = true
    process.kill(process.pid, 'SIGSTOP')
  }
}
