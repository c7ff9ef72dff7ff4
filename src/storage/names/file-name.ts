// The one rule for what a file's name may be. Every name that reaches a disk, a signature or a
// comparison has passed parseFileName; the brand lets the compiler hold us to it.
// It keeps out `..`, paths that two readers would read differently, NUL and control characters.

import { TitofistoError } from '../../errors.ts'

declare const fileName: unique symbol

/** A name that obeys the rule of {@link parseFileName}. */
export type FileName = string & { readonly [fileName]: true }

/** The longest name in bytes of UTF-8. */
export const maxNameBytes = 1024

// U+0000-U+001F, U+007F and the C1 range; a backslash is a separator to too many programs.
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const forbiddenCharacter = /[\u0000-\u001f\u007f-\u009f\\]/
const badSegment = /(?:^|\/)\.{0,2}(?:\/|$)/

/**
 * Takes a text as a file name, or gives `null` where it breaks the rule.
 *
 * A name is a relative path with `/`: no empty, `.` or `..` segment, no control character, no
 * backslash, well-formed Unicode, 1 to 1,024 bytes. It is taken exactly as given.
 */
export function parseFileName(text: string): FileName | null {
  if (whyNotAFileName(text) !== null) return null
  return text as FileName
}

/**
 * Takes a text as a file name, or throws.
 *
 * @throws TitofistoError `name-invalid`, saying which part of the rule was broken.
 */
export function checkFileName(text: string): FileName {
  const reason = typeof text === 'string' ? whyNotAFileName(text) : 'is not a string'
  if (reason !== null)
    throw new TitofistoError('name-invalid', `This file name ${reason}.`, {
      fileName: typeof text === 'string' ? text : '',
    })
  return text as FileName
}

/** Which part of the rule a text breaks, as the end of a sentence, or `null` where it is a name. */
export function whyNotAFileName(text: string): string | null {
  if (text === '') return 'is empty'
  if (forbiddenCharacter.test(text)) return 'has a control character or a backslash'
  if (badSegment.test(text)) return 'has an empty, "." or ".." part between its slashes'
  // A UTF-16 unit is at most three bytes of UTF-8: short names need no counting.
  if (text.length * 3 > maxNameBytes && Buffer.byteLength(text) > maxNameBytes)
    return `is longer than ${maxNameBytes} bytes`
  if (!text.isWellFormed()) return 'is not well-formed Unicode'
  return null
}
