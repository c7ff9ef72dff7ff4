// Takes an upload of 24 MiB in a process of its own (--expose-gc) whose whole heap is collected so many
// times after the first of them, and prints by how many bytes the heap's large objects have grown when
// its handler runs. Arguments: the compiled source, a folder, how many times.

import { setTimeout } from 'node:timers/promises'
import { getHeapSpaceStatistics } from 'node:v8'
import { openFiles, sendPieces } from './child-files.mjs'

const [source, root, times] = process.argv.slice(2)
const files = await openFiles(source, root)

const piece = Buffer.alloc(256 * 1024)
async function* makeBody() {
  for (let sent = 0; sent < 96; sent++) {
    yield piece
    if (sent !== 8) continue
    for (let collected = 0; collected < Number(times); collected++) globalThis.gc()
    // Whoever observes collections hears of them a moment later.
    await setTimeout(50)
  }
}

let grownBytes = 0
const kind = files.slot('large', {
  maxBytes: 2 ** 30,
  handler() {
    grownBytes = largeBytes() - before
  },
})
const before = largeBytes()
await sendPieces(files, kind, makeBody())
process.stdout.write(String(grownBytes))
process.exit(0)

function largeBytes() {
  globalThis.gc()
  const spaces = getHeapSpaceStatistics().filter((space) => /large/.test(space.space_name))
  return spaces.reduce((sum, space) => sum + space.space_used_size, 0)
}
