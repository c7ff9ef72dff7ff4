// Removes spooled files that nobody needs.

import { unlink } from 'node:fs'
import { promisify } from 'node:util'
import type { Log } from '../../log.ts'
import { systemCodeOf } from '../../storage/system-error.ts'

// On the callback form: it costs half of what `fs/promises` does.
const unlinkFile = promisify(unlink)

/** Removes spooled files, each by `unlinkOne`; what can't be removed now is a later look's. Never rejects. */
export async function removeSpooled(
  paths: readonly string[],
  log: Log,
  unlinkOne: (path: string) => Promise<void> | void = unlinkFile,
): Promise<void> {
  for (const path of paths) {
    try {
      await unlinkOne(path)
    } catch (cause) {
      if (systemCodeOf(cause) === 'ENOENT') continue
      const message = 'An uploaded file that nobody needs could not be removed.'
      log({ level: 'warn', event: 'spool-left-over', message, cause })
    }
  }
}
