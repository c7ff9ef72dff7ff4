// Reads the requests of IETF resumable uploads. Pure: a request's head to what it asks. A field of a
// wrong type counts as not sent, as RFC 9651 has it.

import { TitofistoError } from '../../errors.ts'
import type { Incoming } from '../../http/exchange.ts'
import { unknownType } from '../../http/media-type.ts'
import { parseBoolean, parseCount } from '../../http/structured-dictionary.ts'
import { isFormType } from '../../receive/form/form-head.ts'
import { checkBodyHead } from '../../receive/intake/body-head.ts'
import { formatDigests, parseDigests } from '../../receive/intake/digest.ts'
import type { FileHead } from '../../receive/intake/file-intake.ts'
import { parseDeclaredType } from '../../receive/types/accept.ts'
import { readBareFile } from '../../receive/upload-head.ts'
import {
  ietfVersionOf,
  isMarkedIetf,
  partialUploadType,
  type IetfVersion,
} from './ietf-versions.ts'
import { formatTusMetadata, parseTusMetadata } from './tus-metadata.ts'

/** What a client asks. */
export type IetfRequest =
  /** How far did the upload come? */
  | { readonly kind: 'retrieve' }
  /** Forget the upload. */
  | { readonly kind: 'cancel' }
  | IetfPiece
  /** It says two lengths of one upload. */
  | { readonly kind: 'inconsistent' }

/** A request that brings bytes, or says that no more come. */
export type IetfPiece = IetfCreation | IetfAppending

interface IetfBytes {
  /** Whether the upload ends with this request. */
  readonly isLast: boolean
  /** `null` where the request does not tell. */
  readonly lengthBytes: number | null
}

/** The start of an upload. */
export interface IetfCreation extends IetfBytes {
  readonly kind: 'create'
  /** Whether its bytes may be a form's names and values. */
  readonly isUrlencoded: boolean
  /** What it says of its file, as {@link readTusFileHead} reads it. */
  readonly metadata: string | null
  /** The `Repr-Digest`, of what is known of it; `null` where that is nothing. */
  readonly reprDigest: string | null
}

/** Bytes from an offset on. */
export interface IetfAppending extends IetfBytes {
  readonly kind: 'append'
  readonly offsetBytes: number
}

/**
 * Whether a request is one of a resumable upload of the IETF. A form is taken whole, as by
 * everybody: its client need not resume.
 */
export function isIetfRequest(incoming: Incoming): boolean {
  switch (incoming.method) {
    case 'HEAD':
    case 'DELETE':
      return true
    case 'GET':
      return isMarkedIetf(incoming)
    case 'PATCH':
      return isMarkedIetf(incoming) || isPartialType(incoming) || readIsComplete(incoming) !== null
    case 'POST':
    case 'PUT':
      return readIsComplete(incoming) !== null && !isFormType(incoming.header('content-type'))
    default:
      return false
  }
}

/**
 * Reads a request that {@link isIetfRequest} has found; `null` where its method means nothing (405).
 *
 * @throws TitofistoError `upload-malformed`, `upload-type-refused`.
 */
export function readIetfRequest(incoming: Incoming, version: IetfVersion): IetfRequest | null {
  switch (incoming.method) {
    case 'HEAD':
    case 'GET':
      return { kind: 'retrieve' }
    case 'DELETE':
      return { kind: 'cancel' }
    case 'POST':
    case 'PUT':
      return readCreation(incoming)
    case 'PATCH':
      return readAppending(incoming, version)
    default:
      return null
  }
}

function readCreation(incoming: Incoming): IetfRequest {
  const bytes = readBytes(incoming, 0)
  if (bytes === null) return { kind: 'inconsistent' }
  // What can't be read must not wait for the last byte to be refused.
  const digests = parseDigests('Repr-Digest', incoming.header('repr-digest') ?? '')
  const reprDigest = digests.length === 0 ? null : formatDigests(digests)
  const { file, isUrlencoded } = readBareFile(incoming)
  const metadata = readMetadata(incoming, file)
  return { kind: 'create', ...bytes, isUrlencoded, metadata, reprDigest }
}

function readAppending(incoming: Incoming, { hasMediaType }: IetfVersion): IetfRequest {
  if (hasMediaType && !isPartialType(incoming))
    throw new TitofistoError(
      'upload-type-refused',
      `Bytes that continue an upload must come as ${partialUploadType}.`,
      { accept: [partialUploadType] },
    )
  const offsetBytes = parseCount(incoming.header('upload-offset'))
  if (offsetBytes === null) throw malformed('Upload-Offset')
  const bytes = readBytes(incoming, offsetBytes)
  return bytes === null ? { kind: 'inconsistent' } : { kind: 'append', offsetBytes, ...bytes }
}

/** `null` where what the request says of its length does not fit together. */
function readBytes(incoming: Incoming, offsetBytes: number): IetfBytes | null {
  const isLast = readIsComplete(incoming)
  if (isLast === null) throw malformed(ietfVersionOf(incoming).completeness)
  const bodyBytes = checkBodyHead(incoming)
  const told = parseCount(incoming.header('upload-length'))
  const endBytes = bodyBytes === null ? null : offsetBytes + bodyBytes
  if (told !== null && endBytes !== null && (isLast ? endBytes !== told : endBytes > told))
    return null
  return { isLast, lengthBytes: told ?? (isLast ? endBytes : null) }
}

/** Whether all is there once this request is; `null` where it does not say. */
function readIsComplete(incoming: Incoming): boolean | null {
  const { completeness } = ietfVersionOf(incoming)
  const said = parseBoolean(incoming.header(completeness.toLowerCase()))
  return said === null || completeness === 'Upload-Complete' ? said : !said
}

function isPartialType(incoming: Incoming): boolean {
  return parseDeclaredType(incoming.header('content-type')) === partialUploadType
}

/** tus-js-client sends tus's field in the IETF's protocol, too. */
function readMetadata(incoming: Incoming, file: FileHead): string | null {
  const text = incoming.header('upload-metadata')
  if (text !== undefined && parseTusMetadata(text) !== null) return text
  return formatTusMetadata(withoutPieceType(file))
}

function withoutPieceType(file: FileHead): FileHead {
  return file.type === partialUploadType ? { ...file, type: unknownType } : file
}

function malformed(field: string): TitofistoError {
  return new TitofistoError(
    'upload-malformed',
    `${field} is missing, or is not what it should be (resumable uploads of the IETF).`,
  )
}
