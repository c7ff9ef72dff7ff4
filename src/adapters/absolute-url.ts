// Absolute URLs for those who have no page to read a relative one from: agents, API clients.

import { fitting, optionError, type OptionRule } from '../options.ts'

/** Where links lead. */
export interface OriginOption {
  /**
   * Scheme, host and port that the URL begins with, such as `https://files.example`. Default: those
   * of `mediaUrl`; where that is a path, there is none.
   */
  readonly origin?: string
}

/** The rule of {@link OriginOption}. */
export const originRule: OptionRule = fitting(
  isOrigin,
  'must be an origin such as "https://files.example"',
)

/**
 * Puts an origin before a URL of ours, in the place of its own where it has one. `where` begins the
 * sentence of the error.
 *
 * @throws TypeError where there is neither.
 */
export function toAbsoluteUrl(where: string, url: string, origin: string | undefined): string {
  const [own = ''] = /^https?:\/\/[^/]+/i.exec(url) ?? []
  if (origin === undefined && own === '')
    throw optionError(where, {
      option: 'origin',
      reason: 'must be given where mediaUrl is a path, such as "https://files.example"',
    })
  return (origin === undefined ? own : new URL(origin).origin) + url.slice(own.length)
}

function isOrigin(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const { origin, protocol } = new URL(value)
  // Nothing that would be dropped in silence: a path, a user.
  return /^https?:$/.test(protocol) && value.replace(/\/$/, '').toLowerCase() === origin
}
