// Origins (RFC 6454 4): what stands before a path, where a URL must be whole, as in an e-mail.

import { fitting } from '../options.ts'

/**
 * Puts an origin before a URL of ours: one that is told, or the one that a request came to. `where`
 * begins the sentence of the error for what is neither.
 */
export type ToWholeUrl = (where: string, url: string, origin: unknown) => string

/** The longest one that is read: a host's name has 253 characters at most. */
const maxOriginLength = 300

/**
 * Reads `https://app.example`, in any spelling, into the one that browsers have; `null` for anything
 * that is no origin of the web, such as a URL with a path.
 */
export function parseOrigin(text: string): string | null {
  if (text.length > maxOriginLength || !/^https?:\/\/[^/?#\\@\s]+$/i.test(text)) return null
  return URL.canParse(text) ? new URL(text).origin : null
}

/** A URL with this origin in the place of its own, or before its path where it has none. */
export function withOrigin(url: string, origin: string): string {
  return origin + (url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/]+/i, ''))
}

const wordsForOrigin = 'an origin such as "https://app.example", without a path'

/** What is wrong with what is neither an origin nor a request. */
export const noOrigin = `must be ${wordsForOrigin}, or a request of Node's or Fetch's`

const isOrigin = (value: unknown): boolean =>
  typeof value === 'string' && parseOrigin(value) !== null

/** An origin as a text. */
export const originTextRule = fitting(isOrigin, `must be ${wordsForOrigin}`)

/** The option `origin` of whatever makes a URL. Whether an object is a request, whoever reads it says. */
export const originRule = fitting(
  (value) => isOrigin(value) || (typeof value === 'object' && value !== null),
  noOrigin,
)

/** A list of origins, of one at least. */
export const originsRule = fitting(
  (value) => Array.isArray(value) && value.length > 0 && value.every(isOrigin),
  `must be an array, each of it ${wordsForOrigin}`,
)
