/** A URL of ours with the server's origin before it, where it is a path: `/media/a?…`. */
export function toAbsoluteUrl(url: string, origin: string): string {
  return url.startsWith('/') ? origin + url : url
}
