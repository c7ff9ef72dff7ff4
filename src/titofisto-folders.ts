// The folders that an application's uploads need, made when the first of them is asked for.

import { createHmac } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { TitofistoError } from './errors.ts'
import type { Log } from './log.ts'
import { createFileSlotStore } from './slots/stores/file.ts'
import { joinNeighbours } from './slots/stores/neighbours.ts'
import { folderOfStore } from './slots/stores/store-folders.ts'
import type { SlotStore } from './slots/stores/store.ts'
import type { Storage } from './storage/storage.ts'

/** Opens the store of slots beside the storage's spool. @throws TitofistoError `slot-store-failed` */
export function openSlotStore(storage: Storage, durable: boolean, log: Log): SlotStore {
  try {
    return createFileSlotStore({ folder: dirname(storage.spoolFolder), durable, log })
  } catch (cause) {
    // Nobody has set its option "folder".
    throw new TitofistoError(
      'slot-store-failed',
      "The folder for slots, beside the storage's spool, can't be made or written to.",
      { cause },
    )
  }
}

/** Makes the folder that uploads are received in. @throws TitofistoError `storage-failed` */
export function makeSpoolFolder(storage: Storage): void {
  if (storage.makeSpoolFolder !== undefined) return storage.makeSpoolFolder()
  try {
    mkdirSync(storage.spoolFolder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new TitofistoError('storage-failed', "The storage's spool folder can't be made.", {
      cause,
    })
  }
}

/**
 * Tells who else sweeps the slots of a file store that we do, and says so where one of them is another
 * application: it has none of our secrets. Gives the function that ends it. Never throws.
 */
export function joinSweepers(store: SlotStore, secrets: readonly string[], log: Log): () => void {
  const folder = folderOfStore(store)
  if (folder === undefined) return () => {}
  const joined = joinNeighbours(folder, secrets.map(toMark))
  if (joined.hasStrangers) log({ level: 'warn', event: 'slots-shared', message: sharedMessage })
  return () => joined.leave()
}

/** Tells secrets apart, and gives none of them away. */
function toMark(secret: string): string {
  const mark = createHmac('sha256', secret).update('titofisto.v1 application')
  return mark.digest('base64url').slice(0, 16)
}

const sharedMessage =
  "Another application keeps its slots in the same folder: a running process sweeps them that has none of our secrets. Each runs its own handlers for uploads of the other's that were left unhandled, where kinds have the same name, and forgets its slots. Give each application a storage with a root of its own, or a slotStore; and all processes of one application the same secret."
