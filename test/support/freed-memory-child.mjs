// Takes an upload of so many KiB in a process of its own (--expose-gc), has as much memory freed as the
// network's pieces take, and prints how many page faults it costs to have it again. Arguments: the
// compiled source, a folder, the KiB.

import { setTimeout } from 'node:timers/promises'
import { openFiles, sendPieces } from './child-files.mjs'

const [source, root, kibibytes] = process.argv.slice(2)
const files = await openFiles(source, root)

const piece = Buffer.alloc(16 * 1024)
async function* makeBody() {
  for (let sent = 0; sent < Number(kibibytes); sent += 16) yield piece
}
await sendPieces(files, files.slot('large', { handler() {} }), makeBody())
await collect()

receivePieces()
await collect()
const before = process.resourceUsage().minorPageFault
receivePieces()
process.stdout.write(String(process.resourceUsage().minorPageFault - before))
process.exit(0)

/** 16 MiB of such pieces as libuv takes for what it reads, written to. */
function receivePieces() {
  for (const each of Array.from({ length: 256 }, () => Buffer.allocUnsafeSlow(64 * 1024)))
    each.fill(1)
}

/** Buffers are freed by a thread of V8's own, a moment later. */
async function collect() {
  globalThis.gc()
  await setTimeout(100)
}
