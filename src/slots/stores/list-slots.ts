// Lists slots, whatever else lies in the store's folders: a slot that can't be read, or a file of
// some other program, must not keep anybody from the others.

import type { SlotId, SlotRecord } from '../record/slot.ts'
import { isShortOfDescriptors } from '../../storage/system-error.ts'
import { discard, isLeftover, namesOrNone, slotFolder, tidy, type Places } from './places.ts'
import { readSlot } from './read-slot.ts'
import { isShard, lookAt, parseFolderName, shardOf } from './slot-folder.ts'
import type { ListSlotsOptions, SlotPage } from './store.ts'

/** One page of slots; a cursor is the name of the last slot's folder. */
export async function listSlots(
  places: Places,
  { after, limit = 200 }: ListSlotsOptions = {},
): Promise<SlotPage> {
  if (after === undefined) await tidy(places)
  const from = after ?? ''
  const shards = (await places.calls.namesIn(places.slots)).filter(isShard).sort()
  const records: SlotRecord[] = []
  for (const shard of shards) {
    if (shard < shardOf(from)) continue
    for (const name of (await namesInShard(places, shard)).sort()) {
      const id = name > from ? parseFolderName(name) : null
      const record = id === null ? null : await readForList(places, id)
      if (record === null) continue
      records.push(record)
      if (records.length >= limit) return { records, next: name }
    }
  }
  return { records, next: null }
}

async function namesInShard(places: Places, shard: string): Promise<string[]> {
  try {
    return await namesOrNone(places.calls, `${places.slots}/${shard}`)
  } catch (cause) {
    if (isShortOfDescriptors(cause)) throw cause
    const message = `The slots in the store's folder "slots/${shard}" can't be listed.`
    places.log({ level: 'error', event: 'slot-unreadable', message, cause })
    return []
  }
}

/** A slot's record; `null` where there is none to be had, and then what a crash has left is removed. */
async function readForList(places: Places, id: SlotId): Promise<SlotRecord | null> {
  try {
    const record = await readSlot(places, id)
    if (record === null) await removeRemains(places, id)
    return record
  } catch (cause) {
    // Not the slot's fault: it would be the same with all the others.
    if (isShortOfDescriptors(cause)) throw cause
    const message = "A slot can't be read now, and is not swept."
    places.log({ level: 'error', event: 'slot-unreadable', message, slotId: id, cause })
    return null
  }
}

async function removeRemains(places: Places, id: SlotId): Promise<void> {
  const folder = slotFolder(places, id)
  const look = await lookAt(places.calls, folder)
  const isDone = look === null ? await isLeftover(folder) : look.marker.isGone
  if (isDone) await discard(places, id)
}
