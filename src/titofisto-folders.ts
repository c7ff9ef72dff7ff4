// The folders that an application's uploads need, made when the first of them is asked for.

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { TitofistoError } from './errors.ts'
import type { Log } from './log.ts'
import { createFileSlotStore } from './slots/stores/file.ts'
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
