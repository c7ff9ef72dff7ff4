// What can be told of an upload by its head alone: before the slot is claimed and a byte is read. It
// is read once, and whoever comes later goes by what was read.

import { TitofistoError } from '../errors.ts'
import type { Incoming } from '../http/exchange.ts'
import { findRawParameter } from '../http/target.ts'
import { unknownType } from '../http/media-type.ts'
import { isFormType, readFormHead, type FormHead } from './form/form-head.ts'
import { checkBodyHead } from './intake/body-head.ts'
import { readDigests, type ExpectedDigest } from './intake/digest.ts'
import { checkHeadType, checkNotTooLarge, checkNotTooSmall } from './intake/file-intake.ts'
import type { FileHead } from './intake/file-intake.ts'
import { parseDisposition } from './intake/received-disposition.ts'
import { checkNoPiece } from './intake/file-pieces.ts'
import type { ReceiveLimits } from './intake/reception.ts'
import { parseDeclaredType } from './types/accept.ts'

/** What the head of an upload's request says. */
export type UploadHead = FormHead | RawHead

/** The head of an upload whose body is the file. */
export interface RawHead {
  readonly kind: 'raw'
  readonly file: FileHead
  /** Whether its type says no more than that nobody has set it, or that it is a form without files. */
  readonly isUrlencoded: boolean
  readonly digests: readonly ExpectedDigest[]
}

/**
 * Reads and checks the head of a form or a raw upload: length, type, boundary, name, digests.
 *
 * @throws TitofistoError `upload-too-large`, `upload-too-small`, `upload-type-refused`, `upload-malformed`.
 */
export function readUploadHead(incoming: Incoming, limits: ReceiveLimits): UploadHead {
  checkNoPiece(incoming)
  return isFormType(incoming.header('content-type'))
    ? readFormHead(incoming, limits)
    : readRawHead(incoming, limits)
}

function readRawHead(incoming: Incoming, limits: ReceiveLimits): RawHead {
  const lengthBytes = checkBodyHead(incoming)
  if (lengthBytes !== null) {
    checkNotTooLarge(lengthBytes, limits)
    checkNotTooSmall(lengthBytes, limits)
  }
  const { file, isUrlencoded } = readBareFile(incoming)
  checkHeadType(limits, file)
  return {
    kind: 'raw',
    file,
    isUrlencoded,
    digests: readDigests(incoming),
  }
}

/**
 * What the head of a request says of a file that is its body, or the first piece of it.
 *
 * @throws TitofistoError `upload-type-refused` where the body is a form, `upload-malformed`.
 */
export function readBareFile(incoming: Incoming): Pick<RawHead, 'file' | 'isUrlencoded'> {
  const contentType = incoming.header('content-type')
  // Anywhere in it: what came twice, or with stray marks, may be one all the same.
  if (/multipart[ \t]*\//i.test(contentType ?? ''))
    throw new TitofistoError(
      'upload-type-refused',
      'Of multipart bodies, only multipart/form-data by POST is taken here.',
      { accept: ['multipart/form-data'], declaredType: parseDeclaredType(contentType) },
    )
  const declared = parseDeclaredType(contentType)
  // curl, wget, axios, Ruby, PHP and others call every body so unless they are told otherwise.
  const isUrlencoded = declared === 'application/x-www-form-urlencoded'
  if (isPage(incoming) && (isUrlencoded || declared === 'text/plain')) throw formWithoutFiles()
  const type = isUrlencoded ? unknownType : declared
  return { file: { fieldName: null, originalName: readName(incoming), type }, isUrlencoded }
}

/** Whether a browser goes to another page by this request: then its body is a form. */
function isPage(incoming: Incoming): boolean {
  // Sent to secure origins alone; and text/html alone is what Java says of all its requests.
  const mode = incoming.header('sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate'
  return (incoming.header('accept') ?? '').includes('application/xhtml+xml')
}

/** Says that a page's form has left its files behind. */
export function formWithoutFiles(): TitofistoError {
  return new TitofistoError(
    'upload-type-refused',
    'This is a form without its files: a page must say <form method="post" enctype="multipart/form-data">. If it is a file, name its media type as Content-Type.',
    { accept: null },
  )
}

/** The name in Content-Disposition, else in the URL's parameter `filename`; `null` where there is none. */
function readName(incoming: Incoming): string | null {
  const field = incoming.header('content-disposition')
  if (field !== undefined) {
    const disposition = parseDisposition(field)
    if (disposition === null)
      throw new TitofistoError('upload-malformed', "The Content-Disposition can't be read.")
    if (disposition.fileName !== null) return disposition.fileName
  }
  const query = incoming.target.indexOf('?')
  const parameter =
    query === -1 ? null : findRawParameter(incoming.target.slice(query + 1), 'filename')
  if (parameter === 'repeated')
    throw new TitofistoError('upload-malformed', 'The URL has the parameter filename twice.')
  // Read as a form's text: a plus is a blank.
  return parameter === null ? null : new URLSearchParams(`=${parameter.value}`).get('')
}
