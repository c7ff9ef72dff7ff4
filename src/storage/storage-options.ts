// What the verbs of every storage may be told.

import { checkOptions, fitting, oneOf, optionError, wholeNumber, withMethods } from '../options.ts'
import type { OptionRule, OptionRules } from '../options.ts'
import type { ListOptions, SaveOptions } from './storage.ts'

const notKept: OptionRule = () => ({
  reason:
    'is nothing that this storage can keep: a folder has names and bytes, no more. What a file is, its suffix says, or the option "contentType" of url(); all else belongs in your database',
})

/** How a file is saved, by a storage that keeps nothing besides its name and its bytes. */
export const savingRules: OptionRules<SaveOptions> = {
  onTaken: oneOf('rename', 'refuse', 'replace'),
  maxLength: wholeNumber(1, Number.MAX_SAFE_INTEGER, ''),
  signal: () => null,
  contentType: notKept,
  metadata: notKept,
}

/** Any text. */
export const aString = fitting((value) => typeof value === 'string', 'must be a string')

/** What cancels work. */
export const aSignal = withMethods(['addEventListener', 'throwIfAborted'], 'an AbortSignal')

/** What is listed. */
export const listingRules: OptionRules<ListOptions> = {
  prefix: aString,
  after: aString,
  limit: wholeNumber(1, 10_000, ''),
}

/** Checks what list() was given. @throws TypeError, RangeError */
export function checkListing(listing: ListOptions): void {
  // So object stores call it, and whoever comes from one.
  if (Object.hasOwn(Object(listing) as object, 'delimiter'))
    throw optionError('list()', {
      option: 'delimiter',
      reason: 'is unknown: listFolder(folder) lists one level, its files and its folders',
    })
  checkOptions('list()', listing, listingRules)
}
