// Reads a slot's current record, and puts aside what is none.

import { TitofistoError } from '../../errors.ts'
import type { SlotId, SlotRecord } from '../record/slot.ts'
import type { FileCalls } from '../../storage/local/file-calls.ts'
import { orNull, systemCodeOf } from '../../storage/system-error.ts'
import { putAside, slotFolder, type Places } from './places.ts'
import { firstMarker, lookAt, nextMarker, type Marker } from './slot-folder.ts'

/** A slot's record as it is now, or `null` where there is none. */
export async function readSlot(places: Places, id: SlotId): Promise<SlotRecord | null> {
  const { calls } = places
  const folder = slotFolder(places, id)
  // Most slots that are asked for are new: their marker needs no look.
  const first = await readRecord(calls, `${folder}/${firstMarker(1).recordName}`)
  const record = first === null ? null : parseRecord(first, id, 1)
  if (record !== null) return record
  let unreadable: Marker | null = null
  // Each further look is worth it only because somebody has changed the slot meanwhile.
  for (let look = 0; look < 100; look++) {
    const marker = (await lookAt(calls, folder))?.marker ?? null
    if (marker === null || marker.isGone) return null
    // A record goes only after its marker has: this one was not there, and it still is the current one.
    if (marker.name === unreadable?.name && (await setAside(places, id, marker))) return null
    const text = await readRecord(calls, `${folder}/${marker.recordName}`)
    const found = text === null ? null : parseRecord(text, id, marker.revision)
    if (found !== null) return found
    unreadable = marker
  }
  throw new TitofistoError('slot-store-failed', 'A slot changes too fast to be read.')
}

// What lies there is missing, or is no file: a folder, a link, a pipe.
const noFile = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO', 'EAGAIN']

async function readRecord(calls: FileCalls, path: string): Promise<string | null> {
  return orNull(noFile, () => calls.readText(path))
}

/** A text as the record of this slot and revision; `null` where it is none. */
function parseRecord(text: string, id: SlotId, revision: number): SlotRecord | null {
  try {
    const value: unknown = JSON.parse(text)
    const isIts =
      typeof value === 'object' &&
      value !== null &&
      'id' in value &&
      value.id === id &&
      'revision' in value &&
      value.revision === revision
    // The rest is for those who know what a record means.
    return isIts ? (value as SlotRecord) : null
  } catch {
    return null
  }
}

/**
 * Ends a slot whose marker names no record that can be read. By the same move as any change, so
 * that it ends nothing that somebody has mended meanwhile: `false` then.
 */
async function setAside(places: Places, id: SlotId, marker: Marker): Promise<boolean> {
  const { calls, log } = places
  const folder = slotFolder(places, id)
  const gone = nextMarker(marker, 'gone')
  try {
    await calls.rename(`${folder}/${marker.name}`, `${folder}/${gone.name}`)
    await putAside(places, id)
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return false
    const message = "A slot's record can't be read, nor put aside: nobody can use the slot."
    log({ level: 'error', event: 'slot-damaged', message, slotId: id, cause })
    return true
  }
  const message =
    'A slot\'s record could not be read: the slot is gone, its files are in the store\'s folder "damaged" for a week.'
  log({ level: 'error', event: 'slot-damaged', message, slotId: id })
  return true
}
