// Absolute URLs of what was made already, for those who have no page to read a relative one from:
// agents, API clients.

import { parseOrigin, withOrigin } from '../http/origin.ts'
import { optionError } from '../options.ts'

/** Where links lead. */
export interface OriginOption {
  /**
   * Scheme, host and port that the URL begins with, such as `https://files.example`. Default: those
   * of `mediaUrl`; where that is a path, there is none.
   */
  readonly origin?: string
}

/**
 * Puts an origin before a URL of ours, in the place of its own where it has one. `where` begins the
 * sentence of the error.
 *
 * @throws TypeError where there is neither.
 */
export function toAbsoluteUrl(where: string, url: string, origin: string | undefined): string {
  if (origin !== undefined) return withOrigin(url, parseOrigin(origin) ?? '')
  if (!url.startsWith('/')) return url
  const reason = 'must be given where mediaUrl is a path, such as "https://files.example"'
  throw optionError(where, { option: 'origin', reason })
}
