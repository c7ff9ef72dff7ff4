// Slots in files: durable, and safe for any number of processes on one machine.
//
//   <folder>/slots/<three digits>/<the id as 32 digits>/    one slot; slot-folder.ts has its names
//   <folder>/trash/                                         slots on their way out
//   <folder>/damaged/                                       slots that could not be read, for a look
//   <folder>/applications/                                  who sweeps here; neighbours.ts
//
// A change writes its record beside the current one, and then renames the marker from the revision
// that it was built on to its own. No marker's name is ever used twice, so there is something to
// rename only as long as that revision is the current one: of racing writers one wins, and one that
// slept finds nothing. rename() does this on every file system, also where there are no hard links.
// It is the point of no return: what fails before it has not happened; what fails after it, such as
// a flush, is logged, and the change is told as what it is: made.

import { resolve } from 'node:path'
import { isTitofistoError, TitofistoError } from '../../errors.ts'
import { logErrorsToConsole, type Log } from '../../log.ts'
import { aBoolean, aFunction, checkOptions, fitting, optionError } from '../../options.ts'
import type { OptionRules } from '../../options.ts'
import { pooledCalls, syncCalls, type FileCalls } from '../../storage/local/file-calls.ts'
import { folderOf } from '../../storage/names/name-parts.ts'
import { orNull, systemCodeOf } from '../../storage/system-error.ts'
import type { SlotId, SlotRecord } from '../record/slot.ts'
import { listSlots } from './list-slots.ts'
import { discard, makePlaces, slotFolder, type Places, type StorePlace } from './places.ts'
import { readSlot } from './read-slot.ts'
import { firstMarker, lookAt, nextMarker, recordsUpTo, type Look } from './slot-folder.ts'
import { inFolder } from './store-folders.ts'
import type { SlotStore } from './store.ts'

/** Where and how slots are stored in files. */
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
 * Makes a store of slots in files.
 *
 * @throws TypeError naming the option that is wrong, also where the folder can't be made.
 * @example
 * import { createFileSlotStore, createTitofisto } from 'titofisto'
 *
 * const slotStore = createFileSlotStore({ folder: './slots' })
 * const files = createTitofisto({ secret, storage, slotStore })
 */
export function createFileSlotStore(options: FileSlotStoreOptions): SlotStore {
  checkOptions(where, options, rules, ['folder'])
  const { folder, durable = true, log = logErrorsToConsole } = options
  // With flushing every call may have to wait for the disk; without, all of them end in the page cache.
  const store = createStoreOn(durable ? pooledCalls : syncCalls, { folder, durable, log })
  return inFolder(resolve(folder), store)
}

const where = 'createFileSlotStore()'
const rules: OptionRules<FileSlotStoreOptions> = {
  folder: fitting(
    (folder) => typeof folder === 'string' && folder !== '' && !folder.includes('\0'),
    'must be the path of a folder',
  ),
  durable: aBoolean,
  log: aFunction,
}

/** Makes a store on these file calls. @throws TypeError where its folder can't be made. */
export function createStoreOn(calls: FileCalls, place: StorePlace): SlotStore {
  const places = openPlaces(calls, place)
  return {
    create: (record) => orStoreFailed(createSlot(places, record)),
    read: (id) => orStoreFailed(readSlot(places, id)),
    replace: (record, expectedRevision) =>
      orStoreFailed(replaceSlot(places, record, expectedRevision)),
    remove: (id, expectedRevision) => orStoreFailed(removeSlot(places, id, expectedRevision)),
    list: (listOptions) => orStoreFailed(listSlots(places, listOptions)),
  }
}

function openPlaces(calls: FileCalls, place: StorePlace): Places {
  try {
    // The process may go to another folder later.
    return makePlaces(calls, { ...place, folder: resolve(place.folder) })
  } catch (cause) {
    const fault = { option: 'folder', reason: 'must be a folder that can be made and written to' }
    throw optionError(where, fault, TypeError, { cause })
  }
}

async function createSlot(places: Places, record: SlotRecord): Promise<void> {
  const { slots, calls, flushFolder } = places
  const folder = slotFolder(places, record.id)
  const shard = folderOf(folder)
  const isNewShard = await makeSlotFolder(calls, shard, folder)
  const marker = `${folder}/${firstMarker(record.revision).name}`
  try {
    // In two steps: a listing must not see half a record.
    await calls.writeNew(`${folder}/new`, JSON.stringify(record), places.durable)
    await calls.rename(`${folder}/new`, marker)
  } catch (error) {
    if (!(await calls.exists(marker))) {
      await discard(places, record.id)
      throw error
    }
  }
  await flushFolder(folder)
  await flushFolder(shard)
  if (isNewShard) await flushFolder(slots)
}

