// Which names the owner's page shows, and takes from whoever uses it: none that begin with a dot, in
// whose folders programs keep their own, and none of what is private to the server itself, should that
// lie in the folder that is served.

import { readlinkSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { parseUserFileName } from '../../storage/names/reserved-name.ts'

/** Whether a file's name, or a folder's with its slash, is shown. */
export type IsShown = (name: string) => boolean

/** Makes the rule. `privatePaths`: files and folders of the server's, wherever they are. */
export function createIsShown(root: string, privatePaths: readonly string[]): IsShown {
  const rootPath = toRealPath(root)
  const concealed = privatePaths
    .flatMap(placesOf)
    .map((each) => path.relative(rootPath, each).split(path.sep).join('/'))
    .filter((name) => name !== '' && !name.startsWith('../') && !path.isAbsolute(name))
    .map(toComparable)
  return (name) => {
    const plain = name.endsWith('/') ? name.slice(0, -1) : name
    if (parseUserFileName(plain) === null || /(?:^|\/)\./.test(plain)) return false
    const own = toComparable(plain)
    return !concealed.some((each) => own === each || own.startsWith(`${each}/`))
  }
}

/** Some file systems take names for the same that are written in other letters. */
function toComparable(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** Where a path leads, and each link on the way: who reads one of them reads the file. */
function placesOf(file: string): readonly string[] {
  const places: string[] = []
  let next: string | null = path.resolve(file)
  while (next !== null && places.length < mostLinks) {
    const place: string = path.join(toRealPath(path.dirname(next)), path.basename(next))
    places.push(place)
    next = followOnce(place)
  }
  return places
}

/** What systems follow. */
const mostLinks = 40

function followOnce(place: string): string | null {
  try {
    return path.resolve(path.dirname(place), readlinkSync(place))
  } catch {
    return null
  }
}

/** What is not there yet may be made later. */
function toRealPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    const folder = path.dirname(path.resolve(file))
    return folder === file ? file : path.join(toRealPath(folder), path.basename(file))
  }
}
