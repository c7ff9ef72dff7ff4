// Opens files below a root: one asynchronous `open`, which may touch the disk; then everything is
// asked of that descriptor, so what was checked is what is read.

import { constants, fstatSync, openSync, type BigIntStats } from 'node:fs'
import { closeDescriptor, closeQuietly, openDescriptor, statDescriptor } from './descriptor.ts'
import { readDescriptorPlace } from './descriptor-place.ts'
import type { FileName } from '../names/file-name.ts'
import { folderOf } from '../names/name-parts.ts'
import { createFolderLooks } from './folder-looks.ts'
import { LocalFacts } from './local-facts.ts'
import { createLocalFile } from './local-file.ts'
import { isInside, type LocalRoot } from './local-root.ts'
import { createSyncGate } from './sync-gate.ts'
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
  const readGate = createSyncGate(readGateLimits)
  const lookGate = createSyncGate(lookGateLimits)
  const lookAtFolder = createFolderLooks()
  const denied = new Set<string>()

  // Not async: one promise for each open is enough.
  function open(text: string): Promise<OpenedFile | null> {
    const name = parseUserFileName(text)
    return name === null ? nothing : openTried(name, 1)
  }

  async function openTried(name: FileName, attempt: number): Promise<OpenedFile | null> {
    const path = root.prefix + name
    const isAtOnce = readLately.has(name) && isSeenLocal(path) && readGate.isOpen()
    let descriptor: number
    try {
      descriptor = isAtOnce
        ? readGate.time(() => openSync(path, readWithoutWaiting))
        : await openDescriptor(path, readWithoutWaiting)
    } catch (error) {
      noteDenial(name, isDenial(error))
      if (isAbsence(error)) return null
      throw toStorageError(error, 'open a file')
    }
    noteDenial(name, false)
    let isLocal = false
    let isReplaced = false
    try {
      const stats = await look(descriptor, path)
      isLocal = stats.dev === root.localDevice
      const place = stats.isFile() ? readDescriptorPlace(descriptor, path, stats) : null
      if (place !== null && isContained(root, name, place, stats)) {
        const isNear = isLocal && place === path
        const facts = new LocalFacts(path, root.prefix.length, stats, isNear)
        return createLocalFile(descriptor, facts, isLocal, {
          readGate: isAtOnce && isLocal ? readGate : null,
          // Only then is it in the system's memory, and no disk that stalls keeps us waiting for it.
          onRead: () => readLately.add(name),
        })
      }
      isReplaced = stats.isFile() && (place === null || place === deletedPath(path))
    } catch (error) {
      await closeDescriptor(descriptor)
      throw toStorageError(error, 'look at a file')
    }
    if (isLocal) closeQuietly(descriptor)
    else await closeDescriptor(descriptor)
    // Another file took its name while we looked, and one of that name is there all the time.
    return isReplaced && attempt < maxAttempts ? openTried(name, attempt + 1) : null
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
    if (stats.dev !== root.localDevice) root.seenFolders.note(folderOf(path), stats.dev)
    return stats
  }

  async function lookFirst(descriptor: number, path: string): Promise<BigIntStats> {
    const stats = await statDescriptor(descriptor)
    root.seenFolders.note(folderOf(path), stats.dev)
    return stats
  }

  function isSeenLocal(path: string): boolean {
    return root.seenFolders.isLocal(folderOf(path))
  }

  function isUnchanged(facts: FileFacts, turn?: number): boolean | undefined {
    if (!lookGate.isOpen()) return undefined
    try {
      return lookGate.time(() => LocalFacts.isSameInode(facts, (path) => lookAtFolder(path, turn)))
    } catch {
      // A loop of links, a folder closed to us, a disk's error: open() finds out.
      return false
    }
  }

  return { open, isUnchanged, wasDenied: (name) => denied.has(name) }
}

const nanoseconds = { bigint: true } as const

const nothing: Promise<null> = Promise.resolve(null)

/** A file is opened again so often when it is replaced each time. */
const maxAttempts = 3

/** Names that we could not read are forgotten all at once when they are more. */
const maxDeniedNames = 1000

// O_NONBLOCK: a pipe opens at once instead of waiting for its writer. O_NOCTTY: a terminal does
// not become ours. Both mean nothing to a regular file.
const readWithoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/**
 * Of a look at a hot file. Longer than a busy system lets a process wait for a processor: the inode
 * was not in memory, and the disk is slow. A shorter limit took every second preemption for a slow
 * disk, and each pause of these is dear.
 */
const lookGateLimits = { slowMs: 50, firstPauseMs: 50, longestPauseMs: 10_000 }

/**
 * Of opening and reading a file that was read lately: 3 to 10 µs while the system has it in memory.
 * Longer, and the thread pool would have been the cheaper way.
 */
const readGateLimits = { slowMs: 0.05, firstPauseMs: 1, longestPauseMs: 10_000 }

function isContained(root: LocalRoot, name: FileName, place: string, stats: BigIntStats): boolean {
  if (root.symlinks === 'inside') return isInside(root, place)
  if (place === root.prefix + name) return true
  // Replaced or removed since it was opened: its own last path, and no link left.
  return stats.nlink === 0n && place === deletedPath(root.prefix + name)
}

/** How Linux calls an open file whose name was taken away. */
function deletedPath(path: string): string {
  return `${path} (deleted)`
}
