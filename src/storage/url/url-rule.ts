// Which URLs are followed: http and https, without credentials, and never from https back to http. Pure.

import { TitofistoError } from '../../errors.ts'
import type { TitofistoErrorFields } from '../../error-codes.ts'

/**
 * Takes a text as a URL that may be asked, or throws. `from` is the URL that redirected to it.
 *
 * @throws TitofistoError `url-refused`. No message holds the URL: its path and query may be secret.
 */
export function checkUrl(text: string | URL, from: URL | null): URL {
  const url = parseUrl(String(text), from)
  if (url === null) throw refused('malformed', 'This is no absolute URL.')
  const { hostname: host } = url
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refused('scheme', 'Only http and https URLs are saved from.')
  if (from?.protocol === 'https:' && url.protocol === 'http:')
    throw refused(
      'scheme',
      'This https URL redirects to http, which anybody on the way can change.',
    )
  if (url.username !== '' || url.password !== '')
    throw refused('credentials', 'This URL has a user name or a password in it.', host)
  return url
}

/** A refusal, in a sentence. */
export function refused(
  reason: TitofistoErrorFields['url-refused']['reason'],
  message: string,
  host?: string,
): TitofistoError {
  return new TitofistoError('url-refused', message, {
    reason,
    ...(host !== undefined && { host }),
  })
}

function parseUrl(text: string, from: URL | null): URL | null {
  try {
    return from === null ? new URL(text) : new URL(text, from)
  } catch {
    return null
  }
}
