// @ts-check
// One server under soak: the public API over node:http, asked by its parent over IPC. Arguments: the
// compiled source's folder and a setup as JSON. What its handlers do, the slot's arguments say; each
// run leaves its lines in the run log, which all servers of a ground share.

import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { Agent, createServer } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'

const [source = '', setupText = '{}'] = process.argv.slice(2)
/** @type {{ root: string, bucket: { name: string, prefix: string, settings: object } | null, store: string | null, runLog: string, serverLog: string, stallLog: string, durable: boolean, leaseSeconds: number, sweepSeconds: number, replaySeconds: number }} */
const setup = JSON.parse(setupText)
const { createLocalStorage, createTitofisto, SlotRejection } = await import(
  pathToFileURL(`${source}/index.js`).href
)

process.on('unhandledRejection', (error) => {
  console.error('UNHANDLED REJECTION', error)
  process.exit(70)
})

// Keeps connections to S3, as the SDK's own does.
const agent = new Agent({ keepAlive: true })
const storage = await openStorage()
const slotStore = setup.store === null ? null : await openEngine(setup.store)
const files = createTitofisto({
  secret: 'a secret for the soak, 32 bytes and more',
  storage,
  durable: setup.durable,
  ...(slotStore !== null && { slotStore }),
  leaseSeconds: setup.leaseSeconds,
  sweepSeconds: setup.sweepSeconds,
  log,
})

for (const durable of [true, false])
  for (const idempotent of [true, false])
    files.slot(`${idempotent ? 'again' : 'once'}-${durable ? 'durable' : 'fast'}`, {
      maxBytes: 16 * 1024 * 1024,
      minBytes: 0,
      maxFiles: 12,
      maxFields: 60,
      durable,
      idempotent,
      replaySeconds: setup.replaySeconds,
      handler: (/** @type {any} */ call) => handle(call, idempotent),
    })

async function openStorage() {
  const { root, bucket, durable } = setup
  if (bucket === null) return createLocalStorage({ root, durable })
  const { S3Client } = await import('@aws-sdk/client-s3')
  const { createS3Storage } = await import(pathToFileURL(`${source}/adapters/s3.js`).href)
  const { name, prefix, settings } = bucket
  return createS3Storage({
    client: new S3Client({ ...settings, requestHandler: { httpAgent: agent } }),
    bucket: name,
    prefix,
    // One for all servers: a resumable upload goes on at any of them.
    stateFolder: join(root, '.titofisto'),
    timeoutSeconds: 5,
    log,
  })
}

/** @param {any} entry */
function log(entry) {
  const cause = entry.cause === undefined ? null : String(entry.cause?.stack ?? entry.cause)
  note(setup.serverLog, { ...entry, cause })
}

/** @param {string} url */
async function openEngine(url) {
  const { openStoreAt } = await import('../../test/support/engines/open-store.mjs')
  return openStoreAt(source, url, { timeoutSeconds: 5 })
}

let runs = 0

/**
 * @param {any} call
 * @param {boolean} idempotent
 */
async function handle(call, idempotent) {
  const { args, files: received, fields, slot } = call
  const run = `${process.pid}-${++runs}`
  const facts = { run, slot: slot.id, attempt: slot.attempt }
  const seen = []
  for (const file of received) seen.push({ sizeBytes: file.sizeBytes, sha256: await file.sha256() })
  noteRun({ ...facts, what: 'start', files: seen, fields: digestFields(fields) })
  try {
    const answer = await work(call, idempotent, facts)
    noteRun({ ...facts, what: 'end', outcome: 'ok' })
    return toAnswer(args.answer, answer)
  } catch (error) {
    noteRun({ ...facts, what: 'end', outcome: outcomeOf(error), error: String(error) })
    throw error
  }
}

/**
 * @param {any} call
 * @param {boolean} idempotent
 * @param {object} facts
 */
async function work({ args, files: received, slot }, idempotent, facts) {
  await sleep(args.delayMs / 2)
  if (slot.attempt <= args.throwTimes) throw new Error('told to throw')
  if (args.reject === 'final') throw new SlotRejection('told to refuse')
  if (args.reject === 'retry' && slot.attempt === args.throwTimes + 1)
    throw new SlotRejection('told to refuse once', { retry: true })
  const names = []
  for (const [index, file] of received.entries())
    for (let copy = 0; copy < args.saves; copy++) {
      const run = idempotent ? 0 : slot.attempt
      const name = `${args.folder}/${slot.id}.${run}.${index}.${copy}.bin`
      names.push(await file.save(name, { onTaken: idempotent ? 'replace' : 'refuse' }))
    }
  noteRun({ ...facts, what: 'saved', names })
  await sleep(args.delayMs / 2)
  return { names }
}

/** @param {unknown} error */
function outcomeOf(error) {
  if (error instanceof SlotRejection) return /** @type {any} */ (error).retry ? 'retry' : 'rejected'
  return String(error).includes('told to throw') ? 'threw' : 'failed'
}

/**
 * @param {string} form
 * @param {object} answer
 */
function toAnswer(form, answer) {
  if (form === 'nothing') return undefined
  if (form === 'response')
    return new Response(JSON.stringify(answer), {
      status: 201,
      headers: { 'content-type': 'application/json' },
    })
  return answer
}

/** @param {URLSearchParams} fields */
function digestFields(fields) {
  return createHash('sha256')
    .update(JSON.stringify([...fields]))
    .digest('hex')
}

/** @param {object} line */
function noteRun(line) {
  note(setup.runLog, { ...line, pid: process.pid, atMs: Date.now() })
}

/**
 * @param {string} path
 * @param {object} line
 */
function note(path, line) {
  appendFileSync(path, `${JSON.stringify(line)}\n`)
}

// A stall that nobody ordered (a loaded machine) is one all the same.
let lastTickMs = Date.now()
setInterval(() => {
  const nowMs = Date.now()
  if (nowMs - lastTickMs > 500)
    note(setup.stallLog, { pid: process.pid, fromMs: lastTickMs, toMs: nowMs })
  lastTickMs = nowMs
}, 100).unref()

/** @type {Record<string, (value: any) => unknown>} */
const answers = {
  mint: ({ kind, args, overrides }) => files.slots.mint(kind, args, overrides),
  url: (name) => files.url(name),
  status: (id) => files.slots.status(id),
  revoke: (id) => files.slots.revoke(id),
  sweep: () => files.slots.sweep(),
  removeTemporaries: (olderThanMs) => storage.removeStaleTemporaries(olderThanMs),
  delete: (name) => storage.delete(name),
  ready: () => storage.ready?.(),
  closeIdleConnections() {
    for (const sockets of Object.values(agent.freeSockets))
      for (const socket of sockets ?? []) socket.destroy()
  },
  async list() {
    const found = []
    for await (const status of files.slots.list()) found.push(status)
    return found
  },
  memory() {
    globalThis.gc?.()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  },
}

process.on('message', async (/** @type {any} */ { id, question, value }) => {
  try {
    process.send?.({ id, answer: await answers[question]?.(value) })
  } catch (error) {
    process.send?.({ id, error: String(error) })
  }
})
process.on('disconnect', () => process.exit(0))

const server = createServer(files.handler).on('checkContinue', files.handler)
server.requestTimeout = 0
server.listen(0, '127.0.0.1', () =>
  process.send?.({ port: /** @type {any} */ (server.address()).port }),
)

process.once('SIGTERM', async () => {
  server.close()
  await files.close()
  server.closeAllConnections()
  process.exit(0)
})
