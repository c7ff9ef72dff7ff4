// Saves what a URL leads to. The URL may be a stranger's: url/ holds it to the public internet.

import { TitofistoError } from '../../errors.ts'
import { checkOptions, fitting, secondsUpTo, wholeNumber, type OptionRules } from '../../options.ts'
import type { SaveOptions, Storage } from '../storage.ts'
import { urlBytes } from '../url/url-bytes.ts'

/** How a file is saved that comes from a URL. */
export interface SaveFromUrlOptions extends SaveOptions {
  /** The most bytes taken. Default 104,857,600 (100 MiB). */
  readonly maxBytes?: number
  /** The longest that all of it may take, redirects and the last byte included. Default 60. */
  readonly timeoutSeconds?: number
  /**
   * Hosts that may have private addresses, for tests and intranets: as they stand in a URL, with a
   * port (`files.intranet:8080`, `[::1]:80`) or for all ports. Default: none.
   */
  readonly privateHosts?: readonly string[]
}

type FetchOptions = Omit<SaveFromUrlOptions, keyof SaveOptions>

/** See `FileVerbs.saveFromUrl`. */
export async function saveFromUrl(
  storage: Storage,
  { name, url }: { readonly name: string; readonly url: string | URL },
  options: SaveFromUrlOptions,
): Promise<string> {
  const {
    maxBytes = 100 * 1024 * 1024,
    timeoutSeconds = 60,
    privateHosts = [],
    ...saving
  } = options
  checkOptions('saveFromUrl()', { maxBytes, timeoutSeconds, privateHosts }, rules)
  saving.signal?.throwIfAborted()
  const deadline = startDeadline(timeoutSeconds, saving.signal)
  const bytes = urlBytes({
    url,
    fileName: name,
    maxBytes,
    privateHosts,
    signal: deadline.signal,
  })
  try {
    // The storage checks the name and its options before it asks for the first byte.
    return await storage.save(name, bytes, { ...saving, signal: deadline.signal })
  } finally {
    deadline.end()
  }
}

const rules: OptionRules<FetchOptions> = {
  maxBytes: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  timeoutSeconds: secondsUpTo(86_400),
  privateHosts: fitting(
    (hosts) => Array.isArray(hosts) && hosts.every((host) => typeof host === 'string'),
    'must be an array of hosts',
  ),
}

/** A signal that is aborted when the time is up, and with another one. */
function startDeadline(
  limit: number,
  outer: AbortSignal | undefined,
): { readonly signal: AbortSignal; end(): void } {
  const own = new AbortController()
  const timer = setTimeout(() => {
    const message = `What this URL leads to did not come within ${limit} seconds. Raise timeoutSeconds to wait longer.`
    own.abort(new TitofistoError('url-timeout', message, { limit }))
  }, limit * 1000)
  return {
    signal: outer === undefined ? own.signal : AbortSignal.any([outer, own.signal]),
    end() {
      clearTimeout(timer)
      // Whatever the storage left unread.
      own.abort()
    },
  }
}
