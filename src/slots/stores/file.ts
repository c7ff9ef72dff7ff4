// Slots in files: durable, and safe for any number of processes on one machine.
//
//   <folder>/slots/<three digits>/<the id as 32 digits>/    one slot; slot-folder.ts has its names
//   <folder>/trash/                                         slots on their way out
//   <folder>/damaged/                                       slots that could not be read, for a look
//
// A change writes its record beside the current one, and then renames the marker from the revision
// that it was built on to its own. No marker's name is ever used twice, so there is something to
// rename only as long as that revision is the current one: of racing writers one wins, and one that
// slept finds nothing. rename() does this on every file system, also where there are no hard links.
// It is the point of no return: what fails before it has not happened; what fails after it, such as
// a flush, is logged, and the change is told as what it is: made.

import { resolve } from 'node:path'
import { isTitofistoError, TitofistoError } from '../../errors.ts'
import { logErrorsToConsole } from '../../log.ts'
import type { Log } from '../../log.ts'
import { checkOptions, checkType } from '../../options.ts'
import type { SlotId, SlotRecord } from '../record/slot.ts'
import { flushingDisk, quickDisk } from './disk.ts'
import type { Disk } from './disk.ts'
import { listSlots } from './list-slots.ts'
import { discard, folderOf, makePlaces } from './places.ts'
import type { Places } from './places.ts'
import { readSlot } from './read-slot.ts'
import { firstMarker, lookAt, nextMarker, recordsUpTo } from './slot-folder.ts'
import { codeOf, ignoring } from './system-error.ts'
import type { SlotStore } from './store.ts'

/** Where and how slots are kept in files. */
export interface FileSlotStoreOptions {
  /** A private folder for the store alone, on a local file system; it is made where it is missing. */
  readonly folder: string
  /**
   * Whether each change is flushed to the disk before it counts. Default true. Without, a power
   * cut can lose the last changes, and file calls are made at once instead of by the thread pool.
   */
  readonly durable?: boolean
  /** Takes log entries: records that can't be read, changes that could not be flushed. Default: they go to stderr. */
  readonly log?: Log
}

/**
 * Makes a store that keeps slots in files.
 *
 * @throws TypeError naming the option that is wrong, also where the folder can't be made.
 * @example
 * import { createFileSlotStore, createTitofisto } from 'titofisto'
 *
 * const slotStore = createFileSlotStore({ folder: './slots' })
 * const files = createTitofisto({ secret, storage, slotStore })
 */
export function createFileSlotStore(options: FileSlotStoreOptions): SlotStore {
  const where = 'createFileSlotStore'
  checkOptions(where, options, ['folder', 'durable', 'log'])
  const { folder, durable = true, log = logErrorsToConsole } = options
  if (typeof folder !== 'string' || folder === '' || folder.includes('\0'))
    throw new TypeError(`Option "folder" of ${where} must be the path of a folder.`)
  checkType(where, 'durable', durable, 'boolean')
  checkType(where, 'log', log, 'function')
  return createStoreOn(durable ? flushingDisk : quickDisk, folder, log)
}

/** Makes a store on these file calls. @throws TypeError where its folder can't be made. */
export function createStoreOn(disk: Disk, folder: string, log: Log): SlotStore {
  const places = openPlaces(disk, folder, log)
  return {
    create: (record) => orStoreFailed(createSlot(places, record)),
    read: (id) => orStoreFailed(readSlot(places, id)),
    replace: (record, expectedRevision) =>
      orStoreFailed(replaceSlot(places, record, expectedRevision)),
    remove: (id, expectedRevision) => orStoreFailed(removeSlot(places, id, expectedRevision)),
    list: (listOptions) => orStoreFailed(listSlots(places, listOptions)),
  }
}

function openPlaces(disk: Disk, folder: string, log: Log): Places {
  try {
    // The process may go to another folder later.
    return makePlaces(resolve(folder), disk !== quickDisk, disk, log)
  } catch (cause) {
    throw new TypeError(
      'Option "folder" of createFileSlotStore must be a folder that can be made and written to.',
      { cause },
    )
  }
}

