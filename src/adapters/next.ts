// Route handlers for Next's App Router (15, 16), in a route of its own: app/media/[...path]/route.
//
// Next hides its basePath from some URLs and not from others, and with `trailingSlash` sends clients
// from /media/README to /media/README/. What the catch-all segment matched is ours in any case.

import { notFoundResponse } from '../http/fetch/fetch-door.ts'
import { cutCaught, cutOff, pathOf, withoutLastSlash } from './request-path.ts'
import type { Titofisto } from '../titofisto-api.ts'

/** What Next gives a route handler besides the request. */
export interface RouteContext {
  /** The values of the route's dynamic segments, by their names. */
  readonly params: Promise<object>
}

/** A route handler. */
export type RouteHandler = (request: Request, context: RouteContext) => Promise<Response>

/** One for each method that files or uploads need. */
export interface RouteHandlers {
  readonly GET: RouteHandler
  readonly HEAD: RouteHandler
  readonly POST: RouteHandler
  readonly PUT: RouteHandler
  readonly PATCH: RouteHandler
  readonly DELETE: RouteHandler
  readonly OPTIONS: RouteHandler
}

/**
 * Serves files and takes uploads in a catch-all route of Next's.
 *
 * `next build` runs the modules of routes, where there may be neither secret nor folder. So what is
 * given may be a function, such as `async () => (await import('../../../files')).files`: it is
 * called when a request comes.
 *
 * @example
 * import { routeHandlers } from 'titofisto/next'
 *
 * // app/media/[...path]/route
 * const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routeHandlers(files)
 * const request = new Request(new URL(await files.url('report.pdf'), 'https://app.example'))
 * const response = await GET(request, { params: Promise.resolve({ path: ['report.pdf'] }) })
 * await response.text() //=> 'A report'
 */
export function routeHandlers(
  given: Titofisto | (() => Titofisto | Promise<Titofisto>),
): RouteHandlers {
  async function handle(request: Request, { params }: RouteContext): Promise<Response> {
    const files = typeof given === 'function' ? await given() : given
    const path = pathOf(request)
    const rest = cutOff(files.mountPath, path) ?? cutCaught(await params, path)
    const options = rest === null ? {} : { path: withoutLastSlash(rest) }
    return (await files.respond(request, options)) ?? notFoundResponse(request)
  }
  return {
    GET: handle,
    HEAD: handle,
    POST: handle,
    PUT: handle,
    PATCH: handle,
    DELETE: handle,
    OPTIONS: handle,
  }
}
