// The request target (RFC 9112 3.2), read once. One owner of the path: what is decoded here is
// what gets signed, checked and opened.

/** A target, split but not yet decoded. */
export interface Target {
  /** From the first `/` on, still percent-encoded. */
  readonly path: string
  /** What follows the `?`; `''` without one. */
  readonly query: string
}

/** Splits a target; `null` for what has no path, such as the `*` of `OPTIONS`. */
export function splitTarget(target: string): Target | null {
  const origin = toOriginForm(target)
  if (origin === null) return null
  const question = origin.indexOf('?')
  if (question < 0) return { path: origin, query: '' }
  return { path: origin.slice(0, question), query: origin.slice(question + 1) }
}

/**
 * Turns absolute-form, which a server must take (RFC 9112 3.2.2), into origin-form; `null` for what
 * is neither.
 */
export function toOriginForm(target: string): string | null {
  if (target.charCodeAt(0) === 47) return target
  const match = /^https?:\/\/[^/?#]+/i.exec(target)
  if (match === null) return null
  const rest = target.slice(match[0].length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/**
 * What follows the mount path, which begins and ends with a slash, still encoded; `null` for a path
 * that is not below it. Any spelling of it is the same (RFC 3986 6.2.2): `%7E` is `~`, `%c3` is
 * `%C3`. Each segment is decoded by itself and once, so that no `%2F` becomes a slash here.
 */
export function cutMountPath(path: string, mountPath: string): string | null {
  if (path.startsWith(mountPath)) return path.slice(mountPath.length)
  if (!path.includes('%') && !mountPath.includes('%')) return null
  let start = 0
  for (const segment of mountPath.split('/').slice(0, -1)) {
    const end = path.indexOf('/', start)
    if (end < 0 || !isSameSegment(path.slice(start, end), segment)) return null
    start = end + 1
  }
  return path.slice(start)
}

/** Where we answer below a server's root. */
export interface MountPlaces {
  /** From `/` to `/`. */
  readonly mountPath: string
  /** Further ones of the same form. */
  readonly alsoAt?: readonly string[]
}

/** What follows the mount path, or a further one; `null` for a path that is below none. */
export function cutMountPlaces(path: string, places: MountPlaces): string | null {
  let rest = cutMountPath(path, places.mountPath)
  for (const place of places.alsoAt ?? []) rest ??= cutMountPath(path, place)
  return rest
}

function isSameSegment(a: string, b: string): boolean {
  if (a === b) return true
  const decoded = decodePath(a)
  return decoded !== null && decoded === decodePath(b)
}

// Visible ASCII that needs no decoding: all that most paths have.
const plainPath = /^[\x21-\x24\x26-\x7e]*$/
const visiblePath = /^[\x21-\x7e]*$/
const brokenEscape = /%(?![0-9A-Fa-f]{2})/

/** Decodes a path's percent-encoding once, strictly as UTF-8; `null` where it does not parse. */
export function decodePath(path: string): string | null {
  if (plainPath.test(path)) return path
  // Raw bytes outside ASCII and stray `%` are no URI (RFC 3986 2): guard and file system would
  // read them differently.
  if (!visiblePath.test(path) || brokenEscape.test(path)) return null
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}

/** A query parameter: its value, `null` where it is not there, `'repeated'` where it is more than once. */
export type QueryParameter = { readonly value: string } | 'repeated' | null

/**
 * Finds a parameter in a query. Other parameters may surround it, such as a tracker's; twice the
 * same one is nobody's honest link. `name` is ASCII.
 */
export function findQueryParameter(query: string, name: string): QueryParameter {
  const found = findRawParameter(query, name)
  return found === null || found === 'repeated' ? found : { value: decodeQueryText(found.value) }
}

/**
 * The same, its value as it stands there. Of other parameters no more is looked at than tells them
 * from this one, and nothing is decoded: 15 KB of broken escapes cost 50 ms.
 */
export function findRawParameter(query: string, name: string): QueryParameter {
  let found: QueryParameter = null
  for (let start = 0; start < query.length;) {
    const next = query.indexOf('&', start)
    const end = next < 0 ? query.length : next
    const nameEnd = endOfName(query, start, name)
    const isOurs = nameEnd === end || (nameEnd !== null && query.charCodeAt(nameEnd) === equalsSign)
    if (isOurs) {
      if (found !== null) return 'repeated'
      found = { value: query.slice(nameEnd + 1, end) }
    }
    start = end + 1
  }
  return found
}

/** Where a name ends that begins at `start`, spelled with or without escapes; `null` for another. */
function endOfName(query: string, start: number, name: string): number | null {
  let position = start
  for (let index = 0; index < name.length; index++) {
    let code = query.charCodeAt(position)
    if (code === percentSign) {
      code = hexDigit(query, position + 1) * 16 + hexDigit(query, position + 2)
      position += 2
    }
    if (code !== name.charCodeAt(index)) return null
    position++
  }
  return position
}

/** `NaN` for what is none. */
function hexDigit(text: string, position: number): number {
  const code = text.charCodeAt(position)
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 0x20
  return lower >= 97 && lower <= 102 ? lower - 87 : NaN
}

const percentSign = 37
const equalsSign = 61

function decodeQueryText(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
