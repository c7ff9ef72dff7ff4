// Hono's handler and middleware, and what its `mount` takes: one function for all three.
//
// Hono says in `routePath` below which pattern we stand, and cuts nothing off the URL, but for
// `mount`, which cuts its mount point off and does not say it.

import { decodePath } from '../http/target.ts'
import { cutOff, pathOf } from './request-path.ts'
import type { Titofisto } from '../titofisto-api.ts'

/** What is read of Hono's `Context`. */
export interface HonoContext {
  readonly req: {
    readonly raw: Request
    /** The pattern that led here, such as `/files/*`. */
    readonly routePath?: string
  }
}

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
export function serveFiles(files: Titofisto): HonoHandler {
  // The compiler can't see that the one argument goes with the other.
  return ((given: HonoContext | Request, more: unknown) =>
    'req' in given
      ? answerRoute(files, given, more as () => Promise<void>)
      : answerMounted(files, given, more)) as HonoHandler
}

async function answerRoute(
  files: Titofisto,
  { req }: HonoContext,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  const path = pathOf(req.raw)
  const rest = cutOff(files.mountPath, path) ?? cutPattern(req.routePath ?? '', path)
  const response = await files.respond(req.raw, rest === null ? {} : { path: rest })
  if (response === null) await next()
  return response ?? undefined
}

/** All that comes through `mount` is below our place, whatever that was called. */
async function answerMounted(files: Titofisto, request: Request, env: unknown): Promise<Response> {
  const path = pathOf(request)
  const options = isWhole(path, env) ? {} : { path }
  return (await files.respond(request, options)) ?? files.fetch(request)
}

/** Whether `mount` cut nothing off, as at `/`; on Node the server's own request tells. */
function isWhole(path: string, env: unknown): boolean {
  const { incoming } = (env ?? {}) as { readonly incoming?: { readonly url?: unknown } }
  const { url } = incoming ?? {}
  return typeof url === 'string' && (url === path || url.startsWith(`${path}?`))
}

/**
 * What `*` stands for in a path that a pattern led here; `null` where the pattern has none, takes all
 * paths, or has what may stand for several segments or none.
 */
function cutPattern(pattern: string, path: string): string | null {
  if (!pattern.endsWith('/*') || pattern.includes('{') || pattern.includes('?')) return null
  const wanted = pattern.slice(1, -2).split('/')
  const segments = path.slice(1).split('/')
  if (wanted.join('') === '' || segments.length <= wanted.length) return null
  const isThere = wanted.every(
    (name, index) =>
      name.startsWith(':') || name === '*' || name === decodePath(segments[index] ?? ''),
  )
  return isThere ? `/${segments.slice(wanted.length).join('/')}` : null
}
