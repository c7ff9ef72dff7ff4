// Reads the parameters of a header field: `; name=value; name="quoted"` (RFC 9110 5.6.6), with the
// slips that real clients make, but never in a way that two readers could understand differently.
//
// Each piece is read once, from left to right, by a pattern that stops at the first character which
// is not its own: nothing is ever read again, so that time grows with the length alone.

const blanks = /[ \t]*/y
const parameterName = /[!#$%&'*+.^_`|~A-Za-z0-9-]+/y
const quotedText = /"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"/y
const unescapedText = /"[^"\r\n]*"/y
// May hold blanks and more than a token may, since clients forget the quotes.
const bareText = /[^;"\r\n]*/y

/**
 * The parameters from `position` to the end of a field's value, by lower-case name, or `null` where
 * they are malformed: two of one name are, since readers would differ on which counts. `escapes` says
 * how a quote stands within quotes.
 */
export function parseParameters(
  value: string,
  position: number,
  escapes: 'by-backslash' | 'none' = 'by-backslash',
): Map<string, string> | null {
  const quoted = escapes === 'none' ? unescapedText : quotedText
  const parameters = new Map<string, string>()
  const text = new Reader(value, position)
  while (!text.isAtEnd) {
    if (!text.skip(';')) return null
    text.take(blanks)
    // A lone semicolon is a common slip.
    if (text.isAtEnd || text.isAt(';')) continue
    const name = text.take(parameterName)?.toLowerCase()
    text.take(blanks)
    if (name === undefined || parameters.has(name) || !text.skip('=')) return null
    text.take(blanks)
    const found = text.isAt('"') ? text.take(quoted) : text.take(bareText)
    if (found === null) return null
    const inside = found.startsWith('"') ? found.slice(1, -1) : trimBlanks(found)
    const isEscaped = found.startsWith('"') && escapes === 'by-backslash'
    parameters.set(name, isEscaped ? unquote(inside) : inside)
    text.take(blanks)
  }
  return parameters
}

/** A text that is read from left to right. */
class Reader {
  readonly #text: string
  #position: number

  constructor(text: string, position: number) {
    this.#text = text
    this.#position = position
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#text.length
  }

  isAt(character: string): boolean {
    return this.#text[this.#position] === character
  }

  skip(character: string): boolean {
    const isThere = this.isAt(character)
    if (isThere) this.#position += 1
    return isThere
  }

  /** What a sticky pattern matches here. */
  take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#position
    const found = pattern.exec(this.#text)?.[0] ?? null
    this.#position += found?.length ?? 0
    return found
  }
}

/** Not `trimEnd`: it takes 0xa0 too, which is the last byte of an `à`. */
function trimBlanks(text: string): string {
  let end = text.length
  while (text[end - 1] === ' ' || text[end - 1] === '\t') end -= 1
  return text.slice(0, end)
}

/** Only a quote and a backslash are escaped by anyone; `C:\dir` is a path of an old browser. */
function unquote(text: string): string {
  return text.replace(/\\(["\\])/g, '$1')
}
