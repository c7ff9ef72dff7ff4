// Slots in files: durable, and safe for any number of processes on one machine.
//
//   <folder>/slots/<first two of the id>/<id>/<revision>    one file per revision, never changed
//   <folder>/trash/                                         slots on their way out
//
// A new revision is written beside the others and then linked to its number. link() never
// overwrites, so of racing writers one wins; and no reader ever sees half a record. Readers take
// the highest number. Two more things can go wrong, and both are stopped here:
// - a writer that slept through many changes finds its number free again, because old revisions
//   are pruned: it looks again after its link, sees higher ones, and takes its own away;
// - a writer that slept through the slot's removal would bring it back: a removed slot's folder is
//   renamed away, so the link has no place to go.
// The empty file as a revision says: removed.

import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isTitofistoError, TitofistoError } from '../../errors.ts'
import { checkOptions } from '../../options.ts'
import { parseSlotId } from '../slot.ts'
import type { SlotId, SlotRecord } from '../slot.ts'
import { flushFolderSync, flushingDisk, quickDisk } from './disk.ts'
import type { Disk } from './disk.ts'
import { codeOf, ignoring, orNull } from './system-error.ts'
import type { ListSlotsOptions, SlotPage, SlotStore } from './store.ts'

/** Where and how slots are kept in files. */
export interface FileSlotStoreOptions {
  /** A private folder for the store alone, on a local file system; it is made where it is missing. */
  readonly folder: string
  /**
   * Whether each change is flushed to the disk before it counts. Default true. Without, a power
   * cut can lose the last changes, and file calls are made at once instead of by the thread pool.
   */
  readonly durable?: boolean
}

/**
 * Makes a store that keeps slots in files.
 *
 * @throws TypeError naming the option that is wrong, also where the folder can't be made.
 */
export function createFileSlotStore(options: FileSlotStoreOptions): SlotStore {
  checkOptions('createFileSlotStore', options, ['folder', 'durable'])
  const { folder, durable = true } = options
  if (typeof folder !== 'string' || folder === '')
    throw new TypeError('Option "folder" of createFileSlotStore must be the path of a folder.')
  const places: Places = {
    slots: join(folder, 'slots'),
    trash: join(folder, 'trash'),
    disk: durable ? flushingDisk : quickDisk,
  }
  makePlaces(places, durable)
  return {
    create: (record) => orStoreFailed(createSlot(places, record)),
    read: (id) => orStoreFailed(readSlot(places, id)),
    replace: (record, expectedRevision) =>
      orStoreFailed(replaceSlot(places, record, expectedRevision)),
    remove: (id, expectedRevision) => orStoreFailed(removeSlot(places, id, expectedRevision)),
    list: (listOptions) => orStoreFailed(listSlots(places, listOptions)),
  }
}

interface Places {
  readonly slots: string
  readonly trash: string
  readonly disk: Disk
}

function makePlaces(places: Places, durable: boolean): void {
  try {
    for (const path of [places.slots, places.trash])
      mkdirSync(path, { recursive: true, mode: 0o700 })
    if (durable) flushFolderSync(join(places.slots, '..'))
  } catch (cause) {
    throw new TypeError(
      'Option "folder" of createFileSlotStore must be a folder that can be made and written to.',
      { cause },
    )
  }
}