async function createSlot(places: Places, record: SlotRecord): Promise<void> {
  const { slots, disk, flushFolder } = places
  const folder = folderOf(places, record.id)
  const shard = folder.slice(0, folder.lastIndexOf('/'))
  const isNewShard = await makeSlotFolder(disk, shard, folder)
  const marker = `${folder}/${firstMarker(record.revision).name}`
  try {
    // In two steps: a listing must not see half a record.
    await disk.writeNew(`${folder}/new`, JSON.stringify(record))
    await disk.rename(`${folder}/new`, marker)
  } catch (error) {
    if (!(await disk.has(marker))) {
      await discard(places, record.id)
      throw error
    }
  }
  await flushFolder(folder)
  await flushFolder(shard)
  if (isNewShard) await flushFolder(slots)
}

/** Makes a slot's folder, and says whether the shard had to be made first. */
async function makeSlotFolder(disk: Disk, shard: string, folder: string): Promise<boolean> {
  try {
    await disk.makeFolder(folder)
    return false
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  await ignoring('EEXIST', () => disk.makeFolder(shard))
  await disk.makeFolder(folder)
  return true
}

async function replaceSlot(
  places: Places,
  record: SlotRecord,
  expectedRevision: number,
): Promise<boolean> {
  if (record.revision !== expectedRevision + 1)
    throw new TypeError('A record takes the place of the revision before its own.')
  const { disk } = places
  const folder = folderOf(places, record.id)
  const look = await lookAt(disk, folder)
  if (look === null || look.marker.isGone || look.marker.revision !== expectedRevision) return false
  const next = nextMarker(look.marker, 'at')
  const path = `${folder}/${next.recordName}`
  if (!(await writeRecord(disk, path, JSON.stringify(record)))) return false
  if (!(await moveMarker(disk, `${folder}/${look.marker.name}`, `${folder}/${next.name}`))) {
    await unlinkAnyway(disk, path)
    return false
  }
  for (const name of recordsUpTo(look.names, expectedRevision))
    await unlinkAnyway(disk, `${folder}/${name}`)
  await places.flushFolder(folder)
  return true
}

/** Writes a record that no marker names yet; `false` where the slot's folder is gone. */
async function writeRecord(disk: Disk, path: string, text: string): Promise<boolean> {
  try {
    await disk.writeNew(path, text)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    await unlinkAnyway(disk, path)
    throw error
  }
}

/** Makes a change count; `false` where another was first. */
async function moveMarker(disk: Disk, from: string, to: string): Promise<boolean> {
  try {
    await disk.rename(from, to)
    return true
  } catch (error) {
    // Over a network, a call can have done its work and still fail.
    if (await disk.has(to)) return true
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Removes a file that nothing names; where that fails, the slot's next change does it. */
async function unlinkAnyway(disk: Disk, path: string): Promise<void> {
  try {
    await disk.unlink(path)
  } catch {
    // Nobody reads it, and it goes with its folder at the latest.
  }
}

async function removeSlot(places: Places, id: SlotId, expectedRevision: number): Promise<boolean> {
  const { disk } = places
  const folder = folderOf(places, id)
  const look = await lookAt(disk, folder)
  if (look === null || look.marker.isGone || look.marker.revision !== expectedRevision) return false
  const gone = nextMarker(look.marker, 'gone')
  if (!(await moveMarker(disk, `${folder}/${look.marker.name}`, `${folder}/${gone.name}`)))
    return false
  await discard(places, id)
  return true
}

async function orStoreFailed<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (error) {
    if (isTitofistoError(error)) throw error
    const code = codeOf(error)
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new TitofistoError('storage-full', 'No space is left for slots.', { cause: error })
    if (code === 'EEXIST')
      throw new TitofistoError('slot-store-failed', 'A slot with this id exists already.')
    throw new TitofistoError('slot-store-failed', "The slots can't be read or written now.", {
      cause: error,
    })
  }
}
