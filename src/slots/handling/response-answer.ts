// A `Response` that a handler returned, as an answer. It is our user's object: its body may break
// off, never end, be locked, or throw when it is cancelled, and none of that may reach a door.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { createDeadline, type Deadline } from './deadline.ts'
import type { Reply } from '../../http/exchange.ts'
import { bodilessStatuses, headersOfResponse } from '../../http/response-reply.ts'
import { maxReplayBytes, toBytesAnswer } from './handler-result.ts'

/**
 * Makes an answer of a `Response`. What is short enough to be given again is read before the deadline; of
 * anything longer the rest goes to the client as it comes, never more than a piece in memory, and is
 * given up after `silenceMs` without one.
 *
 * @throws TypeError where it can't be sent as it is; whatever its body breaks off with; an Error
 * where the deadline came first. Its body is cancelled then.
 */
export async function readResponse(
  response: Response,
  deadline: Deadline,
  silenceMs: number,
): Promise<Reply> {
  const { status, body } = response
  const headers = headersOfResponse(response)
  if (body === null) return toBytesAnswer(status, headers, null)
  if (response.bodyUsed) throw new TypeError('The body of a Response has been read already.')
  const reader = body.getReader()
  try {
    if (bodilessStatuses.has(status)) {
      cancelQuietly(reader, new Error(`An answer with status ${status} has no body.`))
      return toBytesAnswer(status, headers, null)
    }
    const begun: Uint8Array[] = []
    let begunBytes = 0
    while (begunBytes <= maxReplayBytes) {
      const piece = await deadline.within(readPiece(reader))
      if (piece === null) return toBytesAnswer(status, headers, Buffer.concat(begun))
      begun.push(piece)
      begunBytes += piece.length
    }
    const stream = goOn(begun, reader, silenceMs)
    return { status, headers, body: { kind: 'stream', stream } }
  } catch (error) {
    cancelQuietly(reader, error)
    throw error
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

/** The next piece that has bytes; `null` at the end. */
async function readPiece(reader: Reader): Promise<Uint8Array | null> {
  while (true) {
    // Its type is our user's word only.
    const { done, value }: { done: boolean; value?: unknown } = await reader.read()
    if (done) return null
    if (!(value instanceof Uint8Array))
      throw new TypeError('The body of a Response must be made of bytes.')
    if (value.length > 0) return value
    // A stream of nothing but empty pieces must not keep the process from everything else.
    await nextTurn()
  }
}

/** The pieces that were read already, then the rest. Its `cancel` neither throws nor waits. */
function goOn(
  begun: readonly Uint8Array[],
  reader: Reader,
  silenceMs: number,
): ReadableStream<Uint8Array> {
  let next = 0
  return new ReadableStream({
    async pull(controller) {
      const piece = begun[next] ?? (await readInTime(reader, silenceMs))
      next += 1
      if (piece === null) controller.close()
      else controller.enqueue(piece)
    },
    cancel: (reason) => cancelQuietly(reader, reason),
  })
}

async function readInTime(reader: Reader, silenceMs: number): Promise<Uint8Array | null> {
  const deadline = createDeadline(silenceMs)
  try {
    return await deadline.within(readPiece(reader))
  } catch (error) {
    cancelQuietly(reader, error)
    throw error
  } finally {
    deadline.end()
  }
}

/** Our user's `cancel` may throw, at once or later, and may never settle: nobody waits for it. */
function cancelQuietly(reader: Reader, reason: unknown): void {
  async function cancel(): Promise<void> {
    await reader.cancel(reason)
  }
  cancel().catch(() => {})
}
