// Whether the client of a response is still there. Node tells a response of it in three ways and
// sometimes not at all; a sender that isn't told holds its file open for ever.

import type { NodeResponse } from './node.ts'

/** A look-out for the client's leaving. */
export interface ClientWatch {
  readonly isGone: boolean
  /** Called once when the client goes. Whoever waits sets it. */
  onGone: (() => void) | null
  /** Ends the watch and frees its listeners. */
  stop(): void
}

/** Watches until `stop()`. */
export function watchClient(res: NodeResponse): ClientWatch {
  // Behind others on its connection, an HTTP/1 response has no socket yet and hears nothing of its
  // end: a client that sent four requests at once and left kept four files open.
  const socket = 'stream' in res || res.socket !== null ? null : res.req.socket
  const watch: ClientWatch & { isGone: boolean } = { isGone: isClientGone(res), onGone: null, stop }
  const stream = 'stream' in res ? res.stream : null
  res.once('close', leave)
  // A client that resets its stream without an error code leaves it half open: `close` never comes.
  stream?.once('aborted', leave)
  // As many may listen as requests are in line; that is no leak.
  socket?.setMaxListeners(0).once('close', leave)

  function leave() {
    watch.isGone = true
    stream?.destroy()
    watch.onGone?.()
  }

  function stop() {
    res.off('close', leave)
    stream?.off('aborted', leave)
    socket?.off('close', leave)
  }

  return watch
}

/** Whether nothing that is written now can reach the client. */
export function isClientGone(res: NodeResponse): boolean {
  if ('stream' in res) return res.stream.destroyed || res.stream.closed
  return res.destroyed || res.req.socket.destroyed
}

/** Breaks an answer off, so that the client can't take it for whole. */
export function breakOff(res: NodeResponse): void {
  // Over HTTP/2, destroy() ends the stream as if all was sent. 2 is INTERNAL_ERROR (RFC 9113 7).
  if ('stream' in res) res.stream.close(2)
  else res.destroy()
}
