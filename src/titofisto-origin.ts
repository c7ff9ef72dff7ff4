// Where a URL begins that is to be whole. What origin a request came to, the client says, in `Host`:
// a link that is mailed to a user by the word of whoever asked for the mail would bring its token to
// a stranger's server. So a request only chooses among the origins that the application has named.

import { readForwardedOrigin } from './http/forwarded.ts'
import { noOrigin, parseOrigin, withOrigin, type ToWholeUrl } from './http/origin.ts'
import { optionError } from './options.ts'
import { readClaim } from './titofisto-request.ts'
import type { Log } from './log.ts'

/** Makes what puts an origin before a URL, for an application that is reached by these origins. */
export function createToWholeUrl(origins: readonly string[], log: Log): ToWholeUrl {
  const known = origins.map((each) => new URL(each))
  const [first] = known
  const said = new Set<string>()

  /** The known origin that a request came to; `null` where it came to none of them. */
  function find(claimed: string): URL | null {
    const sameHost = known.filter((each) => each.host === hostOf(claimed, each.protocol))
    // A proxy ends TLS: then the request has another scheme than its client.
    const scheme = claimed.slice(0, claimed.indexOf(':') + 1)
    return sameHost.find(({ protocol }) => protocol === scheme) ?? sameHost[0] ?? null
  }

  function sayOnce(event: keyof typeof messages): void {
    if (said.has(event)) return
    said.add(event)
    log({ level: 'warn', event, message: messages[event] })
  }

  /** The known origin that a request came to, or else the first; says what is wrong with the choice. */
  function choose(claim: NonNullable<ReturnType<typeof readClaim>>, otherwise: URL): URL {
    const found = find(claim.origin)
    const forwarded = readForwardedOrigin(claim)
    const ofProxy = forwarded === null ? null : find(forwarded)
    if (ofProxy !== null && ofProxy !== (found ?? otherwise)) sayOnce('forwarded-unheard')
    else if (found === null) sayOnce('origin-unknown')
    return found ?? otherwise
  }

  return (where, url, origin) => {
    if (typeof origin === 'string') return withOrigin(url, parseOrigin(origin) ?? '')
    const claim = readClaim(origin)
    if (claim === null) throw optionError(where, { option: 'origin', reason: noOrigin })
    // It is whole, and begins as the application says.
    if (!url.startsWith('/')) return url
    if (first === undefined) {
      const reason = 'is a request, whose Host any client can write; to choose by it needs'
      throw optionError(where, { option: 'origin', reason, other: 'origins' })
    }
    return withOrigin(url, choose(claim, first).origin)
  }
}

// Told without the names: whoever sent the request wrote them.
const messages = {
  'origin-unknown':
    'A URL was made for a request whose Host is none of option "origins"; it begins with the first of them.',
  'forwarded-unheard':
    'A URL was made for a request whose Forwarded or X-Forwarded-* fields name another one of option "origins" than the URL begins with: these fields are not read, since any client can write them. Let the proxy pass Host on (nginx: proxy_set_header Host $host), keep only the origins that clients use in "origins", or give the origin as text where the framework trusts its proxy.',
}

/** The host that a client names, as it is written for a scheme: without the port that is that scheme's own. */
function hostOf(claimed: string, protocol: string): string | null {
  const origin = parseOrigin(claimed.replace(/^https?:/i, protocol))
  return origin === null ? null : new URL(origin).host
}
