// What a process leaves in the spool that dies while it receives an upload without a slot. Nothing
// remembers such an upload; but its files' names say which process they belong to.

import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isHolderDead, isOwnHolder } from '../holders/holder.ts'
import type { Log } from '../log.ts'

const mark = 'received.'

/** What the names of a holder's spooled files begin with. No slot's file is called so. */
export function toReceivedPrefix(holder: string): string {
  return mark + holder
}

/** Where it can't be seen whether a process lives: it has done with its upload by then. */
const strangerGraceMs = 24 * 3_600_000

/** Removes what dead processes have left, and gives the number of files. Never rejects. */
export async function removeLeftOvers(folder: string, log: Log): Promise<number> {
  let removed = 0
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(mark)) continue
    const path = join(folder, name)
    try {
      if (!(await isLeftOver(name.slice(mark.length), path))) continue
      await unlink(path)
      removed += 1
    } catch (cause) {
      const message = 'What a dead process has left of an upload could not be removed.'
      log({ level: 'warn', event: 'spool-left-over', message, cause })
    }
  }
  return removed
}

async function isLeftOver(holder: string, path: string): Promise<boolean> {
  if (isOwnHolder(holder)) return false
  if (isHolderDead(holder)) return true
  const facts = await stat(path).catch(() => null)
  return facts !== null && Date.now() - facts.mtimeMs >= strangerGraceMs
}
