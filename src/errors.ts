// Everything a caller of titofisto can act on is a TitofistoError with one of these codes.
// Wrong options and arguments are plain TypeError or RangeError. docs/errors.md explains every code.

/** Each code with the HTTP status that answers a client when the error ends its request. */
const statusByCode = {
  'name-invalid': 400,
  'name-taken': 409,
  'file-missing': 404,
  'file-unreadable': 403,
  'storage-full': 507,
  'storage-failed': 500,
  'slot-kind-unknown': 400,
  'slot-args-invalid': 400,
  'slot-store-failed': 500,
  'slot-handler-failed': 500,
  'slot-handler-timeout': 504,
  'upload-malformed': 400,
  'upload-incomplete': 400,
  'upload-too-small': 400,
  'upload-digest-mismatch': 400,
  'upload-too-slow': 408,
  'upload-offset-mismatch': 409,
  'upload-too-large': 413,
  'upload-too-many': 413,
  'upload-type-refused': 415,
  'upload-checksum-mismatch': 460,
  'upload-already-read': 500,
  'upload-stopped': 503,
  'tus-version-unsupported': 412,
} as const

/** What went wrong, in one word that programs can switch on. */
export type TitofistoErrorCode = keyof typeof statusByCode

/** Every code there is, for docs and tests. */
export const titofistoErrorCodes = Object.keys(statusByCode) as readonly TitofistoErrorCode[]

const brand: unique symbol = Symbol.for('titofisto.error') as never

/**
 * An error that a caller can act on.
 *
 * `code` says what happened, `status` which HTTP status fits it, `cause` what lies beneath.
 * The message never holds a secret, a token or an absolute path.
 * @example
 * import { TitofistoError } from 'titofisto'
 *
 * // What a storage of your own says when it has no room.
 * new TitofistoError('storage-full', 'The bucket has reached its quota.').status //=> 507
 */
export class TitofistoError extends Error {
  readonly code: TitofistoErrorCode
  /** The HTTP status that fits this error, 400 to 599. */
  readonly status: number
  /** Marks our errors across copies of the package; see {@link isTitofistoError}. */
  readonly [brand] = true

  constructor(code: TitofistoErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'TitofistoError'
    this.code = code
    this.status = statusByCode[code]
  }
}

/** The error for a file that may be there, but that the system does not let us read. */
export function fileUnreadable(): TitofistoError {
  return new TitofistoError('file-unreadable', fileUnreadableMessage)
}

/** What the operator, and nobody else, is told of such a file. */
export const fileUnreadableMessage =
  'The user that the server runs as has no permission to read this file, or to enter its folder.'

/**
 * Whether a caught value is a {@link TitofistoError}, also one from another copy of the package. Never throws.
 * @example
 * import { isTitofistoError } from 'titofisto'
 *
 * try {
 *   await storage.save('../report.pdf', 'A report')
 * } catch (error) {
 *   if (!isTitofistoError(error)) throw error
 *   error.code //=> 'name-invalid'
 * }
 */
export function isTitofistoError(value: unknown): value is TitofistoError {
  return isBranded(value, brand)
}

/** Whether a caught value bears a brand. Anything can be thrown, also a proxy that throws when it is looked at. */
export function isBranded(value: unknown, mark: symbol): boolean {
  try {
    return typeof value === 'object' && value !== null && mark in value
  } catch {
    return false
  }
}
