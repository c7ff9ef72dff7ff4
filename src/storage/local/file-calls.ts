// The few file calls that take a finished file over, made in one of two ways: through the thread
// pool, where a call that waits for a disk stops nobody, or at once. A trip through the pool costs
// 15 to 40 µs, the call itself 2 to 5 where all that it touches is in memory.

import { fchmod, fchmodSync, link, linkSync, openSync, unlink, unlinkSync } from 'node:fs'
import { promisify } from 'node:util'
import { closeDescriptor, openDescriptor } from './descriptor.ts'
import { closeQuietly } from './local-file.ts'

/** File calls; each throws, or rejects with, the system's error. */
export interface FileCalls {
  open(path: string, flags: number): Promise<number> | number
  close(descriptor: number): Promise<void> | void
  chmod(descriptor: number, mode: number): Promise<void> | void
  link(path: string, newPath: string): Promise<void> | void
  unlink(path: string): Promise<void> | void
}

/** Through the thread pool; on the callback form, which costs half of what `fs/promises` does. */
export const pooledCalls: FileCalls = {
  open: openDescriptor,
  close: closeDescriptor,
  chmod: promisify(fchmod),
  link: promisify(link),
  unlink: promisify(unlink),
}

/** At once: for folders that were seen on a local device, where nothing is flushed. */
export const quickCalls: FileCalls = {
  open: openSync,
  close: closeQuietly,
  chmod: fchmodSync,
  link: linkSync,
  unlink: unlinkSync,
}
