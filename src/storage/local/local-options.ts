// What createLocalStorage() may be told.

import { aBoolean, aFunction, fitting, oneOf, wholeNumber } from '../../options.ts'
import type { OptionRules } from '../../options.ts'
import type { SymlinkRule } from './local-root.ts'

/** How files are stored below a folder. */
export interface LocalStorageOptions {
  /**
   * The folder. It must exist and be readable. Resolved once: where it is a link that is later
   * turned elsewhere, the storage stays.
   */
  readonly root: string
  /**
   * Symbolic links: `'inside'` (default) follows them while they stay below the root, `'refuse'`
   * takes no file that a link leads to. A link out of the root never leads to a file.
   */
  readonly symlinks?: SymlinkRule
  /** The exact mode of new files, whatever the umask, 0 to 0o777. Default 0o640. */
  readonly fileMode?: number
  /** The exact mode of new folders, whatever the umask, 0 to 0o777. Default 0o750. */
  readonly folderMode?: number
  /**
   * Whether saves, moves and deletions return only when the disk has them, so that they outlast a
   * power cut. Default `true`; `false` is faster, above all for small files.
   */
  readonly durable?: boolean
  /**
   * Makes the name to save under of the name that was asked for: see `generateName` for a ready
   * one. What it gives must be a file name. Default: the name as it is.
   */
  readonly generateName?: (name: string) => string
  /**
   * Gives what stands between `_` and the suffixes of a name that was taken. Asked again while its
   * names are taken, 100 times at most. Default: seven random letters and digits.
   */
  readonly randomSuffix?: () => string
}

/** What each may be, but for what the root folder itself is. */
export const localRules: OptionRules<LocalStorageOptions> = {
  root: fitting((root) => typeof root === 'string' && root !== '', 'must be the path of a folder'),
  symlinks: oneOf('inside', 'refuse'),
  fileMode: wholeNumber(0, 0o777, ''),
  folderMode: wholeNumber(0, 0o777, ''),
  durable: aBoolean,
  generateName: aFunction,
  randomSuffix: aFunction,
}
