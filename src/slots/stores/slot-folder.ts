// The names in one slot's folder, and what they say:
//
//   at.1         made with the slot, holds its first record; its name is the marker
//   at.7.<key>   the marker once revision 7 is current ...
//   7.<key>      ... whose record is here
//   gone.8.<key> the marker of a slot that was removed
//
// A key is never used twice. All is in lower case, so that it means the same where capitals don't
// count. Whatever else lies there is not ours, or what a crash has left.

import { randomBytes } from 'node:crypto'
import type { FileCalls } from '../../storage/local/file-calls.ts'
import { orNull } from '../../storage/system-error.ts'
import type { SlotId } from '../record/slot.ts'
import { parseSlotId } from '../record/slot.ts'

/** Says which revision is the current one, or that there is none any more. */
export interface Marker {
  /** Its file's name. */
  readonly name: string
  readonly revision: number
  readonly isGone: boolean
  /** The name of the file with the record. */
  readonly recordName: string
}

/** The marker of a slot that was made with this revision: it holds the record itself. */
export function firstMarker(revision: number): Marker {
  const name = `at.${revision}`
  return { name, revision, isGone: false, recordName: name }
}

/** The marker of the revision after another, with a name that nobody else uses. */
export function nextMarker(before: Marker, kind: 'at' | 'gone'): Marker {
  const revision = before.revision + 1
  const key = newKey()
  return {
    name: `${kind}.${revision}.${key}`,
    revision,
    isGone: kind === 'gone',
    recordName: `${revision}.${key}`,
  }
}

/** What was looked at in a slot's folder. */
export interface Look {
  readonly marker: Marker
  readonly names: readonly string[]
}

/** Finds the marker; `null` where there is no slot, or none yet. */
export async function lookAt(calls: FileCalls, folder: string): Promise<Look | null> {
  // Some file systems may show neither the old nor the new name of what is renamed meanwhile.
  for (let look = 0; look < 3; look++) {
    const names = (await orNull(absent, () => calls.namesIn(folder))) ?? []
    let marker: Marker | null = null
    for (const name of names) {
      const found = parseMarker(name)
      // Two are only seen in the middle of a rename: the higher one is the new one.
      if (found !== null && (marker === null || found.revision > marker.revision)) marker = found
    }
    if (marker !== null) return { marker, names }
    if (names.length === 0) return null
  }
  return null
}

const absent = ['ENOENT', 'ENOTDIR']

function parseMarker(name: string): Marker | null {
  const [, kind, digits, key] = /^(at|gone)\.([1-9][0-9]{0,14})(?:\.([0-9a-z]+))?$/.exec(name) ?? []
  if (kind === undefined || digits === undefined) return null
  return {
    name,
    revision: Number(digits),
    isGone: kind === 'gone',
    recordName: key === undefined ? name : `${digits}.${key}`,
  }
}

/** The records of revisions up to this one: whoever wrote them has lost, or was replaced. */
export function recordsUpTo(names: readonly string[], revision: number): string[] {
  return names.filter((name) => {
    const [, digits] = /^([1-9][0-9]{0,14})\.[0-9a-z]+$/.exec(name) ?? []
    return digits !== undefined && Number(digits) <= revision
  })
}

/** A slot's folder: its id's bits as 32 digits, since ids differ by capitals. */
export function toFolderName(id: SlotId): string {
  return Buffer.from(id, 'base64url').toString('hex')
}

/** The id of a slot's folder; `null` for a name that is none of ours. */
export function parseFolderName(name: string): SlotId | null {
  if (!/^[0-9a-f]{32}$/.test(name)) return null
  return parseSlotId(Buffer.from(name, 'hex').toString('base64url'))
}

/** 4,096 shards hold a million slots with 250 in each. */
export function shardOf(folderName: string): string {
  return folderName.slice(0, 3)
}

/** Whether a name is a shard's. */
export function isShard(name: string): boolean {
  return /^[0-9a-f]{3}$/.test(name)
}

// One random name per process, and a count, cost less than a random name per file.
const processKey = randomBytes(12).toString('hex')
let keys = 0

/** A word that nobody else uses. */
export function newKey(): string {
  keys += 1
  return `${processKey}z${keys.toString(36)}`
}
