// Small files that were asked for lately, kept in memory and never trusted blindly: before each use
// the storage says whether the name still leads to the very file that was read. One synchronous
// stat of a cached inode (2 µs) stands in for open, fstat, read and close through the thread pool
// (50 µs); see decisions/ and bench/results/small.md.

import type { FileFacts, OpenedFile, Storage } from '../storage/storage.ts'
import { createSeenInTurn } from './seen-in-turn.ts'
import type { FileHead } from './serve.ts'

/** A small file in memory. */
export interface HotFile {
  readonly bytes: Uint8Array
  readonly head: FileHead
}

/** Keeps small files, bounded in bytes, the least lately used out first. */
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

/** What an entry costs besides its bytes: head, facts and the map's share, measured roughly. */
const entryOverheadBytes = 2048

/** How many names that were asked for once are remembered. */
const maxAskedOnce = 10_000

/** Makes a keeper of at most `maxTotalBytes` of memory; 0 keeps nothing. */
export function createHotFiles(
  storage: Storage,
  maxTotalBytes: number,
  nowMs = (): number => performance.now(),
): HotFiles {
  // A Map iterates in the order of insertion: the first is the least lately used.
  const entries = new Map<string, HotFile>()
  const askedOnce = new Set<string>()
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
    if (isUnchanged === false) remove(name, file)
    if (isUnchanged !== true) return null
    if (totalBytes > maxTotalBytes / 2) {
      entries.delete(name)
      entries.set(name, file)
    }
    return file
  }

  async function read(opened: OpenedFile, head: FileHead): Promise<HotFile | null> {
    const { facts } = head
    if (facts.sizeBytes > maxHotFileBytes) return null
    const file = { bytes: await readWhole(opened, facts.sizeBytes), head }
    if (isSettled(facts) && sizeOf(file) <= maxTotalBytes && isWorthKeeping(facts.name))
      add(facts.name, file)
    return file
  }

  /**
   * With room to spare, anything; else only what is asked for a second time lately: files asked for
   * once, by a crawler or a backup, must not drive out the ones that people look at.
   */
  function isWorthKeeping(name: string): boolean {
    if (totalBytes < maxTotalBytes / 2 || askedOnce.delete(name)) return true
    if (askedOnce.size >= maxAskedOnce) askedOnce.clear()
    askedOnce.add(name)
    return false
  }

  function add(name: string, file: HotFile): void {
    const old = entries.get(name)
    if (old !== undefined) remove(name, old)
    for (const [oldestName, oldest] of entries) {
      if (totalBytes + sizeOf(file) <= maxTotalBytes) break
      remove(oldestName, oldest)
    }
    entries.set(name, file)
    totalBytes += sizeOf(file)
  }

  function remove(name: string, file: HotFile): void {
    entries.delete(name)
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

async function readWhole(opened: OpenedFile, sizeBytes: number): Promise<Uint8Array> {
  if (sizeBytes === 0) return new Uint8Array()
  const chunks: Uint8Array[] = []
  for await (const chunk of opened.chunks(0, sizeBytes)) chunks.push(chunk)
  const [only] = chunks
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks)
}
