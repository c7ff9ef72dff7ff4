// What createLocalStorage() may be told.

import { checkChoice, checkOptions, checkType, checkWholeNumber } from '../../options.ts'
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

/**
 * Checks the options, but for the root folder itself.
 *
 * @throws TypeError, RangeError naming the option
 */
export function checkLocalOptions(where: string, options: LocalStorageOptions): void {
  checkOptions(where, options, localOptionNames)
  checkChoice(where, 'symlinks', options.symlinks, ['inside', 'refuse'])
  checkWholeNumber(where, 'fileMode', options.fileMode, 0, 0o777)
  checkWholeNumber(where, 'folderMode', options.folderMode, 0, 0o777)
  checkType(where, 'durable', options.durable, 'boolean')
  checkType(where, 'generateName', options.generateName, 'function')
  checkType(where, 'randomSuffix', options.randomSuffix, 'function')
}

const localOptionNames = [
  'root',
  'symlinks',
  'fileMode',
  'folderMode',
  'durable',
  'generateName',
  'randomSuffix',
] as const satisfies readonly (keyof LocalStorageOptions)[]
