// Checks that a folder's path is still free of links. Where a folder was moved away and a link left in
// its place, its files still have their old paths and inodes, but may lie outside the root.

import { realpathSync } from 'node:fs'

/** Whether no part of a folder's path is a link now. @throws what realpath(3) says, where there is none */
export type LookAtFolder = (path: string, turn: number | undefined) => boolean

/** When there are more, all are forgotten: a new look costs 4 to 6 µs. */
const maxFolders = 10_000

/** Remembers looks: all that are asked for in one turn of the event loop share one. */
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
