// Flushing a folder is the last step of a change, when the change has happened already: it must
// never make the change look as if it had not.

import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../../log.ts'
import type { Disk } from './disk.ts'
import { codeOf } from './system-error.ts'

/** Makes the names in a folder outlive a power cut, as far as it can. Never rejects. */
export type FlushFolder = (path: string) => Promise<void>

// SMB, some FUSE file systems and Windows refuse to flush a folder: they have their own order.
const refusals = new Set([
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EPERM',
  'EACCES',
  'EISDIR',
  'EBADF',
])

/** Whether a file system says that it does not flush folders at all. */
export function isFlushRefusal(error: unknown): boolean {
  return refusals.has(codeOf(error))
}

// Others give descriptors back in a moment: the change's durability is worth the wait.
const waitsMs = [10, 50, 250, 1000]

/** Flushes folders by a disk, and logs what could not be flushed. */
export function createFolderFlush(disk: Disk, log: Log): FlushFolder {
  let isRefused = false

  return async (path) => {
    if (isRefused) return
    for (let attempt = 0; ; attempt++) {
      try {
        await disk.flushFolder(path)
        return
      } catch (cause) {
        // The slot was removed meanwhile.
        if (codeOf(cause) === 'ENOENT') return
        const waitMs = isShortOfDescriptors(cause) ? waitsMs[attempt] : undefined
        if (waitMs !== undefined) {
          await delay(waitMs)
          continue
        }
        isRefused = isFlushRefusal(cause)
        const message = isRefused
          ? 'This file system does not flush folders; a power cut can take back the last changes of slots.'
          : 'A change of a slot was made, but not flushed; a power cut can take it back.'
        log({ level: 'warn', event: 'slot-not-flushed', message, cause })
        return
      }
    }
  }
}

/** Whether an error is about this process's or machine's descriptors, not about what was opened. */
export function isShortOfDescriptors(error: unknown): boolean {
  return codeOf(error) === 'EMFILE' || codeOf(error) === 'ENFILE'
}
