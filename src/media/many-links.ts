// Links to many files at once, as a page with a list of them needs: one look at each, a few at a time.

import { isTitofistoError } from '../errors.ts'
import { mapAtOnce } from '../storage/map-at-once.ts'
import { makeUrl, type LinkParts, type UrlOptions } from './link.ts'

/** See `Titofisto.urls`. */
export async function makeUrls(
  parts: LinkParts,
  names: readonly string[],
  options: UrlOptions,
): Promise<(string | null)[]> {
  // A string is a list of letters to JavaScript.
  if (!Array.isArray(names)) throw new TypeError('urls() takes an array of file names.')
  return mapAtOnce(names, maxAtOnce, (name) => makeUrl(parts, name, options).catch(toAbsence))
}

/** Enough to keep the thread pool and a storage elsewhere busy, and to leave requests their share. */
const maxAtOnce = 16

/** What nobody can link to is missing from the page; the page is not. */
function toAbsence(error: unknown): null {
  if (isTitofistoError(error) && (error.code === 'file-missing' || error.code === 'name-invalid'))
    return null
  throw error
}
