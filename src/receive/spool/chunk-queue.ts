// The chunks of an upload that wait for the disk or are being written to it.
//
// No memory is used twice: a chunk belongs to the queue that it was given to until the garbage
// collector takes it, and chunks are joined into a new buffer only (decisions/010).

import { chunkOverheadBytes } from './backlog.ts'
import type { Backlog } from './backlog.ts'

/** Chunks for one write. */
export interface Batch {
  readonly buffers: Buffer[]
  /** What they weigh in the backlog until they are written. */
  readonly weight: number
}

const mostBatchBytes = 1024 * 1024
/** Below this, chunks are copied together: the system takes 1,024 pieces, but slowly. */
const smallChunkBytes = 2 * 1024

/** A row of chunks, first in, first out; each weighs in the backlog until it is written or dropped. */
export class ChunkQueue {
  readonly #backlog: Backlog
  #chunks: Buffer[] = []
  #weight = 0

  constructor(backlog: Backlog) {
    this.#backlog = backlog
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0
  }

  /** What waits or is being written. */
  get weight(): number {
    return this.#weight
  }

  push(chunk: Buffer): void {
    const weight = chunk.length + chunkOverheadBytes
    this.#chunks.push(chunk)
    this.#weight += weight
    this.#backlog.add(weight)
  }

  /** Takes what one write may carry; it weighs on until {@link written}. */
  takeBatch(): Batch {
    let bytes = 0
    let count = 0
    for (const chunk of this.#chunks) {
      if (bytes >= mostBatchBytes) break
      bytes += chunk.length
      count += 1
    }
    const batch = this.#chunks.splice(0, count)
    const weight = weightOf(batch)
    const isScattered = batch.length > 8 && weight < batch.length * smallChunkBytes
    return { buffers: isScattered ? [Buffer.concat(batch)] : batch, weight }
  }

  /** Says that nobody reads a batch any more: it is on the disk, or its write has failed. */
  written({ weight }: Batch): void {
    this.#weight -= weight
    this.#backlog.remove(weight)
  }

  /** All that waits, as one buffer; it goes on waiting. */
  whole(): Buffer {
    const [only] = this.#chunks
    return only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks)
  }

  /** Drops what waits; a batch that was taken is not here any more. */
  drop(): void {
    if (this.isEmpty) return
    const weight = weightOf(this.#chunks)
    this.#chunks = []
    this.#weight -= weight
    this.#backlog.remove(weight)
  }
}

function weightOf(chunks: readonly Buffer[]): number {
  let weight = 0
  for (const chunk of chunks) weight += chunk.length + chunkOverheadBytes
  return weight
}
