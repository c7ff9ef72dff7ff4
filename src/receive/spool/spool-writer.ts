// Writes an upload's bytes into its spool file: chunks wait in a queue, one write is in flight, and
// each write takes all that waits, up to a limit. On one core this is 1.3 times as fast as
// createWriteStream, since each trip to the thread pool costs more than the bytes it carries.
//
// The file is opened with its first write: a sender that stalls early holds no descriptor, and an
// upload refused early never touches the disk. A small one that is whole by then, and need not be
// flushed, is written at once: in the page cache that costs less than the way to the thread pool.
//
// One thing at a time: while a call is in flight (#isBusy), nothing else begins; when it ends, #step
// does what is due next. chunk-queue.ts says whose the memory is.

import { fsync, open } from 'node:fs'
import type { Backlog } from './backlog.ts'
import { ChunkQueue } from './chunk-queue.ts'
import { closeFile, openFlags, removeQuietly, writeAll, writeWholeFile } from './spool-file.ts'

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
/** How long bytes wait for a batch to fill: a stalled sender must not keep a batch's worth of memory. */
const lateMs = 100
/** Smaller remainders wait longer: an open file costs more memory than they do. */
const leastLateBytes = 4 * 1024
/** Up to this, a whole file that need not be flushed is written at once. */
const mostAtOnceBytes = 64 * 1024

/** A file that is being written; nothing is opened at first. */
export class SpoolWriter {
  readonly #writing: SpoolWriting
  readonly #queue: ChunkQueue
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
    this.#queue = new ChunkQueue(writing.backlog)
    this.#position = writing.startByte
  }

  /** Queues bytes; they must not be changed afterwards. Fails later, through `onFailure` and `finish`. */
  write(chunk: Buffer): void {
    if (this.#failure !== null || this.#end !== 'none') return
    this.#queue.push(chunk)
    if (this.#isBusy) return
    if (this.#queue.weight >= leastBatchBytes) this.#step()
    else this.#waitForMore()
  }

  #waitForMore(): void {
    if (this.#queue.weight >= leastLateBytes) this.#late ??= setTimeout(this.#flush, lateMs)
  }

  /** The sender is slow, or has gone quiet. */
  readonly #flush = (): void => {
    this.#late = null
    this.#isFlushing = !this.#queue.isEmpty
    if (!this.#isBusy) this.#step()
  }

  /**
   * Writes what waits, makes sure of it if durable, and closes the file; an empty one is made too.
   * Rejects with the system's error, the file being closed. After {@link discard} it does nothing.
   */
  async finish(): Promise<void> {
    await this.#endWith('finish')
    if (this.#failure !== null) throw this.#failure.error
  }

  /**
   * Drops what waits, closes the file, and takes it back to what it was before; but a file that was
   * appended to and is finished stays as it is. Never rejects.
   */
  async discard(): Promise<void> {
    this.#queue.drop()
    // A finished file is taken back too: another part of the same upload may have failed.
    await this.#endWith('discard')
    const { path, isAppending } = this.#writing
    if (this.#wasOpened && !isAppending) await removeQuietly(path)
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
      this.#queue.drop()
      if (this.#end === 'none') return
      this.#close()
    } else if (this.#isForAtOnce()) {
      this.#writeAtOnce()
      this.#settleNow()
    } else if (this.#isDue()) {
      if (this.#descriptor === null) this.#open()
      else this.#writeBatch(this.#descriptor)
    } else if (this.#end === 'finish') {
      if (this.#descriptor === null && !this.#wasOpened) this.#open()
      else if (this.#writing.durable && !this.#isSynced) this.#sync()
      else this.#close()
    } else this.#waitForMore()
  }

  #isDue(): boolean {
    const isEnough = this.#queue.weight >= leastBatchBytes || this.#isFlushing
    return !this.#queue.isEmpty && (isEnough || this.#end === 'finish')
  }

  #isForAtOnce(): boolean {
    const { durable, isAppending, after } = this.#writing
    const isUnopened = this.#descriptor === null && !this.#wasOpened
    const isQuick = !durable && !isAppending && after === null
    return isQuick && isUnopened && this.#end === 'finish' && this.#queue.weight <= mostAtOnceBytes
  }

  #writeAtOnce(): void {
    try {
      writeWholeFile(this.#writing.path, this.#queue.whole(), () => {
        this.#wasOpened = true
      })
    } catch (error) {
      this.#fail(error)
    }
    this.#queue.drop()
  }

  #open(): void {
    this.#isBusy = true
    const { after } = this.#writing
    if (after === null) this.#openNow()
    else after.then(this.#openNow, this.#openNow)
  }

  readonly #openNow = (): void => {
    if (this.#end === 'discard') {
      this.#isBusy = false
      this.#step()
      return
    }
    const { path, isAppending, startByte } = this.#writing
    open(path, openFlags(isAppending, startByte), 0o600, (error, descriptor) => {
      this.#isBusy = false
      if (error === null) {
        this.#descriptor = descriptor
        this.#wasOpened = true
      } else this.#fail(error)
      this.#step()
    })
  }

  #writeBatch(descriptor: number): void {
    this.#isBusy = true
    const batch = this.#queue.takeBatch()
    if (this.#queue.isEmpty) this.#isFlushing = false
    const startByte = this.#position
    for (const { length } of batch.buffers) this.#position += length
    writeAll(descriptor, batch.buffers, startByte, (error) => {
      this.#isBusy = false
      this.#queue.written(batch)
      if (error !== null) this.#fail(error)
      // The backlog may have brought new chunks, and with them a new write.
      if (!this.#isBusy) this.#step()
    })
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
    if (descriptor === null) return this.#settleNow()
    this.#isBusy = true
    this.#descriptor = null
    const { isAppending, isAllOrNothing, startByte } = this.#writing
    const isTakenBack = this.#end === 'discard' || (this.#failure !== null && isAllOrNothing)
    closeFile(descriptor, isAppending && isTakenBack ? startByte : null, (error) => {
      this.#isBusy = false
      // Some file systems (NFS) say only here that the bytes did not arrive.
      if (error !== null && this.#end === 'finish') this.#failure ??= { error }
      this.#step()
    })
  }

  #settleNow(): void {
    const settle = this.#settle
    this.#settle = null
    settle?.()
  }

  #fail(error: unknown): void {
    if (this.#failure !== null) return
    this.#failure = { error }
    this.#queue.drop()
    if (this.#end === 'none') this.#writing.onFailure(error)
  }
}
