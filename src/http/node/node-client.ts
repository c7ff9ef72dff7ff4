// Detects a disconnected client, and one that takes nothing of what it is sent. Node reports a
// disconnect by three different events and sometimes by none, and objects that stand in for a
// response may have no events at all: so we listen to all of them, and give up what makes no progress.

import { isHttp2, sessionOf } from './node-response.ts'
import { watchForStall, type StallWatch } from './stalled-clients.ts'
import type { NodeResponse } from './node-types.ts'

/** Watches one client, from when it is made until `stop()`. */
export class ClientWatch {
  isGone: boolean
  /** Whether we gave it up because it took nothing for too long. */
  isStalled = false
  /** Called once when the client disconnects; set by whoever waits for it. */
  onGone: (() => void) | null = null
  readonly #res: NodeResponse
  readonly #stall: StallWatch
  readonly #listening: (readonly [emitter: Emitter, event: string])[] = []

  constructor(res: NodeResponse) {
    this.#res = res
    this.isGone = isClientGone(res)
    this.#stall = watchForStall(sessionOf(res), () => queuedBytes(res), this.#giveUp)
    this.#listen(res, 'close')
    // If other code ends the response, our next write emits 'error', which ends the process where
    // nobody listens.
    this.#listen(res, 'error')
    // A client that resets its stream without an error code leaves it half open: `close` never comes.
    if (isHttp2(res)) this.#listen(res.stream, 'aborted')
    // While earlier requests on its connection are unanswered, an HTTP/1 response has no socket and
    // gets no event when it closes: a client that sent four requests at once and left kept four files open.
    else if (res.socket === null) {
      const socket = res.req?.socket
      // One listener for each waiting request; that is no leak.
      if (typeof socket?.setMaxListeners === 'function') socket.setMaxListeners(0)
      this.#listen(socket, 'close')
    }
  }

  /** To be called when something was written and the client is to take it. */
  waits(): void {
    this.#stall.waits()
  }

  /** To be called when it was taken. */
  took(): void {
    this.#stall.took()
  }

  /** Ends the watch and frees its listeners. */
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
    // Not every object emits an event.
    this.#leave()
  }
}

/** Whether the client has disconnected: nothing written now can reach it. */
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
