// Where the files are for clients: what such a URL may be, and how it is written.

import { finishEncoding } from '../http/percent.ts'

/** Whether it is a path from `/` to `/`, or an absolute URL that ends with `/`. */
export function isMediaUrl(mediaUrl: unknown): boolean {
  if (typeof mediaUrl !== 'string' || !mediaUrl.endsWith('/') || !mediaUrl.isWellFormed())
    return false
  if (/[?#\s\\]/.test(mediaUrl)) return false
  return isPath(mediaUrl) || (/^https?:\/\/[^/]+\//i.test(mediaUrl) && URL.canParse(mediaUrl))
}

function isPath(mediaUrl: string): boolean {
  return /^\/(?!\/)/.test(mediaUrl)
}

/** As it stands in requests: not every program that gets a link encodes it. */
export function toRequestUrl(mediaUrl: string): string {
  if (/^[\x21-\x7e]*$/.test(mediaUrl)) return mediaUrl
  return isPath(mediaUrl) ? toVisibleAscii(mediaUrl) : new URL(mediaUrl).href
}

/** Encodes what may not stand in every text, in the path of a URL. */
export function finishPath(mediaUrl: string): string {
  const [authority = ''] = /^https?:\/\/[^/]+/i.exec(mediaUrl) ?? []
  return authority + finishEncoding(mediaUrl.slice(authority.length))
}

/** Percent-encodes all but visible ASCII; what is encoded stays as it is. */
export function toVisibleAscii(path: string): string {
  return path.replaceAll(/[^\x21-\x7e]+/g, encodeURIComponent)
}
