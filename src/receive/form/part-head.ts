// What the header of one part of a form says (RFC 7578 4.2 to 4.7). Pure, and strict: a part that
// the parser would pass over in silence ends the upload with a reason.

import { TitofistoError } from '../../errors.ts'
import { readMediaType, typeThatSays } from '../types/accept.ts'
import { parseDisposition } from '../intake/received-disposition.ts'
import { maxPartHeadBytes, maxPartHeadLines } from './form-head.ts'
import { parseParameters } from '../../http/header-parameters.ts'

/** What a part is. */
export type PartHead =
  | {
      readonly kind: 'file'
      readonly fieldName: string
      /** `null` where it has none; `''` is what browsers send for an empty file input. */
      readonly originalName: string | null
      readonly type: string
    }
  | {
      readonly kind: 'field'
      readonly fieldName: string
      /** The label of its encoding, where it names one. */
      readonly charset: string | null
      readonly isJson: boolean
    }

/**
 * Reads a part's header: all that stands before its empty line, one character for each byte.
 *
 * @throws TitofistoError `upload-malformed`, also for what only a careless reader would pass over:
 * what one reader drops, another may go by.
 */
export function readPartHead(head: string): PartHead {
  const header = parseHeader(head)
  const dispositionField = only(header, 'content-disposition')
  if (dispositionField === undefined) throw malformed('has no readable Content-Disposition')
  const disposition = parseDisposition(dispositionField)
  if (disposition?.kind !== 'form-data' || disposition.fieldName === null)
    throw malformed('has a Content-Disposition that is not form-data with a name')
  checkTransferEncoding(only(header, 'content-transfer-encoding'))

  const typeField = only(header, 'content-type')
  const mediaType = readMediaType(typeField)
  const type = typeThatSays(mediaType)
  const { fieldName, fileName, isFile } = disposition
  // Android's apps put the form's own type on each of its fields; without a boundary there are no parts.
  const isMultipart = typeField !== undefined && multipartType.test(typeField)
  if (!isFile && isMultipart && !plainFormType.test(typeField))
    throw malformed('has parts of its own')
  const isJson = isJsonType(type)
  // Browsers name every file, other clients don't (RFC 7578 4.2 only recommends it): what is declared
  // as a picture is one without a name too.
  const isTyped = mediaType !== null && mediaType !== 'text/plain' && !isMultipart && !isJson
  if (isFile || isTyped) return { kind: 'file', fieldName, originalName: fileName, type }
  return { kind: 'field', fieldName, charset: charsetOf(typeField), isJson }
}

const multipartType = /^[ \t]*multipart\//i
const plainFormType = /^[ \t]*multipart\/form-data[ \t]*(?:;[ \t]*charset=[\w"-]+[ \t]*)?$/i

/** Whether a media type is JSON (RFC 8259, RFC 6839). */
export function isJsonType(type: string): boolean {
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json')
}

/** Lower-case names, and every value of each in order. */
type PartHeader = ReadonlyMap<string, readonly string[]>

function parseHeader(head: string): PartHeader {
  if (head.length > maxPartHeadBytes) throw headTooLong()
  const fields: [name: string, value: string][] = []
  const lines = head === '' ? [] : head.split('\r\n')
  if (lines.length > maxPartHeadLines)
    throw malformed(`has more than ${maxPartHeadLines} header lines`)
  for (const line of lines) {
    if (!isText(line)) throw brokenLine()
    const last = fields.at(-1)
    if (last !== undefined && (line.startsWith(' ') || line.startsWith('\t'))) {
      // Folded, as old mail programs do (RFC 5322 2.2.3).
      last[1] += line
      continue
    }
    const name = /^[!#$%&'*+.^_`|~A-Za-z0-9-]+(?=:)/.exec(line)?.[0]
    if (name === undefined) throw brokenLine()
    fields.push([name.toLowerCase(), line.slice(name.length + 1)])
  }
  const header = new Map<string, string[]>()
  for (const [name, value] of fields) header.set(name, [...(header.get(name) ?? []), value])
  return header
}

/** Tabs, and every byte that is no control character: no lone line break, no NUL. */
function isText(line: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(line)
}

function brokenLine(): TitofistoError {
  return malformed('has a header line that is no "Name: value"')
}

/** Says that a part's header does not end. */
export function headTooLong(): TitofistoError {
  return malformed(`has a header of more than ${maxPartHeadBytes} bytes`)
}

function only(header: PartHeader, name: string): string | undefined {
  const values = header.get(name)
  if (values === undefined) return undefined
  if (values.length !== 1) throw malformed(`has two header fields ${name}`)
  return values[0]
}

function checkTransferEncoding(encoding: string | undefined): void {
  if (encoding === undefined || /^[ \t]*(?:7bit|8bit|binary)[ \t]*$/i.test(encoding)) return
  throw malformed('is encoded (Content-Transfer-Encoding), which RFC 7578 4.7 rules out')
}

function charsetOf(contentType: string | undefined): string | null {
  const semicolon = contentType?.indexOf(';') ?? -1
  if (contentType === undefined || semicolon === -1) return null
  return parseParameters(contentType, semicolon)?.get('charset') ?? null
}

/** Says what is wrong with a part. */
export function malformed(what: string): TitofistoError {
  return new TitofistoError(
    'upload-malformed',
    `A part of the form ${what}. Let the HTTP library build the form.`,
  )
}
