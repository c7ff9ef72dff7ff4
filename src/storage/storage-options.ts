// Checks what the verbs of every storage are told.

import { checkChoice, checkOptions, checkType, checkWholeNumber } from '../options.ts'
import type { AdoptOptions, ListOptions, SaveOptions } from './storage.ts'

/** Checks how a file is to be saved. @throws TypeError, RangeError naming the option */
export function checkSaveOptions(options: SaveOptions): void {
  checkOptions('save()', options, saveOptionNames)
  checkSaveValues(options)
}

/** Checks how a spooled file is to be taken over. @throws TypeError, RangeError naming the option */
export function checkAdoptOptions(options: AdoptOptions): void {
  checkOptions('adopt()', options, [...saveOptionNames, 'keepSpooled'])
  checkType('adopt()', 'keepSpooled', options.keepSpooled, 'boolean')
  checkSaveValues(options)
}

const saveOptionNames = ['onTaken', 'maxLength', 'signal']

function checkSaveValues(options: SaveOptions): void {
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
