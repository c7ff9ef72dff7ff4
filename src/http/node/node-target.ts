// Which target a request means, behind routers that cut their mount point from `url` and behind
// middleware that rewrites it. `url` is what the application routes by, so `url` counts; what was
// cut from it comes back from `baseUrl` or `originalUrl`, but what was rewritten does not.

import { cutMountPath, toOriginForm } from '../target.ts'

/** What routers write to a request that they hand to what is mounted in them. */
interface MountedRequest {
  readonly url?: unknown
  readonly baseUrl?: unknown
  readonly originalUrl?: unknown
}

/**
 * The target to answer. Mounted elsewhere than at `mountPath`, the rest of the path is what counts.
 *
 * Express, Restify and their like say in `baseUrl` what they cut; Connect, Polka, Koa's mount and
 * Fastify's middie say nothing, so a `url` that `originalUrl` ends with was cut, and any other one
 * was rewritten.
 */
export function targetOf(req: object, mountPath: string): string {
  const { url: given, baseUrl, originalUrl } = req as MountedRequest
  const url = typeof given === 'string' && given !== '' ? given : '/'
  if (typeof baseUrl === 'string')
    return baseUrl === '' ? url : under(mountPath, baseUrl + (toOriginForm(url) ?? url), url)
  if (typeof originalUrl !== 'string' || originalUrl === url) return url
  const original = toOriginForm(originalUrl)
  if (original === null || !isCutFrom(original, url, mountPath)) return url
  return under(mountPath, original, url)
}

/**
 * A router cuts the path's beginning and nothing else. The query must be the same by itself: else a
 * client could end its own with the path that a middleware puts there.
 */
function isCutFrom(original: string, url: string, mountPath: string): boolean {
  const [path, query] = cutAtQuery(original)
  const [restPath, restQuery] = cutAtQuery(url)
  if (query !== restQuery) return false
  // Of `/media` itself nothing is left, and routers make `/` of that; any other `/` was rewritten.
  return path.endsWith(restPath) || (restPath === '/' && cutMountPath(`${path}/`, mountPath) === '')
}

/** Path, and query with its `?`. */
function cutAtQuery(target: string): readonly [path: string, query: string] {
  const question = target.indexOf('?')
  return question < 0 ? [target, ''] : [target.slice(0, question), target.slice(question)]
}

function under(mountPath: string, whole: string, rest: string): string {
  const [path] = cutAtQuery(whole)
  if (cutMountPath(path, mountPath) !== null) return whole
  return mountPath + (toOriginForm(rest) ?? rest).replace(/^\//, '')
}
