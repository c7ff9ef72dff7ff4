// Whether a folder's path still leads straight to it: a folder that was moved away, with a link to it
// left in its place, gives its files under their old paths, inodes and all, and may be anywhere.

import { realpathSync } from 'node:fs'

/** Whether no part of a folder's path is a link now. @throws what realpath(3) says, where there is none */
export type LookAtFolder = (path: string, turn: number | undefined) => boolean

/** More are forgotten all at once: a look costs 4 to 6 µs. */
const maxFolders = 10_000

/** Makes a memory of looks: those in one turn of the event loop, by its number, share one. */
export function createFolderLooks(): LookAtFolder {
  const seenInTurn = new Map<string, number>()
  return (path, turn) => {
    if (turn !== undefined && seenInTurn.get(path) === turn) return true
    if (realpathSync.native(path) !== path) return false
    if (turn === undefined) return true
    if (seenInTurn.size >= maxFolders) seenInTurn.clear()
    seenInTurn.set(path, turn)
    return true
  }
}
