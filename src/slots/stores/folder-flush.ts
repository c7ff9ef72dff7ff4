// Flushing a folder is the last step of a change, when the change has happened already: it must
// never make the change look as if it had not.

import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../../log.ts'
import type { FileCalls } from '../../storage/local/file-calls.ts'
import { isShortOfDescriptors, systemCodeOf } from '../../storage/system-error.ts'

/** Makes the names in a folder outlive a power cut, as far as it can. Never rejects. */
export type FlushFolder = (path: string) => Promise<void>

// Others give descriptors back in a moment: the change's durability is worth the wait.
const waitsMs = [10, 50, 250, 1000]

/** Flushes folders by these calls, and logs what could not be flushed. */
export function createFolderFlush(calls: FileCalls, log: Log): FlushFolder {
  let canFlush = true

  function warn(message: string, cause?: unknown): void {
    log({ level: 'warn', event: 'slot-not-flushed', message, cause })
  }

  return async (path) => {
    if (!canFlush) return
    for (let attempt = 0; ; attempt++) {
      try {
        canFlush = await calls.flushFolder(path)
        if (!canFlush)
          warn(
            'This file system does not flush folders; a power cut can take back the last changes of slots.',
          )
        return
      } catch (cause) {
        // The slot was removed meanwhile.
        if (systemCodeOf(cause) === 'ENOENT') return
        const waitMs = isShortOfDescriptors(cause) ? waitsMs[attempt] : undefined
        if (waitMs !== undefined) {
          await delay(waitMs)
          continue
        }
        warn('A change of a slot was made, but not flushed; a power cut can take it back.', cause)
        return
      }
    }
  }
}
