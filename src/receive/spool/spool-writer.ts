// Writes an upload's bytes into its spool file: chunks wait in a queue, one write is in flight, and
// each write takes all that waits, up to a limit. On one core this is 1.3 times createWriteStream,
// since each trip to the thread pool costs more than the bytes it carries.
//
// The file is opened with its first write: a sender that stalls early holds no descriptor, and an
// upload refused early never touches the disk. A small one that is whole by then, and need not be
// flushed, is written at once: in the page cache that costs less than the way to the thread pool.
//
// No memory is used twice: a chunk belongs to the writer that was given it, until the garbage
// collector takes it (decisions/010).

import {
  close,
  closeSync,
  fsync,
  ftruncate,
  open,
  openSync,
  write,
  writeFileSync,
  writev,
} from 'node:fs'
import { chunkOverheadBytes } from './backlog.ts'
import type { Backlog } from './backlog.ts'
import { appendFlags, beginFlags, createFlags, removeQuietly } from './spool-file.ts'

/** A file that is being written. */
export interface SpoolWriter {
  /** Queues bytes; they must not be changed afterwards. Fails later, through `onFailure` and `finish`. */
  write(chunk: Buffer): void
  /**
   * Writes what waits, makes sure of it if durable, and closes the file; an empty one is made too.
   * Rejects with the system's error, the file being closed. After {@link discard} it does nothing.
   */
  finish(): Promise<void>
  /**
   * Drops what waits, closes the file, and takes it back to what it was before; but a file that was
   * appended to and is finished stays as it is. Never rejects.
   */
  discard(): Promise<void>
}

/** What is written where. */
export interface SpoolWriting {
  readonly path: string
  /** Where the first byte goes: 0, unless appending. */
  readonly startByte: number
  /** Whether the file may exist. Then `discard` cuts it to `startByte`, else it removes it. */
  readonly isAppending: boolean
  /** Whether a `finish` that fails takes back what was written too. Without, it stays. */
  readonly isAllOrNothing: boolean
  readonly durable: boolean
  readonly backlog: Backlog
  /** The file is opened only once this is settled: an upload has one open file at a time. */
  readonly after: Promise<unknown> | null
  /** Told at once when the disk fails, so that the sender need not go on. */
  onFailure(error: unknown): void
}

/** No write is begun for less, as long as more may come. */
const leastBatchBytes = 256 * 1024
const mostBatchBytes = 1024 * 1024
/** How long bytes wait for a batch to fill: a stalled sender must not keep a batch's worth of memory. */
const lateMs = 100
/** Less may wait on: an open file costs more memory than this. */
const leastLateBytes = 4 * 1024
/** Below this, chunks are copied together: the system takes 1,024 pieces, but slowly. */
const smallChunkBytes = 2 * 1024
/** Up to this, a whole file that need not be flushed is written at once. */
const mostAtOnceBytes = 64 * 1024

/** Makes a writer; nothing is opened yet. */
export function createSpoolWriter(writing: SpoolWriting): SpoolWriter {
  return new QueuedWriter(writing)
}

class QueuedWriter implements SpoolWriter {
  readonly #writing: SpoolWriting
  #queue: Buffer[] = []
  #queuedWeight = 0
  #position: number
  #descriptor: number | null = null
  #wasOpened = false
  #isBusy = false
  #isFlushing = false
  #late: NodeJS.Timeout | null = null
  #failure: { readonly error: unknown } | null = null
  #end: 'none' | 'finish' | 'discard' = 'none'
  #isSynced = false
  #settle: (() => void) | null = null

  constructor(writing: SpoolWriting) {
    this.#writing = writing
    this.#position = writing.startByte
  }

