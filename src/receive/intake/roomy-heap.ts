// A process of small heap pays for large uploads: the buffers of the network count against V8's limit
// for old objects, which is 19 MiB where 8 are alive, and each time that it is reached all of the heap
// is collected, 25 to 50 times for a gigabyte. An application that holds 15 MiB or more never sees this.
// So while large uploads come in, a small heap is given something to hold (decisions/028).

import { getHeapStatistics } from 'node:v8'

/** A heap as large as this needs nothing more. */
const roomyHeapBytes = 40 * 1024 * 1024
/** Taken in pieces, one for each MiB that comes in: all of it at once would be felt. */
const pieceBytes = 1024 * 1024
const mostPieces = 16
/** So long after the last large upload it is let go. */
const idleMs = 60_000

/** To be told of each MiB of an upload. Costs up to 16 MiB of memory while they come. */
export const keepHeapRoomy: () => void = createHeapRoom(() => getHeapStatistics().used_heap_size)

/** Makes what keeps the heap roomy, whose size it is told. */
export function createHeapRoom(readHeapBytes: () => number): () => void {
  /** Numbers, of which no collection looks at one. */
  let pieces: (readonly number[])[] = []
  let idle: NodeJS.Timeout | null = null

  function letGo(): void {
    idle = null
    pieces = []
  }

  return () => {
    if (idle === null) idle = setTimeout(letGo, idleMs).unref()
    else idle.refresh()
    if (pieces.length >= mostPieces || readHeapBytes() > roomyHeapBytes) return
    pieces.push(Array.from<number>({ length: pieceBytes / 8 }).fill(0.5))
  }
}
