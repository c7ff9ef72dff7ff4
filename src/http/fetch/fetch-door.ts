// The Fetch door: a Request in, a Response out, for Hono, Bun, Deno, Next and workers.

import { describeCause, type Log } from '../../log.ts'
import { checkOptions, fitting, type OptionRules } from '../../options.ts'
import { endAfter } from './end-after.ts'
import { createIdleBodies, type IdleBodies } from './idle-bodies.ts'
import {
  below,
  FetchIncoming,
  isFetchRequest,
  splitUrl,
  whereRequestsAre,
} from './fetch-incoming.ts'
import { internalError, notFound } from '../plain-replies.ts'
import { streamSource } from './source-body.ts'
import type { Reply, RequestHandler } from '../exchange.ts'

/** A request handler for servers that speak Request and Response; what is not ours is a 404. Never rejects. */
export type FetchHandler = (request: Request) => Promise<Response>

/** How a request is answered. */
export interface RespondOptions {
  /**
   * The path below the place where titofisto is mounted, with a `/` before it and encoded as in the
   * URL, for routers that cut their mount point off the URL or mount below another prefix than
   * `mountPath`. Default: the URL's path, and what is not below `mountPath` is not ours.
   */
  readonly path?: string
}

/** As {@link FetchHandler}, but `null` for what is not ours. */
export type FetchResponder = (
  request: Request,
  options?: RespondOptions,
) => Promise<Response | null>

/** The two ways through the Fetch door. */
export interface FetchDoor {
  readonly fetch: FetchHandler
  readonly respond: FetchResponder
}

const rules: OptionRules<RespondOptions> = {
  path: fitting(
    (path) => typeof path === 'string' && path.startsWith('/') && !path.includes('?'),
    'must be a path that begins with "/", without a query',
  ),
}

/** Makes the Fetch door; `mountPath` is where it answers, from `/` to `/`. */
export function createFetchDoor(
  answer: RequestHandler,
  place: { readonly mountPath: string },
  log: Log,
): FetchDoor {
  const idle = createIdleBodies()

  async function respondTo(request: Request, path?: string): Promise<Response | null> {
    try {
      // As where a framework is given `files.fetch` for a handler of its own.
      if (!isFetchRequest(request))
        throw new TypeError(`files.fetch() takes Fetch's Request: ${whereRequestsAre}`)
      const target =
        path === undefined ? path : below(place.mountPath, path, splitUrl(request.url).target)
      const incoming = new FetchIncoming(request, target)
      const reply = await answer(incoming)
      const left = incoming.leave(reply !== null)
      if (reply === null) return null
      return endAfter(toResponse(reply, request.method === 'HEAD', idle), left)
    } catch (cause) {
      const message = `A request could not be answered (${describeCause(cause)}).`
      log({ level: 'error', event: 'send-failed', message, cause })
      return toResponse(internalError, false, idle)
    }
  }

  return {
    async fetch(request) {
      return (await respondTo(request)) ?? notFoundResponse(request)
    },
    async respond(request, options = {}) {
      checkOptions('respond()', options, rules)
      return respondTo(request, options.path)
    },
  }
}

/** The 404 for what is not ours, where there is nobody else to ask. */
export function notFoundResponse(request: Request): Response {
  const response = toResponse(notFound, request.method === 'HEAD', createIdleBodies())
  return endAfter(response, new FetchIncoming(request).leave(true))
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
  const { body, onEnd } = reply
  const isBodiless = isHead || reply.status === 204 || reply.status === 304
  switch (body.kind) {
    case 'empty':
      onEnd?.({ bodyBytes: 0, isWhole: true })
      return null
    case 'bytes': {
      const bytes = isBodiless ? null : body.bytes
      // Handed to the server whole; what it does with it is never heard.
      onEnd?.({ bodyBytes: bytes?.length ?? 0, isWhole: true })
      return bytes
    }
    case 'stream':
      if (!isBodiless) return body.stream
      // What a handler's stream throws here is nobody's to hear.
      void body.stream.cancel().catch(ignore)
      return null
    case 'source':
      if (!isBodiless && body.pieces.length > 0) return streamSource(body, idle, onEnd)
      onEnd?.({ bodyBytes: 0, isWhole: true })
      void body.source.close()
      return null
  }
}

function ignore(): void {}
