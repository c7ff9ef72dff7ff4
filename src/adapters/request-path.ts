// Which part of a request's path is ours, behind routers that know their mount point and don't say it
// in the URL. Nothing here decodes: what is decided on is what will be answered.

import { splitUrl } from '../http/fetch/fetch-incoming.ts'
import { cutMountPath, splitTarget } from '../http/target.ts'

/** The path of a request's URL as it stands there; never without its first `/`. */
export function pathOf(request: Request): string {
  return splitTarget(splitUrl(request.url).target)?.path ?? '/'
}

/** What follows the mount path, with a `/` before it; `null` for what is not below it. */
export function cutOff(mountPath: string, path: string): string | null {
  const rest = cutMountPath(path, mountPath)
  return rest === null ? null : `/${rest}`
}
