// What the head of a multipart/form-data request says, and how much such a form may weigh at most.

import { TitofistoError } from '../../errors.ts'
import type { Incoming } from '../../http/exchange.ts'
import { checkBodyHead } from '../intake/body-head.ts'
import { readDigests, type ExpectedDigest } from '../intake/digest.ts'
import { parseParameters } from '../../http/header-parameters.ts'
import { mostTotalBytes } from '../intake/file-intake.ts'
import type { ReceiveLimits } from '../intake/reception.ts'

/** The longest head of one part. */
export const maxPartHeadBytes = 16 * 1024
/** The most header lines of one part, folded ones too; browsers send two. */
export const maxPartHeadLines = 32
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
    mostTotalBytes(limits) +
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
  return {
    kind: 'form',
    boundary: readBoundary(incoming.header('content-type') ?? ''),
    digests: readDigests(incoming),
  }
}

/** @throws TitofistoError `upload-too-large` */
export function checkFormBytes(bytes: number, limits: ReceiveLimits): void {
  if (bytes > maxFormBytes(limits))
    throw new TitofistoError(
      'upload-too-large',
      `The form is larger than files of ${mostTotalBytes(limits)} bytes together can make it. Send less.`,
      { what: 'form', limit: maxFormBytes(limits), actual: bytes },
    )
}

/** Whether a Content-Type says that the body is a form with parts, be it twice or with stray marks. */
export function isFormType(contentType: string | undefined): boolean {
  return formMark.test(contentType ?? '')
}

const formMark = /multipart[ \t]*\/[ \t]*form-data/i
const mediaTypeOrNothing = /^[ \t]*(?:[^\s/;]+\/[^\s/;]+|$)/
const formType = /^[ \t]*multipart\/form-data[ \t]*(?=;|$)/i

function readBoundary(contentType: string): string {
  // Two fields of one name come joined by a comma (RFC 9110 5.3): one of them may be without boundary.
  const values = splitAtCommas(contentType)
  // Without quotes, a boundary may have a comma as well; what follows it is no media type then.
  const isJoined = values.every((value) => mediaTypeOrNothing.test(value))
  const boundaries = new Set(
    (isJoined ? values : [contentType]).flatMap((value) => boundaryOf(value) ?? []),
  )
  const [boundary] = boundaries
  if (boundary === undefined || boundaries.size > 1)
    throw new TitofistoError(
      'upload-malformed',
      'The Content-Type must name one boundary of 1 to 70 characters (RFC 2046 5.1.1). Let the HTTP library set it.',
    )
  return boundary
}

/** The boundary that a media type names, if it is a form's. */
function boundaryOf(value: string): string | null {
  const type = formType.exec(value)
  const boundary = type === null ? null : parseParameters(value, type[0].length)?.get('boundary')
  return boundary !== null && boundary !== undefined && boundaryPattern.test(boundary)
    ? boundary
    : null
}

/** Cuts at each comma that stands in no quotes. */
function splitAtCommas(text: string): readonly string[] {
  const values: string[] = []
  let start = 0
  let isQuoted = false
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '"') isQuoted = !isQuoted
    if (text[index] !== ',' || isQuoted) continue
    values.push(text.slice(start, index))
    start = index + 1
  }
  return [...values, text.slice(start)]
}

// RFC 2046 allows fewer characters; what is refused here is what could be read in two ways.
const boundaryPattern = /^[!-~](?:[ -~]{0,68}[!-~])?$/
