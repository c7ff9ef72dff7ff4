// A request of Node's without the response that belongs to it, as our user's own route has it.

import { NodeIncoming } from './node-incoming.ts'
import type { Incoming } from '../exchange.ts'
import type { NodeRequest, NodeResponse } from './node-types.ts'

/** Reads a request of Node's into an Incoming. Nothing is to be answered through it. */
export function readNodeRequest(req: NodeRequest): Incoming {
  // Express and its like put it there: a client that waits for `100 Continue` can then be told.
  const { res = unserved } = req as { readonly res?: NodeResponse }
  return new NodeIncoming(req, res, req.url ?? '/', false)
}

// No server drives it, so nothing is ever written to it.
const unserved = {} as NodeResponse
