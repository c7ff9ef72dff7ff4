// Memory for an upload's first bytes, used again and again. What a connection reads is freed only by
// the garbage collector, and what has waited for the disk by then only by a full collection: 2,000
// senders that stall after 64 KiB would leave up to 64 MiB of it. Copied in here, the connection's
// own memory is free at once.

/** One upload's use of the memory. */
export interface Staging {
  /** A copy of the bytes; the bytes themselves where copying isn't worth it. */
  keep(chunk: Buffer): Buffer
  /** Says that no copy is needed any more, nor will one be. To be called once. */
  release(): void
}

const blockBytes = 64 * 1024
/** Copying all of a large upload would cost more than it saves. */
const mostBlocks = 2
/** Below this, a chunk costs no more than its copy's share of a block. */
const leastChunkBytes = 4 * 1024
/** How many blocks are kept for others: 2 MiB. */
const mostFreeBlocks = 32

const freeBlocks: Buffer[] = []

/** Makes a staging; it holds nothing yet. */
export function createStaging(): Staging {
  const blocks: Buffer[] = []
  let filledBytes = blockBytes
  return {
    keep(chunk) {
      if (chunk.length < leastChunkBytes || chunk.length > blockBytes) return chunk
      if (filledBytes + chunk.length > blockBytes) {
        if (blocks.length >= mostBlocks) return chunk
        blocks.push(freeBlocks.pop() ?? Buffer.allocUnsafeSlow(blockBytes))
        filledBytes = 0
      }
      const block = blocks.at(-1)
      if (block === undefined) return chunk
      const start = filledBytes
      filledBytes += chunk.copy(block, start)
      return block.subarray(start, filledBytes)
    },
    release() {
      for (const block of blocks) if (freeBlocks.length < mostFreeBlocks) freeBlocks.push(block)
      blocks.length = 0
      filledBytes = blockBytes
    },
  }
}
