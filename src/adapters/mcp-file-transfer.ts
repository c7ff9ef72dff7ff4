// Experimental: the shapes of MCP's draft for files, SEP-2631 "File Objects and Transfer", as of 2026-09
// (modelcontextprotocol/modelcontextprotocol#2631). All that we know of it is in this file, and changes
// when it does. A file's URI is its name in the storage: nothing is kept between the requests.

import { formatDisposition, mendShownName } from '../http/content-disposition.ts'
import { isMediaType, unknownType } from '../http/media-type.ts'
import { originTextRule } from '../http/origin.ts'
import { aFunction, checkOption, checkOptions, isOptionError } from '../options.ts'
import type { OptionRules } from '../options.ts'
import { limitsOf, typesMeant } from '../receive/types/accept-list.ts'
import type { UploadedFile } from '../receive/uploaded-file.ts'
import type { SlotOverrides, SlotTicket } from '../slots/minting/mint.ts'
import type { Titofisto } from '../titofisto-api.ts'
import { toAbsoluteUrl, type OriginOption } from './absolute-url.ts'
import { fileLink, isAboutNoFile, type FileLinkOptions } from './file-link.ts'
import { formatFileUri, parseFileUri } from './file-uri.ts'

// Types, not interfaces: see mcp.ts.
/** The digest of a file's bytes; `value` is base64url without padding. @experimental */
export type FileDigest = { algorithm: 'sha-256'; value: string }

/** A file by its URI, and what is known of it; `size` is in bytes. @experimental */
export type FileValue = {
  uri: string
  name?: string
  mimeType?: string
  size?: number
  digest?: FileDigest
}

/** What a client says of the file that it is about to send. @experimental */
export type UploadWish = Omit<FileValue, 'uri'>

/** How bytes are sent or fetched. @experimental */
export type FileTransfer<Method extends string> = {
  /** The draft has this one, also where the URL is `http:`. */
  transport: 'https'
  method: Method
  url: string
  /** To be sent along. */
  headers?: Record<string, string>
  /** ISO 8601, in UTC. */
  expiresAt?: string
}

/** The result of `files/authorizeUpload`. @experimental */
export type AuthorizedUpload = { file: FileValue; upload: FileTransfer<'PUT'> }

/** The result of `files/authorizeDownload`. @experimental */
export type AuthorizedDownload = { file: FileValue; download: FileTransfer<'GET'> }

/** Why a request is refused, for programs: the `data` of a JSON-RPC error. Sizes are in bytes. @experimental */
export type FileTransferRefusal =
  | { reason: 'invalidParams' | 'unsupportedDigest' | 'unknownFile' }
  | { reason: 'maxSizeExceeded'; maxSize: number; actualSize: number }
  | { reason: 'mimeTypeNotAccepted'; accept: string[] }

/** How an upload is let in. @experimental */
export interface AuthorizeUploadOptions extends OriginOption {
  /** Mints the slot: `wish` is for the args of its kind, `overrides` are to be passed on. Required. */
  readonly create: (wish: UploadWish, overrides: SlotOverrides) => Promise<SlotTicket>
  /** The name that the kind's handler will save the file under, and under no other. Required. */
  readonly nameOf: (ticket: SlotTicket) => string
}

/** How a file is given out; the rest are the terms of `files.url()`. @experimental */
export interface AuthorizeDownloadOptions extends FileLinkOptions {
  /** Whether the caller may have the file of this name: a URI is no secret. Required. */
  readonly mayRead: (name: string) => boolean | Promise<boolean>
}

/**
 * Answers `files/authorizeUpload`: mints a slot, and says how to send the file there, and by which URI
 * tools then know it. The digest that a client announces is checked when it comes with the headers
 * given here; that it comes at all, only the kind's handler can see: {@link hasDigest}.
 *
 * @throws Error with the `code` -32602 and {@link FileTransferRefusal} as `data`, which MCP's SDK
 * passes on as they are; and what `create` throws.
 * @experimental
 * @example
 * import { authorizeUpload } from 'titofisto/mcp'
 *
 * const { file: announced, upload } = await authorizeUpload({ name: 'me.png', size: 2048 }, {
 *   origin: 'https://files.example',
 *   create: (wish, overrides) => avatar.create(undefined, overrides),
 *   nameOf: ({ id }) => `inbox/${id}`,
 * })
 * announced //=> { uri: 'mcp-file://titofisto/inbox/…', name: 'me.png', size: 2048 }
 * upload.method //=> 'PUT'
 */
export async function authorizeUpload(
  params: unknown,
  options: AuthorizeUploadOptions,
): Promise<AuthorizedUpload> {
  const where = 'authorizeUpload()'
  checkOptions(where, options, uploadRules, ['create', 'nameOf'])
  const wish = readWish(params)
  const ticket = await mint(wish, options)
  checkType(ticket, wish)
  return {
    file: { uri: formatFileUri(options.nameOf(ticket)), ...wish },
    upload: {
      transport: 'https',
      method: 'PUT',
      url: toAbsoluteUrl(where, ticket.url, options.origin),
      headers: headersFor(wish),
      expiresAt: ticket.expiresAt,
    },
  }
}

/**
 * Answers `files/authorizeDownload`: a link to the file of a URI.
 *
 * @throws Error with the `code` -32602 and the reason `unknownFile`, alike for a URI that is none of
 * ours, a file that is not there, and one that the caller may not read.
 * @throws TitofistoError `storage-failed`. @throws TypeError, RangeError for wrong options.
 * @experimental
 * @example
 * import { authorizeDownload } from 'titofisto/mcp'
 *
 * const uri = 'mcp-file://titofisto/report.pdf'
 * const { download } = await authorizeDownload(files, { uri }, {
 *   origin: 'https://files.example',
 *   mayRead: (name) => name === 'report.pdf',
 * })
 * download.url //=> 'https://files.example/media/report.pdf?titofisto_token=…'
 */
