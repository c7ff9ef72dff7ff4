// What a storage reserves for itself below its root: unfinished files. Such names are nobody's files:
// `null` to readers, `name-invalid` to writers, not listed. So are all other spellings that some
// file system takes for the same name (CVE-2014-9390 was git's): the root may be on such a one, or
// be copied to one.

import { TitofistoError } from '../../errors.ts'
import { checkFileName, parseFileName, type FileName } from './file-name.ts'

/** The folder under the root for everything of our own. */
export const privateFolderName = '.titofisto'

/** Begins the names of unfinished files that have to lie beside their target. */
export const privateNamePrefix = '.titofisto-'

/** Takes a text as the name of a user's file, or gives `null`. */
export function parseUserFileName(text: string): FileName | null {
  const name = typeof text === 'string' ? parseFileName(text) : null
  return name === null || isReservedName(name) ? null : name
}

/**
 * Takes a text as the name of a user's file, or throws.
 *
 * @throws TitofistoError `name-invalid`
 */
export function checkUserFileName(text: string): FileName {
  const name = checkFileName(text)
  if (isReservedName(name))
    throw new TitofistoError(
      'name-invalid',
      `This file name has a part that the storage keeps for itself: ${privateFolderName}, in one spelling or another.`,
      { fileName: name },
    )
  return name
}

/** Whether any part of a name is ours, in any spelling that a file system may take for it. */
export function isReservedName(name: string): boolean {
  return reservedPart.test(beyondAscii.test(name) ? foldName(name) : name)
}

/**
 * Blanks and dots at a part's end are dropped by FAT and Windows, what follows a colon names a stream
 * of the same file on NTFS, and there and on FAT every long name has a short one, `TITOFI~1`.
 */
const reservedPart =
  /(?:^|\/)(?:\.titofisto[. ]*(?:[-/:]|$)|(?:titofi~\d|titof~\d\d|tito~\d{3}|ti[\da-f]{4}~\d)[. ]*(?:[/:]|$))/i

const beyondAscii = /[^\u0020-\u007e]/

/**
 * What file systems that know Unicode compare: no invisible characters (HFS+, ext4 with casefold),
 * one form for each character (`ﬁ` is `fi`), one case; by way of the capitals, which `ſ` and `ı`
 * have in common with `s` and `i`.
 */
function foldName(name: string): string {
  return name.replace(invisible, '').normalize('NFKC').toUpperCase().replace(invisible, '')
}

const invisible = /\p{Default_Ignorable_Code_Point}/gu
