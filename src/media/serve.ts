// A file that may be served, and a request for it, become a reply. Pure.

import { formatByteranges, formatContentRange } from '../http/byteranges.ts'
import { decideConditions, decideIfRange } from '../http/conditional.ts'
import { decideRange } from '../http/range.ts'
import type { ByteSource, ByteSpan, Incoming, Reply, ReplyBody } from '../http/exchange.ts'
import type { FileHead } from './cache/file-head.ts'
import { openFields, type Sharing } from './sharing.ts'

/** Where the reply's bytes are: in memory whole, or in a source that the door closes. */
export type FileBytes =
  | {
      readonly kind: 'bytes'
      readonly bytes: Uint8Array
      /** Set where they were read from the storage for this very reply. */
      readonly isFresh?: true
    }
  | {
      readonly kind: 'source'
      readonly source: ByteSource
      readonly reopen: () => Promise<ByteSource>
    }

/** A file that may be served, and how. */
export interface ServedFile {
  readonly head: FileHead
  readonly bytes: FileBytes
  readonly cacheControl: string
  readonly sharing: Sharing
}

/** `private` keeps shared caches out; what a token opens never changes while it lives. */
export function formatTokenCacheControl(remainingSeconds: number): string {
  // RFC 9111 1.2.2: caches may take anything over 2^31 as 2^31; a year is as good as for ever.
  return `private, max-age=${Math.min(remainingSeconds, 31_536_000)}, immutable`
}

/** Decides the reply to a GET or HEAD whose token was found good. */
export function decideFileReply(file: ServedFile, request: Incoming, nowMs: number): Reply {
  const { head, bytes } = file
  switch (decideConditions(request, head)) {
    case 'not-modified':
      // RFC 9110 15.4.5: a 304 tells the validators and the caching, not the content.
      return { status: 304, headers: headersOfFound(file), body: closing(bytes) }
    case 'precondition-failed':
      return { status: 412, headers: headersOfError(file), body: closing(bytes) }
    case 'proceed':
      break
  }
  // RFC 9110 14.2: Range is defined for GET alone.
  const range = request.method === 'GET' ? request.header('range') : undefined
  const ifRange = range === undefined ? undefined : request.header('if-range')
  if (range === undefined || (ifRange !== undefined && !decideIfRange(ifRange, head, nowMs)))
    return wholeReply(file)

  const decision = decideRange(range, head.facts.sizeBytes)
  switch (decision.kind) {
    case 'whole':
      return wholeReply(file)
    case 'unsatisfiable':
      return unsatisfiableReply(file)
    case 'spans':
      return partialReply(file, decision.spans)
  }
}

function unsatisfiableReply(file: ServedFile): Reply {
  const headers = headersOfError(file)
  headers.push('Content-Range', `bytes */${file.head.facts.sizeBytes}`)
  return { status: 416, headers, body: closing(file.bytes) }
}

function wholeReply(file: ServedFile): Reply {
  const { head, bytes } = file
  const { sizeBytes } = head.facts
  const headers = headersOfContent(file, head.contentType, sizeBytes)
  return { status: 200, headers, body: wholeBody(bytes, sizeBytes) }
}

function partialReply(file: ServedFile, spans: readonly ByteSpan[]): Reply {
  const { contentType, facts } = file.head
  const [first] = spans
  if (first !== undefined && spans.length === 1) {
    const headers = headersOfContent(file, contentType, first.endByte - first.startByte)
    headers.push('Content-Range', formatContentRange(first, facts.sizeBytes))
    return { status: 206, headers, body: piecesBody(file.bytes, spans) }
  }
  const parts = formatByteranges(spans, contentType, facts.sizeBytes)
  const headers = headersOfContent(file, parts.contentType, parts.contentLength)
  return { status: 206, headers, body: piecesBody(file.bytes, parts.pieces) }
}

function headersOfContent(file: ServedFile, contentType: string, lengthBytes: number): string[] {
  const headers = headersOfFound(file)
  headers.push('Content-Type', contentType, 'Content-Length', String(lengthBytes))
  return headers
}

function headersOfFound(file: ServedFile): string[] {
  const { own } = file.head
  const headers = headersOf(file, file.cacheControl)
  if (own !== null) headers.push(...own.fields)
  return headers
}

/** An error about a file must not look like the file, and must not be cached like it. */
function headersOfError(file: ServedFile): string[] {
  const headers = headersOf(file, 'no-store')
  headers.push('Content-Length', '0')
  return headers
}

/** What every reply says of a file, whatever it carries of it. */
function headersOf({ head, sharing }: ServedFile, cacheControl: string): string[] {
  const headers = [
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
    sharing.resourcePolicy,
    'Cache-Control',
    cacheControl,
  ]
  if (sharing.isOpen) headers.push(...openFields)
  if (head.securityPolicy !== null) headers.push('Content-Security-Policy', head.securityPolicy)
  return headers
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
