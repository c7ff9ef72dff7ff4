// The calls by which finished files and slots are put in place, in two forms that do the same: through
// the thread pool, where a call that waits for a disk stops nobody, or synchronously. A trip through
// the pool costs 15 to 40 µs, the call itself 2 to 10 where all that it touches is in memory.

import {
  constants,
  existsSync,
  fchmod,
  fchmodSync,
  fsyncSync,
  link,
  linkSync,
  mkdir,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rename,
  renameSync,
  rmdir,
  rmdirSync,
  unlink,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { isUnsupported } from '../system-error.ts'
import { closeDescriptor, closeQuietly, flushFolder, openDescriptor } from './descriptor.ts'

/** File calls; each throws, or rejects with, the system's error. */
export interface FileCalls {
  open(path: string, flags: number): Promise<number> | number
  close(descriptor: number): Promise<void> | void
  chmod(descriptor: number, mode: number): Promise<void> | void
  link(path: string, newPath: string): Promise<void> | void
  rename(path: string, newPath: string): Promise<void> | void
  unlink(path: string): Promise<void> | void
  makeFolder(path: string, mode: number): Promise<void> | void
  removeFolder(path: string): Promise<void> | void
  namesIn(path: string): Promise<string[]> | string[]
  exists(path: string): Promise<boolean> | boolean
  /** Reads a file of text; a pipe that lies in its place is not waited for. */
  readText(path: string): Promise<string> | string
  /** Writes a file that must not be there yet, with mode 0600; `durable`: and flushes it. */
  writeNew(path: string, text: string, durable: boolean): Promise<void> | void
  /**
   * Makes the names in a folder outlive a power cut; `false` where the file system can't: what is in
   * it is then as safe as that file system makes it.
   */
  flushFolder(path: string): Promise<boolean> | boolean
}

/** Through the thread pool; where it matters on the callback form, which costs half of `fs/promises`. */
export const pooledCalls = {
  open: openDescriptor,
  close: closeDescriptor,
  chmod: promisify(fchmod),
  link: promisify(link),
  rename: promisify(rename),
  unlink: promisify(unlink),
  makeFolder: promisify<string, number, void>(mkdir),
  removeFolder: promisify<string, void>(rmdir),
  namesIn: (path: string) => readdir(path),
  exists: (path: string) =>
    access(path).then(
      () => true,
      () => false,
    ),
  readText: (path: string) => readFile(path, { encoding: 'utf8', flag: readWithoutWaiting }),
  writeNew: (path: string, text: string, durable: boolean) =>
    writeFile(path, text, { ...asNewFile, flush: durable }),
  async flushFolder(path: string): Promise<boolean> {
    let descriptor: number
    try {
      descriptor = await openDescriptor(path, constants.O_RDONLY)
    } catch (error) {
      return toUnflushed(error)
    }
    try {
      return await flushFolder(descriptor)
    } finally {
      await closeDescriptor(descriptor)
    }
  },
} satisfies FileCalls

/** Synchronously: for folders that were seen on a local device, where nothing is flushed, and at a start. */
export const syncCalls = {
  open: openSync,
  close: closeQuietly,
  chmod: fchmodSync,
  link: linkSync,
  rename: renameSync,
  unlink: unlinkSync,
  makeFolder: (path: string, mode: number) => {
    mkdirSync(path, mode)
  },
  removeFolder: rmdirSync,
  namesIn: (path: string) => readdirSync(path),
  exists: existsSync,
  readText(path: string): string {
    const descriptor = openSync(path, readWithoutWaiting)
    try {
      return readFileSync(descriptor, 'utf8')
    } finally {
      closeQuietly(descriptor)
    }
  },
  writeNew: (path: string, text: string, durable: boolean) => {
    writeFileSync(path, text, { ...asNewFile, flush: durable })
  },
  flushFolder(path: string): boolean {
    let descriptor: number | null = null
    try {
      descriptor = openSync(path, constants.O_RDONLY)
      fsyncSync(descriptor)
      return true
    } catch (error) {
      return toUnflushed(error)
    } finally {
      if (descriptor !== null) closeQuietly(descriptor)
    }
  },
} satisfies FileCalls

const asNewFile = { flag: 'wx', mode: 0o600 } as const

// Windows has no such flag, and no such pipes.
const readWithoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** Windows refuses to open a folder, others refuse to flush it. */
function toUnflushed(error: unknown): false {
  if (!isUnsupported(error)) throw error
  return false
}
