// The options of createTitofisto that say what links and answers are for others: pages of other
// origins, mail, and the application's own words.

import { originsRule } from './http/origin.ts'
import { aFunction, fitting, oneOf, orElse, textLike } from './options.ts'
import { decideSharing, type CorsSetting, type SharingRules } from './media/sharing.ts'
import type { OptionRules } from './options.ts'
import type { GivenHeaders } from './media/own-headers.ts'
import type { PageOptions } from './pages/page-options.ts'
import type { RefusalAnswer } from './media/refuse.ts'
import type { FileFacts } from './storage/storage.ts'
import type { Explanation } from './titofisto-explain.ts'

/** What links and answers are for others. */
export interface OutwardOptions {
  /**
   * The origins by which clients reach the application, such as `https://app.example`, for links that
   * begin as a request did: `url(name, { origin: request })`. One that came by no origin of these
   * gets the first.
   */
  readonly origins?: readonly string[]
  /**
   * What scripts of other origins may read, without credentials: files by their links (`'links'`),
   * those and public files (`'all'`), or nothing (`false`). Bound links never. Default `'links'`.
   */
  readonly cors?: CorsSetting
  /**
   * Cross-Origin-Resource-Policy of every file: who may embed it. Default `cross-origin` for what
   * `cors` opens, `same-site` for the rest.
   */
  readonly crossOriginResourcePolicy?: 'same-origin' | 'same-site' | 'cross-origin'
  /** Cache-Control of files that need no token. Default `public, max-age=3600`. */
  readonly publicCacheControl?: string
  /**
   * Answers a request that gets no file, with a `Response` of its own (a new one each time), or has it
   * for the application's other routes: `'pass'` calls `next()`. Whatever else it gives, and where it
   * throws, the client gets the 404 that all such requests get without this option. `why` is what
   * `explain()` says, and not for strangers. `request` is the platform's. Slots are not asked about.
   */
  readonly onRefused?: (
    request: unknown,
    why: Explanation,
  ) => RefusalAnswer | Promise<RefusalAnswer>
  /**
   * How the pages look and speak that browsers show: of an upload slot, and of a link that does not
   * work (docs/pages.md). `false` gives them what programs get. Default: pages in English or German.
   */
  readonly page?: PageOptions | false
  /**
   * Headers that a file's answer gets besides ours, which stay. What it gives must depend on the
   * facts alone: it is kept with files that are kept in memory. `Cache-Control` counts for public
   * files, and a `Content-Security-Policy` comes on top of ours.
   */
  readonly headers?: (facts: FileFacts) => GivenHeaders
  /**
   * The media type that a name means, such as `text/markdown; charset=utf-8`; nothing for what its
   * suffix means. What could run scripts is a download all the same.
   */
  readonly typeOf?: (name: string) => string | null | undefined
}

/** Their rules. */
export const outwardOptionRules: OptionRules<OutwardOptions> = {
  origins: originsRule,
  cors: orElse(false, oneOf('links', 'all')),
  crossOriginResourcePolicy: oneOf('same-origin', 'same-site', 'cross-origin'),
  publicCacheControl: textLike(/^[\x20-\x7e]+$/, "must be a header's text in ASCII"),
  onRefused: aFunction,
  page: fitting(
    (page) => page === false || (typeof page === 'object' && page !== null),
    'must be an object of options, or false',
  ),
  headers: aFunction,
  typeOf: aFunction,
}

/** The options, with their defaults. */
export interface OutwardSettings {
  readonly origins: readonly string[]
  readonly sharing: SharingRules
  readonly publicCacheControl: string
}

/** Fills in the defaults of options that are right. */
export function toOutwardSettings(options: OutwardOptions): OutwardSettings {
  return {
    origins: options.origins ?? [],
    sharing: decideSharing(options.cors ?? 'links', options.crossOriginResourcePolicy),
    publicCacheControl: options.publicCacheControl ?? 'public, max-age=3600',
  }
}
