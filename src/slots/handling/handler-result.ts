// What a handler returned, as an answer: one to send now, and one that can be given again.

import { plainReply } from '../../http/plain-replies.ts'
import { refuse } from './problem.ts'
import type { Reply } from '../../http/exchange.ts'
import type { SlotResult } from '../record/slot.ts'

/** The most bytes of an answer that can be given again to a client that lost it. */
export const maxReplayBytes = 64 * 1024

/** What a handler's end comes to: what is sent now, and what can be given again. */
export interface HandlerAnswer {
  readonly reply: Reply
  readonly result: SlotResult
}

/**
 * Turns what a handler returned into an answer: nothing into 204, anything else into JSON. A
 * `Response` is for response-answer.ts.
 *
 * @throws TypeError where it can't be told in JSON, and whatever its `toJSON` throws.
 */
export function toAnswer(value: unknown): HandlerAnswer {
  if (value === undefined) return toBytesAnswer(204, ['Cache-Control', 'no-store'], null)
  const text: unknown = JSON.stringify(value)
  if (typeof text !== 'string')
    throw new TypeError('A slot handler must return nothing, JSON or a Response.')
  return toBytesAnswer(200, jsonHeaders, Buffer.from(text))
}

/** The answer where a handler refused an upload. */
export function toRejection(status: number, message: string): HandlerAnswer {
  return toRefusalAnswer(refuse(status, 'upload-rejected', message))
}

function toRefusalAnswer(reply: Reply): HandlerAnswer {
  const bytes = reply.body.kind === 'bytes' ? reply.body.bytes : null
  return { reply, result: toResult(reply.status, reply.headers, bytes) }
}

/** The answer where the handler has returned, but what can't be sent. */
export const untold: HandlerAnswer = toRefusalAnswer({
  ...plainReply(500, 'The upload was handled, but its answer could not be told.'),
  problem: { code: 'slot-answer-untold' },
})

/** The answer, again. A record keeps the text of a refusal, of which the rest is made anew. */
export function replayResult(result: SlotResult, isRejection: boolean): Reply {
  const headers = [...result.headers, 'Idempotency-Replayed', 'true']
  const { status, body } = result
  const bytes = body === null ? null : Buffer.from(body, 'base64')
  const reply: Reply = {
    status,
    headers,
    body: bytes === null ? { kind: 'empty' } : { kind: 'bytes', bytes },
  }
  if (isRejection) {
    const detail = bytes?.toString().replace(/\n$/, '')
    return {
      ...reply,
      problem: { code: 'upload-rejected', ...(detail !== undefined && { detail }) },
    }
  }
  const isUntold = status === untold.result.status && body === untold.result.body
  return isUntold && untold.reply.problem !== undefined
    ? { ...reply, problem: untold.reply.problem }
    : reply
}

const jsonHeaders = [
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
): HandlerAnswer {
  const sized = bytes === null ? headers : [...headers, 'Content-Length', String(bytes.length)]
  return {
    reply: {
      status,
      headers: sized,
      body: bytes === null ? { kind: 'empty' } : { kind: 'bytes', bytes },
    },
    result: toResult(status, sized, bytes),
  }
}

function toResult(
  status: number,
  headers: readonly string[],
  bytes: Uint8Array | null,
): SlotResult {
  if (bytes !== null && bytes.length > maxReplayBytes) return tooLargeToReplay(status)
  return { status, headers, body: bytes === null ? null : Buffer.from(bytes).toString('base64') }
}

/** Who asks again learns whether it went well, and no more. */
export function tooLargeToReplay(status: number): SlotResult {
  return { status: status < 400 ? 204 : status, headers: [], body: null }
}
