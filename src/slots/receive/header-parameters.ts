// Reads the parameters of a header field: `; name=value; name="quoted"` (RFC 9110 5.6.6), with the
// slips that real clients make, but never in a way that two readers could understand differently.

// One parameter with the semicolon before it; a lone semicolon is a common slip. An unquoted value may
// hold blanks and more than a token may, since clients forget the quotes. No alternative can begin
// where another has matched, so that time grows with the length alone.
const parameterPattern =
  /;[ \t]*(?:([!#$%&'*+.^_`|~A-Za-z0-9-]+)[ \t]*=[ \t]*(?:"((?:[^"\\\r\n]|\\[^\r\n])*)"[ \t]*|([^;"\r\n]*)))?(?=;|$)/y

/**
 * The parameters from `position` to the end of a field's value, by lower-case name, or `null` where
 * they are malformed: two of one name are, since readers would differ on which counts (threat 29).
 */
export function parseParameters(value: string, position: number): Map<string, string> | null {
  const parameters = new Map<string, string>()
  let next = position
  while (next < value.length) {
    parameterPattern.lastIndex = next
    const found = parameterPattern.exec(value)
    if (found === null) return null
    next = parameterPattern.lastIndex
    const [, name, quoted, bare] = found
    if (name === undefined) continue
    const key = name.toLowerCase()
    if (parameters.has(key)) return null
    parameters.set(key, quoted === undefined ? (bare ?? '').trimEnd() : unquote(quoted))
  }
  return parameters
}

/** Only a quote and a backslash are escaped by anyone; `C:\dir` is a path of an old browser. */
function unquote(text: string): string {
  return text.replace(/\\(["\\])/g, '$1')
}
