// Opens files below a root: one asynchronous `open`, which may touch the disk; then everything is
// asked of that descriptor, so what was checked is what is read.

import { constants, fstatSync, openSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { closeDescriptor, openDescriptor, statDescriptor } from './descriptor.ts'
import { readDescriptorPlace } from './descriptor-place.ts'
import type { FileName } from '../names/file-name.ts'
import { createFolderLooks } from './folder-looks.ts'
import { isSameInode, makeLocalFacts } from './local-facts.ts'
import { closeQuietly, createLocalFile } from './local-file.ts'
import { isInside } from './local-root.ts'
import type { LocalRoot } from './local-root.ts'
import { createQuickCalls } from './sync-gate.ts'
import { createRecentNames } from './recent-names.ts'
import { parseUserFileName } from '../names/reserved-name.ts'
import type { FileFacts, OpenedFile } from '../storage.ts'
import { isAbsence, isDenial, toStorageError } from '../system-error.ts'

/** Opens files of one root, and looks at them again. */
export interface LocalOpener {
  readonly open: (name: string) => Promise<OpenedFile | null>
  readonly isUnchanged: (facts: FileFacts, turn?: number) => boolean | undefined
  readonly wasDenied: (name: string) => boolean
}

/** Makes an opener. */
export function createLocalOpener(root: LocalRoot): LocalOpener {
  const readLately = createRecentNames()
  const quickReads = createQuickCalls(quickReadLimits)
  const quickLooks = createQuickCalls(quickLookLimits)
  const lookAtFolder = createFolderLooks()
  const denied = new Set<string>()

  async function open(text: string): Promise<OpenedFile | null> {
    const name = parseUserFileName(text)
    if (name === null) return null
    const path = root.prefix + name
    const isQuick = readLately.has(name) && isSeenLocal(path) && quickReads.mayCall()
    let descriptor: number
    try {
      descriptor = isQuick
        ? quickReads.time(() => openSync(path, readWithoutWaiting))
        : await openDescriptor(path, readWithoutWaiting)
    } catch (error) {
      noteDenial(name, isDenial(error))
      if (isAbsence(error)) return null
      throw toStorageError(error, 'open a file')
    }
    noteDenial(name, false)
    let isLocal = false
    try {
      const stats = await look(descriptor, path)
      isLocal = stats.dev === root.localDevice
      const place = stats.isFile() ? readDescriptorPlace(descriptor, path, stats) : null
      if (place !== null && isContained(root, name, place, stats)) {
        const isNear = isLocal && place === path
        const facts = makeLocalFacts(path, root.prefix.length, stats, isNear)
        return createLocalFile(descriptor, facts, isLocal, {
          quickReads: isQuick && isLocal ? quickReads : null,
          // Only then is it in the system's memory, and no disk that stalls keeps us waiting for it.
          onRead: () => readLately.add(name),
        })
      }
    } catch (error) {
      await closeDescriptor(descriptor)
      throw toStorageError(error, 'look at a file')
    }
    if (isLocal) closeQuietly(descriptor)
    else await closeDescriptor(descriptor)
    return null
  }

  function noteDenial(name: FileName, isDenied: boolean): void {
    if (!isDenied) {
      // Most storages never have any.
      if (denied.size > 0) denied.delete(name)
      return
    }
    if (denied.size >= maxDeniedNames) denied.clear()
    denied.add(name)
  }

  function look(descriptor: number, path: string): BigIntStats | Promise<BigIntStats> {
    if (root.localDevice === null) return statDescriptor(descriptor)
    if (!isSeenLocal(path)) return lookFirst(descriptor, path)
    const stats = fstatSync(descriptor, nanoseconds)
    if (stats.dev !== root.localDevice) root.seenFolders.note(folderPathOf(path), stats.dev)
    return stats
  }

  async function lookFirst(descriptor: number, path: string): Promise<BigIntStats> {
    const stats = await statDescriptor(descriptor)
    root.seenFolders.note(folderPathOf(path), stats.dev)
    return stats
  }

  function isSeenLocal(path: string): boolean {
    return root.seenFolders.isLocal(folderPathOf(path))
  }

  function isUnchanged(facts: FileFacts, turn?: number): boolean | undefined {
    if (!quickLooks.mayCall()) return undefined
    try {
      return quickLooks.time(() => isSameInode(facts, (path) => lookAtFolder(path, turn)))
    } catch {
      // A loop of links, a folder closed to us, a disk's error: open() finds out.
      return false
    }
  }

  return { open, isUnchanged, wasDenied: (name) => denied.has(name) }
}

const nanoseconds = { bigint: true } as const

/** Names that we could not read are forgotten all at once when they are more. */
const maxDeniedNames = 1000

// O_NONBLOCK: a pipe opens at once instead of waiting for its writer. O_NOCTTY: a terminal does
// not become ours. Both mean nothing to a regular file.
const readWithoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

function folderPathOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

/**
 * Of a look at a hot file. Longer than a busy system lets a process wait for a processor: the inode
 * was not in memory, and the disk is slow. A shorter limit took every second preemption for a slow
 * disk, and each pause of these is dear.
 */
const quickLookLimits = { slowMs: 50, firstPauseMs: 50, longestPauseMs: 10_000 }

/**
 * Of opening and reading a file that was read lately: 3 to 10 µs while the system has it in memory.
 * Longer, and the thread pool would have been the cheaper way.
 */
const quickReadLimits = { slowMs: 0.05, firstPauseMs: 1, longestPauseMs: 10_000 }

function isContained(root: LocalRoot, name: FileName, place: string, stats: BigIntStats): boolean {
  if (root.symlinks === 'inside') return isInside(root, place)
  if (place === root.prefix + name) return true
  // Replaced or removed since it was opened: its own last path, and no link left.
  return stats.nlink === 0n && place === `${root.prefix}${name} (deleted)`
}
