// Small files that were asked for lately, kept in memory and never trusted blindly: before each use
// the storage says whether the name still leads to the very file that was read. One synchronous
// stat of a cached inode (2 µs) stands in for open, fstat, read and close through the thread pool
// (50 µs); see decisions/004, 008 and bench/results/small.md.

import type { FileFacts, OpenedFile, Storage } from '../storage/storage.ts'
import { createRequestCounts } from './request-counts.ts'
import { createSeenInTurn } from './seen-in-turn.ts'
import type { FileHead } from './serve.ts'

/** A small file in memory. */
export interface HotFile {
  readonly bytes: Uint8Array
  readonly head: FileHead
}

/** Keeps small files, bounded in bytes; those asked for least lately leave first. */
export interface HotFiles {
  /** The file under this name, if it is kept and certainly unchanged now. Never blocks. */
  get(name: string): HotFile | null
  /**
   * The same for a request that has come in, where a look of this turn of the event loop is good
   * enough; see seen-in-turn.ts.
   */
  getForRequest(name: string): HotFile | null
  /**
   * Reads a small open file whole and keeps it; `null` where it is too large to be kept.
   * Doesn't close it.
   * @throws TitofistoError `storage-failed` when it can't be read.
   */
  read(opened: OpenedFile, head: FileHead): Promise<HotFile | null>
}

/** The largest file kept. */
export const maxHotFileBytes = 64 * 1024

/**
 * A file that changed this lately may change again within the grain of its time stamps, and nobody
 * could see it ("racily clean" in git's terms). Coarse file systems count in two seconds.
 */
const settleMs = 2000

/** What an entry costs besides its bytes: 660 bytes of heap were measured, and a buffer's own costs. */
const entryOverheadBytes = 1024

/** Uses of an entry are counted up to here: what is asked for so often lately may drive out any. */
const maxUses = 15

/** A kept file, and how often it was used since it was last in danger. */
interface Entry extends HotFile {
  uses: number
}

/** Makes a keeper of at most `maxTotalBytes` of memory; 0 keeps nothing. */
export function createHotFiles(
  storage: Storage,
  maxTotalBytes: number,
  nowMs = (): number => performance.now(),
): HotFiles {
  // A Map iterates in the order of insertion: the first is the next in danger.
  const entries = new Map<string, Entry>()
  const requestCounts = createRequestCounts()
  const seenInTurn = createSeenInTurn<HotFile>(nowMs)
  let totalBytes = 0

  function getForRequest(name: string): HotFile | null {
    const file = entries.get(name)
    if (file !== undefined && seenInTurn.has(file)) return file
    const seen = get(name)
    if (seen !== null) seenInTurn.add(seen)
    return seen
  }

  function get(name: string): HotFile | null {
    const file = entries.get(name)
    if (file === undefined) return null
    const isUnchanged = storage.isUnchanged?.(file.head.facts)
    if (isUnchanged === false) remove(file)
    if (isUnchanged !== true) return null
    if (file.uses < maxUses) file.uses++
    return file
  }

  async function read(opened: OpenedFile, head: FileHead): Promise<HotFile | null> {
    const { facts } = head
    if (facts.sizeBytes > maxHotFileBytes) return null
    if (!isSettled(facts) || !makeRoom(facts)) {
      // From Node's own pool where it is small enough: it is written out soon.
      const bytes = Buffer.allocUnsafe(facts.sizeBytes)
      await readWhole(opened, bytes)
      return { bytes, head }
    }
    const bytes = Buffer.allocUnsafeSlow(facts.sizeBytes)
    await readWhole(opened, bytes)
    const file = { bytes, head, uses: 0 }
    add(file)
    return file
  }

  /**
   * Whether a file may be kept, now that it was asked for. Where another must leave for it, it must
   * have been asked for more often than that one lately, and more than once: files asked for once, by
   * a crawler or a backup, drive nothing out, and files that are all asked for alike stay where they
   * are instead of driving each other out.
   */
  function makeRoom(facts: FileFacts): boolean {
    const bytes = facts.sizeBytes + entryOverheadBytes
    if (bytes > maxTotalBytes) return false
    const old = entries.get(facts.name)
    if (old !== undefined) remove(old)
    const count = requestCounts.add(facts.name)
    if (totalBytes + bytes <= maxTotalBytes) return true
    if (count < 2) return false
    for (const endangered of entries.values()) {
      if (count <= endangered.uses) {
        endangered.uses >>= 1
        entries.delete(endangered.head.facts.name)
        entries.set(endangered.head.facts.name, endangered)
        return false
      }
      remove(endangered)
      if (totalBytes + bytes <= maxTotalBytes) return true
    }
    return true
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

  function remove(file: HotFile): void {
    entries.delete(file.head.facts.name)
    totalBytes -= sizeOf(file)
  }

  return { get, getForRequest, read }
}

function sizeOf(file: HotFile): number {
  return file.bytes.length + entryOverheadBytes
}

/** Compares with the file system's own clock, so not the injected one. */
function isSettled(facts: FileFacts): boolean {
  return Date.now() - facts.changedMs > settleMs
}

async function readWhole(opened: OpenedFile, bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0) return
  if (opened.readInto !== undefined) return opened.readInto(bytes)
  let position = 0
  for await (const chunk of opened.chunks(0, bytes.length)) {
    bytes.set(chunk, position)
    position += chunk.length
  }
}
