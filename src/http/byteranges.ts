// The body of a 206 with several ranges: multipart/byteranges (RFC 9110 14.6).

import { randomBytes } from 'node:crypto'
import type { ByteSpan } from './exchange.ts'

/** Several ranges as one body. */
export interface Byteranges {
  readonly contentType: string
  readonly contentLength: number
  readonly pieces: readonly (ByteSpan | Uint8Array)[]
}

/** Lays ranges of a file out as parts, each with its type and its place. */
export function formatByteranges(
  spans: readonly ByteSpan[],
  partType: string,
  sizeBytes: number,
): Byteranges {
  // Unguessable, so that no file can hold it on purpose.
  const boundary = randomBytes(18).toString('base64url')
  const pieces: (ByteSpan | Uint8Array)[] = []
  let contentLength = 0
  for (const span of spans) {
    const head = Buffer.from(
      `\r\n--${boundary}\r\nContent-Type: ${partType}\r\nContent-Range: ${formatContentRange(span, sizeBytes)}\r\n\r\n`,
    )
    pieces.push(head, span)
    contentLength += head.length + span.endByte - span.startByte
  }
  const end = Buffer.from(`\r\n--${boundary}--\r\n`)
  pieces.push(end)
  return {
    contentType: `multipart/byteranges; boundary=${boundary}`,
    contentLength: contentLength + end.length,
    pieces,
  }
}

/** Formats a Content-Range: `bytes 0-4/10` (RFC 9110 14.4). */
export function formatContentRange(span: ByteSpan, sizeBytes: number): string {
  return `bytes ${span.startByte}-${span.endByte - 1}/${sizeBytes}`
}
