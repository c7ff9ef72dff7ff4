// What a handler returned, as an answer: one to send now, and one that can be given again.

import { plainReply } from '../http/plain-replies.ts'
import type { Reply } from '../http/exchange.ts'
import type { SlotResult } from './slot.ts'

/** The most bytes of an answer that are kept for a client that lost it. */
export const maxKeptBytes = 64 * 1024

/** An answer, twice. */
export interface Answer {
  readonly reply: Reply
  readonly result: SlotResult
}

/**
 * Turns what a handler returned into an answer: nothing into 204, a `Response` into itself,
 * anything else into JSON.
 *
 * @throws TypeError where it can't be told in JSON.
 */
export async function toAnswer(value: unknown): Promise<Answer> {
  if (value === undefined) return toBytesAnswer(204, ['Cache-Control', 'no-store'], null)
  if (value instanceof Response) return fromResponse(value)
  const text: unknown = JSON.stringify(value)
  if (typeof text !== 'string')
    throw new TypeError('A slot handler must return nothing, JSON or a Response.')
  return toBytesAnswer(200, jsonHeaders, Buffer.from(text))
}

/** The answer to an upload that the handler refused. */
export function toRejectionAnswer(status: number, message: string): Answer {
  const reply = plainReply(status, message)
  const bytes = reply.body.kind === 'bytes' ? reply.body.bytes : null
  return { reply, result: toResult(status, reply.headers, bytes) }
}

/** The answer that was kept, again. */
export function replayResult(result: SlotResult): Reply {
  const headers = [...result.headers, 'Idempotency-Replayed', 'true']
  const { status, body } = result
  if (body === null) return { status, headers, body: { kind: 'empty' } }
  return { status, headers, body: { kind: 'bytes', bytes: Buffer.from(body, 'base64') } }
}

const jsonHeaders = [
  'Content-Type',
  'application/json',
  'Cache-Control',
  'no-store',
  'X-Content-Type-Options',
  'nosniff',
]

function toBytesAnswer(
  status: number,
  headers: readonly string[],
  bytes: Uint8Array | null,
): Answer {
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
  // Too much to keep: who asks again learns that it went well, and no more.
  if (bytes !== null && bytes.length > maxKeptBytes) return { status: 204, headers: [], body: null }
  return { status, headers, body: bytes === null ? null : Buffer.from(bytes).toString('base64') }
}

async function fromResponse(response: Response): Promise<Answer> {
  // Whoever frames the body says how long it is.
  const headers = [...response.headers]
    .filter(([name]) => !framingHeaders.has(name.toLowerCase()))
    .flat()
  const { body, status } = response
  if (body === null) return toBytesAnswer(status, headers, null)
  const reader = body.getReader()
  const begun: Uint8Array[] = []
  let begunBytes = 0
  while (begunBytes <= maxKeptBytes) {
    const { done, value } = await reader.read()
    if (done) return toBytesAnswer(status, headers, Buffer.concat(begun))
    begun.push(value)
    begunBytes += value.length
  }
  return {
    reply: { status, headers, body: { kind: 'stream', stream: goOn(begun, reader) } },
    result: { status: 204, headers: [], body: null },
  }
}

const framingHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The pieces that were read already, then the rest. */
function goOn(
  begun: readonly Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  let next = 0
  return new ReadableStream({
    async pull(controller) {
      const piece = begun[next]
      next += 1
      if (piece !== undefined) return controller.enqueue(piece)
      const { done, value } = await reader.read()
      if (done) return controller.close()
      return controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
