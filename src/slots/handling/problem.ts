// Refusals in two forms: a line of text for people, problem details (RFC 9457) for programs that
// accept JSON. Which goes out is decided here, once, for whatever was refused.

import { STATUS_CODES } from 'node:http'
import { wantsProblems } from '../../http/accept.ts'
import type { Reply } from '../../http/exchange.ts'
import { plainReply } from '../../http/plain-replies.ts'

/** A refusal in a line of text, and by a code. */
export function refuse(
  status: number,
  code: string,
  text: string,
  headers: readonly string[] = [],
): Reply {
  return { ...plainReply(status, text, headers), problem: { code, detail: text } }
}

/** The form of a reply that its client asked for. */
export function inWantedForm(reply: Reply, accept: string | undefined): Reply {
  const { problem, ...plain } = reply
  if (problem === undefined) return reply
  if (!wantsProblems(accept)) return { ...plain, headers: [...plain.headers, 'Vary', 'Accept'] }
  const { status } = plain
  // Of type about:blank, whose title is the status's (RFC 9457 4.2.1).
  const title = newerTitles.get(status) ?? STATUS_CODES[status] ?? 'Refused'
  const bytes = Buffer.from(JSON.stringify({ title, status, ...problem }))
  const headers = [
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(bytes.length),
    'Vary',
    'Accept',
    ...withoutBodyHeaders(plain.headers),
  ]
  return { status, headers, body: { kind: 'bytes', bytes } }
}

function withoutBodyHeaders(headers: readonly string[]): readonly string[] {
  return headers.filter((_, index) => !/^content-(?:type|length)$/i.test(headers[index & ~1] ?? ''))
}

/** What Node calls otherwise, by its version, than RFC 9110 15.5 does; and tus's own status. */
const newerTitles: ReadonlyMap<number, string> = new Map([
  [413, 'Content Too Large'],
  [422, 'Unprocessable Content'],
  [460, 'Checksum Mismatch'],
])
