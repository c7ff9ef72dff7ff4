// Links in logs are working links to whoever reads the log (`token-in-logs` in docs/weaknesses.md).
//
// A log writes a URL as it likes: encoded once or more, in JSON, in HTML, in Markdown, with other
// text right behind it. So the text is first read as what it means, one character after the other,
// and tokens are looked for in that. Each character is looked at once, so a long line costs what
// its length costs.

/**
 * Replaces every token in a text, such as a URL in an access log, by `[token]`.
 * @example
 * import { redact } from 'titofisto'
 *
 * redact('GET /media/a.pdf?titofisto_token=1w2Xyz.e600.kQ3x HTTP/1.1')
 * //=> 'GET /media/a.pdf?titofisto_token=[token] HTTP/1.1'
 */
export function redact(text: string): string {
  let shown = ''
  /** Up to where `text` is in `shown`. */
  let done = 0
  /** Where the chain begins that is being read: runs of token characters with `.` or `:` between. */
  let chainStart = 0
  /** Up to where the chain is to be hidden; `chainStart` for nothing. */
  let hiddenEnd = 0
  let run = ''
  let isFirstRun = true
  /** Whether what is read is the value of our parameter, of which nothing may be seen. */
  let isValue = false

  function endRun(end: number): void {
    if (isValue || (!isFirstRun && isSignatureIn(run))) hiddenEnd = end
  }
  function endChain(end: number, next: number): void {
    endRun(end)
    if (hiddenEnd > chainStart) {
      shown += `${text.slice(done, chainStart)}[token]`
      done = hiddenEnd
    }
    chainStart = hiddenEnd = next
    run = ''
    isFirstRun = true
  }

  let at = 0
  while (at < text.length) {
    const start = at
    const code = text.charCodeAt(at)
    let meant: string
    if (code === percent || code === ampersand || code === backslash) {
      const unit = readEscape(text, at)
      meant = unit.meant
      at = unit.end
    } else {
      meant = text.charAt(at)
      at++
    }
    if (isTokenCharacter(meant)) {
      run += meant
    } else if (meant === '.' || meant === ':') {
      endRun(start)
      run = ''
      isFirstRun = false
    } else if (isValue && !valueEnd.test(meant)) {
      // No token has it; but a token that was mangled may go on behind it.
      run += meant
    } else {
      const isNamed = meant === '=' && run.endsWith(defaultParam)
      endChain(start, at)
      isValue = isNamed
    }
  }
  endChain(text.length, text.length)
  return shown + text.slice(done)
}

/** The same, at no cost for a text that is too short for a token. */
export function withoutTokens(text: string): string {
  return text.length < leastSignatureLength ? text : redact(text)
}

const percent = 37
const ampersand = 38
const backslash = 92
const defaultParam = 'titofisto_token'

/** What ends the value of a parameter in any of the texts that a URL may stand in. */
const valueEnd = /[\s&#;"'`<>()[\]{}|\\,]/

function isTokenCharacter(character: string): boolean {
  return tokenCharacters.has(character)
}

/** A signature has 43 characters; one that lost two letters can be guessed. */
const leastSignatureLength = 41

const tokenCharacters = new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-')

/**
 * Whether a run that follows a separator has a signature in it, and whatever text stands right behind
 * it. A SHA-256 in hex is spared, as
 * in names of images and bundles: no signature is in it.
 */
function isSignatureIn(run: string): boolean {
  return run.length >= leastSignatureLength && !/^[0-9a-f]{64}$/.test(run)
}

/** One character as it is meant, and where the next one begins. */
interface Unit {
  /** `''` for what is no character of a token and ends none of our parameter's values. */
  readonly meant: string
  readonly end: number
}

// Each looks at a bounded text, but for `(?:25)*`, whose characters begin no escape again.
const percentEscape = /%(?:25)*([0-9A-Fa-f]{2})/y
const htmlEscape =
  /&(?:amp;){0,4}(?:#0{0,7}([0-9]{1,3});?|#[xX]0{0,7}([0-9A-Fa-f]{1,2});?|(period|colon|lowbar|UnderBar|equals);)/y
/** After the backslashes. */
const textEscape = /u00([0-9A-Fa-f]{2})|x([0-9A-Fa-f]{2})|([.:_=-])|[bfnrt/]/y

const namedCharacters: Readonly<Record<string, string>> = {
  period: '.',
  colon: ':',
  lowbar: '_',
  UnderBar: '_',
  equals: '=',
}

function readEscape(text: string, at: number): Unit {
  switch (text.charCodeAt(at)) {
    case percent: {
      const match = matchAt(percentEscape, text, at)
      if (match === null) return { meant: '', end: at + 1 }
      return { meant: fromHex(match[1]), end: percentEscape.lastIndex }
    }
    case ampersand: {
      const match = matchAt(htmlEscape, text, at)
      if (match === null) return { meant: '&', end: at + 1 }
      const [, decimal, hex, name] = match
      const meant =
        name === undefined
          ? decimal === undefined
            ? fromHex(hex)
            : String.fromCharCode(Number(decimal))
          : (namedCharacters[name] ?? '')
      return { meant, end: htmlEscape.lastIndex }
    }
    default: {
      let end = at
      while (text.charCodeAt(end) === backslash) end++
      const match = matchAt(textEscape, text, end)
      if (match === null) return { meant: '\\', end }
      const [, unicode, hex, plain] = match
      // What is left are line breaks, tabs and slashes.
      const meant =
        plain ?? (unicode === undefined && hex === undefined ? '\n' : fromHex(unicode ?? hex))
      return { meant, end: textEscape.lastIndex }
    }
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function fromHex(digits = ''): string {
  return String.fromCharCode(Number.parseInt(digits, 16))
}
