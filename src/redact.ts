// Links in logs are working links to whoever reads the log (threat 15, the original's `token-in-logs`).

// Bounded by what a token can hold, five fields: without bounds, a URL of 16 KiB made of dots took
// a second of the loop's time.
const nativeToken =
  /[0-9A-Za-z]{1,9}(?:\.[bdeit][A-Za-z0-9_-]{0,4096}){0,5}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g
const djangoToken = /[0-9A-Za-z]{1,9}(?::|%3A)[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/gi

/** Replaces every token in a text, such as a URL in an access log, by `[token]`. */
export function redact(text: string): string {
  return text.replace(nativeToken, '[token]').replace(djangoToken, '[token]')
}
