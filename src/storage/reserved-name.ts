// What a storage keeps for itself below its root: unfinished files. Such names are nobody's files:
// `null` to readers, `name-invalid` to writers, not listed.

import { TitofistoError } from '../errors.ts'
import { checkFileName, parseFileName } from './file-name.ts'
import type { FileName } from './file-name.ts'

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
      `This file name has a part that the storage keeps for itself: ${privateFolderName}.`,
    )
  return name
}

/** Whether any part of a name is ours. */
export function isReservedName(name: string): boolean {
  return name.includes(privateFolderName) && reservedPart.test(name)
}

const reservedPart = /(?:^|\/)\.titofisto(?:[-/]|$)/
