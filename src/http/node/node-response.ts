// Tells Node's own responses, as Node made them, from those that other people's code has wrapped or
// built. Only of the first kind we use more than what every stream promises.

import { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { NodeResponse } from './node-types.ts'

/** Whether it is one of HTTP/2's compatibility API. */
export function isHttp2(res: NodeResponse): res is Http2ServerResponse {
  return 'stream' in res && typeof res.stream?.respond === 'function'
}

/**
 * Whether nobody has wrapped what our fast ways rely on, and a server of Node's drives it.
 *
 * Express and its like put a prototype of theirs between, which overrides none of these.
 */
export function isUntouched(res: NodeResponse): boolean {
  if (!isServed(res)) return false
  const own = isHttp2(res) ? http2Methods() : http1Methods
  return (
    res.writeHead === own.writeHead &&
    res.write === own.write &&
    res.end === own.end &&
    res.setHeader === own.setHeader &&
    (res as Innards)._send === own._send &&
    (res as Innards)._implicitHeader === own._implicitHeader
  )
}

/** Whether a server of Node's made it, so that what is written goes to a connection in its turn. */
export function isServed(res: NodeResponse): boolean {
  if (isHttp2(res)) return true
  // The server puts a function of its own here; elsewhere it is one that does nothing.
  const { _onPendingData: onPendingData } = res as Innards
  return onPendingData !== undefined && onPendingData !== unserved
}

/** Whether it waits behind others on its connection (HTTP/1 pipelining): Node gives it no socket yet. */
export function isInLine(res: NodeResponse): boolean {
  return !isHttp2(res) && res.socket === null && isServed(res) && !res.writableEnded
}

/** The HTTP/2 session that it shares with others; `null` where it shares none. */
export function sessionOf(res: NodeResponse): object | null {
  return isHttp2(res) ? (res.stream.session ?? null) : null
}

/** Whether somebody has begun to answer already. */
export function isAnswered(res: NodeResponse): boolean {
  return res.headersSent || res.writableEnded
}

/** Fields of Node's that are not public; each may be missing. */
interface Innards {
  readonly _onPendingData?: unknown
  readonly _send?: unknown
  readonly _implicitHeader?: unknown
}

interface Methods extends Innards {
  readonly writeHead: unknown
  readonly write: unknown
  readonly end: unknown
  readonly setHeader: unknown
}

function methodsOf(prototype: Methods): Methods {
  const { writeHead, write, end, setHeader, _send, _implicitHeader } = prototype
  return { writeHead, write, end, setHeader, _send, _implicitHeader }
}

const http1Methods = methodsOf(ServerResponse.prototype)

let knownHttp2Methods: Methods | null = null

/** Asked for only when such a response is there, and with it the module. */
function http2Methods(): Methods {
  knownHttp2Methods ??= methodsOf(
    process.getBuiltinModule('node:http2').Http2ServerResponse.prototype,
  )
  return knownHttp2Methods
}

const unserved = (
  new ServerResponse({ method: 'GET' } as ConstructorParameters<
    typeof ServerResponse
  >[0]) as Innards
)._onPendingData
