// What can be told of an upload by its head alone: before the slot is claimed and a byte is read. It
// is read once, and whoever comes later goes by what was read.

import { TitofistoError } from '../errors.ts'
import type { Incoming } from '../http/exchange.ts'
import { findRawParameter } from '../http/target.ts'
import { isFormType, readFormHead } from './form/form-head.ts'
import type { FormHead } from './form/form-head.ts'
import { checkBodyHead } from './intake/body-head.ts'
import { readDigests } from './intake/digest.ts'
import type { ExpectedDigest } from './intake/digest.ts'
import { checkNotTooLarge, checkNotTooSmall } from './intake/file-intake.ts'
import type { FileHead } from './intake/file-intake.ts'
import { parseDisposition } from './intake/received-disposition.ts'
import type { ReceiveLimits } from './intake/reception.ts'
import { parseDeclaredType, whyDeclaredTypeRefused } from './types/accept.ts'

/** What the head of an upload's request says. */
export type UploadHead = FormHead | RawHead

/** The head of an upload whose body is the file. */
export interface RawHead {
  readonly kind: 'raw'
  readonly file: FileHead
  readonly digests: readonly ExpectedDigest[]
}

/**
 * Reads and checks the head of a form or a raw upload: length, type, boundary, name, digests.
 *
 * @throws TitofistoError `upload-too-large`, `upload-too-small`, `upload-type-refused`, `upload-malformed`.
 */
export function readUploadHead(incoming: Incoming, limits: ReceiveLimits): UploadHead {
  const contentType = incoming.header('content-type')
  return isFormType(contentType) ? readFormHead(incoming, limits) : readRawHead(incoming, limits)
}

function readRawHead(incoming: Incoming, limits: ReceiveLimits): RawHead {
  const lengthBytes = checkBodyHead(incoming)
  if (lengthBytes !== null) {
    checkNotTooLarge(lengthBytes, limits)
    checkNotTooSmall(lengthBytes, limits)
  }
  const type = parseDeclaredType(incoming.header('content-type'))
  if (type.startsWith('multipart/'))
    throw new TitofistoError(
      'upload-type-refused',
      'Of multipart bodies, only multipart/form-data by POST is taken here.',
    )
  const reason = whyDeclaredTypeRefused(limits.accept, type)
  if (reason !== null) throw new TitofistoError('upload-type-refused', reason)
  return {
    kind: 'raw',
    file: { fieldName: null, originalName: readName(incoming), type },
    digests: readDigests(incoming),
  }
}

/** The name in Content-Disposition, else in the URL's parameter `filename`; `null` where there is none. */
function readName(incoming: Incoming): string | null {
  const field = incoming.header('content-disposition')
  if (field !== undefined) {
    const disposition = parseDisposition(field)
    if (disposition === null)
      throw new TitofistoError('upload-malformed', "The Content-Disposition can't be read.")
    // RFC 6266 4.3: the extended form is the better one.
    const name = disposition.extendedFileName ?? disposition.fileName
    if (name !== null) return name
  }
  const query = incoming.target.indexOf('?')
  const parameter =
    query === -1 ? null : findRawParameter(incoming.target.slice(query + 1), 'filename')
  if (parameter === 'repeated')
    throw new TitofistoError('upload-malformed', 'The URL has the parameter filename twice.')
  // Read as a form's text: a plus is a blank.
  return parameter === null ? null : new URLSearchParams(`=${parameter.value}`).get('')
}
