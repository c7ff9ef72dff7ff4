// Content-Disposition (RFC 6266) with names of any language (RFC 8187).

import { encodeStrictly } from './percent.ts'

// Read alike by every browser in quotes; `%` is left out because some decode it there.
const plainName = /^[A-Za-z0-9 !#$&'()+,.;=@[\]^_`{}~-]+$/

/** Formats a Content-Disposition; a name is never able to add a parameter. */
export function formatDisposition(kind: 'attachment' | 'inline', fileName: string): string {
  if (plainName.test(fileName)) return `${kind}; filename="${fileName}"`
  const fallback = fileName.replaceAll(/[^A-Za-z0-9 !#$&'()+,.;=@[\]^_`{}~-]/gu, '_')
  return `${kind}; filename="${fallback}"; filename*=UTF-8''${encodeStrictly(fileName)}`
}

/** The longest name that {@link mendShownName} leaves whole, in UTF-16 units. */
const maxShownNameLength = 255

// Line and paragraph separator break a line wherever control characters do.
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const unshowable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029/\\]/g

/**
 * Makes a name of any text that a browser can save under: a title may have slashes, or be too long.
 * What can't stand in a name becomes `_`, and so does all of a name of dots and blanks alone; what
 * is too long is cut before its suffix. A name that was right stays as it is.
 */
export function mendShownName(text: string): string {
  const name = text.toWellFormed().replaceAll(unshowable, '_')
  if (/^[. ]+$/.test(name)) return '_'.repeat(Math.min(name.length, maxShownNameLength))
  if (name.length <= maxShownNameLength) return name
  const dot = name.lastIndexOf('.')
  const suffix = dot > 0 && name.length - dot <= 32 ? name.slice(dot) : ''
  const root = name.slice(0, maxShownNameLength - suffix.length)
  // No half of a character may be left.
  return (root.isWellFormed() ? root : root.slice(0, -1)) + suffix
}
