// Makes sure that nobody but this claim can write to the file that a resumable upload goes on in.
//
// A claim whose lease has run out may be asleep, not dead: a stopped process, a paused machine. It
// still has the file open, and will write to it once it wakes. So whoever takes over from a claim
// that is not provably over goes on in a copy; the old file loses its name, and what is written to
// it then goes nowhere.

import { constants } from 'node:fs'
import { copyFile, open } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCodeOf, toStorageError } from '../../storage/system-error.ts'
import type { Change } from './move-slot.ts'
import type { ClaimAtWork } from './claimed-upload.ts'
import type { SlotGround } from '../parts/slot-parts.ts'
import { takeFileOver } from '../record/lifecycle.ts'
import type { Lease, SlotRecord, TusFacts } from '../record/slot.ts'
import { dropUnneeded, removeUnnamed } from './drop-spooled.ts'

/** A change that made a claim. */
export type MadeClaim = Extract<Change, { moved: true }>

/** Where a claim's bytes of a resumable upload go. */
export function tusPath(ground: SlotGround, record: SlotRecord, lease: Lease): string {
  return join(ground.storage.spoolFolder, `${record.id}.${lease.holder}.tus`)
}

/**
 * Readies the file that a claim goes on in: its own, with no more in it than was proven. Of `tus`,
 * what this claim knows of the upload, the path may change; the change says it.
 *
 * @throws TitofistoError `storage-failed`, `storage-full`.
 */
export async function takeOver(
  ground: SlotGround,
  claim: ClaimAtWork,
  claimed: MadeClaim,
  tus: TusFacts,
): Promise<Change> {
  const before = claimed.before.tus?.path === tus.path ? claimed.before.tus : null
  const isOurs = claimed.record.tus?.writer === claim.holder
  const path = isOurs ? tus.path : tusPath(ground, claimed.record, claim.lease)
  try {
    if (!isOurs) await copyIfThere(tus.path, path)
    const cutAtBytes = before?.provenBytes ?? null
    if (!isOurs || cutAtBytes !== null)
      await readyFile(path, cutAtBytes, !isOurs && claim.reception.durable)
  } catch (error) {
    if (!isOurs) await removeUnnamed(ground, claimed.record.id, [path])
    throw toStorageError(error, 'go on with an upload')
  }
  if (isOurs) return claimed
  const change = await claim.hold.move((current) =>
    takeFileOver(current, claim.holder, { ...tus, path }),
  )
  if (change.moved) await dropUnneeded(ground, change.before, change.record)
  else await removeUnnamed(ground, claimed.record.id, [path])
  return change
}

/** Copies a file, by sharing its blocks where the file system can. An upload of no bytes yet may have none. */
async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error
  }
}

async function readyFile(path: string, cutAtBytes: number | null, flush: boolean): Promise<void> {
  try {
    const file = await open(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0))
    try {
      if (cutAtBytes !== null && (await file.stat()).size > cutAtBytes)
        await file.truncate(cutAtBytes)
      if (flush) await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error
  }
}