async function createSlot(places: Places, record: SlotRecord): Promise<void> {
  const { slots, disk } = places
  const shard = `${slots}/${shardOf(record.id)}`
  const folder = `${shard}/${record.id}`
  const isNewShard = await makeSlotFolder(disk, shard, folder)
  try {
    // No temporary file: nobody knows the id before this is done.
    await disk.writeNew(`${folder}/${record.revision}`, JSON.stringify(record))
  } catch (error) {
    await discard(places, record.id)
    throw error
  }
  await disk.flushFolder(folder)
  await disk.flushFolder(shard)
  if (isNewShard) await disk.flushFolder(slots)
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

async function readSlot(places: Places, id: SlotId): Promise<SlotRecord | null> {
  const { disk } = places
  const folder = folderOf(places, id)
  // Most slots that are asked for are new: two calls instead of a look at the folder.
  if (!(await disk.has(`${folder}/2`))) {
    const text = await readRevision(disk, folder, 1)
    if (text !== null) return toRecord(text)
  }
  // A revision can be pruned between the two calls only if eight newer ones came meanwhile.
  for (let look = 0; look < 10; look++) {
    const revision = highestOf(await revisionsIn(disk, folder))
    if (revision === 0) return null
    const text = await readRevision(disk, folder, revision)
    if (text !== null) return toRecord(text)
  }
  throw new TitofistoError('slot-store-failed', 'A slot changes too fast to be read.')
}

async function readRevision(disk: Disk, folder: string, revision: number): Promise<string | null> {
  return orNull(['ENOENT'], () => disk.read(`${folder}/${revision}`))
}

/** A revision's text as its record; the empty one says: removed. */
function toRecord(text: string): SlotRecord | null {
  // What lies there was written by createSlot or replaceSlot.
  return text === '' ? null : (JSON.parse(text) as SlotRecord)
}

// A late writer must be overtaken by so many others in the time of one look to be fooled.
const keptRevisions = 8

async function replaceSlot(
  places: Places,
  record: SlotRecord,
  expectedRevision: number,
): Promise<boolean> {
  const { disk } = places
  const folder = folderOf(places, record.id)
  const temporary = `${folder}/${newTemporaryName()}`
  let linked = false
  try {
    await disk.writeNew(temporary, JSON.stringify(record))
    await disk.link(temporary, `${folder}/${expectedRevision + 1}`)
    linked = true
  } catch (error) {
    // ENOENT: the slot's folder is gone. EEXIST: another writer was first.
    if (codeOf(error) !== 'EEXIST' && codeOf(error) !== 'ENOENT') throw error
  } finally {
    await ignoring('ENOENT', () => disk.unlink(temporary))
  }
  if (!linked || !(await isCurrent(disk, folder, expectedRevision))) return false
  await ignoring('ENOENT', () => disk.flushFolder(folder))
  return true
}

// One random name per process, and a count, cost less than a random name per file.
const processName = randomBytes(12).toString('base64url')
let temporaries = 0

function newTemporaryName(): string {
  temporaries += 1
  return `t${processName}.${temporaries}`
}

/** Looks again after a link: whether it made the newest revision. Takes it away where it did not. */
async function isCurrent(disk: Disk, folder: string, expectedRevision: number): Promise<boolean> {
  // The first revision is the first to be pruned: as long as it is there, none of them was.
  const isUnpruned =
    (await disk.has(`${folder}/1`)) &&
    (expectedRevision === 1 || (await disk.has(`${folder}/${expectedRevision}`)))
  const revision = expectedRevision + 1
  if (isUnpruned && revision <= keptRevisions) return true
  const revisions = await revisionsIn(disk, folder)
  const isNewest = highestOf(revisions) === revision && revisions.includes(expectedRevision)
  if (!isNewest) {
    await ignoring('ENOENT', () => disk.unlink(`${folder}/${revision}`))
    return false
  }
  const old = revisions.filter((each) => each <= revision - keptRevisions)
  for (const each of old.sort((left, right) => left - right))
    await ignoring('ENOENT', () => disk.unlink(`${folder}/${each}`))
  return true
}

async function removeSlot(places: Places, id: SlotId, expectedRevision: number): Promise<boolean> {
  const { disk } = places
  const folder = folderOf(places, id)
  const marked = await orNull(['ENOENT', 'EEXIST'], async () => {
    await disk.writeNew(`${folder}/${expectedRevision + 1}`, '')
    return true
  })
  if (marked === null || !(await isCurrent(disk, folder, expectedRevision))) return false
  await discard(places, id)
  return true
}

/** Moves a slot's folder away in one step, then empties it at leisure. */
async function discard({ slots, trash, disk }: Places, id: SlotId): Promise<void> {
  const grave = `${trash}/${id}.${randomBytes(6).toString('base64url')}`
  await ignoring('ENOENT', () => disk.rename(`${slots}/${shardOf(id)}/${id}`, grave))
  await removeTree(disk, grave)
}

async function removeTree(disk: Disk, folder: string): Promise<void> {
  const names = (await orNull(['ENOENT'], () => disk.namesIn(folder))) ?? []
  for (const name of names) await ignoring('ENOENT', () => disk.unlink(`${folder}/${name}`))
  await ignoring('ENOENT', () => disk.removeFolder(folder))
}

async function listSlots(
  places: Places,
  { after, limit = 200 }: ListSlotsOptions = {},
): Promise<SlotPage> {
  const { slots, trash, disk } = places
  if (after === undefined) {
    // What a crash has left on its way out.
    for (const name of await disk.namesIn(trash)) await removeTree(disk, `${trash}/${name}`)
  }
  const records: SlotRecord[] = []
  for (const shard of (await disk.namesIn(slots)).sort()) {
    if (after !== undefined && shard < shardOf(after)) continue
    for (const name of (await disk.namesIn(`${slots}/${shard}`)).sort()) {
      const id = parseSlotId(name)
      if (id === null || (after !== undefined && shard === shardOf(after) && name <= after))
        continue
      const record = await readForList(places, id)
      if (record === null) continue
      records.push(record)
      if (records.length >= limit) return { records, next: id }
    }
  }
  return { records, next: null }
}

/** A record, or `null` for what a crash has left: a folder without a whole record in it. */
async function readForList(places: Places, id: SlotId): Promise<SlotRecord | null> {
  const record = await readSlot(places, id).catch((error: unknown) => {
    // Half a first revision, of a process that died while it made the slot.
    if (error instanceof SyntaxError) return null
    throw error
  })
  if (record === null && (await isOld(folderOf(places, id)))) await discard(places, id)
  return record
}

// Far above any time that a slot's making or removing takes.
const leftoverMs = 3_600_000

async function isOld(folder: string): Promise<boolean> {
  const facts = await orNull(['ENOENT'], () => stat(folder))
  // The file system's own clock wrote mtimeMs, so it is compared with the machine's, not an injected one.
  return facts !== null && facts.mtimeMs + leftoverMs < Date.now()
}

async function revisionsIn(disk: Disk, folder: string): Promise<number[]> {
  const names = (await orNull(['ENOENT'], () => disk.namesIn(folder))) ?? []
  return names.filter((name) => /^[1-9][0-9]*$/.test(name)).map(Number)
}

function highestOf(revisions: readonly number[]): number {
  let highest = 0
  for (const revision of revisions) if (revision > highest) highest = revision
  return highest
}

function folderOf({ slots }: Places, id: SlotId): string {
  return `${slots}/${shardOf(id)}/${id}`
}

/** 4,096 shards hold a million slots with 250 in each. */
function shardOf(id: string): string {
  return id.slice(0, 2)
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
