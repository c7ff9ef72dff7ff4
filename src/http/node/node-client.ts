// Whether the client of a response is still there, and takes what it is sent. Node tells a response
// of the client's leaving in three ways and sometimes not at all, and an object that stands in for a
// response may tell nothing: so we listen to whatever there is, and what makes no progress is given up.

import { isHttp2, sessionOf } from './node-response.ts'
import { watchForStall } from './stalled-clients.ts'
import type { NodeResponse } from './node-types.ts'
import type { StallWatch } from './stalled-clients.ts'

/** A look-out for the client's leaving. */
export interface ClientWatch {
  readonly isGone: boolean
  /** Whether it was we who gave it up, since it took nothing any more. */
  readonly isStalled: boolean
  /** Called once when the client goes. Whoever waits sets it. */
  onGone: (() => void) | null
  /** Says that something is written, and that we wait for the client to take it. */
  waits(): void
  /** Says that it was taken. */
  took(): void
  /** Ends the watch and frees its listeners. */
  stop(): void
}

/** Watches until `stop()`. */
export function watchClient(res: NodeResponse): ClientWatch {
  return new Watch(res)
}

class Watch implements ClientWatch {
  isGone: boolean
  isStalled = false
  onGone: (() => void) | null = null
  readonly #res: NodeResponse
  readonly #stall: StallWatch
  readonly #listening: (readonly [emitter: Emitter, event: string])[] = []

  constructor(res: NodeResponse) {
    this.#res = res
    this.isGone = isClientGone(res)
    this.#stall = watchForStall(sessionOf(res), () => queuedBytes(res), this.#giveUp)
    this.#listen(res, 'close')
    // Whoever ends a response under us makes our next write an 'error', which ends the process
    // where nobody listens.
    this.#listen(res, 'error')
    // A client that resets its stream without an error code leaves it half open: `close` never comes.
    if (isHttp2(res)) this.#listen(res.stream, 'aborted')
    // Behind others on its connection, an HTTP/1 response has no socket yet and hears nothing of its
    // end: a client that sent four requests at once and left kept four files open.
    else if (res.socket === null) {
      const socket = res.req?.socket
      // As many may listen as requests are in line; that is no leak.
      if (typeof socket?.setMaxListeners === 'function') socket.setMaxListeners(0)
      this.#listen(socket, 'close')
    }
  }

  waits(): void {
    this.#stall.waits()
  }

  took(): void {
    this.#stall.took()
  }

  stop(): void {
    this.#stall.stop()
    for (const [emitter, event] of this.#listening) emitter.off(event, this.#leave)
  }

  #listen(emitter: unknown, event: string): void {
    if (!isEmitter(emitter)) return
    emitter.on(event, this.#leave)
    this.#listening.push([emitter, event])
  }

  readonly #leave = (): void => {
    if (this.isGone) return
    this.isGone = true
    if (isHttp2(this.#res)) this.#res.stream.destroy()
    this.onGone?.()
  }

  readonly #giveUp = (): void => {
    if (this.isGone) return
    this.isStalled = true
    breakOff(this.#res)
    // Not every object tells of it.
    this.#leave()
  }
}

/** Whether nothing that is written now can reach the client. */
export function isClientGone(res: NodeResponse): boolean {
  if (isHttp2(res)) return res.stream.destroyed || res.stream.closed
  // An adapter's request may have no socket, and its socket no such field.
  const { destroyed } = (res.req?.socket ?? {}) as { readonly destroyed?: unknown }
  return res.destroyed || destroyed === true
}

/** Breaks an answer off, so that the client can't take it for whole. Never throws. */
export function breakOff(res: NodeResponse): void {
  try {
    // Over HTTP/2, destroy() ends the stream as if all was sent. 2 is INTERNAL_ERROR (RFC 9113 7).
    if (isHttp2(res)) res.stream.close(2)
    else res.destroy()
  } catch {
    // An object that can't be broken off: there is nothing more to do.
  }
}

/** Breaks the connection of a response that was ended short, and has left its socket. Never throws. */
export function breakConnection(res: NodeResponse): void {
  try {
    if (!isHttp2(res)) res.req?.socket?.destroy()
  } catch {
    // As above.
  }
}

interface Emitter {
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

function isEmitter(value: unknown): value is Emitter {
  const emitter = value as Partial<Emitter> | null | undefined
  return typeof emitter?.on === 'function' && typeof emitter.off === 'function'
}

/**
 * What the system has not taken yet of what is written; tells of progress within a large piece. Under
 * TLS that is the queue of the connection below: its own stays as it is until a whole piece is gone.
 */
export function queuedBytes(res: NodeResponse): number {
  if (isHttp2(res)) return 0
  let handle = (res.socket as { readonly _handle?: Handle | null } | null)?._handle
  while (handle?._parent) handle = handle._parent
  return handle?.writeQueueSize ?? 0
}

/** Not public; each field may be missing. */
interface Handle {
  readonly writeQueueSize?: number
  readonly _parent?: Handle | null
}
