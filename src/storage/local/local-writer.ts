// Puts new files of a root in place, by the options of its storage.

import type { FileName } from '../names/file-name.ts'
import { folderOf } from '../names/name-parts.ts'
import type { FileSource, SaveOptions } from '../storage.ts'
import { toNamingError } from '../system-error.ts'
import { pooledCalls, syncCalls } from './file-calls.ts'
import { folderPath, type LocalRoot } from './local-root.ts'
import { placeFile } from './place-file.ts'
import type { Placing } from './placing.ts'
import { removeQuietly } from './temporary-files.ts'
import { writeTemporary, type Writing } from './write-temporary.ts'

/** Puts files in place; a name that it is given was checked. */
export interface LocalWriter {
  readonly writing: Writing
  /** How a file of this name is put in place. */
  placingOf(name: FileName, options: SaveOptions): Placing
  /** Saves a source, and gives the name that it really got. */
  save(name: FileName, source: FileSource, options: SaveOptions): Promise<FileName>
  /** Gives a private file a name; where that fails, the file is gone. */
  place(path: string, name: FileName, options: SaveOptions): Promise<FileName>
}

/** What a storage's options say of new files. */
export type WriterOptions = Writing & Pick<Placing, 'folderMode' | 'randomSuffix'>

/** Makes a writer. */
export function createLocalWriter(root: LocalRoot, writing: WriterOptions): LocalWriter {
  const { folderMode, durable, randomSuffix } = writing

  /** Calls in a folder that was seen on this machine, with nothing to flush, wait for no disk. */
  function placingOf(name: FileName, options: SaveOptions): Placing {
    const isAtOnce = !durable && root.seenFolders.isLocal(folderPath(root, folderOf(name)))
    const calls = isAtOnce ? syncCalls : pooledCalls
    return { folderMode, durable, randomSuffix, calls, source: 'given', options }
  }

  async function save(name: FileName, source: FileSource, options: SaveOptions): Promise<FileName> {
    return place(await writeTemporary(root, source, writing, options.signal), name, options)
  }

  async function place(path: string, name: FileName, options: SaveOptions): Promise<FileName> {
    try {
      return (await placeFile(root, path, name, placingOf(name, options))).name
    } catch (error) {
      await removeQuietly(path)
      throw toNamingError(error, 'put a file in place', name)
    }
  }

  return { writing, placingOf, save, place }
}
