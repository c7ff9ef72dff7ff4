// Which part of a request's path is ours, behind routers that know their mount point and don't say it
// in the URL. Nothing here decodes: what is decided on is what will be answered.

import { splitUrl } from '../http/fetch/fetch-incoming.ts'
import { cutMountPath, decodePath, splitTarget } from '../http/target.ts'

/** The path of a request's URL as it stands there; never without its first `/`. */
export function pathOf(request: Request): string {
  return splitTarget(splitUrl(request.url).target)?.path ?? '/'
}

/** What follows the mount path, with a `/` before it; `null` for what is not below it. */
export function cutOff(mountPath: string, path: string): string | null {
  const rest = cutMountPath(path, mountPath)
  return rest === null ? null : `/${rest}`
}

/**
 * What `*` stands for in a path that one of Hono's patterns led here; `null` where the pattern has none, takes all
 * paths, or has what may stand for several segments or none.
 */
export function cutPattern(pattern: string, path: string): string | null {
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

/**
 * The end of a path that a catch-all segment of Next's has matched, as it stands in the URL: Next gives its
 * segments decoded, so they are only counted. `null` where there is no such segment.
 */
export function cutCaught(params: object, path: string): string | null {
  const caught = Object.values(params).find((value): value is unknown[] => Array.isArray(value))
  if (caught === undefined) return null
  const segments = withoutLastSlash(path).split('/')
  return segments.length > caught.length ? `/${segments.slice(-caught.length).join('/')}` : null
}

/** No file's name ends with a slash, so it is Next's. */
export function withoutLastSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}