export async function authorizeDownload(
  files: Pick<Titofisto, 'url' | 'explain' | 'storage'>,
  params: unknown,
  options: AuthorizeDownloadOptions,
): Promise<AuthorizedDownload> {
  const { mayRead, ...linkOptions } = options
  checkOption('authorizeDownload()', 'mayRead', mayRead, aFunction)
  const uri = isObject(params) ? params['uri'] : undefined
  const name = typeof uri === 'string' ? parseFileUri(uri) : null
  if (name === null || !(await mayRead(name))) throw unknownFile()
  const link = await fileLink(files, name, linkOptions).catch((error: unknown) => {
    throw isAboutNoFile(error) ? unknownFile() : error
  })
  const { url, type, sizeBytes, expiresAt } = link
  const shownName = name.slice(name.lastIndexOf('/') + 1)
  return {
    file: { uri: formatFileUri(name), name: shownName, mimeType: type, size: sizeBytes },
    download: { transport: 'https', method: 'GET', url, ...(expiresAt !== null && { expiresAt }) },
  }
}

/**
 * Whether an upload has the digest that its client announced: for the kind's handler, since a client
 * may leave out the header that is checked while the bytes come.
 *
 * @experimental
 * @example
 * import { hasDigest } from 'titofisto/mcp'
 *
 * file.sizeBytes //=> 5
 * const value = 'GF-NsyJx_iX1Yab8k4suJkMG7DBO2lGAB9F2SCY4GWk'
 * await hasDigest(file, { algorithm: 'sha-256', value }) //=> true
 */
export async function hasDigest(
  file: Pick<UploadedFile, 'sha256'>,
  { value }: FileDigest,
): Promise<boolean> {
  return (await file.sha256()) === Buffer.from(value, 'base64url').toString('hex')
}

/** Reads what a client sends. */
function readWish(params: unknown): UploadWish {
  const { name, mimeType, size, digest } = isObject(params) ? params : {}
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw invalid('name must be text that is not empty.')
  if (mimeType !== undefined && (typeof mimeType !== 'string' || !isMediaType(mimeType)))
    throw invalid('mimeType must be a media type.')
  if (size !== undefined && (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0))
    throw invalid('size must be a number of bytes.')
  return {
    ...(name !== undefined && { name: name.toWellFormed() }),
    ...(mimeType !== undefined && { mimeType }),
    ...(size !== undefined && { size }),
    ...(digest !== undefined && { digest: readDigest(digest) }),
  }
}

function readDigest(digest: unknown): FileDigest {
  const { algorithm, value } = isObject(digest) ? digest : {}
  if (typeof algorithm !== 'string' || typeof value !== 'string')
    throw invalid('digest must have an algorithm and a value.')
  if (algorithm.toLowerCase() !== 'sha-256')
    throw refusal('Of digests, sha-256 alone is known here.', { reason: 'unsupportedDigest' })
  const bytes = Buffer.from(value, 'base64url')
  if (bytes.length !== 32 || bytes.toString('base64url') !== value)
    throw invalid('digest.value must be 32 bytes as base64url without padding.')
  return { algorithm: 'sha-256', value }
}

async function mint(wish: UploadWish, options: AuthorizeUploadOptions): Promise<SlotTicket> {
  const { size } = wish
  try {
    return await options.create(wish, size === undefined ? {} : { sizeBytes: size })
  } catch (error) {
    // A size that the kind does not take is the client's mistake; all else is ours.
    if (size === undefined || !isOptionError(error) || error.option !== 'sizeBytes') throw error
    const { limit = 0 } = error
    if (size <= limit) throw invalid(`size must be at least ${limit} bytes.`)
    const message = `This file is too large: at most ${limit} bytes are taken.`
    throw refusal(message, { reason: 'maxSizeExceeded', maxSize: limit, actualSize: size })
  }
}

function checkType({ accept }: SlotTicket, { mimeType, name }: UploadWish): void {
  const limits = limitsOf(accept)
  if (limits === null || mimeType === undefined) return
  const type = mimeType.replace(/;.*$/s, '').trim().toLowerCase()
  if (typesMeant(limits, { type, name: name ?? null }).length > 0) return
  const message = `Files of this type are not taken. Taken: ${limits.join(', ')}.`
  throw refusal(message, { reason: 'mimeTypeNotAccepted', accept: [...limits] })
}

function headersFor({ name, mimeType, digest }: UploadWish): Record<string, string> {
  const disposition = name && formatDisposition('attachment', mendShownName(name))
  const base64 = digest && Buffer.from(digest.value, 'base64url').toString('base64')
  return {
    'Content-Type': mimeType ?? unknownType,
    ...(disposition !== undefined && { 'Content-Disposition': disposition }),
    // RFC 9530: a slot refuses bytes that don't have it.
    ...(base64 !== undefined && { 'Content-Digest': `sha-256=:${base64}:` }),
  }
}

const invalid = (message: string): Error => refusal(message, { reason: 'invalidParams' })
const unknownFile = (): Error =>
  refusal('There is no such file, or none for you.', { reason: 'unknownFile' })

/** What MCP's SDK answers with as it is: JSON-RPC's "invalid params". */
function refusal(message: string, data: FileTransferRefusal): Error {
  return Object.assign(new Error(message), { code: -32602, data })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

const uploadRules: OptionRules<AuthorizeUploadOptions> = {
  origin: originTextRule,
  create: aFunction,
  nameOf: aFunction,
}
