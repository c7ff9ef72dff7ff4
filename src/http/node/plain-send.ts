// Sends bytes to a response that other people's code has wrapped or built, by what every stream
// promises and no more: write() says whether to wait, and 'drain' says when to go on.

import { breakOff } from './node-client.ts'
import { isHttp2, isServed } from './node-response.ts'
import { hearLateFault } from './late-fault.ts'
import type { ByteSource, ByteSpan } from '../exchange.ts'
import type { Receiver } from './node-send.ts'
import type { ServerResponse } from 'node:http'
import type { NodeResponse } from './node-types.ts'

/**
 * Writes chunks as they come; `false` when the client is gone or others have ended the response.
 *
 * @throws what a foreign write() throws, or its promise rejects with.
 */
export async function sendChunks(
  to: Receiver,
  chunks: AsyncIterable<Uint8Array>,
  onGone: () => void = () => undefined,
): Promise<boolean> {
  const { res, client } = to
  let wake = (): void => undefined
  let fault: { readonly cause: unknown } | null = null
  client.onGone = () => {
    onGone()
    wake()
  }
  // One for all: a wrapper such as compression's passes it on to a stream of its own, from where
  // off() would not take it back.
  if (typeof res.on === 'function') res.on('drain', () => wake())
  for await (const chunk of chunks) {
    if (fault !== null) break
    if (client.isGone || res.writableEnded) return false
    const drained = new Promise<void>((resolve) => {
      wake = resolve
    })
    const answer = hearLateFault(write(res, chunk), onFault)
    to.sentBytes += chunk.length
    if (!mustWait(res, answer)) continue
    client.waits()
    await drained
    client.took()
  }
  if (fault !== null) throw (fault as { readonly cause: unknown }).cause
  return !client.isGone

  function onFault(cause: unknown): void {
    fault = { cause }
    // Something of what was written is lost, whether we are done writing or not.
    breakOff(res)
    wake()
  }
}

/** Both kinds of response take bytes; only their types don't agree. */
function write(res: NodeResponse, chunk: Uint8Array): unknown {
  return (res as ServerResponse).write(chunk)
}

/** Each piece of a source, as chunks that are the receiver's to keep. */
export async function* eachChunk(
  source: ByteSource,
  pieces: readonly (ByteSpan | Uint8Array)[],
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece
    else yield* source.chunks(piece.startByte, piece.endByte)
  }
}

function mustWait(res: NodeResponse, answer: unknown): boolean {
  // A response that never gets a socket keeps what it is given, and no 'drain' will ever come.
  if (!isHttp2(res) && !isServed(res) && (res.socket ?? null) === null) return false
  // Wrappers that forget to pass the answer on give undefined.
  return answer === false || (answer !== true && res.writableNeedDrain)
}
