// Checks what the verbs of every storage are told.

import { checkOptions, fitting, oneOf, wholeNumber, type OptionRules } from '../options.ts'
import type { ListOptions, SaveOptions } from './storage.ts'

const savingRules: OptionRules<SaveOptions> = {
  onTaken: oneOf('rename', 'refuse', 'replace'),
  maxLength: wholeNumber(1, Number.MAX_SAFE_INTEGER, ''),
  signal: () => null,
}

/** Checks how a file is to be saved. @throws TypeError, RangeError naming the option */
export function checkSaveOptions(options: SaveOptions): void {
  checkOptions('save()', options, savingRules)
}

const aString = fitting((value) => typeof value === 'string', 'must be a string')
const listingRules: OptionRules<ListOptions> = {
  prefix: aString,
  after: aString,
  limit: wholeNumber(1, 10_000, ''),
}

/** Checks what is to be listed. @throws TypeError, RangeError naming the option */
export function checkListOptions(options: ListOptions): void {
  checkOptions('list()', options, listingRules)
}
