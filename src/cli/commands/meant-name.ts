// What somebody means who names a file or folder as their shell completes it, and not as it is called
// in what is served.

import path from 'node:path'
import { listIn } from '../files-in.ts'
import { toPrintable } from '../printable.ts'
import type { FilesBesideServer } from '../settings/open-beside-server.ts'

/** A hint, with a space before it, for a name to which there is no file; `''` where nobody knows. */
export async function hintForFile(beside: FilesBesideServer, name: string): Promise<string> {
  const { storage } = beside.files
  const meant = nameFromRoot(beside, name)
  if (meant !== null && (await storage.stat(meant)) !== null) return didYouMean(beside, meant)
  for (const folder of [name, meant])
    if (folder !== null && (await isFolder(beside, folder)))
      return ` It is a folder: "${toPrintable(folder.replace(/\/*$/, '/'))}" means each of its files.`
  return ''
}

/** The same for a name of a folder in which there is nothing. */
export async function hintForFolder(beside: FilesBesideServer, name: string): Promise<string> {
  const meant = nameFromRoot(beside, name)
  if (meant === '') return ' It is what is served: name nothing, or a folder in it.'
  if (meant !== null && (await isFolder(beside, meant))) return didYouMean(beside, meant)
  const isElsewhere = path.isAbsolute(name) || /^\.\.(?:\/|$)/.test(name)
  return isElsewhere && beside.place.kind === 'folder'
    ? ` Names are relative to ${beside.place.root}; --root serves another folder.`
    : ''
}

function didYouMean({ place }: FilesBesideServer, meant: string): string {
  return place.kind === 'folder'
    ? ` Names are relative to ${place.root}: did you mean "${toPrintable(meant)}"?`
    : ''
}

/** What a path from the current folder is called below the root; `null` where that is the name given. */
function nameFromRoot({ place }: FilesBesideServer, name: string): string | null {
  if (place.kind !== 'folder') return null
  const fromRoot = path.relative(place.root, name).split(path.sep).join('/')
  return fromRoot === name ? null : fromRoot
}

async function isFolder({ files }: FilesBesideServer, name: string): Promise<boolean> {
  // The root itself, where nothing below it is meant, is no mistake of a name.
  if (name === '') return false
  try {
    for await (const entry of listIn(files.storage, name, false)) return entry !== undefined
  } catch {
    // No name that a folder may have.
  }
  return false
}
