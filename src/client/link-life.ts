// How long a link has still to live: told by its token (docs/token-format.md), else by its server.

/** What `getUrl` gives: a link, and how long it lives from now, where the caller knows. */
export type FreshUrl = string | { readonly url: string; readonly expiresIn?: number }

/**
 * The seconds that a link has left; `null` where neither its token nor its server tells. The token
 * speaks by the server's clock, so it is believed only where ours can be right.
 */
export async function readLifeSeconds(url: string, nowSeconds: number): Promise<number | null> {
  const { issuedSeconds, lifeSeconds } = readTerms(url)
  const leftSeconds = issuedSeconds + lifeSeconds - nowSeconds
  // The future of a clock that is late is no longer than a life.
  if (leftSeconds > 0) return Math.min(leftSeconds, lifeSeconds)
  try {
    const options = { method: 'HEAD', headers: { 'Cache-Control': 'no-cache' } }
    const { status, headers } = await fetch(url, options)
    // What the server lets a browser keep is what is left; a link that is over is a 404.
    const kept = /max-age=(\d+)/.exec(headers.get('Cache-Control') ?? '')
    return status === 404 ? 0 : kept && Number(kept[1])
  } catch {
    return null
  }
}

/** When a token was made, and for how long; no time at all where it does not say. */
export function readTerms(url: string): {
  readonly issuedSeconds: number
  readonly lifeSeconds: number
} {
  const [, issued = '', life] = token.exec(url) ?? []
  const issuedSeconds = Array.from(issued).reduce((sum, digit) => sum * 62 + valueOf(digit), 0)
  return { issuedSeconds, lifeSeconds: Number(life ?? 0) }
}

/** A token with the field `e`, whatever its parameter is called. */
const token = /=([\dA-Za-z]{6})(?:\.[b-d][\w-]*)*\.e(\d+)(?:\.[f-t][\w-]*)*\.[\w-]{43}(?![\w.-])/

/** Digits come before capitals, and these before small letters, as in ASCII. */
function valueOf(digit: string): number {
  const gap = digit > 'Z' ? 61 : digit > '9' ? 55 : 48
  return digit.charCodeAt(0) - gap
}
