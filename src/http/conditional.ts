// Conditional requests (RFC 9110 13). Asked only after the token was checked.

import { parseHttpDate } from './http-date.ts'
import type { Incoming } from './exchange.ts'

/** What a file can be compared by. */
export interface Validators {
  /** A strong entity tag with its quotes. */
  readonly etag: string
  /** Last change, in whole seconds, as milliseconds since 1970. */
  readonly lastModifiedMs: number
}

/** Whether to go on, or to answer 304 or 412. */
export type ConditionDecision = 'proceed' | 'not-modified' | 'precondition-failed'

/** Decides a GET's or HEAD's conditions in the order of RFC 9110 13.2.2. */
export function decideConditions(
  request: Pick<Incoming, 'header'>,
  file: Validators,
): ConditionDecision {
  const ifMatch = request.header('if-match')
  const ifUnmodifiedSince = request.header('if-unmodified-since')
  const ifNoneMatch = request.header('if-none-match')
  const ifModifiedSince = request.header('if-modified-since')
  if (ifMatch !== undefined) {
    if (!matchesStrongly(ifMatch, file.etag)) return 'precondition-failed'
  } else if (ifUnmodifiedSince !== undefined) {
    const since = parseHttpDate(ifUnmodifiedSince)
    if (since !== null && file.lastModifiedMs > since) return 'precondition-failed'
  }
  if (ifNoneMatch !== undefined) {
    if (matchesWeakly(ifNoneMatch, file.etag)) return 'not-modified'
  } else if (ifModifiedSince !== undefined) {
    const since = parseHttpDate(ifModifiedSince)
    if (since !== null && file.lastModifiedMs <= since) return 'not-modified'
  }
  return 'proceed'
}

/** Whether `If-Range` lets a `Range` count (RFC 9110 13.1.5). */
export function decideIfRange(ifRange: string, file: Validators, nowMs: number): boolean {
  // Strong comparison: a weak tag never matches.
  if (ifRange.startsWith('"')) return ifRange === file.etag
  // A date must match exactly, and is a strong validator only once its second is over (8.8.2.2).
  return parseHttpDate(ifRange) === file.lastModifiedMs && nowMs - file.lastModifiedMs >= 1000
}

function matchesStrongly(list: string, etag: string): boolean {
  return list.trim() === '*' || parseEntityTags(list).includes(etag)
}

function matchesWeakly(list: string, etag: string): boolean {
  return (
    list.trim() === '*' || parseEntityTags(list).some((tag) => tag.replace(/^W\//, '') === etag)
  )
}

/** Every entity tag of a list, up to the first thing that is none. */
function parseEntityTags(list: string): string[] {
  const tags: string[] = []
  const tag = /[\t ,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[\t ]*(?=,|$)/y
  for (let match = tag.exec(list); match !== null; match = tag.exec(list)) tags.push(match[1] ?? '')
  return tags
}
