// Reads the requests of tus 1.0.0 (https://tus.io/protocols/resumable-upload): core, creation (with
// upload, deferred length), expiration, checksum, termination. Pure: a request's head to what it asks.

import { TitofistoError } from '../../errors.ts'
import type { Incoming } from '../../http/exchange.ts'
import { checkBodyHead } from '../../receive/intake/body-head.ts'
import { decodeBase64 } from '../../receive/intake/digest.ts'
import { cutAtBlank, parseTusMetadata } from './tus-metadata.ts'

/** The one version that is spoken here. */
export const tusVersion = '1.0.0'

/** The media type of bytes that continue an upload. */
const offsetType = 'application/offset+octet-stream'

/** A checksum that one request's bytes must have. */
export interface TusChecksum {
  readonly algorithm: 'sha1' | 'sha256'
  readonly digest: Buffer
}

/** What a tus client asks. */
export type TusRequest =
  /** What is spoken here? */
  | { readonly kind: 'options' }
  /** How far did the upload come? */
  | { readonly kind: 'head' }
  /** Forget the upload. */
  | { readonly kind: 'delete' }
  /** Begin an upload: what a client does that takes the slot's URL as its `endpoint`. */
  | {
      readonly kind: 'create'
      /** `null`: told later. */
      readonly lengthBytes: number | null
      readonly metadata: string | null
      /** Whether the first bytes come along. They go to offset 0. */
      readonly hasBytes: boolean
      readonly checksum: TusChecksum | null
    }
  /** Bytes from an offset on. */
  | {
      readonly kind: 'append'
      readonly offsetBytes: number
      /** The whole length, where the client tells it only now. */
      readonly lengthBytes: number | null
      /** Not in the protocol, but harmless: the only way for a client that begins with HEAD. */
      readonly metadata: string | null
      readonly checksum: TusChecksum | null
    }

/** A request that may bring bytes. */
export type TusPiece = Extract<TusRequest, { readonly kind: 'create' | 'append' }>

/**
 * The method a tus request means: browsers that can't send `PATCH` send `POST` and say so.
 */
export function tusMethodOf(incoming: Incoming): string {
  return incoming.header('x-http-method-override')?.trim().toUpperCase() ?? incoming.method
}

/** Whether a request speaks tus: all of its clients say so, but browsers before a preflight. */
export function isTusRequest(incoming: Incoming): boolean {
  return incoming.header('tus-resumable') !== undefined
}

/**
 * Reads a tus request; `null` where its method means nothing in tus (405).
 *
 * @throws TitofistoError `tus-version-unsupported` (answer with {@link tusVersionHeaders}),
 * `upload-type-refused`, `upload-malformed`.
 */
export function readTusRequest(incoming: Incoming): TusRequest | null {
  const method = tusMethodOf(incoming)
  // A client asks which versions there are: its own must not matter.
  if (method === 'OPTIONS') return { kind: 'options' }
  if (incoming.header('tus-resumable') !== tusVersion)
    throw new TitofistoError(
      'tus-version-unsupported',
      `Only version ${tusVersion} of tus is spoken here. Send it as Tus-Resumable.`,
      { supportedVersions: [tusVersion] },
    )
  switch (method) {
    case 'HEAD':
      return { kind: 'head' }
    case 'DELETE':
      return { kind: 'delete' }
    case 'POST':
      return readCreation(incoming)
    case 'PATCH':
      return readAppending(incoming)
    default:
      return null
  }
}

function readCreation(incoming: Incoming): TusRequest {
  if (incoming.header('upload-concat') !== undefined)
    throw malformed('Joining uploads (Upload-Concat) is not possible here')
  const lengthBytes = readCount(incoming, 'Upload-Length')
  const deferred = incoming.header('upload-defer-length')
  if (deferred !== undefined && deferred !== '1')
    throw malformed('Upload-Defer-Length takes no value but 1')
  if ((lengthBytes === null) === (deferred === undefined))
    throw malformed('Upload-Length or Upload-Defer-Length is needed, and not both')
  const bodyBytes = checkBodyHead(incoming)
  const type = typeOf(incoming)
  const hasBytes = type === offsetType
  if (!hasBytes && bodyBytes !== null && bodyBytes > 0) throw wrongType()
  return {
    kind: 'create',
    lengthBytes,
    metadata: readMetadata(incoming),
    hasBytes,
    checksum: readChecksum(incoming),
  }
}

function readAppending(incoming: Incoming): TusRequest {
  if (typeOf(incoming) !== offsetType) throw wrongType()
  checkBodyHead(incoming)
  const offsetBytes = readCount(incoming, 'Upload-Offset')
  if (offsetBytes === null) throw malformed('Upload-Offset is missing')
  return {
    kind: 'append',
    offsetBytes,
    lengthBytes: readCount(incoming, 'Upload-Length'),
    metadata: readMetadata(incoming),
    checksum: readChecksum(incoming),
  }
}

function typeOf(incoming: Incoming): string | undefined {
  return incoming.header('content-type')?.trim().toLowerCase()
}

function readCount(incoming: Incoming, field: string): number | null {
  const text = incoming.header(field.toLowerCase())
  if (text === undefined) return null
  // Fifteen digits are exact in a number, and more than any disk has.
  if (!/^[0-9]{1,15}$/.test(text)) throw malformed(`${field} is not a number of bytes`)
  return Number(text)
}

function readMetadata(incoming: Incoming): string | null {
  const text = incoming.header('upload-metadata')
  if (text === undefined || text === '') return null
  if (parseTusMetadata(text) === null) throw malformed("Upload-Metadata can't be read")
  return text
}

function readChecksum(incoming: Incoming): TusChecksum | null {
  const text = incoming.header('upload-checksum')
  if (text === undefined) return null
  const [algorithm, encoded] = cutAtBlank(text)
  if (algorithm !== 'sha1' && algorithm !== 'sha256')
    throw malformed('Upload-Checksum must be sha1 or sha256')
  const digest = decodeBase64(encoded)
  if (digest?.length !== (algorithm === 'sha1' ? 20 : 32))
    throw malformed(`Upload-Checksum is no ${algorithm} in base64`)
  return { algorithm, digest }
}

function malformed(what: string): TitofistoError {
  return new TitofistoError('upload-malformed', `${what} (tus ${tusVersion}).`)
}

function wrongType(): TitofistoError {
  return new TitofistoError(
    'upload-type-refused',
    `Bytes of a tus upload must come as ${offsetType}.`,
    { accept: [offsetType] },
  )
}
