// What a handler returned, as an answer: one to send now, and one that can be given again.

import { plainReply } from '../../http/plain-replies.ts'
import type { Reply } from '../../http/exchange.ts'
import type { SlotResult } from '../record/slot.ts'

/** The most bytes of an answer that can be given again to a client that lost it. */
export const maxReplayBytes = 64 * 1024

/**
 * Turns what a handler returned into an answer: nothing into 204, anything else into JSON. A
 * `Response` is for response-answer.ts.
 *
 * @throws TypeError where it can't be told in JSON, and whatever its `toJSON` throws.
 */
export function toAnswer(value: unknown): Reply {
  if (value === undefined) return toBytesAnswer(204, ['Cache-Control', 'no-store'], null)
  const text: unknown = JSON.stringify(value)
  if (typeof text !== 'string')
    throw new TypeError('A slot handler must return nothing, JSON or a Response.')
  return toBytesAnswer(200, jsonHeaders, Buffer.from(text))
}

/** The answer where the handler has returned, but what can't be sent. */
export const untold: Reply = {
  ...plainReply(500, 'The upload was handled, but its answer could not be told.'),
  problem: { code: 'slot-answer-untold' },
}

/** What goes out with JSON. */
export const jsonHeaders: readonly string[] = [
  'Content-Type',
  'application/json',
  'Cache-Control',
  'no-store',
  'X-Content-Type-Options',
  'nosniff',
]

/** An answer whose body is here, or that has none. */
export function toBytesAnswer(
  status: number,
  headers: readonly string[],
  bytes: Uint8Array | null,
): Reply {
  if (bytes === null) return { status, headers, body: { kind: 'empty' } }
  const sized = [...headers, 'Content-Length', String(bytes.length)]
  return { status, headers: sized, body: { kind: 'bytes', bytes } }
}

/** What of an answer can be given again. Of a long one: whether it went well, and no more. */
export function toResult({ status, headers, body }: Reply): SlotResult {
  if (body.kind === 'empty') return { status, headers, body: null }
  if (body.kind === 'bytes' && body.bytes.length <= maxReplayBytes)
    return { status, headers, body: Buffer.from(body.bytes).toString('base64') }
  return { status: status < 400 ? 204 : status, headers: [], body: null }
}

const untoldBody = toResult(untold).body

/** The answer, again. A record has the text of a refusal, of which the rest is made anew. */
export function replayResult({ status, headers, body }: SlotResult, isRejection: boolean): Reply {
  const again = [...headers, 'Idempotency-Replayed', 'true']
  if (body === null)
    return { status, headers: again, body: { kind: 'empty' }, ...problemOf(isRejection) }
  const bytes = Buffer.from(body, 'base64')
  const reply: Reply = { status, headers: again, body: { kind: 'bytes', bytes } }
  if (isRejection) return { ...reply, ...problemOf(true, bytes.toString().replace(/\n$/, '')) }
  const isUntold = status === untold.status && body === untoldBody
  return isUntold && untold.problem !== undefined ? { ...reply, problem: untold.problem } : reply
}

function problemOf(isRejection: boolean, detail?: string): Pick<Reply, 'problem'> {
  if (!isRejection) return {}
  return { problem: { code: 'upload-rejected', ...(detail !== undefined && { detail }) } }
}
