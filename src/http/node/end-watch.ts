// How a reply ended, for whoever asked to be told. All of it is handed on once the response says
// `finish`; a client that is gone before is told of by ClientWatch, since a response may say nothing.

import { ClientWatch } from './node-client.ts'
import { isServed } from './node-response.ts'
import type { Reply, ReplyEnd } from '../exchange.ts'
import type { NodeResponse } from './node-types.ts'

/** Watches the end of one reply, and tells it once. */
export class EndWatch {
  /** Counts what was handed on, for a body that is sent piece by piece. */
  sending: { readonly sentBytes: number } = { sentBytes: 0 }
  #tell: ((end: ReplyEnd) => void) | null

  constructor(tell: (end: ReplyEnd) => void) {
    this.#tell = tell
  }

  /** To be called before the response is ended, when the last of its body is about to be written. */
  endsWith(res: NodeResponse, bodyBytes: number): void {
    // Where no server drives it there is no client to leave, and maybe no event to come.
    if (!isServed(res)) {
      this.#end({ bodyBytes, isWhole: true })
      return
    }
    const client = new ClientWatch(res)
    const end = (ended: ReplyEnd): void => {
      client.stop()
      this.#end(ended)
    }
    client.onGone = () => end({ bodyBytes: this.sending.sentBytes, isWhole: false })
    res.once('finish', () => end({ bodyBytes, isWhole: true }))
    if (client.isGone) client.onGone()
  }

  /** It ended before all was written. */
  brokeOff(): void {
    this.#end({ bodyBytes: this.sending.sentBytes, isWhole: false })
  }

  #end(end: ReplyEnd): void {
    const tell = this.#tell
    this.#tell = null
    tell?.(end)
  }
}

/** The watch that a reply asks for; `null` where nobody wants to know. */
export function watchEnd({ onEnd }: Reply): EndWatch | null {
  return onEnd === undefined ? null : new EndWatch(onEnd)
}
