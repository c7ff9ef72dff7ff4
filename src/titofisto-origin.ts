// Where a URL begins that is to be whole. What origin a request came to, the client says, in `Host`:
// a link that is mailed to a user by the word of whoever asked for the mail would bring its token to
// a stranger's server. So a request only chooses among the origins that the application has named.

import { noOrigin, parseOrigin, withOrigin, type ToWholeUrl } from './http/origin.ts'
import { optionError } from './options.ts'
import { readClaimedOrigin } from './titofisto-request.ts'
import type { Log } from './log.ts'

/** Makes what puts an origin before a URL, for an application that is reached by these origins. */
export function createToWholeUrl(origins: readonly string[], log: Log): ToWholeUrl {
  const known = origins.map((each) => new URL(each))
  const [first] = known
  let hasSaid = false

  /** The known origin that a request came to; `null` where it came to none of them. */
  function find(claimed: string): URL | null {
    const sameHost = known.filter((each) => each.host === hostOf(claimed, each.protocol))
    // A proxy ends TLS: then the request has another scheme than its client.
    const scheme = claimed.slice(0, claimed.indexOf(':') + 1)
    return sameHost.find(({ protocol }) => protocol === scheme) ?? sameHost[0] ?? null
  }

  function sayUnknown(): void {
    if (hasSaid) return
    hasSaid = true
    const message =
      'A URL was made for a request whose Host is none of option "origins"; it begins with the first of them.'
    log({ level: 'warn', event: 'origin-unknown', message })
  }

  return (where, url, origin) => {
    if (typeof origin === 'string') return withOrigin(url, parseOrigin(origin) ?? '')
    const claimed = readClaimedOrigin(origin)
    if (claimed === null) throw optionError(where, { option: 'origin', reason: noOrigin })
    // It is whole, and begins as the application says.
    if (!url.startsWith('/')) return url
    if (first === undefined) {
      const reason = 'is a request, whose Host any client can write; to choose by it needs'
      throw optionError(where, { option: 'origin', reason, other: 'origins' })
    }
    const found = find(claimed)
    if (found === null) sayUnknown()
    return withOrigin(url, (found ?? first).origin)
  }
}

/** The host that a client names, as it is written for a scheme: without the port that is that scheme's own. */
function hostOf(claimed: string, protocol: string): string | null {
  const origin = parseOrigin(claimed.replace(/^https?:/i, protocol))
  return origin === null ? null : new URL(origin).host
}
