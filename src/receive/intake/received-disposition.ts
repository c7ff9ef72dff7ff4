// Reads Content-Disposition as clients send it (RFC 6266, RFC 7578, and what browsers and curl really
// do): of a request, and of each part of a form.

import { parseParameters } from '../../http/header-parameters.ts'

/** What a Content-Disposition says. */
export interface Disposition {
  /** `form-data`, `attachment`, ...; lower case. */
  readonly kind: string
  /** The form field; `null` where there is none. */
  readonly fieldName: string | null
  /** `filename`, as sent; `null` where there is none. */
  readonly fileName: string | null
  /** `filename*`, decoded; `null` where there is none, or it can't be decoded. */
  readonly extendedFileName: string | null
}

/**
 * Reads a field's value, in which each character stands for one byte, or gives `null` where it is
 * malformed: two parameters of one name are, since readers would differ on which counts.
 */
export function parseDisposition(value: string): Disposition | null {
  const kind = kindPattern.exec(value)
  const parameters = kind === null ? null : parseParameters(value, kind[0].length)
  if (kind === null || parameters === null) return null
  return {
    kind: (kind[1] ?? '').toLowerCase(),
    fieldName: decodeBytes(parameters.get('name')),
    fileName: decodeBytes(parameters.get('filename')),
    extendedFileName: decodeExtended(parameters.get('filename*')),
  }
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

/** Decodes `UTF-8'en'%e2%82%ac` (RFC 8187); a bad escape must never throw. */
function decodeExtended(text: string | undefined): string | null {
  const found = extendedValue.exec(text ?? '')
  const [, charset = '', value = ''] = found ?? []
  if (found === null || brokenEscape.test(value)) return null
  const bytes = value.replace(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  if (charset.toLowerCase() === 'iso-8859-1') return bytes
  try {
    return strictUtf8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return null
  }
}

const extendedValue = /^(utf-8|iso-8859-1)'[A-Za-z0-9-]*'([A-Za-z0-9!#$%&+.^_`|~-]*)$/i
const brokenEscape = /%(?![0-9A-Fa-f]{2})/
