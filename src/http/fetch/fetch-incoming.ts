// A Request as an Incoming.

import { Readable } from 'node:stream'
import { TitofistoError } from '../../errors.ts'
import { drainBody } from '../drain-body.ts'
import type { Incoming } from '../exchange.ts'

/** A request of the Fetch door's. */
export class FetchIncoming implements Incoming {
  readonly method: string
  readonly target: string
  readonly origin: string
  readonly platformRequest: Request
  #body: Readable | null = null

  constructor(request: Request) {
    this.method = request.method
    this.platformRequest = request
    // Cut out of the text: URL would resolve dot segments, and a guard must see what was sent.
    const match = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)([^#]*)/i.exec(request.url)
    this.origin = match?.[1] ?? ''
    this.target = match?.[2] || '/'
  }

  header(name: string): string | undefined {
    return this.platformRequest.headers.get(name) ?? undefined
  }

  body(): Readable {
    const { body, bodyUsed } = this.platformRequest
    // Whoever has a reader on it takes its bytes; whoever made a new request of it may have left them out.
    const isLost = body === null && Number(this.header('content-length') ?? 0) > 0
    if (bodyUsed || body?.locked === true || isLost)
      throw new TitofistoError(
        'upload-already-read',
        'The body of this upload was read by other code before titofisto got the request. Hand titofisto a request whose body is unread: before formData(), parseBody() and the like, or a clone() made before.',
      )
    this.#body = body === null ? Readable.from([]) : Readable.fromWeb(body)
    return this.#body
  }

  /** Throws away what an early answer has left of a body that was begun; nobody else can read it. */
  leave(): void {
    if (this.#body !== null) void drainBody(this.#body)
  }
}
