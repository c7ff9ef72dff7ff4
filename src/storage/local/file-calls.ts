// File calls in two forms: asynchronous, through the thread pool, where a slow disk blocks nobody;
// and synchronous, which is faster where everything is in memory: 2 to 5 µs instead of 15 to 40.

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

/** Asynchronous. Built on the callback functions, which cost half of what `fs/promises` does. */
export const pooledCalls: FileCalls = {
  open: openDescriptor,
  close: closeDescriptor,
  chmod: promisify(fchmod),
  link: promisify(link),
  unlink: promisify(unlink),
}

/** Synchronous: for folders known to be on a local device, where nothing is flushed. */
export const quickCalls: FileCalls = {
  open: openSync,
  close: closeQuietly,
  chmod: fchmodSync,
  link: linkSync,
  unlink: unlinkSync,
}
