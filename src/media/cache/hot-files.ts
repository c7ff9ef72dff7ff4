// Small files that were asked for lately, cached in memory. Before each use the storage checks that the
// name still leads to the very file that was read, and over no link: a synchronous look (2 µs, and 4
// for its folder, once a turn) instead of open, fstat, read and close through the thread pool (50 µs).
// See decisions/004, 008 and bench/results/small.md.

import { readInto } from '../../storage/read-into.ts'
import type { FileFacts, OpenedFile, Storage } from '../../storage/storage.ts'
import { createRequestCounts } from './request-counts.ts'
import { createTurnNumber } from './turn-number.ts'
import type { FileHead } from './file-head.ts'

/** A small file in memory. */
export interface HotFile {
  readonly bytes: Uint8Array
  readonly head: FileHead
}

/** A cache of small files, bounded in bytes; those asked for least lately leave first. */
export interface HotFiles {
  /** The file under this name, if it is cached and certainly unchanged now. Never blocks. */
  get(name: string): HotFile | null
  /**
   * The same for a request; with `sharesTurn`, a check made earlier in this turn of the event loop
   * counts too: see turn-number.ts, and `cameStraight` of a request.
   */
  getForRequest(name: string, sharesTurn?: boolean): HotFile | null
  /**
   * Reads a small open file whole and caches it; `null` where it is too large for that.
   * Doesn't close it.
   * @throws TitofistoError `storage-failed` when it can't be read.
   */
  read(opened: OpenedFile, head: FileHead): Promise<HotFile | null>
}

/** The largest file cached. */
export const maxHotFileBytes = 64 * 1024

/**
 * A file that changed this lately may change again within the grain of its time stamps, and nobody
 * could see it ("racily clean" in git's terms). Coarse file systems count in two seconds.
 */
const settleMs = 2000

/** What an entry costs besides its bytes: 660 bytes of heap were measured, and a buffer's own costs. */
const entryOverheadBytes = 1024

/** A cached file, and the last turn of the event loop in which it was looked at. */
interface Entry extends HotFile {
  seenInTurn: number
}

/** Counts halve after this many requests per file. */
const requestsPerEntry = 16

/** Makes a cache of at most `maxTotalBytes` of memory; 0 caches nothing. */
export function createHotFiles(
  storage: Storage,
  maxTotalBytes: number,
  nowMs = (): number => performance.now(),
): HotFiles {
  const entries = new Map<string, Entry>()
  // CLOCK's hand: goes round and round. A Map's iterator also sees entries that are added later.
  let hand = entries.values()
  const requestCounts = createRequestCounts(() => requestsPerEntry * entries.size)
  const turnNumber = createTurnNumber(nowMs)
  let totalBytes = 0

  function getForRequest(name: string, sharesTurn = true): HotFile | null {
    const file = entries.get(name)
    if (file === undefined) return null
    if (sharesTurn) {
      const turn = turnNumber()
      if (file.seenInTurn !== turn && !isCurrent(file, turn)) return null
      file.seenInTurn = turn
    } else if (!isCurrent(file)) return null
    requestCounts.add(name)
    return file
  }

  function get(name: string): HotFile | null {
    const file = entries.get(name)
    return file !== undefined && isCurrent(file) ? file : null
  }

  function isCurrent(file: Entry, turn?: number): boolean {
    const isUnchanged = storage.isUnchanged?.(file.head.facts, turn)
    if (isUnchanged === false) remove(file)
    return isUnchanged === true
  }

  async function read(opened: OpenedFile, head: FileHead): Promise<HotFile | null> {
    const { facts } = head
    // What can't be told unchanged would never be taken from here.
    if (facts.sizeBytes > maxHotFileBytes || storage.isUnchanged === undefined) return null
    if (!isSettled(facts) || !makeRoom(facts)) {
      // From Node's own pool where it is small enough: it is written out soon.
      const bytes = Buffer.allocUnsafe(facts.sizeBytes)
      await readInto(opened, bytes)
      return { bytes, head }
    }
    const bytes = Buffer.allocUnsafeSlow(facts.sizeBytes)
    await readInto(opened, bytes)
    // A copy, made here: once many objects of one literal have lived long, V8 puts all that this
    // literal makes among the long-lived ones, and most heads are garbage after their reply.
    const file = { bytes, head: { ...head }, seenInTurn: 0 }
    add(file)
    return file
  }

  /**
   * Whether a file may be cached, now that it was asked for; room is made for it. Where others must
   * leave, it must have been asked for more than twice as often lately as each of them: files asked
   * for once, by a crawler or a backup, drive nothing out, and files that are all asked for alike stay
   * where they are instead of driving each other out.
   */
  function makeRoom(facts: FileFacts): boolean {
    const bytes = facts.sizeBytes + entryOverheadBytes
    if (bytes > maxTotalBytes) return false
    const old = entries.get(facts.name)
    if (old !== undefined) remove(old)
    const count = requestCounts.add(facts.name)
    const leaving = chooseLeaving(totalBytes + bytes - maxTotalBytes, count)
    for (const file of leaving ?? []) remove(file)
    return leaving !== null
  }

  /** Files of so many bytes, each asked for less than half of `count` times; or `null`. */
  function chooseLeaving(neededBytes: number, count: number): readonly Entry[] | null {
    const leaving: Entry[] = []
    for (let bytes = neededBytes; bytes > 0;) {
      const file = nextInDanger()
      if (file === null || 2 * requestCounts.of(file.head.facts.name) >= count) return null
      leaving.push(file)
      bytes -= sizeOf(file)
    }
    return leaving
  }

  function nextInDanger(): Entry | null {
    let step = hand.next()
    if (step.done === true) {
      hand = entries.values()
      step = hand.next()
    }
    return step.done === true ? null : step.value
  }

  function add(file: Entry): void {
    const { name } = file.head.facts
    const old = entries.get(name)
    if (old !== undefined) remove(old)
    // Others may have been added while this one was read.
    if (totalBytes + sizeOf(file) > maxTotalBytes) return
    entries.set(name, file)
    totalBytes += sizeOf(file)
  }

  function remove(file: Entry): void {
    entries.delete(file.head.facts.name)
    totalBytes -= sizeOf(file)
  }

  return { get, getForRequest, read }
}

function sizeOf(file: HotFile): number {
  return file.bytes.length + entryOverheadBytes
}

/** Compares a time of the file system's clock, so with the machine's clock and not the injected one. */
function isSettled(facts: FileFacts): boolean {
  return Date.now() - facts.changedMs > settleMs
}
