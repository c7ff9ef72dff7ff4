// What the head of a multipart/form-data request says, and how much such a form may weigh at most.

import { TitofistoError } from '../../errors.ts'
import type { Incoming } from '../../http/exchange.ts'
import { checkBodyHead } from '../intake/body-head.ts'
import { readDigests } from '../intake/digest.ts'
import type { ExpectedDigest } from '../intake/digest.ts'
import { parseParameters } from '../../http/header-parameters.ts'
import type { ReceiveLimits } from '../intake/reception.ts'

/** The longest head of one part. */
export const maxPartHeadBytes = 16 * 1024
/** The most header fields of one part; browsers send two. */
export const maxPartHeadFields = 32
/** The most bytes before the first boundary; clients send none. */
export const maxPreambleBytes = 16 * 1024
/** Empty file inputs that a page may have beyond the files it is allowed; browsers send a part for each. */
export const maxEmptyParts = 64

const maxEpilogueBytes = 64 * 1024

/** The most parts of a form. */
export function maxParts(limits: ReceiveLimits): number {
  return limits.maxFiles + limits.maxFields + maxEmptyParts
}

/** The most bytes of a form, all in all. */
export function maxFormBytes(limits: ReceiveLimits): number {
  return (
    limits.maxFiles * limits.maxBytes +
    limits.maxFields * limits.maxFieldBytes +
    maxParts(limits) * maxPartHeadBytes +
    maxPreambleBytes +
    maxEpilogueBytes
  )
}

/** What the head of a form's request says. */
export interface FormHead {
  readonly kind: 'form'
  readonly boundary: string
  readonly digests: readonly ExpectedDigest[]
}

/**
 * Reads and checks the head of a form.
 *
 * @throws TitofistoError `upload-too-large`, `upload-type-refused`, `upload-malformed`.
 */
export function readFormHead(incoming: Incoming, limits: ReceiveLimits): FormHead {
  const lengthBytes = checkBodyHead(incoming)
  if (lengthBytes !== null) checkFormBytes(lengthBytes, limits)
  return { kind: 'form', boundary: readBoundary(incoming), digests: readDigests(incoming) }
}

/** @throws TitofistoError `upload-too-large` */
export function checkFormBytes(bytes: number, limits: ReceiveLimits): void {
  if (bytes > maxFormBytes(limits))
    throw new TitofistoError(
      'upload-too-large',
      `The form is larger than files of ${limits.maxBytes} bytes each (at most ${limits.maxFiles}) can make it. Send less.`,
    )
}

/** Whether a Content-Type says that the body is a form with parts. */
export function isFormType(contentType: string | undefined): boolean {
  return formType.test(contentType ?? '')
}

const formType = /^[ \t]*multipart\/form-data[ \t]*(?=;|$)/i

function readBoundary(incoming: Incoming): string {
  const contentType = incoming.header('content-type') ?? ''
  const type = formType.exec(contentType)
  if (type === null)
    throw new TitofistoError('upload-type-refused', 'The body is not multipart/form-data.')
  const boundary = parseParameters(contentType, type[0].length)?.get('boundary')
  if (boundary === undefined || !boundaryPattern.test(boundary))
    throw new TitofistoError(
      'upload-malformed',
      'The Content-Type must name one boundary of 1 to 70 characters (RFC 2046 5.1.1). Let the HTTP library set it.',
    )
  return boundary
}

// RFC 2046 allows fewer characters; what is refused here is what could be read in two ways.
const boundaryPattern = /^[!-~](?:[ -~]{0,68}[!-~])?$/
