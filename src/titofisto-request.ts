// The requests that our user's own route has, of Node's servers and of those that speak Fetch.

import { isTitofistoError } from './errors.ts'
import { drainBody } from './http/drain-body.ts'
import { endAfter } from './http/fetch/end-after.ts'
import { FetchIncoming, isFetchRequest, whereRequestsAre } from './http/fetch/fetch-incoming.ts'
import { readNodeRequest } from './http/node/node-request.ts'
import type { Incoming } from './http/exchange.ts'
import type { NodeRequest } from './http/node/node-types.ts'

/** A request of Node's or Fetch's, or what a framework made of one: Fastify's request, Koa's and Hono's contexts. */
export type ReceivableRequest =
  | PlatformRequest
  | { readonly raw: PlatformRequest }
  | { readonly req: PlatformRequest | { readonly raw: PlatformRequest } }

type PlatformRequest = NodeRequest | Request

/** A request on its way through our user's own route. */
export interface RouteRequest {
  readonly incoming: Incoming
  /**
   * Throws away what a refusal has left of the body, so that a client that still writes gets its
   * answer. Waits for the body's end where the answer's would close the connection. `error` is what
   * was thrown, where something was.
   */
  leave(error?: unknown): Promise<void>
}

/**
 * Reads a request of Node's or of Fetch's, or one that a framework has wrapped.
 *
 * @throws TypeError for anything else.
 */
export function readRouteRequest(given: ReceivableRequest): RouteRequest {
  const request = unwrap(given)
  if (isFetchRequest(request)) {
    const incoming = new FetchIncoming(request)
    return { incoming, leave: (error) => leaveFetch(incoming, error) }
  }
  if (isNodeRequest(request))
    return { incoming: readNodeRequest(request), leave: () => leaveNode(request) }
  throw new TypeError(
    `receive() takes Node's request or Fetch's, or what a framework keeps one in: req in Express, request or request.raw in Fastify, ctx.req in Koa, ${whereRequestsAre}.`,
  )
}

/** Fastify's request is `raw`'s, Koa's context `req`'s, Hono's `req.raw`'s. */
function unwrap(given: unknown): unknown {
  let request = given
  for (let depth = 0; depth < 2 && !isFetchRequest(request) && !isNodeRequest(request); depth++) {
    const { raw, req } = (request ?? {}) as { readonly raw?: unknown; readonly req?: unknown }
    request = raw ?? req
  }
  return request
}

/** A request by which a client says where it came: `Host` is its own word. `null` for what is neither Node's nor Fetch's. */
export function readClaim(request: unknown): Pick<Incoming, 'origin' | 'header'> | null {
  if (isFetchRequest(request)) return new FetchIncoming(request)
  return isNodeRequest(request) ? readNodeRequest(request) : null
}

async function leaveFetch(incoming: FetchIncoming, error: unknown): Promise<void> {
  const drained = incoming.leave(true)
  if (drained === null) return
  const getResponse = isTitofistoError(error) ? error.getResponse : undefined
  if (getResponse !== undefined)
    Object.defineProperty(error, 'getResponse', { value: () => endAfter(getResponse(), drained) })
  if (incoming.isLast) await drained
}

/** A client that was told to go on has begun by then; one that was not waits for its answer. */
const goesOnWithinMs = 1000

async function leaveNode(request: NodeRequest): Promise<void> {
  const isHeld =
    request.headers.expect?.toLowerCase() === '100-continue' && !request.readableDidRead
  const drained = drainBody(request)
  // Node closes such a connection at the answer's end, and a client that is still writing loses it.
  if (!request.headers.connection?.toLowerCase().includes('close')) return
  // Whether anybody has told it to go on, the response knows, and that is not ours.
  await (isHeld ? Promise.race([drained, staysSilent(request)]) : drained)
}

/** Settles where no byte of a body comes for a while. */
function staysSilent(request: NodeRequest): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, goesOnWithinMs).unref()
    request.once('data', () => clearTimeout(timer))
  })
}

function isNodeRequest(value: unknown): value is NodeRequest {
  const { headers, on, pipe } = (value ?? {}) as Partial<NodeRequest>
  const isStream = typeof on === 'function' && typeof pipe === 'function'
  return isStream && typeof headers === 'object' && headers !== null
}
