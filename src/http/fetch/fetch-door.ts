// The Fetch door: a Request in, a Response out, for Hono, Bun, Deno, Next and workers.

import { Readable } from 'node:stream'
import { TitofistoError } from '../../errors.ts'
import { describeCause, type Log } from '../../log.ts'
import { createIdleBodies, type IdleBodies } from './idle-bodies.ts'
import { drainBody } from '../drain-body.ts'
import { internalError, notFound } from '../plain-replies.ts'
import { streamSource } from './source-body.ts'
import type { Incoming, Reply, RequestHandler } from '../exchange.ts'

/** A request handler for servers that speak Request and Response; what is not ours is a 404. Never rejects. */
export type FetchHandler = (request: Request) => Promise<Response>

/** Makes the Fetch door. */
export function createFetchHandler(answer: RequestHandler, log: Log): FetchHandler {
  const idle = createIdleBodies()
  return async function fetchHandler(request) {
    try {
      const incoming = new FetchIncoming(request)
      const reply = await answer(incoming)
      const left = incoming.leave(reply !== null)
      const response = toResponse(reply ?? notFound, request.method === 'HEAD', idle)
      return left === null ? response : endAfter(response, left)
    } catch (cause) {
      const message = `A request could not be answered (${describeCause(cause)}).`
      log({ level: 'error', event: 'send-failed', message, cause })
      return toResponse(internalError, false, idle)
    }
  }
}

class FetchIncoming implements Incoming {
  readonly method: string
  readonly target: string
  readonly origin: string
  readonly platformRequest: Request
  #body: Readable | null = null

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
    const { body, bodyUsed } = this.platformRequest
    // Whoever has a reader on it takes its bytes; whoever made a new request of it may have left them out.
    const isLost = body === null && Number(this.header('content-length') ?? 0) > 0
    if (bodyUsed || body?.locked === true || isLost)
      throw new TitofistoError(
        'upload-already-read',
        'The body of this upload was read by other code before titofisto got the request. Hand titofisto a request whose body is unread: before formData(), parseBody() and the like, or a clone() made before.',
      )
    this.#body = body === null ? Readable.from([]) : Readable.fromWeb(body)
    return this.#body
  }

  /**
   * Throws away what an early answer has left of a body that was begun; nobody else can read it. On a
   * client's last request (`Connection: close`) so it does with a body of ours that was not begun, and
   * gives what the answer's end must wait for: that closes the connection, also on a client that
   * still writes and would lose the answer.
   */
  leave(isOurs: boolean): Promise<void> | null {
    // Some servers make a request's body only where it is asked for: downloads must not pay for it.
    if (this.method === 'GET' || this.method === 'HEAD') return null
    const isLast = this.header('connection')?.toLowerCase().includes('close') === true
    const left = this.#body ?? (isOurs && isLast ? this.#unread() : null)
    if (left === null || left.readableEnded) return null
    const drained = drainBody(left)
    return isLast ? drained : null
  }

  #unread(): Readable | null {
    const { body, bodyUsed } = this.platformRequest
    return body === null || bodyUsed || body.locked ? null : Readable.fromWeb(body)
  }
}

/** The same answer, whose body ends no sooner than something has settled. */
function endAfter(response: Response, settled: Promise<void>): Response {
  const end = new TransformStream<Uint8Array, Uint8Array>({ flush: () => settled })
  const body = response.body?.pipeThrough(end) ?? null
  return new Response(body, response)
}

function toResponse(reply: Reply, isHead: boolean, idle: IdleBodies): Response {
  const headers = new Headers()
  for (let index = 0; index < reply.headers.length; index += 2)
    headers.append(reply.headers[index] ?? '', reply.headers[index + 1] ?? '')
  return new Response(toBody(reply, isHead, idle), { status: reply.status, headers })
}

function toBody(
  reply: Reply,
  isHead: boolean,
  idle: IdleBodies,
): Uint8Array | ReadableStream<Uint8Array> | null {
  const { body } = reply
  const isBodiless = isHead || reply.status === 204 || reply.status === 304
  switch (body.kind) {
    case 'empty':
      return null
    case 'bytes':
      return isBodiless ? null : body.bytes
    case 'stream':
      if (!isBodiless) return body.stream
      // What a handler's stream throws here is nobody's to hear.
      void body.stream.cancel().catch(ignore)
      return null
    case 'source':
      if (!isBodiless && body.pieces.length > 0) return streamSource(body, idle)
      void body.source.close()
      return null
  }
}

function ignore(): void {}
