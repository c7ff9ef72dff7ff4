// A file that may be served, and a request for it, become a reply. Pure.

import { formatByteranges, formatContentRange } from '../http/byteranges.ts'
import { decideConditions, decideIfRange } from '../http/conditional.ts'
import { decideRange } from '../http/range.ts'
import type { ByteSource, ByteSpan, Incoming, Reply, ReplyBody } from '../http/exchange.ts'
import type { FileHead } from './cache/file-head.ts'

/** Where the reply's bytes are: in memory whole, or in a source that the door closes. */
export type FileBytes =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'source'
      readonly source: ByteSource
      readonly reopen: () => Promise<ByteSource>
    }

// A page that is shown inline gets no scripts, no forms, no origin, and nothing from elsewhere. Some
// PDF viewers don't start in a sandbox, so inert types go without.
const sandbox =
  "sandbox; default-src 'none'; img-src data:; media-src data:; font-src data:; style-src 'unsafe-inline'"

/** Content-Type first, then Content-Length; {@link decideFileReply} replaces the two by place. */
function headersOf(head: FileHead, cacheControl: string): string[] {
  const headers = [
    'Content-Type',
    head.contentType,
    'Content-Length',
    String(head.facts.sizeBytes),
    'Accept-Ranges',
    'bytes',
    'ETag',
    head.etag,
    'Last-Modified',
    head.lastModified,
    'Content-Disposition',
    head.disposition,
    'X-Content-Type-Options',
    'nosniff',
    'Referrer-Policy',
    'no-referrer',
    'Cross-Origin-Resource-Policy',
    head.crossOriginResourcePolicy,
    'Cache-Control',
    cacheControl,
  ]
  if (head.isSandboxed) headers.push('Content-Security-Policy', sandbox)
  return headers
}

/** `private` keeps shared caches out; what a token opens never changes while it lives. */
export function formatTokenCacheControl(remainingSeconds: number): string {
  // RFC 9111 1.2.2: caches may take anything over 2^31 as 2^31; a year is as good as for ever.
  return `private, max-age=${Math.min(remainingSeconds, 31_536_000)}, immutable`
}

/** Decides the reply to a GET or HEAD whose token was found good. */
export function decideFileReply(
  head: FileHead,
  bytes: FileBytes,
  cacheControl: string,
  request: Incoming,
  nowMs: number,
): Reply {
  const headers = headersOf(head, cacheControl)
  switch (decideConditions(conditionsOf(request), head)) {
    case 'not-modified':
      return { status: 304, headers: withoutContent(headers), body: closing(bytes) }
    case 'precondition-failed':
      return { status: 412, headers: emptyContent(head), body: closing(bytes) }
    case 'proceed':
      break
  }
  const { sizeBytes } = head.facts
  // RFC 9110 14.2: Range is defined for GET alone.
  const range = request.method === 'GET' ? request.header('range') : undefined
  const ifRange = range === undefined ? undefined : request.header('if-range')
  if (range === undefined || (ifRange !== undefined && !decideIfRange(ifRange, head, nowMs)))
    return { status: 200, headers, body: wholeBody(bytes, sizeBytes) }

  const decision = decideRange(range, sizeBytes)
  switch (decision.kind) {
    case 'whole':
      return { status: 200, headers, body: wholeBody(bytes, sizeBytes) }
    case 'unsatisfiable':
      return {
        status: 416,
        headers: [...emptyContent(head), 'Content-Range', `bytes */${sizeBytes}`],
        body: closing(bytes),
      }
    case 'spans':
      return partialReply(head, bytes, headers, decision.spans)
  }
}

function partialReply(
  head: FileHead,
  bytes: FileBytes,
  headers: string[],
  spans: readonly ByteSpan[],
): Reply {
  const { sizeBytes } = head.facts
  const [first] = spans
  if (first !== undefined && spans.length === 1) {
    headers[3] = String(first.endByte - first.startByte)
    headers.push('Content-Range', formatContentRange(first, sizeBytes))
    return { status: 206, headers, body: piecesBody(bytes, spans) }
  }
  const parts = formatByteranges(spans, head.contentType, sizeBytes)
  headers[1] = parts.contentType
  headers[3] = String(parts.contentLength)
  return { status: 206, headers, body: piecesBody(bytes, parts.pieces) }
}

function wholeBody(bytes: FileBytes, sizeBytes: number): ReplyBody {
  if (bytes.kind === 'bytes') return bytes
  return piecesBody(bytes, [{ startByte: 0, endByte: sizeBytes }])
}

function piecesBody(bytes: FileBytes, pieces: readonly (ByteSpan | Uint8Array)[]): ReplyBody {
  if (bytes.kind === 'source') return { ...bytes, pieces }
  const parts = pieces.map((piece) =>
    piece instanceof Uint8Array ? piece : bytes.bytes.subarray(piece.startByte, piece.endByte),
  )
  const [only] = parts
  return {
    kind: 'bytes',
    bytes: only !== undefined && parts.length === 1 ? only : Buffer.concat(parts),
  }
}

/** A body without bytes; the door still closes the source. */
function closing(bytes: FileBytes): ReplyBody {
  return bytes.kind === 'source' ? { ...bytes, pieces: [] } : { kind: 'empty' }
}

/** RFC 9110 15.4.5: a 304 tells the validators and the caching, not the content. */
function withoutContent(headers: readonly string[]): string[] {
  return headers.slice(4)
}

/** An error about a file must not look like the file, and must not be kept like it. */
function emptyContent(head: FileHead): string[] {
  return ['Content-Length', '0', ...withoutContent(headersOf(head, 'no-store'))]
}

function conditionsOf(request: Incoming): Parameters<typeof decideConditions>[0] {
  return {
    ifMatch: request.header('if-match'),
    ifNoneMatch: request.header('if-none-match'),
    ifModifiedSince: request.header('if-modified-since'),
    ifUnmodifiedSince: request.header('if-unmodified-since'),
  }
}