  write(chunk: Buffer): void {
    if (this.#failure !== null || this.#end !== 'none') return
    const weight = chunk.length + chunkOverheadBytes
    this.#queue.push(chunk)
    this.#queuedWeight += weight
    this.#writing.backlog.add(weight)
    if (this.#isBusy) return
    if (this.#queuedWeight >= leastBatchBytes) this.#step()
    else this.#waitForMore()
  }

  #waitForMore(): void {
    if (this.#queuedWeight >= leastLateBytes) this.#late ??= setTimeout(this.#flush, lateMs)
  }

  /** The sender is slow, or has gone quiet. */
  readonly #flush = (): void => {
    this.#late = null
    this.#isFlushing = this.#queue.length > 0
    if (!this.#isBusy) this.#step()
  }

  async finish(): Promise<void> {
    await this.#endWith('finish')
    if (this.#failure !== null) throw this.#failure.error
  }

  async discard(): Promise<void> {
    this.#drop()
    // A finished file is taken back too: another part of the same upload may have failed.
    await this.#endWith('discard')
    await this.#takeBack()
  }

  #endWith(end: 'finish' | 'discard'): Promise<void> {
    // A file that was discarded while its end was being made ready must not come back.
    if (this.#end !== 'discard') this.#end = end
    if (this.#late !== null) clearTimeout(this.#late)
    return new Promise((resolve) => {
      const before = this.#settle
      this.#settle = () => {
        before?.()
        resolve()
      }
      if (!this.#isBusy) this.#step()
    })
  }

  /** Does the next thing that is due; called whenever nothing is in flight. */
  #step(): void {
    if (this.#failure !== null || this.#end === 'discard') {
      this.#drop()
      if (this.#end === 'none') return
      this.#close()
    } else if (this.#isForAtOnce()) {
      this.#writeAtOnce()
      this.#settleNow()
    } else if (this.#isDue()) {
      if (this.#descriptor === null) this.#open()
      else this.#writeBatch(this.#takeBatch())
    } else if (this.#end === 'finish') {
      if (this.#descriptor === null && !this.#wasOpened) this.#open()
      else if (this.#writing.durable && !this.#isSynced) this.#sync()
      else this.#close()
    } else this.#waitForMore()
  }

  #isDue(): boolean {
    if (this.#queue.length === 0) return false
    return this.#queuedWeight >= leastBatchBytes || this.#isFlushing || this.#end === 'finish'
  }

  #isForAtOnce(): boolean {
    const { durable, isAppending, after } = this.#writing
    const isUnopened = this.#descriptor === null && !this.#wasOpened
    const isQuick = !durable && !isAppending && after === null
    return isQuick && isUnopened && this.#end === 'finish' && this.#queuedWeight <= mostAtOnceBytes
  }

  #writeAtOnce(): void {
    const [only] = this.#queue
    const bytes = only !== undefined && this.#queue.length === 1 ? only : Buffer.concat(this.#queue)
    try {
      const descriptor = openSync(this.#writing.path, createFlags, 0o600)
      this.#wasOpened = true
      try {
        writeFileSync(descriptor, bytes)
      } finally {
        closeSync(descriptor)
      }
    } catch (error) {
      this.#fail(error)
    }
    this.#drop()
  }

  #open(): void {
    this.#isBusy = true
    const { after } = this.#writing
    if (after === null) this.#openNow()
    else
      after.then(
        () => this.#openNow(),
        () => this.#openNow(),
      )
  }

  #openNow(): void {
    if (this.#end === 'discard') {
      this.#isBusy = false
      this.#step()
      return
    }
    const { path, isAppending, startByte } = this.#writing
    const flags = isAppending ? (startByte === 0 ? beginFlags : appendFlags) : createFlags
    open(path, flags, 0o600, (error, descriptor) => {
      this.#isBusy = false
      if (error === null) {
        this.#descriptor = descriptor
        this.#wasOpened = true
      } else this.#fail(error)
      this.#step()
    })
  }

  #takeBatch(): Buffer[] {
    let bytes = 0
    let count = 0
    for (const chunk of this.#queue) {
      if (bytes >= mostBatchBytes) break
      bytes += chunk.length
      count += 1
    }
    const batch = this.#queue.splice(0, count)
    if (this.#queue.length === 0) this.#isFlushing = false
    // The weight stays in the books until the bytes are written.
    return batch
  }

  #writeBatch(batch: Buffer[]): void {
    this.#isBusy = true
    const weight = weightOf(batch)
    const isScattered = batch.length > 8 && weight < batch.length * smallChunkBytes
    this.#writeAll(isScattered ? [Buffer.concat(batch)] : batch, (error) => {
      this.#isBusy = false
      this.#queuedWeight -= weight
      this.#writing.backlog.remove(weight)
      if (error !== null) this.#fail(error)
      // The backlog may have brought new chunks, and with them a new write.
      if (!this.#isBusy) this.#step()
    })
  }

  #writeAll(buffers: Buffer[], done: (error: unknown) => void): void {
    const descriptor = this.#descriptor ?? -1
    const onWritten = (error: unknown, writtenBytes: number): void => {
      if (error !== null) {
        done(error)
        return
      }
      this.#position += writtenBytes
      // A disk that fills up takes a part first, and says why with the next write.
      const rest = restAfter(buffers, writtenBytes)
      if (rest.length === 0) done(null)
      else this.#writeAll(rest, done)
    }
    const [only] = buffers
    if (only !== undefined && buffers.length === 1)
      write(descriptor, only, 0, only.length, this.#position, onWritten)
    else writev(descriptor, buffers, this.#position, onWritten)
  }

  #sync(): void {
    this.#isBusy = true
    fsync(this.#descriptor ?? -1, (error) => {
      this.#isBusy = false
      if (error === null) this.#isSynced = true
      else this.#fail(error)
      this.#step()
    })
  }

  #close(): void {
    const descriptor = this.#descriptor
    if (descriptor === null) {
      this.#settleNow()
      return
    }
    this.#isBusy = true
    this.#descriptor = null
    const closeNow = (): void =>
      close(descriptor, (error) => {
        this.#isBusy = false
        // Some file systems (NFS) say only here that the bytes did not arrive.
        if (error !== null && this.#end === 'finish') this.#failure ??= { error }
        this.#step()
      })
    const { isAppending, isAllOrNothing, startByte } = this.#writing
    const isTakenBack = this.#end === 'discard' || (this.#failure !== null && isAllOrNothing)
    // By the descriptor: under the path there may be another's file by now.
    if (isAppending && isTakenBack) ftruncate(descriptor, startByte, closeNow)
    else closeNow()
  }

  #settleNow(): void {
    const settle = this.#settle
    this.#settle = null
    settle?.()
  }

  #fail(error: unknown): void {
    if (this.#failure !== null) return
    this.#failure = { error }
    this.#drop()
    if (this.#end === 'none') this.#writing.onFailure(error)
  }

  #drop(): void {
    if (this.#queue.length === 0) return
    const weight = weightOf(this.#queue)
    this.#queue = []
    this.#queuedWeight -= weight
    this.#writing.backlog.remove(weight)
  }

  async #takeBack(): Promise<void> {
    const { path, isAppending } = this.#writing
    if (this.#wasOpened && !isAppending) await removeQuietly(path)
  }
}

function weightOf(chunks: readonly Buffer[]): number {
  let weight = 0
  for (const chunk of chunks) weight += chunk.length + chunkOverheadBytes
  return weight
}

function restAfter(buffers: Buffer[], writtenBytes: number): Buffer[] {
  let left = writtenBytes
  for (const [index, buffer] of buffers.entries()) {
    if (left < buffer.length) return [buffer.subarray(left), ...buffers.slice(index + 1)]
    left -= buffer.length
  }
  return []
}
