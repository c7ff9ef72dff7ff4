// titofisto/koa: Koa 2 and 3.

import type { NodeHandler, Titofisto } from '../index.ts'

/** What is needed of Koa's context. */
export interface KoaContext {
  readonly req: Parameters<NodeHandler>[0]
  readonly res: Parameters<NodeHandler>[1]
  readonly originalUrl: string
  /** `false`: the response is written already. */
  respond?: boolean
}

/** A middleware of Koa's. */
export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<void>

/**
 * Serves files and takes the uploads of slots: `app.use(serveFiles(files))`, before what reads bodies.
 * What is not ours goes to `next()`.
 * @example
 * import { serveFiles } from 'titofisto/koa'
 *
 * typeof serveFiles(files) //=> 'function'
 */
export function serveFiles(files: Titofisto): KoaMiddleware {
  return async (context, next) => {
    const { req, res, originalUrl } = context
    // What is mounted sees the rest of the path alone; Koa keeps the whole to itself.
    Object.assign(req, { originalUrl })
    let isOurs = true
    await files.handler(req, res, () => (isOurs = false))
    if (isOurs) context.respond = false
    else await next()
  }
}
