// The shapes of the Node door, for whoever hangs it into a server.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'

/** A request as Node gives it, of HTTP/1 or HTTP/2. */
export type NodeRequest = IncomingMessage | Http2ServerRequest
/** A response as Node gives it, of HTTP/1 or HTTP/2. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/**
 * A request handler for Node's servers. What is not ours goes to `next()`, or is a 404 without one.
 * The promise settles once the reply is handed to the system or the client is gone; it never rejects,
 * and the handler never throws, whatever other people's code has made of `req` and `res`.
 */
export type NodeHandler = (
  req: NodeRequest,
  res: NodeResponse,
  next?: (error?: unknown) => void,
) => Promise<void>
