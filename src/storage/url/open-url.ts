// Asks a server for what a URL leads to. Each hop is checked by itself: its URL, and the address that
// its connection is made to. No proxy, no cookies, no credentials, and no connection that is kept.

import { Agent as PlainAgent, get as getPlain } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { Agent as SecureAgent, get as getSecure } from 'node:https'
import { isIP } from 'node:net'
import { TitofistoError } from '../../errors.ts'
import { createGuardedLookup, notPublic, type LookupAll } from './guarded-lookup.ts'
import { isPublicAddress } from './public-address.ts'
import { checkUrl, refused } from './url-rule.ts'

/** How a URL is asked. */
export interface UrlTerms {
  /** Hosts, or hosts with a port, that may have any address. */
  readonly privateHosts: readonly string[]
  /** Ends the request, and the answer too. */
  readonly signal: AbortSignal
  /** Finds hosts. Default: the system's resolver. */
  readonly lookupAll?: LookupAll | undefined
}

/**
 * Asks for a URL, follows its redirects, and gives the answer, whose status is 200. Whoever gets it
 * reads or destroys it.
 *
 * @throws TitofistoError `url-refused`, `url-failed`; the signal's reason.
 */
export async function openUrl(text: string | URL, terms: UrlTerms): Promise<IncomingMessage> {
  let url = checkUrl(text, null)
  for (let redirects = 0; ; redirects++) {
    const answer = await ask(url, terms)
    const { statusCode: status = 0 } = answer
    if (status === 200) return answer
    answer.destroy()
    const { location } = answer.headers
    if (!redirecting.has(status) || location === undefined)
      throw new TitofistoError(
        'url-failed',
        `The server of this URL answered ${status} instead of a file.`,
        { remoteStatus: status },
      )
    if (redirects === maxRedirects)
      throw refused(
        'redirects',
        `This URL redirects more than ${maxRedirects} times.`,
        url.hostname,
      )
    // Node reads headers as Latin-1; what is not ASCII in them is UTF-8.
    url = checkUrl(Buffer.from(location, 'latin1').toString(), url)
  }
}

// RFC 9110 15.4; of the others, none says where the same thing is.
const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

const maxRedirects = 5

async function ask(url: URL, terms: UrlTerms): Promise<IncomingMessage> {
  const isPrivate = isNamed(url, terms.privateHosts)
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  // A socket asks no lookup for what is an address already.
  if (!isPrivate && isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic(url.hostname)
  const isSecure = url.protocol === 'https:'
  const options: RequestOptions = {
    // One of its own: no connection that somebody else opened, and none by way of a proxy. With `false`
    // it would be of the class of the process's own agent, which other code may have put there.
    agent: isSecure ? new SecureAgent() : new PlainAgent(),
    signal: terms.signal,
    headers: { Accept: '*/*', 'Accept-Encoding': 'identity', 'User-Agent': 'titofisto' },
    insecureHTTPParser: false,
    ...(isPrivate ? {} : { lookup: createGuardedLookup(terms.lookupAll) }),
  }
  const get = isSecure ? getSecure : getPlain
  return new Promise((resolve, reject) => {
    const request = get(url, options, (answer) => {
      // Who reads it is told; whoever throws it away wants to hear nothing.
      answer.on('error', () => {})
      resolve(answer)
    })
    request.on('error', reject)
    // Also after an answer that was none, such as 101.
    request.on('close', () => reject(new Error('The connection ended without an answer.')))
  })
}

function isNamed(url: URL, hosts: readonly string[]): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return hosts.includes(url.hostname) || hosts.includes(`${url.hostname}:${port}`)
}
