// What the verbs of every storage may be told.

import { fitting, oneOf, wholeNumber, type OptionRules } from '../options.ts'
import type { ListOptions, SaveOptions } from './storage.ts'

/** How a file is saved. */
export const savingRules: OptionRules<SaveOptions> = {
  onTaken: oneOf('rename', 'refuse', 'replace'),
  maxLength: wholeNumber(1, Number.MAX_SAFE_INTEGER, ''),
  signal: () => null,
}

const aString = fitting((value) => typeof value === 'string', 'must be a string')

/** What is listed. */
export const listingRules: OptionRules<ListOptions> = {
  prefix: aString,
  after: aString,
  limit: wholeNumber(1, 10_000, ''),
}
