// Percent-encoding (RFC 3986 2.1) for what we print.

/**
 * Encodes all but `A-Z a-z 0-9 - . _ ~`, and lone surrogates as U+FFFD. encodeURIComponent leaves
 * `!'()*` alone too, which end a URL in CSS, in Markdown or between single quotes, and are no
 * attr-chars (RFC 8187 3.2.1).
 */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

// Characters that stand for themselves in a path; most names have no others.
const plainName = /^[A-Za-z0-9/_.~-]*$/

/** Encodes a name for a path (RFC 3986 3.3), leaving its slashes. */
export function formatPath(name: string): string {
  return plainName.test(name) ? name : encodeStrictly(name).replaceAll('%2F', '/')
}

/** Encodes what can't stand in every text in a path or URL that is encoded already; `%` stays as it is. */
export function finishEncoding(url: string): string {
  return url.replaceAll(/[^A-Za-z0-9/_.~%:@&=+$,;[\]-]+/g, encodeStrictly)
}
