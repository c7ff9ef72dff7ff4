// The header of one part of a form: its lines into fields (RFC 2046 5.1, RFC 5322 2.2). Strict about
// what lines are made of, since a reader that cuts them elsewhere would see another header.

import { maxPartHeadFields } from './form-head.ts'
import { malformed } from './part-head.ts'

/** The values of each field by its lower-case name, in their order; one character for each byte. */
export type PartHeader = ReadonlyMap<string, readonly string[]>

/**
 * Parses a header whose lines each end with CRLF.
 *
 * @throws TitofistoError `upload-malformed`
 */
export function parsePartHeader(text: string): PartHeader {
  const fields = new Map<string, string[]>()
  if (text === '') return fields
  const lines = unfold(text.slice(0, -2)).split('\r\n')
  if (lines.length > maxPartHeadFields)
    throw malformed(`has more than ${maxPartHeadFields} header fields`)
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
      throw malformed('has a header line without a name')
    const value = line.slice(colon + 1)
    if (!isText(value)) throw malformed('has a control character or a bare line end in its header')
    const values = fields.get(name)
    if (values === undefined) fields.set(name, [trimBlanks(value)])
    else values.push(trimBlanks(value))
  }
  return fields
}

/** RFC 5322 2.2.3: a line that begins with a blank goes on with the one before it. */
function unfold(text: string): string {
  return text.replaceAll(/\r\n(?=[ \t])/g, '')
}

/** Not trim(), which takes bytes of UTF-8 for blanks of Unicode: `à` ends with 0xa0. */
function trimBlanks(value: string): string {
  let start = 0
  let end = value.length
  while (isBlankAt(value, start)) start++
  while (end > start && isBlankAt(value, end - 1)) end--
  return value.slice(start, end)
}

function isBlankAt(value: string, index: number): boolean {
  return value[index] === ' ' || value[index] === '\t'
}

/** Tabs, and every byte that is no control character. */
function isText(value: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(value)
}
