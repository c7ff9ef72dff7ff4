// Mints and redeems slots over real connections, in a process of its own (--expose-gc), and prints
// as JSON what that left behind. Arguments: the compiled source, a folder, the store (`file` or
// `memory`), how many slots, and how many bytes a slot to leak on purpose.

import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'

const [source, root, storeName, count, leakBytes] = process.argv.slice(2)
const { createLocalStorage, createMemorySlotStore, createTitofisto } = await import(
  `${source}/index.js`
)

let nowMs = Date.now()
const leaked = []
const files = createTitofisto({
  secret: 'a secret for tests, 32 bytes and more',
  storage: createLocalStorage({ root, durable: false }),
  durable: false,
  sweepSeconds: 0,
  now: () => nowMs,
  log: () => {},
  ...(storeName === 'memory' && { slotStore: createMemorySlotStore() }),
})
const kind = files.slot('note', {
  handler({ args }) {
    if (Number(leakBytes) > 0) leaked.push(Buffer.alloc(Number(leakBytes), args.index))
    return { index: args.index }
  },
})
const server = createServer(files.handler).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address()
const agent = new Agent({ keepAlive: true, maxSockets: 16 })

// What is made once and kept, such as compiled code and pools, is there after this.
await useSlots(Math.ceil(Number(count) / 4))
const before = look()
await useSlots(Number(count))
const after = look()
const { memoryBytes, descriptors } = after
process.stdout.write(
  JSON.stringify({
    grownBytes: memoryBytes - before.memoryBytes,
    grownDescriptors: descriptors - before.descriptors,
  }),
)
process.exit(0)

async function useSlots(slots) {
  const batch = 500
  for (let first = 0; first < slots; first += batch) {
    const indexes = Array.from({ length: Math.min(batch, slots - first) }, (_, at) => first + at)
    async function work() {
      for (let index = indexes.pop(); index !== undefined; index = indexes.pop())
        await useSlot(index)
    }
    await Promise.all(Array.from({ length: 16 }, work))
    // Ended slots are remembered for ten minutes; then they must be forgotten.
    nowMs += 3_600_000
    await files.slots.sweep()
  }
  for await (const status of files.slots.list()) throw new Error(`A slot is left: ${status.state}`)
}

async function useSlot(index) {
  const url = await kind.url({ index, note: 'x'.repeat(200) })
  const status = await new Promise((resolve, reject) => {
    const req = request({ port, path: url, method: 'PUT', agent }, (res) => {
      res.resume().on('end', () => resolve(res.statusCode))
    })
    req.on('error', reject)
    req.end('x'.repeat(1024))
  })
  if (status !== 200) throw new Error(`An upload was answered by ${status}.`)
}

function look() {
  for (let pass = 0; pass < 4; pass++) globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return {
    memoryBytes: heapUsed + external,
    descriptors: readdirSync('/proc/self/fd').length,
  }
}
