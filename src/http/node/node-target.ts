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
  if (original === null || !isCutFrom(original, url)) return url
  return under(mountPath, original, url)
}

function isCutFrom(original: string, url: string): boolean {
  if (original.endsWith(url)) return true
  // `/media?x` without its mount point is `?x`, which routers mend to `/?x`.
  return /^\/(?:\?|$)/.test(url) && original.endsWith(url.slice(1))
}

function under(mountPath: string, whole: string, rest: string): string {
  const [path = ''] = whole.split('?', 1)
  if (cutMountPath(path, mountPath) !== null) return whole
  return mountPath + (toOriginForm(rest) ?? rest).replace(/^\//, '')
}
