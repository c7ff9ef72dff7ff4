// Why an upload failed: a code for programs, words for people.

import type { Answer } from './request.ts'
import { sayError, type Facts, type Speech } from './words.ts'

/** The codes that the server gives (docs/errors.md), and those of the client's own. */
export type UploadErrorCode =
  | 'answer-lost'
  | 'file-unreadable'
  | 'network-failed'
  | 'server-failed'
  | 'slot-busy'
  | 'slot-missing'
  | 'storage-full'
  | 'upload-failed'
  | 'upload-malformed'
  | 'upload-other-file'
  | 'upload-rejected'
  | 'upload-too-large'
  | 'upload-too-many'
  | 'upload-too-slow'
  | 'upload-too-small'
  | 'upload-type-refused'
  | 'upload-unhandled'
  // Codes that a later server may give.
  | (string & {})

/** What is known besides the code. */
export interface UploadErrorFields extends Facts {
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number
  /** What there was too much of: `file`, `files`, `form`, `field` and the like. */
  readonly what?: string
  /** How much there was, in `unit`. */
  readonly actual?: number
  /** When the server asks to be tried again. */
  readonly retryAfterSeconds?: number
}

const mark: unique symbol = Symbol.for('titofisto.upload-error')

/**
 * Why an upload failed. Its `message` is for people, in the language that was asked for.
 * @example
 * import { isUploadError, upload } from 'titofisto/client'
 *
 * const slotUrl = origin + (await avatar.url(undefined, { maxBytes: 1000 }))
 * const error: unknown = await upload(slotUrl, new Blob(['x'.repeat(2000)])).catch((failure) => failure)
 * if (isUploadError(error)) {
 *   error.code //=> 'upload-too-large'
 *   error.limit //=> 1000
 *   error.message //=> 'This is too much: no more than 1,000 bytes, please.'
 * }
 */
export class UploadError extends Error {
  declare readonly code: UploadErrorCode
  /** The HTTP status; 0 where there was no answer. */
  declare readonly status: number
  /** The line of text that the server sent, such as a handler's own words. */
  declare readonly detail?: string
  /** What there was too much of: `file`, `files`, `form`, `field` and the like. */
  declare readonly what?: string
  /** The limit that was crossed, in `unit`. */
  declare readonly limit?: number
  declare readonly actual?: number
  declare readonly unit?: string
  /** The types that are taken, where the file's is not. */
  declare readonly accept?: readonly string[] | null
  /** When the server wants to be asked again. */
  declare readonly retryAfterSeconds?: number
  /** Marks our errors across copies of the package; see {@link isUploadError}. */
  declare readonly [mark]: true

  constructor(code: UploadErrorCode, fields: UploadErrorFields, speech: Speech) {
    super(sayError(code, fields.status, fields, speech))
    Object.assign(this, fields, { name: 'UploadError', code, [mark]: true })
  }
}

/**
 * Whether a caught value is an {@link UploadError}, also one from another copy of the package. Never throws.
 * @example
 * import { isUploadError } from 'titofisto/client'
 *
 * isUploadError(new Error('Something else.')) //=> false
 */
export function isUploadError(value: unknown): value is UploadError {
  return mark in Object(value)
}

/** Reads a refusal: problem details (RFC 9457), or whatever a proxy on the way has to say. */
export function readRefusal(answer: Answer, speech: Speech): UploadError {
  const { status } = answer
  const problem = readProblem(answer)
  // A date, which it may be too, counts as nothing.
  const retryAfterSeconds = Number(answer.header('Retry-After')) || 0
  const fields = { ...problem, status, retryAfterSeconds }
  return new UploadError(problem.code ?? codeOf(status), fields, speech)
}

type Problem = Partial<UploadErrorFields> & { readonly code?: string }

/** What is no problem of ours says nothing: a proxy's page, JSON of something else. */
function readProblem({ text }: Answer): Problem {
  try {
    return Object(JSON.parse(JSON.stringify(JSON.parse(text), told))) as Problem
  } catch {
    return {}
  }
}

const told = ['code', 'detail', 'what', 'limit', 'actual', 'unit', 'accept']

/** What a bare status means: answers to `HEAD` have no body, and proxies know no codes. */
function codeOf(status: number): UploadErrorCode {
  return codes[status] ?? (status >= 500 ? 'server-failed' : 'upload-failed')
}

const codes: Readonly<Record<number, UploadErrorCode>> = {
  404: 'slot-missing',
  413: 'upload-too-large',
  422: 'upload-rejected',
  423: 'slot-busy',
}
