// Spooled files that no slot needs. A file may be on its way to its record: the bytes are here, and the
// store is still to take the claim that names them, which an engine that is away can hold up for long. So
// it is asked first who wrote it. A claim of ours that is at work keeps its files, and one that is over
// has nothing to come; of another's nobody here knows, and it gets the time that its store may take.

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { lifeOf } from '../../holders/living-claims.ts'
import { removeSpooled } from '../../receive/spool/remove-spooled.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import { parseSlotId, spooledPathsOf } from '../record/slot.ts'
import { longestTimeoutSeconds } from '../stores/engine-calls.ts'
import type { SweepFaults } from './sweep-faults.ts'

/** What this process does not know may be another one's: a kind, a store, a save that pauses. */
export const strangerGraceMs = 24 * 3_600_000

// A change, and finding out whether it was made, where the engine answers neither.
const longestChangeMs = 2 * longestTimeoutSeconds * 1000

/** Removes spooled files that no slot needs, and gives their number; `faults` hears of those that can't be looked at. */
export async function sweepSpool(parts: SlotParts, faults: SweepFaults): Promise<number> {
  parts.storage.makeSpoolFolder?.()
  const folder = parts.storage.spoolFolder
  let removed = 0
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const isOrphan = await isOrphaned(parts, name, path).catch((cause: unknown) => {
      faults.tell('An uploaded file could not be swept.', cause)
      return false
    })
    if (faults.isHopeless()) break
    if (!isOrphan) continue
    faults.reached()
    await removeSpooled([path], parts.log)
    removed += 1
  }
  return removed
}

const idChars = 22

async function isOrphaned(parts: SlotParts, name: string, path: string): Promise<boolean> {
  const id = parseSlotId(name.slice(0, idChars))
  if (id === null || parts.work.isHandling(id)) return false
  const life = lifeOf(holderOf(name))
  if (life === 'living') return false
  // The age first: what is new may be on its way to its record.
  const facts = await stat(path).catch(() => null)
  if (facts === null || !facts.isFile()) return false
  // The machine's clock wrote mtimeMs, so no other is compared with it.
  const ageMs = Date.now() - facts.mtimeMs
  const mayWait = life === 'unknown' && parts.store.isFar === true
  if (ageMs < 2 * parts.leaseMs + (mayWait ? longestChangeMs : 0)) return false
  const record = await parts.store.read(id)
  if (record === null) return ageMs >= strangerGraceMs
  const { state } = record
  const isInUse =
    spooledPathsOf(record).some((needed) => path.startsWith(needed)) ||
    (state.name === 'receiving' && name.startsWith(`${id}.${state.lease.holder}`))
  return !isInUse
}

/** Under whose claim a file was written: `<id>.<holder>-<n>`, `<id>.<holder>.tus`, `<id>.<holder>.details`. */
function holderOf(name: string): string {
  const written = name.slice(idChars + 1)
  const isNamed = written.endsWith('.tus') || written.endsWith('.details')
  return written.slice(0, written.lastIndexOf(isNamed ? '.' : '-'))
}
