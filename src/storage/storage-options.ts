// Checks what the verbs of every storage are told.

import { checkChoice, checkOptions, checkType, checkWholeNumber } from '../options.ts'
import type { ListOptions, SaveOptions } from './storage.ts'

/** Checks how a file is to be saved. @throws TypeError, RangeError naming the option */
export function checkSaveOptions(options: SaveOptions): void {
  checkOptions('save()', options, ['onTaken', 'maxLength', 'signal'])
  checkChoice('save()', 'onTaken', options.onTaken, ['rename', 'refuse', 'replace'])
  checkWholeNumber('save()', 'maxLength', options.maxLength, 1, Number.MAX_SAFE_INTEGER)
}

/** Checks what is to be listed. @throws TypeError, RangeError naming the option */
export function checkListOptions(options: ListOptions): void {
  checkOptions('list()', options, ['prefix', 'after', 'limit'])
  checkType('list()', 'prefix', options.prefix, 'string')
  checkType('list()', 'after', options.after, 'string')
  checkWholeNumber('list()', 'limit', options.limit, 1, 10_000)
}
