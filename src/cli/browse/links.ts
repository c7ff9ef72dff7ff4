// Links that the owner's page makes: whole URLs, which others can open where that can be.

import type { UrlOptions } from '../../media/link.ts'
import { maxLifetimeSeconds } from '../../token/policy.ts'
import { toAbsoluteUrl } from '../absolute-url.ts'
import { formatDuration } from '../duration.ts'
import { isLoopback } from './own-requests.ts'
import { OwnerRefusal } from './owner-refusal.ts'
import { toQr } from './page/qr.ts'
import type { Desk, Visit } from './desk.ts'
import type { ToldLink, ToldPage } from './page/told.ts'

/** Lives that are offered, in seconds. */
const lives = [600, 3600, 28_800, 86_400, 604_800, 2_592_000] as const

/** What is offered, with the server's own life among it. */
export function toldLives({ timeoutSeconds }: Desk): Pick<ToldPage, 'lives' | 'lifeSeconds'> {
  const lifeSeconds = Math.min(timeoutSeconds, maxLifetimeSeconds)
  const all = [...new Set([...lives, lifeSeconds])].sort((one, other) => one - other)
  return {
    lifeSeconds,
    lives: all.map((seconds) => ({ seconds, text: sayLife(seconds) })),
  }
}

function sayLife(seconds: number): string {
  return seconds >= maxLifetimeSeconds
    ? 'as long as the file stays as it is'
    : formatDuration(seconds)
}

/** The origin that others reach us by: the network's, where the page itself is only seen from here. */
function sharedOrigin(desk: Desk, { origin }: Visit): string {
  return isLoopback(origin) ? (desk.lanOrigins()[0] ?? origin) : origin
}

/** A URL of ours for others. */
export function toSharedUrl(desk: Desk, visit: Visit, url: string): string {
  return toAbsoluteUrl(url, sharedOrigin(desk, visit))
}

/** How a file's link is wanted. */
export interface LinkTerms {
  readonly name: string
  readonly lifeSeconds: number
  /** Whether browsers save the file and don't show it. */
  readonly isDownload: boolean
}

/**
 * Makes a link to give away.
 *
 * @throws OwnerRefusal for what is no life. @throws TitofistoError `file-missing`, `storage-failed`
 */
export async function makeLink(desk: Desk, visit: Visit, terms: LinkTerms): Promise<ToldLink> {
  const { lifeSeconds } = terms
  if (!Number.isInteger(lifeSeconds) || lifeSeconds < 1 || lifeSeconds > maxLifetimeSeconds)
    throw new OwnerRefusal(400, 'This is no life of a link.')
  const url = toSharedUrl(desk, visit, await makeUrl(desk, terms))
  const isPublic = !url.includes('?')
  return {
    url,
    expiresAt:
      isPublic || lifeSeconds >= maxLifetimeSeconds
        ? null
        : new Date(desk.now() + lifeSeconds * 1000).toISOString(),
    note: isLoopback(new URL(url).origin)
      ? 'Only this machine can open it. For others, start the server with --host 0.0.0.0.'
      : '',
    qr: toQr(url),
  }
}

/** A link by which the owner sees a file now: as a browser shows it, or to be saved. */
export async function makeUrl(
  { files, isShown }: Desk,
  { name, lifeSeconds, isDownload }: LinkTerms,
): Promise<string> {
  if (!isShown(name)) throw new OwnerRefusal(404, 'There is no such file.')
  const options: UrlOptions = { expiresIn: lifeSeconds, tokenFormat: 'native' }
  const url = await files.url(name, options)
  // What is public has no token that could say so.
  return isDownload && url.includes('?') ? files.url(name, { ...options, download: true }) : url
}
