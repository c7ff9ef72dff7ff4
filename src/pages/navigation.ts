// Whether a request is one of a person in front of a browser. Everything else is a program, and gets
// the answers that programs have always got.

import { namesHtml } from '../http/accept.ts'
import type { Incoming } from '../http/exchange.ts'

const shownIn: ReadonlySet<string> = new Set(['document', 'iframe', 'frame'])

/**
 * Whether a browser asks for something to show as a page, and not as an image, or for a script. By
 * Fetch Metadata where the browser sends it (to https and localhost alone), else by `Accept`.
 */
export function isNavigation(incoming: Incoming): boolean {
  if (!namesHtml(incoming.header('accept'))) return false
  const mode = incoming.header('sec-fetch-mode') ?? 'navigate'
  const destination = incoming.header('sec-fetch-dest') ?? 'document'
  return mode === 'navigate' && shownIn.has(destination)
}

/**
 * Whether a browser sends a form, to show what it is answered with. More is asked of it than of a
 * `GET`: Java's URLConnection calls itself a reader of HTML, and wants what the handler returned.
 */
export function isFormNavigation(incoming: Incoming): boolean {
  const isBrowsers =
    incoming.header('sec-fetch-mode') !== undefined ||
    incoming.header('upgrade-insecure-requests') === '1'
  return isBrowsers && isNavigation(incoming)
}

/** What a page's answer depends on, for `Vary`. */
export const pageVary = 'Accept, Accept-Language, Sec-Fetch-Dest, Sec-Fetch-Mode'
