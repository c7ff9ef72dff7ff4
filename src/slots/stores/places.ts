// The file store's folders: where a slot is, and where it goes when it goes.

import { lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { lstat, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../log.ts'
import type { SlotId } from '../record/slot.ts'
import { syncCalls, type FileCalls } from '../../storage/local/file-calls.ts'
import { orNull, systemCodeOf } from '../../storage/system-error.ts'
import { createFolderFlush, type FlushFolder } from './folder-flush.ts'
import { createOwnMarkers, type OwnMarkers } from './own-markers.ts'
import { newKey, shardOf, toFolderName } from './slot-folder.ts'

/** Where a store is, and how safe it is there. */
export interface StorePlace {
  readonly folder: string
  /** Whether changes are flushed. */
  readonly durable: boolean
  readonly log: Log
}

/** Where things are, and by which calls they are reached. */
export interface Places extends Omit<StorePlace, 'folder'> {
  readonly slots: string
  /** Slots on their way out. */
  readonly trash: string
  /** Slots whose record could not be read, kept for a look. */
  readonly damaged: string
  readonly calls: FileCalls
  readonly flushFolder: FlushFolder
  readonly ownMarkers: OwnMarkers
}

/** Makes the folders. @throws the system's error where they can't be made. */
export function makePlaces(calls: FileCalls, { folder, durable, log }: StorePlace): Places {
  const places = {
    slots: join(folder, 'slots'),
    trash: join(folder, 'trash'),
    damaged: join(folder, 'damaged'),
  }
  for (const path of Object.values(places)) {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    // It may have come with the folder, in an archive or by git, and lead anywhere.
    if (!lstatSync(path).isDirectory()) throw new Error('A link stands in the place of a folder.')
  }
  for (const entry of readdirSync(places.slots, { withFileTypes: true }))
    if (entry.isSymbolicLink()) throw new Error('A link stands in the place of a folder of slots.')
  if (durable) syncCalls.flushFolder(folder)
  const flushFolder = durable ? createFolderFlush(calls, log) : async () => {}
  return { ...places, calls, durable, flushFolder, log, ownMarkers: createOwnMarkers() }
}

/** A slot's folder. */
export function slotFolder({ slots }: Places, id: SlotId): string {
  const name = toFolderName(id)
  return `${slots}/${shardOf(name)}/${name}`
}

/**
 * Takes a slot's folder, whose marker says that it is gone, out of everybody's way. Never rejects:
 * what stays behind is taken away by a later listing.
 */
export async function discard(places: Places, id: SlotId): Promise<void> {
  try {
    const grave = `${places.trash}/${toFolderName(id)}.${newKey()}`
    await moveAway(places, slotFolder(places, id), places.trash, grave)
    await removeTree(places.calls, grave)
  } catch (cause) {
    const message = 'A slot was removed, but not all of its files; the next sweep tries again.'
    places.log({ level: 'warn', event: 'slot-left-over', message, slotId: id, cause })
  }
}

/** Puts a slot's folder, whose marker says that it is gone, aside for somebody to look at. */
export async function putAside(places: Places, id: SlotId): Promise<void> {
  const name = `${String(Date.now()).padStart(14, '0')}.${toFolderName(id)}.${newKey()}`
  await moveAway(places, slotFolder(places, id), places.damaged, `${places.damaged}/${name}`)
}

/** Renames a folder; somebody may have deleted the one that it goes to. */
async function moveAway({ calls }: Places, from: string, folder: string, to: string) {
  try {
    await calls.rename(from, to)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error
    await orNull(['EEXIST'], () => calls.makeFolder(folder, 0o700))
    await orNull(['ENOENT'], () => calls.rename(from, to))
  }
}

async function removeTree(calls: FileCalls, folder: string): Promise<void> {
  try {
    // What a link leads to is not ours.
    if (!(await lstat(folder)).isDirectory()) return await calls.unlink(folder)
    for (const name of await calls.namesIn(folder)) await calls.unlink(`${folder}/${name}`)
    await calls.removeFolder(folder)
  } catch {
    // Somebody put a folder in there, or was at it at the same time.
    await rm(folder, { recursive: true, force: true })
  }
}

// What is damaged is of use to somebody who looks at it, for a while.
const keepDamagedMs = 7 * 24 * 3_600_000
const mostDamaged = 100

/** Empties the trash of what a crash has left there, and lets go of what was put aside long ago. */
export async function tidy(places: Places): Promise<void> {
  const { trash, damaged, calls } = places
  const graves = await namesOrNone(calls, trash)
  for (const name of graves.filter((each) => /^[0-9a-f]{32}\.[0-9a-z]+$/.test(each)))
    await removeLeftover(places, `${trash}/${name}`)
  const aside = (await namesOrNone(calls, damaged))
    .filter((each) => /^[0-9]{14}\.[0-9a-f]{32}\.[0-9a-z]+$/.test(each))
    .sort()
  const eldestMs = Date.now() - keepDamagedMs
  for (const [index, name] of aside.entries())
    if (index < aside.length - mostDamaged || Number(name.slice(0, 14)) < eldestMs)
      await removeLeftover(places, `${damaged}/${name}`)
}

async function removeLeftover({ calls, log }: Places, path: string): Promise<void> {
  try {
    await removeTree(calls, path)
  } catch (cause) {
    const message = "What is left of a removed slot can't be removed; the next sweep tries again."
    log({ level: 'warn', event: 'slot-left-over', message, cause })
  }
}

/** What is in a folder; nothing where it is none. */
export async function namesOrNone(calls: FileCalls, path: string): Promise<string[]> {
  return (await orNull(['ENOENT', 'ENOTDIR'], () => calls.namesIn(path))) ?? []
}

// Far above any time that a slot's making takes.
const leftoverMs = 3_600_000

/** Whether a folder without a marker is not one that is being made, but what a crash has left. */
export async function isLeftover(folder: string): Promise<boolean> {
  const facts = await orNull(['ENOENT'], () => stat(folder))
  // The file system's own clock wrote mtimeMs, so it is compared with the machine's, not an injected one.
  return facts !== null && facts.isDirectory() && facts.mtimeMs + leftoverMs < Date.now()
}
