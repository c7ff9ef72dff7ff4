// Everything a caller of titofisto can act on is a TitofistoError with one of these codes.
// Wrong options and arguments are plain TypeError or RangeError. docs/errors.md explains every code.

import { statusByCode, type TitofistoErrorCode, type TitofistoErrorFields } from './error-codes.ts'

const brand: unique symbol = Symbol.for('titofisto.error') as never

interface CodedError<Code extends TitofistoErrorCode> extends Error {
  readonly code: Code
  /** The HTTP status that fits this error, 400 to 599. */
  readonly status: number
  /** The same, as Fastify and Nest look for it. */
  readonly statusCode: number
  /** Whether the message is fit for the client, as Koa asks: it is, of what is wrong with an upload. */
  readonly expose: boolean
  /** Marks our errors across copies of the package; see {@link isTitofistoError}. */
  readonly [brand]: true
  /**
   * The answer to the client, in a line of text, where an upload is refused through a fault of the
   * client's. Hono answers with it by itself, as with its own HTTPException.
   */
  readonly getResponse?: () => Response
}

/**
 * An error that a caller can act on.
 *
 * `code` says what happened, `status` which HTTP status fits it, `cause` what lies beneath; the
 * fields of {@link TitofistoErrorFields} are its own, so that `switch (error.code)` narrows.
 * Neither message nor fields hold a secret, a token or an absolute path.
 */
export type TitofistoError<Code extends TitofistoErrorCode = TitofistoErrorCode> = {
  readonly [Each in Code]: CodedError<Each> & TitofistoErrorFields[Each]
}[Code]

/** What comes after an error's message: the fields of its code, and what lies beneath. */
type Details<Code extends TitofistoErrorCode> = TitofistoErrorFields[Code] & {
  readonly cause?: unknown
}

interface TitofistoErrorConstructor {
  readonly prototype: TitofistoError
  new <const Code extends TitofistoErrorCode>(
    code: Code,
    message: string,
    ...details: unknown extends TitofistoErrorFields[Code]
      ? [details?: Details<Code>]
      : [details: Details<Code>]
  ): TitofistoError<Code>
}

class OurError extends Error implements CodedError<TitofistoErrorCode> {
  readonly code: TitofistoErrorCode
  readonly status: number
  readonly [brand] = true

  constructor(
    code: TitofistoErrorCode,
    message: string,
    details: { readonly cause?: unknown } = {},
  ) {
    const { cause, ...fields } = details
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'TitofistoError'
    this.code = code
    this.status = statusByCode[code]
    Object.assign(this, fields)
    // Other messages are not for clients, and Hono's log is where a fault of ours belongs. Not
    // enumerable: who prints an error wants its fields.
    if (code.startsWith('upload-') && this.status < 500)
      Object.defineProperty(this, 'getResponse', {
        value: () => refusal(this.status, message),
        configurable: true,
      })
  }

  get statusCode(): number {
    return this.status
  }

  get expose(): boolean {
    return this.code.startsWith('upload-') && this.status < 500
  }
}

function refusal(status: number, message: string): Response {
  const bytes = Buffer.from(`${message}\n`)
  const headers = {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(bytes.length),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  }
  return new Response(bytes, { status, headers })
}

// The compiler can't see that the fields of the code are assigned.
/**
 * An error that a caller can act on; see the type of this name.
 * @example
 * import { TitofistoError } from 'titofisto'
 *
 * // What a storage of your own says when it has no room.
 * new TitofistoError('storage-full', 'The bucket has reached its quota.').status //=> 507
 */
export const TitofistoError = OurError as unknown as TitofistoErrorConstructor

/** The error for a file that may be there, but that the system does not let us read. */
export function fileUnreadable(fileName: string): TitofistoError {
  return new TitofistoError('file-unreadable', fileUnreadableMessage, { fileName })
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
