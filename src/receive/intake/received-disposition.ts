// Reads Content-Disposition as clients send it (RFC 6266, RFC 7578, and what browsers and curl really
// do): of a request, and of each part of a form.

import { parseParameters } from '../../http/header-parameters.ts'

/** What a Content-Disposition says. */
export interface Disposition {
  /** `form-data`, `attachment`, ...; lower case. */
  readonly kind: string
  /** The form field; `null` where there is none. */
  readonly fieldName: string | null
  /** The name of the file: `filename*` where it can be decoded, else `filename`, else `null`. */
  readonly fileName: string | null
  /** Whether there is any name of a file, be it one that can't be decoded: then this is a file. */
  readonly isFile: boolean
}

/**
 * Reads a field's value, in which each character stands for one byte, or gives `null` where it is
 * malformed: two parameters of one name are, since readers would differ on which counts.
 */
export function parseDisposition(value: string): Disposition | null {
  const kind = kindPattern.exec(value)
  if (kind === null) return null
  const name = kind[1]?.toLowerCase() ?? ''
  const parameters =
    parseParameters(value, kind[0].length) ??
    (name === 'form-data' ? parseAsBrowsersWrite(value, kind[0].length) : null)
  if (parameters === null) return null
  const undo = name === 'form-data' ? undoFormEscapes : (text: string | null) => text
  const plain = undo(decodeBytes(parameters.get('filename')))
  // RFC 6266 4.3: the extended form is the better one. RFC 7578 4.2 rules it out in forms; .NET sends
  // it all the same, with encoded words (RFC 2047) in the plain one.
  const extended = parameters.has('filename*')
    ? decodeExtended(parameters.get('filename*'))
    : plain === null
      ? decodeContinued(parameters)
      : null
  return {
    kind: name,
    // Older releases of Python's urllib3 send it in the extended form alone.
    fieldName: undo(decodeBytes(parameters.get('name'))) ?? decodeExtended(parameters.get('name*')),
    fileName: extended || (plain ?? extended),
    isFile:
      parameters.has('filename') ||
      [...parameters.keys()].some((key) => key.startsWith('filename*')),
  }
}

/**
 * Browsers escape no backslash, so that a name of theirs which ends in one does not end by the rule. Where
 * anything but names is in it, it is none of theirs, and other readers would find another name.
 */
function parseAsBrowsersWrite(value: string, position: number): Map<string, string> | null {
  const parameters = parseParameters(value, position, 'none')
  const isTheirs = [...(parameters?.keys() ?? [])].every((key) => /^(?:file)?name$/.test(key))
  return isTheirs ? parameters : null
}

/** A name that mail programs have cut into pieces (RFC 2231 3). */
function decodeContinued(parameters: ReadonlyMap<string, string>): string | null {
  const pieces: { readonly text: string; readonly isEscaped: boolean }[] = []
  for (let index = 0; ; index += 1) {
    const escaped = parameters.get(`filename*${index}*`)
    const text = escaped ?? parameters.get(`filename*${index}`)
    if (text === undefined) break
    pieces.push({ text, isEscaped: escaped !== undefined })
  }
  if (pieces.length === 0) return null
  if (!pieces.some(({ isEscaped }) => isEscaped))
    return decodeBytes(pieces.map(({ text }) => text).join(''))
  const joined = pieces.map(({ text, isEscaped }) =>
    isEscaped ? text : text.replaceAll('%', '%25'),
  )
  return decodeExtended((pieces[0]?.isEscaped === true ? '' : "''") + joined.join(''))
}

const kindPattern = /^[ \t]*([!#$%&'*+.^_`|~A-Za-z0-9-]+)[ \t]*(?=;|$)/

/** Bytes are UTF-8 with every client of today; what is none was Latin-1. */
function decodeBytes(text: string | undefined): string | null {
  if (text === undefined) return null
  // oxlint-disable-next-line no-control-regex -- asks for ASCII
  if (/^[\u0000-\u007f]*$/.test(text)) return text
  try {
    return strictUtf8.decode(Buffer.from(text, 'latin1'))
  } catch {
    return text
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Browsers, and most libraries after them, write these three so (WHATWG HTML), and nothing else. */
function undoFormEscapes(text: string | null): string | null {
  return text?.replace(/%(22|0D|0A)/g, (_, hex: string) => fromHex(hex)) ?? null
}

function fromHex(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}

/**
 * Decodes `UTF-8'en'%e2%82%ac` (RFC 8187), also with characters that should have been escaped, and in
 * other charsets; a bad escape must never throw.
 */
function decodeExtended(text: string | undefined): string | null {
  const found = extendedValue.exec(text ?? '')
  const [, charset = '', value = ''] = found ?? []
  if (found === null || brokenEscape.test(value)) return null
  const bytes = value.replace(/%(..)/g, (_, hex: string) => fromHex(hex))
  try {
    const decoder = new TextDecoder(charset === '' ? 'utf-8' : charset, { fatal: true })
    return decoder.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return null
  }
}

const extendedValue = /^([^']*)'[^']*'(.*)$/s
const brokenEscape = /%(?![0-9A-Fa-f]{2})/
