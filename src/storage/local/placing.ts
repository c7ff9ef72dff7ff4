// How a file is to be put in place, and what came of it.

import type { FileName } from '../names/file-name.ts'
import type { SaveOptions } from '../storage.ts'
import type { FolderMaking } from './local-folder.ts'

/**
 * What becomes of the path that a file comes from: `given` is a private one and is gone afterwards,
 * `kept` stays, and `shared` is a name that others may remove or move as well: it stays too, unless
 * the file can't have two names, and {@link Placed} says which.
 */
export type Source = 'given' | 'kept' | 'shared'

/** How files are put in place. */
export interface Placing extends FolderMaking {
  readonly source: Source
  readonly options: SaveOptions
  readonly randomSuffix?: (() => string) | undefined
}

/** What became of a file. */
export interface Placed {
  readonly name: FileName
  /** Whether the path that it came from was renamed, and not linked or copied. */
  readonly wasRenamed: boolean
}
