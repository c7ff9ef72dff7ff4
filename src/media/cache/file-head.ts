// The header values that every answer for one file under one policy has in common. Pure.

import { formatDisposition } from '../../http/content-disposition.ts'
import { formatHttpDate } from '../../http/http-date.ts'
import { isInert, isMediaType, typeOfName } from '../../http/media-type.ts'
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
  readonly isSandboxed: boolean
  readonly crossOriginResourcePolicy: string
}

/** Earliest year an HTTP date can express, the year 1; some file systems keep earlier times. */
const firstYearSeconds = -62_135_596_800

/** Computes them. */
export function makeFileHead(
  facts: FileFacts,
  policy: Policy,
  crossOriginResourcePolicy: string,
  nowMs: number,
): FileHead {
  const contentType = policy.contentType ?? keptTypeOf(facts) ?? typeOfName(facts.name)
  const inert = isInert(contentType)
  const kind = policy.disposition?.kind ?? (inert ? 'inline' : 'attachment')
  const fileName = policy.disposition?.fileName ?? lastPartOf(facts.name)
  // RFC 9110 8.8.2.1: never later than now, whatever a file's clock says.
  const lastModifiedSeconds = Math.min(Math.floor(facts.mtimeMs / 1000), Math.floor(nowMs / 1000))
  const lastModifiedMs = Math.max(lastModifiedSeconds, firstYearSeconds) * 1000
  return {
    facts,
    contentType,
    etag: facts.etag,
    lastModifiedMs,
    lastModified: formatHttpDate(lastModifiedMs),
    disposition: formatDisposition(kind, fileName),
    isSandboxed: !inert,
    crossOriginResourcePolicy,
  }
}

/** The type that a file was saved with. What can't stand in a header would throw when it is written. */
function keptTypeOf({ contentType }: FileFacts): string | null {
  return contentType !== undefined && isMediaType(contentType) ? contentType : null
}
