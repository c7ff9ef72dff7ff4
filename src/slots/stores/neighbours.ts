// Who else sweeps the slots of a folder. Two applications that share one by mistake take each other's
// slots for their own: the sweep of one runs its own handlers for the uploads of the other, where kinds
// have the same name, and forgets slots by rules that are not theirs. What tells applications apart is
// the secret: processes of one share it, also while a new one takes the place of an old one, whose
// secret the new one still knows. So each process leaves a note for each secret, an empty file:
//
//   <folder>/applications/<holder>~<mark of a secret>
//
// The holder's name says where its process is seen to be dead (holders/holder.ts). Where nothing can be
// seen, as between containers, the note's time does: it is renewed each minute.

import { randomBytes } from 'node:crypto'
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { formatHolder, isHolderDead } from '../../holders/holder.ts'

const renewEveryMs = 60_000
// A process that stalls is no dead one.
const freshMs = 3 * renewEveryMs
const strangerGraceMs = 24 * 3_600_000

/** What became of leaving notes. */
export interface Neighbourhood {
  /** Whether a living process is there that knows none of our secrets. */
  readonly hasStrangers: boolean
  /** Takes our notes away. Never throws. */
  leave(): void
}

/**
 * Leaves notes in a store's folder, a mark for each secret, and looks who else is there. Where nothing
 * can be written or read, nobody is seen: whether slots can be kept there, the store says.
 */
export function joinNeighbours(folder: string, marks: readonly string[]): Neighbourhood {
  const place = join(folder, 'applications')
  const holder = formatHolder(randomBytes(9).toString('base64url'))
  const notes = marks.map((mark) => join(place, `${holder}~${mark}`))
  const timer = setInterval(() => notes.forEach(renew), renewEveryMs).unref()
  const leave = (): void => {
    clearInterval(timer)
    notes.forEach(remove)
  }
  try {
    mkdirSync(place, { recursive: true, mode: 0o700 })
    // It may have come with the folder, in an archive or by git, and lead anywhere.
    if (!lstatSync(place).isDirectory()) return { hasStrangers: false, leave }
    for (const note of notes) closeSync(openSync(note, 'wx', 0o600))
    return { hasStrangers: hasStrangers(place, new Set(marks)), leave }
  } catch {
    return { hasStrangers: false, leave }
  }
}

function hasStrangers(place: string, ours: ReadonlySet<string>): boolean {
  const knows = new Map<string, boolean>()
  for (const name of readdirSync(place)) {
    const [holder = '', mark] = name.split('~')
    if (mark === undefined || !isAlive(holder, join(place, name))) continue
    knows.set(holder, knows.get(holder) === true || ours.has(mark))
  }
  return [...knows.values()].includes(false)
}

/** Whether a note's process lives, and is no stopped one: such a one sweeps nothing. */
function isAlive(holder: string, note: string): boolean {
  const facts = statSync(note, { throwIfNoEntry: false })
  if (facts === undefined) return false
  const ageMs = isHolderDead(holder) ? Infinity : Date.now() - facts.mtimeMs
  if (ageMs >= strangerGraceMs) remove(note)
  return ageMs < freshMs
}

function renew(note: string): void {
  const now = new Date()
  // Who deleted it with its folder has other worries.
  utimes(note, now, now).catch(() => {})
}

function remove(note: string): void {
  try {
    unlinkSync(note)
  } catch {
    // It is gone, or was never written.
  }
}
