// Makes harmless file names of any text, as Django 5.2's `get_valid_filename` does.

import { TitofistoError } from '../../errors.ts'
import { checkFileName, type FileName } from './file-name.ts'
import { lastPartOf } from './name-parts.ts'
import { allowedRanges } from './valid-name-ranges.ts'

/**
 * Makes a harmless file name without folders of any text: trimmed, blanks as `_`, and nothing left
 * but `-`, `.`, `_`, letters and digits of any script.
 *
 * @throws TitofistoError `name-invalid` when nothing is left, or only `.` or `..`.
 * @example
 * import { getValidName } from 'titofisto'
 *
 * getValidName(' ../My trip: day 1.jpg') //=> '..My_trip_day_1.jpg'
 */
export function getValidName(text: string): string {
  let name = ''
  for (const character of trimBlanks(text).replaceAll(' ', '_'))
    if (isAllowed(character.codePointAt(0) ?? 0)) name += character
  if (name === '' || name === '.' || name === '..')
    throw new TitofistoError(
      'name-invalid',
      'No file name is left of this text once it is made harmless.',
      { fileName: text },
    )
  return name
}

/**
 * Makes the last part of a name harmless with {@link getValidName} and leaves its folders as they are.
 *
 * Give it as `generateName` to a storage that names files after what people typed.
 * @throws TitofistoError `name-invalid`
 * @example
 * import { createLocalStorage, generateName } from 'titofisto'
 *
 * const storage = createLocalStorage({ root: './media', generateName })
 * await storage.save('trips/My trip: day 1.jpg', 'A picture') //=> 'trips/My_trip_day_1.jpg'
 */
export function generateName(name: string): FileName {
  // Dropped, it would glue folder and name together; taken for a slash, it would make folders.
  if (name.includes('\\')) return checkFileName(name)
  const lastPart = lastPartOf(name)
  const folder = name.slice(0, name.length - lastPart.length)
  return checkFileName(folder + getValidName(lastPart))
}

/** Trims from both ends inwards: a pattern with `+$` takes quadratic time on inner blanks. */
function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && blank.test(text.charAt(start))) start++
  while (end > start && blank.test(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

// What Python's str.strip() takes for blank: U+001C to U+001F and U+0085 more than trim() does.
const blank =
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  /[\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

function isAllowed(codePoint: number): boolean {
  let low = 0
  let high = allowedRanges.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const [first, last] = allowedRanges[middle] ?? [0, 0]
    if (codePoint < first) high = middle - 1
    else if (codePoint > last) low = middle + 1
    else return true
  }
  return false
}
