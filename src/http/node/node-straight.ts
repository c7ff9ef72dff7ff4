// Whether a request came to us straight from its socket, so that one look at a file may serve all
// requests of a turn. Otherwise the file may have changed since that look: by middleware before us,
// by an earlier request on the connection, or by a program that makes requests up (light-my-request).

import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import type { NodeHandler, NodeRequest, NodeResponse } from './node-types.ts'

/** See `cameStraight` of an Incoming. Always `false` over HTTP/2, with its many requests on one socket. */
export function cameStraightTo(handler: NodeHandler, req: NodeRequest, res: NodeResponse): boolean {
  if ('stream' in res) return false
  const { socket } = req
  // A response has no socket while another one on the connection comes before it.
  if (!(socket instanceof Socket) || res.socket !== socket) return false
  // Not documented, but there since Node's first versions; where it is missing, files are looked at once more.
  const { server } = socket as { readonly server?: unknown }
  if (!(server instanceof EventEmitter) || server.listenerCount('request') !== 1) return false
  return server.listenerCount('request', handler) === 1
}
