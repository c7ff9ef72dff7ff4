// Where our paths begin, for requests and in links: as the options say, or else as the application's
// framework tells. Where the two part, links lead nowhere, and the log says so once.

import { cutMountPath, cutMountPlaces } from '../http/target.ts'
import type { MountSite } from '../http/mount-site.ts'
import { toSafeLog, type Log } from '../log.ts'

/** What the options say. */
export interface PlaceSetting {
  /** What stands before a name in links. */
  readonly mediaUrl: string
  readonly mountPath: string
  /** Whether they say it, or it is the default. */
  readonly isGiven: boolean
  readonly log: Log
}

/** Where our paths begin; what it says may change while an application is put together. */
export interface Place extends Required<MountSite> {
  readonly mediaUrl: string
  /** The path of `mediaUrl`. */
  readonly linkPath: string
  /** Takes the beginning of a path by which a link of ours came, and that is none of ours. */
  miss(prefix: string): void
}

/** Makes the place. */
export function createPlace(setting: PlaceSetting): Place {
  const { isGiven } = setting
  const log = toSafeLog(setting.log)
  const told = new Map<object, string>()
  let { mediaUrl, mountPath } = setting
  let alsoAt: readonly string[] = []
  let isWarned = false

  function warn(message: string): void {
    if (isWarned) return
    isWarned = true
    log({ level: 'warn', event: 'wrong-prefix', message })
  }

  function settle(): void {
    const [first, ...others] = new Set(told.values())
    if (isGiven || first === undefined)
      alsoAt = [...told.values()].filter((each) => cutMountPath(each, mountPath) === null)
    else {
      mediaUrl = first
      mountPath = first
      alsoAt = others
    }
  }

  const linkPath = (): string => new URL(mediaUrl, 'http://localhost').pathname

  /** Whether links lead to a place, also where a proxy cuts the beginning of their path. */
  function isLinked(place: string): boolean {
    return (
      cutMountPlaces(place, { mountPath, alsoAt: isGiven ? [] : alsoAt }) !== null ||
      linkPath().toLowerCase().endsWith(place.toLowerCase())
    )
  }

  return {
    get mediaUrl() {
      return mediaUrl
    },
    get linkPath() {
      return linkPath()
    },
    get mountPath() {
      return mountPath
    },
    get alsoAt() {
      return alsoAt
    },
    tell(source, path, base) {
      const [own, above] = [toPrefix(path), toPrefix(base)]
      if (own === null || above === null) return mountPath
      const place = own === '' ? below(above, setting.mountPath) : `${above}${own}/`
      told.set(source, place)
      settle()
      if (isGiven && !isLinked(place))
        warn(
          `titofisto is mounted at ${place}, but its links begin with ${mediaUrl}. ${mend(place)}`,
        )
      return place
    },
    notice(prefix) {
      if (isWarned || isLinked(prefix)) return
      const place = toShown(prefix)
      warn(
        `Requests come to titofisto at ${place}, but its links begin with ${mediaUrl}. ${mend(place)}`,
      )
    },
    miss(prefix) {
      const place = toShown(prefix)
      warn(
        `A link of titofisto's came to ${place}, but it answers at ${mountPath}, and its links begin with ${mediaUrl}. ${mend(place)}`,
      )
    },
  }
}

/** As applications are mounted: without a slash at the end, `''` for the root; `null` for patterns. */
function toPrefix(path: unknown): string | null {
  if (path === undefined) return ''
  if (typeof path !== 'string') return null
  const prefix = path.replaceAll(/\/+/g, '/').replace(/\/$/, '')
  return /^(?:\/[\w.~%@=&;-]+)*$/.test(prefix) ? prefix : null
}

/** A place in an application that is below a prefix itself; some say the prefix in the option too. */
function below(prefix: string, mountPath: string): string {
  return cutMountPath(mountPath, `${prefix}/`) === null ? prefix + mountPath : mountPath
}

/** A client may have made it up. */
function toShown(prefix: string): string {
  return /^[\w./~%@=&;-]{1,100}$/.test(prefix) ? prefix : 'another path'
}

function mend(place: string): string {
  const example = place.startsWith('/') ? `, such as "${place}"` : ''
  return `Set the option mediaUrl to what browsers see${example}; where a proxy changes the path on its way, set mountPath to what reaches the server.`
}
