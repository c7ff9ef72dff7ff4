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

  /** `target`: path and query to answer, where they are not those of the URL. */
  constructor(request: Request, target?: string) {
    this.method = request.method
    this.platformRequest = request
    const url = splitUrl(request.url)
    this.origin = url.origin
    this.target = target ?? url.target
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

  /**
   * Throws away what an answer of ours has left of the body, begun or not: nobody else reads it, and
   * some servers read no other request on the connection before (React Router's; Node closed it after
   * 5 s). Gives what the answer's end is to wait for (end-after.ts); `null` where nothing is left.
   */
  leave(isOurs: boolean): Promise<void> | null {
    // Some servers make a request's body only where it is asked for: downloads must not pay for it.
    if (this.method === 'GET' || this.method === 'HEAD') return null
    const left = this.#body ?? (isOurs ? this.#unread() : null)
    return left === null || left.readableEnded ? null : drainBody(left)
  }

  /** Whether the client sends nothing more on its connection. */
  get isLast(): boolean {
    return this.header('connection')?.toLowerCase().includes('close') === true
  }

  #unread(): Readable | null {
    const { body, bodyUsed } = this.platformRequest
    return body === null || bodyUsed || body.locked ? null : Readable.fromWeb(body)
  }
}

/** Whether it is a Request, of whatever make: servers have their own. */
export function isFetchRequest(value: unknown): value is Request {
  const { headers, url } = (value ?? {}) as Partial<Request>
  return typeof headers?.get === 'function' && typeof url === 'string' && 'body' in Object(value)
}

/** Where frameworks have theirs, for those who hand over what the framework gave them. */
export const whereRequestsAre =
  'c.req.raw in Hono, event.req in h3, request in Elysia, SvelteKit, Astro, React Router and TanStack Start'

/**
 * Splits a request's URL into its origin, and path and query. Cut out of the text: URL would resolve
 * dot segments, and a guard must see what was sent.
 */
export function splitUrl(url: string): { readonly origin: string; readonly target: string } {
  const match = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)([^#]*)/i.exec(url)
  return { origin: match?.[1] ?? '', target: match?.[2] || '/' }
}

/** The target that a path below the mount point makes with the query of the one that came. */
export function below(mountPath: string, path: string, target: string): string {
  const question = target.indexOf('?')
  return mountPath + path.slice(1) + (question < 0 ? '' : target.slice(question))
}
