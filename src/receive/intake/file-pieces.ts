// Clients that cut a file into requests of their own, and put it together on a server that knows
// their ways: here a piece must never be taken for the whole. They say so in form fields, in the
// query, or in header fields, each in its own words.

import { TitofistoError } from '../../errors.ts'
import type { Incoming } from '../../http/exchange.ts'
import { findRawParameter } from '../../http/target.ts'

/** What each calls the number of the piece, and of all pieces; by default, where they can be renamed. */
const signs: readonly (readonly [client: string, piece: string, pieces: string])[] = [
  ['Dropzone', 'dzchunkindex', 'dztotalchunkcount'],
  ['Resumable.js', 'resumableChunkNumber', 'resumableTotalChunks'],
  ['Flow.js', 'flowChunkNumber', 'flowTotalChunks'],
  ['Fine Uploader', 'qqpartindex', 'qqtotalparts'],
  ['Plupload', 'chunk', 'chunks'],
  ['simple-uploader', 'chunkNumber', 'totalChunks'],
  ['Syncfusion', 'chunk-index', 'total-chunk'],
]
/** Those that say it in a field of JSON, and what it is called there. */
const jsonSigns: readonly (readonly [
  client: string,
  field: string,
  piece: string,
  pieces: string,
])[] = [
  ['Kendo UI', 'metadata', 'chunkIndex', 'totalChunks'],
  ['DevExtreme', 'chunkMetadata', 'Index', 'TotalCount'],
]
const signNames = new Set(signs.flatMap(([, piece, pieces]) => [piece, pieces]))

/**
 * Makes what looks at the fields of one form, one after the other; it throws `upload-malformed` once
 * they say that the form brings a piece.
 */
export function createPieceWatch(): (fieldName: string, value: string) => void {
  const seen = new Map<string, string>()
  return (fieldName, value) => {
    checkJson(fieldName, value)
    if (!signNames.has(fieldName)) return
    seen.set(fieldName, value)
    checkWhole((name) => seen.get(name))
  }
}

/**
 * Checks that a request which is no tus request brings all of its upload.
 *
 * @throws TitofistoError `upload-malformed`
 */
export function checkNoPiece(incoming: Incoming): void {
  const query = incoming.target.split('?', 2)[1]
  if (query !== undefined)
    checkWhole((name) => {
      const found = findRawParameter(query, name)
      return found === null || found === 'repeated' ? undefined : found.value
    })
  // FilePond's chunkUploads, and the IETF's resumable uploads of all their versions.
  const isBegun = incoming.header('upload-length') !== undefined && !isWhole(incoming)
  const isContinued = /^0*[1-9]/.test(incoming.header('upload-offset') ?? '')
  if (isBegun || isContinued || isDeclaredPart(incoming)) throw refusal('a resumable upload')
}

/** Whether an IETF client says that all bytes come with this request. */
function isWhole(incoming: Incoming): boolean {
  return (
    incoming.header('upload-complete') === '?1' || incoming.header('upload-incomplete') === '?0'
  )
}

function isDeclaredPart(incoming: Incoming): boolean {
  return (
    incoming.header('upload-complete') === '?0' || incoming.header('upload-incomplete') === '?1'
  )
}

function checkWhole(find: (name: string) => string | undefined): void {
  for (const [client, piece, pieces] of signs) {
    const isNumbered = /^[0-9]{1,15}$/.test(find(piece) ?? '')
    if (isNumbered && /^0*(?:[2-9]|[1-9][0-9])[0-9]{0,15}$/.test(find(pieces) ?? ''))
      throw refusal(`a file in pieces, as ${client} sends it`)
  }
}

/** Their pieces are few words; what is longer is something else that goes by the name. */
const mostJsonLength = 4096

function checkJson(fieldName: string, value: string): void {
  const sign = jsonSigns.find(([, field]) => field === fieldName)
  if (sign === undefined || value.length > mostJsonLength) return
  const [client, , piece, pieces] = sign
  const said = parseObject(value)
  if (/^[0-9]+$/.test(String(said[piece])) && Number(said[pieces]) > 1)
    throw refusal(`a file in pieces, as ${client} sends it`)
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return { ...(JSON.parse(text) as object) }
  } catch {
    return {}
  }
}

function refusal(what: string): TitofistoError {
  return new TitofistoError(
    'upload-malformed',
    `This request brings only a part of ${what}. Send all of it in one request (switch chunks off in the client), or use tus 1.0.0 on this URL.`,
  )
}
