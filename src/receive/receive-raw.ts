// An upload whose body is the file: `PUT` or `POST` of raw bytes. Its name comes from
// Content-Disposition, or from the query parameter `filename`.

import { TitofistoError } from '../errors.ts'
import type { Incoming } from '../http/exchange.ts'
import { findRawParameter } from '../http/target.ts'
import { toStorageError } from '../storage/system-error.ts'
import { parseDeclaredType } from './types/accept.ts'
import { refuseType } from './types/refused-type.ts'
import { createBacklog } from './spool/backlog.ts'
import { checkBodyHead } from './intake/body-head.ts'
import { createDigestCheck, readDigests, verifyDigests } from './intake/digest.ts'
import type { ExpectedDigest } from './intake/digest.ts'
import { parseDisposition } from './intake/received-disposition.ts'
import {
  checkHeadType,
  checkNotTooLarge,
  checkNotTooSmall,
  createFileIntake,
} from './intake/file-intake.ts'
import type { FileHead } from './intake/file-intake.ts'
import { createInflow } from './intake/read-body.ts'
import type { ReceivedUpload, ReceiveLimits, Reception } from './intake/reception.ts'
import { flushFolder } from './spool/spool-file.ts'

/** What a raw upload's head says. */
export interface RawHead {
  readonly file: FileHead
  readonly digests: readonly ExpectedDigest[]
}

/**
 * Reads and checks the head of a raw upload.
 *
 * @throws TitofistoError `upload-too-large`, `upload-too-small`, `upload-type-refused`, `upload-malformed`.
 */
export function checkRawHead(incoming: Incoming, limits: ReceiveLimits): RawHead {
  const lengthBytes = checkBodyHead(incoming)
  if (lengthBytes !== null) {
    checkNotTooLarge(lengthBytes, limits)
    checkNotTooSmall(lengthBytes, limits)
  }
  const type = parseDeclaredType(incoming.header('content-type'))
  if (type.startsWith('multipart/'))
    throw refuseType('Of multipart bodies, only multipart/form-data by POST is taken here.', [
      'Accept',
      'multipart/form-data',
    ])
  const file = { fieldName: null, originalName: readName(incoming), type }
  checkHeadType(limits, file)
  return { file, digests: readDigests(incoming) }
}

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

/**
 * Takes a raw upload into the spool.
 *
 * @throws TitofistoError for whatever is wrong with it, or with the disk; nothing is left behind then.
 */
export async function receiveRaw(
  incoming: Incoming,
  reception: Reception,
): Promise<ReceivedUpload> {
  const { file: head, digests } = checkRawHead(incoming, reception.limits)
  const check = createDigestCheck(digests)
  const inflow = createInflow(incoming, reception)
  const intake = createFileIntake({
    reception,
    head,
    index: 0,
    backlog: createBacklog(
      () => inflow.pause(),
      () => inflow.resume(),
    ),
    after: null,
    onFailure: (error) => inflow.fail(error),
  })
  try {
    await inflow.read((chunk) => {
      check?.take(chunk)
      intake.take(chunk)
    })
    verifyDigests(check)
    const file = await intake.end()
    if (reception.durable) await flushFolder(reception.spoolFolder)
    return { files: [file], fields: [] }
  } catch (error) {
    await intake.discard()
    throw toStorageError(error, 'take an upload')
  }
}
