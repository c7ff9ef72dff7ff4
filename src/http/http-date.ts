// HTTP dates (RFC 9110 5.6.7): one form written, three forms read, nothing else taken.

const imfFixdate =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
const rfc850 =
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/
const asctime = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/

/** Formats milliseconds since 1970 as an HTTP date; the fraction of the second is cut. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString()
}

/** Parses an HTTP date to milliseconds since 1970; `null` for anything else. */
export function parseHttpDate(text: string): number | null {
  if (imfFixdate.test(text) || rfc850.test(text)) return orNull(Date.parse(text))
  // asctime names no zone, but means UTC.
  if (asctime.test(text)) return orNull(Date.parse(`${text} GMT`))
  return null
}

function orNull(ms: number): number | null {
  return Number.isNaN(ms) ? null : ms
}
