// What S3's answers that are no success, and no answer at all, mean to us. Messages name S3's own word
// for it and nothing else: its texts may hold keys, hosts and account ids.

import { TitofistoError, isTitofistoError } from '../../errors.ts'
import { systemCodeOf } from '../system-error.ts'

/** S3 did not answer in time. */
export class TimedOut extends Error {
  override name = 'TimedOut'
  constructor() {
    super('S3 did not answer in time.')
  }
}

/** An answer ended before all of it had come. */
export class BrokenOff extends Error {
  override name = 'BrokenOff'
  constructor(cause: unknown) {
    super('An answer of S3 broke off.', { cause })
  }
}

/** The HTTP status of a failed answer; `null` where there was none. */
export function statusOf(error: unknown): number | null {
  const status = metadataOf(error)?.['httpStatusCode']
  return typeof status === 'number' ? status : null
}

/** How often the client sent a request before it failed. */
export function attemptsOf(error: unknown): number {
  const attempts = metadataOf(error)?.['attempts']
  return typeof attempts === 'number' ? attempts : 1
}

/** S3's own word for what went wrong, such as `SlowDown`; `''` where it has none fit to be shown. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return /^[A-Za-z][A-Za-z0-9.]{0,63}$/.test(error.name) ? error.name : ''
}

/** Whether there is no such object; a missing bucket is another matter. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404 && codeOf(error) !== 'NoSuchBucket'
}

/** Whether a condition of ours did not hold: `If-Match`, `If-None-Match`. */
export function isConditionFailed(error: unknown): boolean {
  return statusOf(error) === 412
}

/** Whether another request for the same key was under way, so that ours may be sent again. */
export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409 && codeOf(error) !== 'BucketAlreadyExists'
}

/** Whether a span begins behind the object's end. */
export function isOutOfRange(error: unknown): boolean {
  return statusOf(error) === 416
}

/** Whether the engine says that it can't do such a thing at all. */
export function isUnsupported(error: unknown): boolean {
  return statusOf(error) === 501 || ['NotImplemented', 'MethodNotAllowed'].includes(codeOf(error))
}

/** Whether the same request may well succeed in a while. */
export function isPassing(error: unknown): boolean {
  if (error instanceof TimedOut || error instanceof BrokenOff) return true
  const status = statusOf(error)
  if (status !== null && status > 0 && !isUnsupported(error))
    return (
      status === 408 ||
      status === 429 ||
      (status >= 500 && status !== 507) ||
      isThrottling(error) ||
      // As the last word of an answer that began with 200.
      ['InternalError', 'ServiceUnavailable'].includes(codeOf(error))
    )
  return (
    networkCodes.has(systemCodeOf(error)) ||
    ['TimeoutError', 'NetworkingError', 'RequestTimeout'].includes(codeOf(error))
  )
}

function isThrottling(error: unknown): boolean {
  return throttlingCodes.has(codeOf(error))
}

const throttlingCodes: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'RequestLimitExceeded',
  'RequestThrottled',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
])

const networkCodes: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
  // What comes is no HTTP: a proxy's, or cut off.
  'HPE_INVALID_CONSTANT',
  'HPE_INVALID_EOF_STATE',
])

const quotaCodes: ReadonlySet<string> = new Set([
  'InsufficientStorage',
  'QuotaExceeded',
  'XMinioAdminBucketQuotaExceeded',
  'XMinioStorageFull',
])

/**
 * Makes a TitofistoError of what went wrong while `doing` something: `'read a file'`. One of ours is
 * given back as it is.
 */
export function toS3Error(error: unknown, doing: string): TitofistoError {
  if (isTitofistoError(error)) return error
  const details = { cause: error }
  const could = `S3 could not ${doing}`
  const status = statusOf(error)
  const code = codeOf(error)
  if (status === 507 || quotaCodes.has(code))
    return new TitofistoError(
      'storage-full',
      `${could}: no space is left (${code}). Free some, or raise the quota.`,
      details,
    )
  if (isPassing(error))
    return new TitofistoError('storage-unavailable', `${could} now: ${whyNow(error)}.`, details)
  if (code === 'NoSuchBucket')
    return new TitofistoError('storage-failed', `${could}: there is no such bucket.`, details)
  if (code === 'CredentialsProviderError')
    return new TitofistoError(
      'storage-failed',
      `${could}: no credentials were found. The client takes them from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the machine that it runs on.`,
      details,
    )
  if (status === 401 || status === 403)
    return new TitofistoError(
      'storage-failed',
      `${could}: access was denied (${code}). The credentials are wrong, or lack a permission; without s3:ListBucket this is also said of files that are not there.`,
      details,
    )
  const word = [status, code || systemCodeOf(error)].filter((part) => part !== null && part !== '')
  return new TitofistoError(
    'storage-failed',
    word.length === 0 ? `${could}.` : `${could} (${word.join(' ')}).`,
    details,
  )
}

function whyNow(error: unknown): string {
  if (error instanceof TimedOut) return 'it did not answer in time'
  if (error instanceof BrokenOff) return 'its answer broke off'
  const status = statusOf(error)
  const code = codeOf(error)
  if (status === 429 || isThrottling(error)) return `it is throttling us (${code})`
  if (status !== null) return `it answered ${status} (${code})`
  return `it can't be reached (${systemCodeOf(error) || code})`
}

function metadataOf(error: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return null
  const metadata = error.$metadata
  return typeof metadata === 'object' && metadata !== null
    ? // An object is what its properties are, and each is looked at.
      (metadata as Readonly<Record<string, unknown>>)
    : null
}
