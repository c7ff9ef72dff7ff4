// The root folder of a local storage: where it really is, and whether looking at files there can
// make a process wait. Every look through the thread pool costs 12 to 15 µs, a synchronous one on
// a local file system's cached inode 2 to 3; on a network mount it may take for ever.

import { accessSync, constants, realpathSync, statfsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { optionError } from '../../options.ts'
import { systemCodeOf } from '../system-error.ts'

/** Symbolic links: followed while they stay inside the root, or never. */
export type SymlinkRule = 'inside' | 'refuse'

/**
 * Folders, by their paths, that were seen on the root's own device: a mount below the root may be a
 * network's, and the first look at it must not be a synchronous one.
 */
export interface SeenFolders {
  isLocal(path: string): boolean
  /** Notes the device on which a folder, or a file in it, was found just now. */
  note(path: string, device: bigint): void
}

/** A root folder, looked at once. */
export interface LocalRoot {
  /** The folder's real path, all links resolved. */
  readonly path: string
  /** The real path with one slash at its end: what every path inside begins with. */
  readonly prefix: string
  /** The device that it is on, where that is a local disk or memory; `null` elsewhere. */
  readonly localDevice: bigint | null
  /** The folders that can be looked at synchronously without waiting for a network or disk. */
  readonly seenFolders: SeenFolders
  readonly symlinks: SymlinkRule
}

/**
 * Looks at the root folder.
 *
 * @throws TypeError naming the option, when there is no readable folder.
 */
export function readLocalRoot(where: string, root: string, symlinks: SymlinkRule): LocalRoot {
  try {
    const path = realpathSync(resolve(root))
    const stats = statSync(path, { bigint: true })
    if (!stats.isDirectory()) throw wrongRoot(where, root, 'is not a folder')
    accessSync(path, constants.R_OK | constants.X_OK)
    const localDevice = isLocalFileSystem(path) ? stats.dev : null
    const seenFolders = createSeenFolders(path, localDevice)
    return { path, prefix: path === '/' ? '/' : `${path}/`, localDevice, seenFolders, symlinks }
  } catch (error) {
    if (error instanceof TypeError) throw error
    throw wrongRoot(where, root, reasons[systemCodeOf(error)] ?? 'can not be read', error)
  }
}

const maxSeenFolders = 10_000

function createSeenFolders(rootPath: string, localDevice: bigint | null): SeenFolders {
  const paths = new Set(localDevice === null ? [] : [rootPath])
  return {
    isLocal: (path) => paths.has(path),
    note(path, device) {
      if (device !== localDevice) {
        paths.delete(path)
        return
      }
      if (paths.size >= maxSeenFolders) paths.clear()
      paths.add(path)
    },
  }
}

/** The path of the folder of this name, `''` for the root. */
export function folderPath(root: LocalRoot, name: string): string {
  return name === '' ? root.path : root.prefix + name
}

/** Whether a real path is the root or below it. The slash keeps `root-sibling` out. */
export function isInside(root: LocalRoot, realPath: string): boolean {
  return realPath === root.path || realPath.startsWith(root.prefix)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist; make the folder first',
  ENOTDIR: 'is not a folder',
  EACCES: 'can not be read by this user',
  ELOOP: 'is a loop of symbolic links',
}

function wrongRoot(where: string, root: string, reason: string, cause?: unknown): TypeError {
  const fault = { option: 'root', reason: `(${root}) ${reason}` }
  return optionError(where, fault, TypeError, { cause })
}

/** Magic numbers of statfs(2) for file systems whose inodes are in memory or on a disk of this machine. */
const localFileSystems: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0xca451a4e, // bcachefs
  0x52654973, // ReiserFS
  0x3153464a, // JFS
  0x73717368, // SquashFS
  0xe0f5e1e2, // EROFS
  0x4d44, // FAT
  0x2011bab0, // exFAT
])

function isLocalFileSystem(path: string): boolean {
  try {
    return localFileSystems.has(statfsSync(path).type)
  } catch {
    return false
  }
}
