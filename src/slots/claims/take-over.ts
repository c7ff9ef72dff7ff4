// Makes sure that nobody but this claim can write to the file that a resumable upload goes on in.
//
// A claim whose lease has run out may be asleep, not dead: a stopped process, a paused machine. It
// still has the file open, and will write to it once it wakes. So whoever takes over from a claim
// that is not provably over goes on in a copy; the old file loses its name, and what is written to
// it then goes nowhere.

import { constants } from 'node:fs'
import { copyFile, open } from 'node:fs/promises'
import { join } from 'node:path'
import { orNull, toStorageError } from '../../storage/system-error.ts'
import type { Change } from './move-slot.ts'
import type { ClaimAtWork } from './claimed-upload.ts'
import type { KnownSlot } from '../parts/slot-parts.ts'
import { takeFileOver } from '../record/claim-moves.ts'
import type { Lease, PartialUpload } from '../record/slot.ts'
import { removeUnnamed } from './drop-spooled.ts'

const copyFlags = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE

/** Where a claim's bytes of a resumable upload go. */
export function partialPath({ parts, record }: KnownSlot, lease: Lease): string {
  return join(parts.storage.spoolFolder, `${record.id}.${lease.holder}.tus`)
}

/**
 * Readies the file that a claim goes on in: its own, with no more in it than was proven. Of
 * `partial`, what this claim knows of the upload, the path may change; the change says it.
 *
 * @throws TitofistoError `storage-failed`, `storage-full`.
 */
export async function takeOver(claim: ClaimAtWork, partial: PartialUpload): Promise<Change> {
  const { record, lease } = claim
  const before = claim.before.tus?.path === partial.path ? claim.before.tus : null
  const isOurs = record.tus?.writer === lease.holder
  const path = isOurs ? partial.path : partialPath(claim, lease)
  try {
    // An upload of no bytes yet may have no file; a copy shares its blocks where the file system can.
    if (!isOurs) await orNull(['ENOENT'], () => copyFile(partial.path, path, copyFlags))
    const cutAtBytes = before?.provenBytes ?? null
    const flush = !isOurs && claim.reception.durable
    if (!isOurs || cutAtBytes !== null)
      await orNull(['ENOENT'], () => readyFile(path, cutAtBytes, flush))
  } catch (error) {
    if (!isOurs) await removeUnnamed(claim, [path])
    throw toStorageError(error, 'go on with an upload')
  }
  if (isOurs) return claim
  const change = await claim.held.move((current) =>
    takeFileOver(current, lease.holder, { ...partial, path }),
  )
  if (!change.moved) await removeUnnamed(claim, [path])
  return change
}

/** Cuts a file to what was proven of it, and makes sure of it. */
async function readyFile(path: string, cutAtBytes: number | null, flush: boolean): Promise<void> {
  const file = await open(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0))
  try {
    if (cutAtBytes !== null && (await file.stat()).size > cutAtBytes)
      await file.truncate(cutAtBytes)
    if (flush) await file.sync()
  } finally {
    await file.close()
  }
}