/** Makes a slot's folder, and says whether the shard had to be made first. */
async function makeSlotFolder(calls: FileCalls, shard: string, folder: string): Promise<boolean> {
  try {
    await calls.makeFolder(folder, 0o700)
    return false
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error
  }
  await orNull(['EEXIST'], () => calls.makeFolder(shard, 0o700))
  await calls.makeFolder(folder, 0o700)
  return true
}

async function replaceSlot(
  places: Places,
  record: SlotRecord,
  expectedRevision: number,
): Promise<boolean> {
  if (record.revision !== expectedRevision + 1)
    throw new TypeError('A record takes the place of the revision before its own.')
  // How the first marker is called, everybody knows, and who put a later one in place knows that: no
  // look is needed, and if it is not there any more, there is nothing to rename. What a crash has left
  // beside it, a change that looks takes away, or whoever removes the slot.
  const known =
    expectedRevision === 1 ? firstMarker(1) : places.ownMarkers.take(record.id, expectedRevision)
  if (known !== null)
    return replaceFrom(places, { marker: known, names: [known.recordName] }, record)
  const look = await lookAt(places.calls, slotFolder(places, record.id))
  if (look === null || look.marker.isGone || look.marker.revision !== expectedRevision) return false
  return replaceFrom(places, look, record)
}

/** Replaces the record of a marker; `false` where that is not the current one. */
async function replaceFrom(places: Places, { marker, names }: Look, record: SlotRecord) {
  const { calls } = places
  const folder = slotFolder(places, record.id)
  const next = nextMarker(marker, 'at')
  const path = `${folder}/${next.recordName}`
  if (!(await writeRecord(places, path, JSON.stringify(record)))) return false
  if (!(await moveMarker(calls, `${folder}/${marker.name}`, `${folder}/${next.name}`))) {
    await unlinkAnyway(calls, path)
    return false
  }
  let isTidy = true
  for (const name of recordsUpTo(names, marker.revision))
    isTidy = (await unlinkAnyway(calls, `${folder}/${name}`)) && isTidy
  await places.flushFolder(folder)
  // Else the next change is to look, and to find what stayed.
  if (isTidy) places.ownMarkers.keep(record.id, next)
  return true
}

/** Writes a record that no marker names yet; `false` where the slot's folder is gone. */
async function writeRecord(
  { calls, durable }: Places,
  path: string,
  text: string,
): Promise<boolean> {
  try {
    await calls.writeNew(path, text, durable)
    return true
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return false
    await unlinkAnyway(calls, path)
    throw error
  }
}

/** Makes a change count; `false` where another was first. */
async function moveMarker(calls: FileCalls, from: string, to: string): Promise<boolean> {
  try {
    await calls.rename(from, to)
    return true
  } catch (error) {
    // Over a network, a call can have done its work and still fail.
    if (await calls.exists(to)) return true
    if (systemCodeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Removes a file that nothing names; `false` where that fails: a change that looks does it, then. */
async function unlinkAnyway(calls: FileCalls, path: string): Promise<boolean> {
  try {
    await calls.unlink(path)
    return true
  } catch {
    // Nobody reads it, and it goes with its folder at the latest.
    return false
  }
}

async function removeSlot(places: Places, id: SlotId, expectedRevision: number): Promise<boolean> {
  const { calls } = places
  const folder = slotFolder(places, id)
  const look = await lookAt(calls, folder)
  if (look === null || look.marker.isGone || look.marker.revision !== expectedRevision) return false
  const gone = nextMarker(look.marker, 'gone')
  if (!(await moveMarker(calls, `${folder}/${look.marker.name}`, `${folder}/${gone.name}`)))
    return false
  await discard(places, id)
  return true
}

async function orStoreFailed<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (error) {
    if (isTitofistoError(error)) throw error
    const code = systemCodeOf(error)
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new TitofistoError('storage-full', 'No space is left for slots.', { cause: error })
    if (code === 'EEXIST')
      throw new TitofistoError('slot-store-failed', 'A slot with this id exists already.')
    throw new TitofistoError('slot-store-failed', "The slots can't be read or written now.", {
      cause: error,
    })
  }
}
