// The few file calls that the file store is made of, in two ways. With flushing, every call may
// have to wait for the disk, so it goes through the thread pool; without, all of them end in the
// page cache, where a synchronous call costs 2 to 10 µs and a trip through the pool 15 to 40.

import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { access, mkdir, open, readdir, readFile, rename, rmdir, unlink } from 'node:fs/promises'

/** File calls; each throws, or rejects with, the system's error. */
export interface Disk {
  makeFolder(path: string): Promise<void> | void
  /** Writes a file that must not be there yet, with mode 0600. */
  writeNew(path: string, text: string): Promise<void> | void
  unlink(path: string): Promise<void> | void
  rename(from: string, to: string): Promise<void> | void
  removeFolder(path: string): Promise<void> | void
  has(path: string): Promise<boolean> | boolean
  namesIn(path: string): Promise<string[]> | string[]
  /** Reads a file; a pipe that lies in its place is not waited for. */
  read(path: string): Promise<string> | string
  /** Makes the names in a folder outlive a power cut. */
  flushFolder(path: string): Promise<void> | void
}

// Windows has no such flag, and no such pipes.
const readWithoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** Calls through the thread pool; what is written is flushed. */
export const flushingDisk: Disk = {
  makeFolder: (path) => mkdir(path, 0o700),
  async writeNew(path, text) {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.datasync()
    } finally {
      await file.close()
    }
  },
  unlink,
  rename,
  removeFolder: rmdir,
  has: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  namesIn: (path) => readdir(path),
  read: (path) => readFile(path, { encoding: 'utf8', flag: readWithoutWaiting }),
  async flushFolder(path) {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  },
}

/** Calls made at once; nothing is flushed. */
export const quickDisk: Disk = {
  makeFolder: (path) => {
    mkdirSync(path, 0o700)
  },
  writeNew: (path, text) => {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
  },
  unlink: unlinkSync,
  rename: renameSync,
  removeFolder: rmdirSync,
  has: existsSync,
  namesIn: (path) => readdirSync(path),
  read: (path) => {
    const descriptor = openSync(path, readWithoutWaiting)
    try {
      return readFileSync(descriptor, 'utf8')
    } finally {
      closeSync(descriptor)
    }
  },
  flushFolder: () => {},
}

/** Flushes a folder at once, for the few that are made when a program starts. */
export function flushFolderSync(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
