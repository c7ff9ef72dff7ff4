// The header values that every answer for one file under one policy has in common. Pure.

import { formatDisposition } from '../../http/content-disposition.ts'
import { formatHttpDate } from '../../http/http-date.ts'
import { isInert, isMediaType } from '../../http/media-type.ts'
import { lastPartOf } from '../../storage/names/name-parts.ts'
import type { FileFacts } from '../../storage/storage.ts'
import type { Policy } from '../../token/policy.ts'

/** The header values of a file under one policy; computed once and kept with a hot file. */
export interface FileHead {
  readonly facts: FileFacts
  readonly contentType: string
  readonly etag: string
  /** Last change in whole seconds, as milliseconds since 1970. */
  readonly lastModifiedMs: number
  /** The same as an HTTP date. */
  readonly lastModified: string
  readonly disposition: string
  /** Content-Security-Policy; `null` where there is none. */
  readonly securityPolicy: string | null
  /** What the application adds; `null` for nothing. */
  readonly own: OwnHeaders | null
}

/** What an application says of its files. */
export interface HeadSettings {
  /** The media type that a name means. */
  readonly typeOf: (name: string) => string
  /** Headers that an answer gets besides ours; `null` where the application adds none. */
  readonly ownHeadersOf: ((facts: FileFacts) => OwnHeaders) | null
}

/** Headers of an application's own, found fit to be sent. */
export interface OwnHeaders {
  /** Name, value, name, value. */
  readonly fields: readonly string[]
  /** Of a public file: the Cache-Control in the place of ours; `null` for ours. */
  readonly cacheControl: string | null
  /** A Content-Security-Policy besides ours. */
  readonly securityPolicy: string | null
}

// A page that is shown inline gets no scripts, no forms, no origin, and nothing from elsewhere. Some
// PDF viewers don't start in a sandbox, so inert types go without.
const sandbox =
  "sandbox; default-src 'none'; img-src data:; media-src data:; font-src data:; style-src 'unsafe-inline'"

/** Earliest year an HTTP date can express, the year 1; some file systems keep earlier times. */
const firstYearSeconds = -62_135_596_800

/** Computes them. */
export function makeFileHead(
  facts: FileFacts,
  policy: Policy,
  settings: HeadSettings,
  nowMs: number,
): FileHead {
  const contentType = policy.contentType ?? keptTypeOf(facts) ?? settings.typeOf(facts.name)
  const inert = isInert(contentType)
  const kind = policy.disposition?.kind ?? (inert ? 'inline' : 'attachment')
  const fileName = policy.disposition?.fileName ?? lastPartOf(facts.name)
  // RFC 9110 8.8.2.1: never later than now, whatever a file's clock says.
  const lastModifiedSeconds = Math.min(Math.floor(facts.mtimeMs / 1000), Math.floor(nowMs / 1000))
  const lastModifiedMs = Math.max(lastModifiedSeconds, firstYearSeconds) * 1000
  const own = settings.ownHeadersOf === null ? null : settings.ownHeadersOf(facts)
  return {
    facts,
    contentType,
    etag: facts.etag,
    lastModifiedMs,
    lastModified: formatHttpDate(lastModifiedMs),
    disposition: formatDisposition(kind, fileName),
    securityPolicy: joinPolicies(inert ? null : sandbox, own?.securityPolicy ?? null),
    own,
  }
}

/** The type that a file was saved with. What can't stand in a header would throw when it is written. */
function keptTypeOf({ contentType }: FileFacts): string | null {
  return contentType !== undefined && isMediaType(contentType) ? contentType : null
}

/** Each policy of a list counts (CSP3 4.1): what is added can forbid more, and allow nothing. */
function joinPolicies(one: string | null, other: string | null): string | null {
  return one === null || other === null ? (one ?? other) : `${one}, ${other}`
}
