// Hono's handler and middleware, and what its `mount` takes: one function for all three.
//
// Hono says in `routePath` below which pattern we stand, and cuts nothing off the URL, but for
// `mount`, which cuts its mount point off and does not say it.

import { IncomingMessage, ServerResponse } from 'node:http'
import { notFoundResponse } from '../http/fetch/fetch-door.ts'
import { below, splitUrl } from '../http/fetch/fetch-incoming.ts'
import { throughNodeOf } from '../http/node/through-node.ts'
import { aBoolean, checkOptions, type OptionRules } from '../options.ts'
import { cutOff, cutPattern, pathOf } from './request-path.ts'
import type { Titofisto } from '../titofisto-api.ts'

/** What is read of Hono's `Context`. */
export interface HonoContext {
  readonly req: {
    readonly raw: Request
    /** The pattern that led here, such as `/files/*`. */
    readonly routePath?: string
    /** How many handlers have run before. */
    readonly routeIndex?: number
  }
  readonly env?: unknown
}

/** How files are served in Hono. */
export interface HonoOptions {
  /**
   * Whether downloads are written straight to Node's response, where the server is
   * `@hono/node-server` over HTTP/1 and no middleware runs before: half the CPU for small files, a
   * third and less for large ones. Not for applications with code around `app.fetch` that changes
   * answers: it sees only that the answer is sent (`x-hono-already-sent`). Default false.
   */
  readonly direct?: boolean
}

const rules: OptionRules<HonoOptions> = { direct: aBoolean }

/** For `app.use`, `app.all` and `app.mount`; and for `app.route`, in a `Hono` of its own. */
export interface HonoHandler {
  /** As `app.mount` calls it: the mount point is cut off the request's URL. */
  (request: Request, env?: unknown, executionContext?: unknown): Promise<Response>
  /** As a handler or middleware: what is not ours goes on to `next`. */
  (context: HonoContext, next: () => Promise<void>): Promise<Response | undefined>
}

/**
 * Serves files and takes uploads in a Hono application (4.x), wherever it is mounted.
 *
 * @example
 * import { Hono } from 'hono'
 * import { serveFiles } from 'titofisto/hono'
 *
 * const app = new Hono()
 * app.use('/media/*', serveFiles(files))
 * // or app.route('/media', new Hono().use(serveFiles(files)))
 * // or app.mount('/media', serveFiles(files))
 * const response = await app.request(await files.url('report.pdf'))
 * await response.text() //=> 'A report'
 */
export function serveFiles(files: Titofisto, options: HonoOptions = {}): HonoHandler {
  checkOptions('serveFiles()', options, rules)
  const { direct = false } = options

  async function answerRoute(
    context: HonoContext,
    next: () => Promise<void>,
  ): Promise<Response | undefined> {
    const { raw, routePath = '' } = context.req
    const path = pathOf(raw)
    const rest = cutOff(files.mountPath, path) ?? cutPattern(routePath, path)
    const answer = direct ? await answerDirectly(files, context, rest) : 'not tried'
    const response =
      answer === 'not tried'
        ? await files.respond(raw, rest === null ? {} : { path: rest })
        : answer
    if (response === null) await next()
    return response ?? undefined
  }

  // The compiler can't see that the one argument goes with the other.
  return ((given: HonoContext | Request, more: unknown) =>
    'req' in given
      ? answerRoute(given, more as () => Promise<void>)
      : answerMounted(files, given, more)) as HonoHandler
}

/**
 * Writes a download to Node's response, and gives what tells `@hono/node-server` so, or `null` where
 * it is not ours. Not tried where others wait for the Response, or the URL is no more what Node has
 * read. HEAD is not for this: Hono makes a Response of its own of the marked one.
 */
async function answerDirectly(
  files: Titofisto,
  { req, env }: HonoContext,
  rest: string | null,
): Promise<Response | null | 'not tried'> {
  const { incoming, outgoing } = (env ?? {}) as { incoming?: unknown; outgoing?: unknown }
  if (!(incoming instanceof IncomingMessage) || !(outgoing instanceof ServerResponse))
    return 'not tried'
  const { target } = splitUrl(req.raw.url)
  if (incoming.method !== 'GET' || incoming.url !== target || req.routeIndex !== 0)
    return 'not tried'
  const answer = outgoing.headersSent ? undefined : throughNodeOf(files)
  if (answer === undefined) return 'not tried'
  const place = rest === null ? target : below(files.mountPath, rest, target)
  const exchange = { request: req.raw, target: place, incoming, outgoing }
  return (await answer(exchange)) ? markSent() : null
}

function markSent(): Response {
  const response = new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
  // The server's own Response is written out as it is, unless somebody has looked into it.
  void response.body
  return response
}

/** All that comes through `mount` is below our place, whatever that was called. */
async function answerMounted(files: Titofisto, request: Request, env: unknown): Promise<Response> {
  const path = pathOf(request)
  const options = isWhole(path, env) ? {} : { path }
  return (await files.respond(request, options)) ?? notFoundResponse(request)
}

/** Whether `mount` cut nothing off, as at `/`; on Node the server's own request tells. */
function isWhole(path: string, env: unknown): boolean {
  const { incoming } = (env ?? {}) as { readonly incoming?: { readonly url?: unknown } }
  const { url } = incoming ?? {}
  return typeof url === 'string' && (url === path || url.startsWith(`${path}?`))
}
