// Whether a request came to us straight from its socket. A middleware before us may have changed a
// file for this very request, and so may the request before it on its connection; and a request that
// a program made up (as light-my-request does) was never on its way at all.

import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import type { NodeHandler, NodeRequest, NodeResponse } from './node-types.ts'

/** See `cameStraight` of an Incoming. HTTP/2 has many requests on one socket: none is said to. */
export function cameStraightTo(handler: NodeHandler, req: NodeRequest, res: NodeResponse): boolean {
  if ('stream' in res) return false
  const { socket } = req
  // A response has no socket while another one on the connection comes before it.
  if (!(socket instanceof Socket) || res.socket !== socket) return false
  // Not documented, but there since the first versions; where it is missing, we only look once more.
  const { server } = socket as { readonly server?: unknown }
  if (!(server instanceof EventEmitter) || server.listenerCount('request') !== 1) return false
  return server.listeners('request')[0] === handler
}
