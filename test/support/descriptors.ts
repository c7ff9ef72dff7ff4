// Which files this process holds open, as the kernel says.

import { readdirSync, readlinkSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** How many descriptors of this process lead below a folder. */
export function countDescriptors(folder: string): number {
  let count = 0
  for (const descriptor of readdirSync('/proc/self/fd'))
    try {
      if (readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(folder)) count++
    } catch {
      // Closed since the list was made, as the list's own is.
    }
  return count
}

/** Waits until a condition holds, turn by turn of the loop; rejects after 10 seconds. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadlineMs = Date.now() + 10_000
  while (!isSo()) {
    if (Date.now() > deadlineMs) throw new Error(`Waited 10 seconds for this: ${what}.`)
    await nextTurn()
  }
}
