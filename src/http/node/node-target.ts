// Which target a request means, behind routers that cut their mount point from `url` and behind
// middleware that rewrites it. `url` is what the application routes by, so `url` counts; what was
// cut from it comes back from `baseUrl` or `originalUrl`, but what was rewritten does not.

import { cutMountPath, cutMountPlaces, toOriginForm } from '../target.ts'
import type { MountSite } from '../mount-site.ts'

/** What routers write to a request that they hand to what is mounted in them. */
interface MountedRequest {
  readonly url?: unknown
  readonly baseUrl?: unknown
  readonly originalUrl?: unknown
}

/**
 * The target to answer. Mounted elsewhere than the site knows, the rest of the path is what counts.
 *
 * Express, Restify and their like say in `baseUrl` what they cut; Connect, Polka, Koa's mount and
 * Fastify's middie say nothing, so a `url` that `originalUrl` ends with was cut, and any other one
 * was rewritten.
 */
export function targetOf(req: object, site: MountSite): string {
  const { url: given, baseUrl, originalUrl } = req as MountedRequest
  const url = typeof given === 'string' && given !== '' ? given : '/'
  if (baseUrl === '') return url
  if (typeof baseUrl === 'string') return under(site, baseUrl, toOriginForm(url) ?? url)
  if (typeof originalUrl !== 'string' || originalUrl === url) return url
  const original = toOriginForm(originalUrl)
  const rest = toOriginForm(url)
  if (original === null || rest === null) return url
  const prefix = cutFrom(original, rest, site)
  return prefix === null ? url : under(site, prefix, rest)
}

/**
 * What was cut to make `rest` of the original; `null` where that is not what happened. A router cuts
 * the path's beginning and nothing else. The query must be the same by itself: else a client could
 * end its own with the path that a middleware puts there.
 */
function cutFrom(original: string, rest: string, site: MountSite): string | null {
  const [path, query] = cutAtQuery(original)
  const [restPath, restQuery] = cutAtQuery(rest)
  if (query !== restQuery) return null
  if (path.endsWith(restPath)) return path.slice(0, path.length - restPath.length)
  // Of `/media` itself nothing is left, and routers make `/` of that; any other `/` was rewritten.
  return restPath === '/' && cutMountPlaces(`${path}/`, site) === '' ? path : null
}

/** Path, and query with its `?`. */
function cutAtQuery(target: string): readonly [path: string, query: string] {
  const question = target.indexOf('?')
  return question < 0 ? [target, ''] : [target.slice(0, question), target.slice(question)]
}

function under(site: MountSite, prefix: string, rest: string): string {
  const whole = prefix + rest
  if (isBelow(whole, site)) return whole
  // The handler hangs in the root of an application that is itself mounted.
  if (isBelow(rest, site)) return rest
  const isAbove = (place: string): boolean => cutMountPath(place, `${prefix}/`) !== null
  if (isAbove(site.mountPath) || site.alsoAt?.some(isAbove) === true) return whole
  site.notice?.(`${prefix}/`)
  return site.mountPath + rest.replace(/^\//, '')
}

function isBelow(target: string, site: MountSite): boolean {
  const [path] = cutAtQuery(target)
  return cutMountPlaces(path, site) !== null
}
