// What a client would rather have, by its Accept field (RFC 9110 12.5.1).

/** Qualities by media range, lower case; of a range that is named twice, the higher one. */
type Ranges = ReadonlyMap<string, number>

/**
 * Whether errors are to be problem details (RFC 9457) rather than plain text: JSON is wanted more,
 * or as much and by its name. Whoever takes anything, or says nothing, gets the text.
 */
export function wantsProblems(accept: string | undefined): boolean {
  if (accept === undefined) return false
  const ranges = readRanges(accept)
  const problem = 'application/problem+json'
  // Nearly all programs name the general type, and mean any JSON.
  const json = ranges.has(problem) ? problem : 'application/json'
  const quality = qualityOf(ranges, json)
  const textQuality = qualityOf(ranges, 'text/plain')
  return quality > textQuality || (quality === textQuality && quality > 0 && ranges.has(json))
}

/** Whether `application/json` is named, and not to say that it is not taken. */
export function namesJson(accept: string | undefined): boolean {
  return (readRanges(accept ?? '').get('application/json') ?? 0) > 0
}

/** Whether `text/html` is named, as browsers do for what they show as a page, and JSON is not wanted more. */
export function namesHtml(accept: string | undefined): boolean {
  if (accept === undefined || !/text\/html/i.test(accept)) return false
  return (readRanges(accept).get('text/html') ?? 0) > 0 && !wantsProblems(accept)
}

/** The most specific range counts. */
function qualityOf(ranges: Ranges, type: string): number {
  const family = type.replace(/\/.*/s, '/*')
  return ranges.get(type) ?? ranges.get(family) ?? ranges.get('*/*') ?? 0
}

/** Parameters other than the quality don't matter here; a range with a broken quality counts for nothing. */
function readRanges(accept: string): Ranges {
  const ranges = new Map<string, number>()
  // A comma or a semicolon in a quoted text separates nothing.
  const unquoted = accept.toLowerCase().replaceAll(/"(?:[^"\\]|\\.)*"?/gs, '')
  for (const member of unquoted.split(',')) {
    const [range = ''] = member.split(';', 1)
    const weight = /;[ \t]*q=([^;]*)/.exec(member)?.[1]
    const quality = weight === undefined ? 1 : parseQuality(weight.trim())
    const name = range.trim()
    if (quality !== null) ranges.set(name, Math.max(quality, ranges.get(name) ?? 0))
  }
  return ranges
}

function parseQuality(text: string): number | null {
  return /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : null
}
