// A `Response` of our user's, as a reply. It is their object: what can't be sent of it is refused
// before a door begins.

import type { Reply } from './exchange.ts'

/** Whether a value is a `Response`, also one of a library that brings its own. */
export function isResponse(value: unknown): value is Response {
  return value instanceof Response || Object.prototype.toString.call(value) === '[object Response]'
}

/**
 * Its headers, name, value, name, value, but those about the connection and the body's framing,
 * which the door writes.
 *
 * @throws TypeError where it can't be sent: Fetch takes control characters that Node does not, and
 *   libraries' own Responses any status.
 */
export function headersOfResponse({ status, headers: given }: Response): readonly string[] {
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new TypeError('A Response must have a status from 200 to 599.')
  const headers = [...given].filter(([name]) => !doorsHeaders.has(name.toLowerCase()))
  for (const [name, value] of headers)
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      throw new TypeError(`The header "${name}" of a Response has a character that can't be sent.`)
  return headers.flat()
}

const doorsHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Statuses whose answers have no body, whatever was meant (RFC 9110 15.3.5, 15.3.6, 15.4.5). */
export const bodilessStatuses: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * Makes a reply of a Response, whose body goes out as it comes. `defaults` are headers, name and
 * value, that it gets where it has none of that name.
 *
 * @throws TypeError where it can't be sent.
 */
export function toReply(response: Response, defaults: Readonly<Record<string, string>>): Reply {
  const { status, body } = response
  const missing = Object.entries(defaults).filter(([name]) => !response.headers.has(name))
  const headers = [...headersOfResponse(response), ...missing.flat()]
  if (body === null) return { status, headers, body: { kind: 'empty' } }
  if (response.bodyUsed || body.locked)
    throw new TypeError('The body of a Response has been read already; give a new one each time.')
  if (!bodilessStatuses.has(status))
    return { status, headers, body: { kind: 'stream', stream: body } }
  // What its source throws now is nobody's to hear.
  void body.cancel().catch(() => {})
  return { status, headers, body: { kind: 'empty' } }
}
