// The Fetch door: a Request in, a Response out, for Hono, Bun, Deno, Next and workers.

import { Readable } from 'node:stream'
import { notFound } from './plain-replies.ts'
import type { ByteSource, ByteSpan, Incoming, Reply } from './exchange.ts'
import type { Answer } from './node.ts'

/** A request handler for servers that speak Request and Response; what is not ours is a 404. */
export type FetchHandler = (request: Request) => Promise<Response>

/** Makes the Fetch door. */
export function createFetchHandler(answer: Answer): FetchHandler {
  return async function fetchHandler(request) {
    const reply = (await answer(new FetchIncoming(request))) ?? notFound
    return toResponse(reply, request.method === 'HEAD')
  }
}

class FetchIncoming implements Incoming {
  readonly method: string
  readonly target: string
  readonly origin: string
  readonly platformRequest: Request

  constructor(request: Request) {
    this.method = request.method
    this.platformRequest = request
    // Cut out of the text: URL would resolve dot segments, and a guard must see what was sent.
    const match = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)([^#]*)/i.exec(request.url)
    this.origin = match?.[1] ?? ''
    this.target = match?.[2] || '/'
  }

  header(name: string): string | undefined {
    return this.platformRequest.headers.get(name) ?? undefined
  }

  body(): Readable {
    const { body } = this.platformRequest
    return body === null ? Readable.from([]) : Readable.fromWeb(body)
  }
}

function toResponse(reply: Reply, isHead: boolean): Response {
  const headers = new Headers()
  for (let index = 0; index < reply.headers.length; index += 2)
    headers.append(reply.headers[index] ?? '', reply.headers[index + 1] ?? '')
  return new Response(toBody(reply, isHead), { status: reply.status, headers })
}

function toBody(reply: Reply, isHead: boolean): Uint8Array | ReadableStream<Uint8Array> | null {
  const { body } = reply
  const isBodiless = isHead || reply.status === 204 || reply.status === 304
  switch (body.kind) {
    case 'empty':
      return null
    case 'bytes':
      return isBodiless ? null : body.bytes
    case 'stream':
      if (!isBodiless) return body.stream
      void body.stream.cancel()
      return null
    case 'source':
      if (!isBodiless && body.pieces.length > 0) return streamPieces(body.source, body.pieces)
      void body.source.close()
      return null
  }
}

/** The pieces as a stream that reads only when asked to, and closes the source however it ends. */
function streamPieces(
  source: ByteSource,
  pieces: readonly (ByteSpan | Uint8Array)[],
): ReadableStream<Uint8Array> {
  const chunks = eachChunk(source, pieces)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next()
          if (!done) controller.enqueue(value)
          else {
            await source.close()
            controller.close()
          }
        } catch (cause) {
          await source.close()
          // The head is out: an error here breaks the connection.
          controller.error(cause)
        }
      },
      async cancel() {
        await chunks.return(undefined)
        await source.close()
      },
    },
    { highWaterMark: 0 },
  )
}

async function* eachChunk(
  source: ByteSource,
  pieces: readonly (ByteSpan | Uint8Array)[],
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece
    else yield* source.chunks(piece.startByte, piece.endByte)
  }
}
