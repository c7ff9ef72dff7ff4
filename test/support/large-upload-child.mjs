// Takes one upload of so many pieces of 256 KiB in a process with a small heap (--expose-gc), and prints by how many
// bytes the heap's large objects have grown while its handler ran. Arguments: the compiled source, a
// folder, the pieces.

import { getHeapSpaceStatistics } from 'node:v8'

const [source, root, pieces] = process.argv.slice(2)
const { createLocalStorage, createMemorySlotStore, createTitofisto } = await import(
  `${source}/index.js`
)

let grownBytes = 0
const files = createTitofisto({
  secret: 'a secret for tests, 32 bytes and more',
  storage: createLocalStorage({ root, durable: false }),
  slotStore: createMemorySlotStore(),
  durable: false,
  sweepSeconds: 0,
})
const kind = files.slot('large', {
  handler() {
    grownBytes = largeBytes() - before
  },
})
const url = new URL(await kind.url(), 'http://localhost')
const before = largeBytes()
async function* makeBody() {
  for (let sent = 0; sent < Number(pieces); sent++) yield Buffer.alloc(256 * 1024)
}
const body = ReadableStream.from(makeBody())
const { status } = await files.fetch(new Request(url, { method: 'PUT', body, duplex: 'half' }))
if (status !== 204) throw new Error(`The upload ended with ${status}.`)
process.stdout.write(String(grownBytes))
process.exit(0)

function largeBytes() {
  globalThis.gc()
  const spaces = getHeapSpaceStatistics().filter((space) => /large/.test(space.space_name))
  return spaces.reduce((sum, space) => sum + space.space_used_size, 0)
}
