// @ts-check
// The saved files of a ground that has them on this machine's disk.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * What handlers have saved on a ground, looked at without the code that is judged.
 * @typedef {object} Saved
 * @property {() => Promise<ReadonlyMap<string, number>>} list Names, with how many bytes each has.
 * @property {(name: string) => Promise<Buffer | null>} read `null` where it is not there.
 * @property {() => Promise<readonly Leftover[]>} listLeftovers What saves have left in the place of files that is none.
 */

/**
 * @typedef {object} Leftover
 * @property {string} what
 * @property {number} sinceMs
 * @property {number} untilMs When whoever made it was through at the latest.
 * @property {boolean} isKnown Whether whoever made it had been told that it was made.
 */

/** Where handlers save. */
export const savedFolders = ['kept', 'public/kept']

/**
 * @param {string} root
 * @returns {Saved}
 */
export function openSavedOnDisk(root) {
  return {
    async list() {
      const names = savedFolders.flatMap((folder) =>
        listFolder(path.join(root, folder)).map((name) => `${folder}/${name}`),
      )
      // One that is being replaced, or removed, has no size for a moment.
      const sizeOf = (/** @type {string} */ name) =>
        statSync(path.join(root, name), { throwIfNoEntry: false })?.size ?? 0
      return new Map(names.map((name) => [name, sizeOf(name)]))
    },
    async read(name) {
      try {
        return readFileSync(path.join(root, name))
      } catch {
        return null
      }
    },
    listLeftovers: async () => [],
  }
}

/** @param {string} folder */
function listFolder(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
