// The end of a resumable upload: what was received of it, looked at as a whole.

import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { TitofistoError } from '../errors.ts'
import { toStorageError } from '../storage/system-error.ts'
import { checkRoom, type PiecewiseUpload } from './append-bytes.ts'
import { createDigestCheck, parseDigests } from './intake/digest.ts'
import { checkNotTooSmall, claimOf, toReceivedFile, type FileHead } from './intake/file-intake.ts'
import type { ReceivedUpload, ReceiveLimits, Reception } from './intake/reception.ts'
import { createBodyCheck } from './raw-body.ts'
import { flushFolder, toByteSource } from './spool/spool-file.ts'
import { checkShownType } from './types/accept.ts'
import { TypeWitness, sniffBytes, type ShownType } from './types/sniff.ts'
import type { ByteSource } from './types/zip-type.ts'

/**
 * Makes what was received of an upload whose bytes are all here: its types are looked at now, and its
 * beginning, which may have come in several requests.
 *
 * @throws TitofistoError `upload-offset-mismatch` where they are not all here; `upload-malformed`,
 * `upload-too-large`, `upload-too-small`, `upload-type-refused`, `upload-digest-mismatch`;
 * `storage-failed`. The file stays.
 */
export async function finishPieces(
  reception: Reception,
  upload: PiecewiseUpload,
  head: FileHead,
): Promise<ReceivedUpload> {
  const { sizeBytes, shown } = await lookAtPieces(upload, reception.limits).catch(
    (error: unknown) => {
      throw toStorageError(error, 'read an upload')
    },
  )
  await reception.checkFields([])
  const sniffedType = checkShownType(reception.limits.accept, claimOf(head), shown)
  if (reception.durable)
    await flushFolder(reception.spoolFolder).catch((error: unknown) => {
      throw toStorageError(error, 'take an upload')
    })
  const file = toReceivedFile(head, { sniffedType, sizeBytes, path: upload.path })
  return { files: [file], fields: [] }
}

async function lookAtPieces(
  upload: PiecewiseUpload,
  limits: ReceiveLimits,
): Promise<{ readonly sizeBytes: number; readonly shown: ShownType }> {
  const { path, lengthBytes } = upload
  // An upload of no bytes has sent none, and so may have no file yet.
  const creates = lengthBytes === 0 ? constants.O_CREAT : 0
  const flags = constants.O_RDWR | creates | (constants.O_NOFOLLOW ?? 0)
  const handle = await open(path, flags, 0o600)
  try {
    const sizeBytes = (await handle.stat()).size
    if (lengthBytes !== null && sizeBytes < lengthBytes)
      throw new TitofistoError(
        'upload-offset-mismatch',
        `The upload has ${sizeBytes} of its ${lengthBytes} bytes. Ask by HEAD, and go on from there.`,
        { expected: sizeBytes },
      )
    checkRoom(sizeBytes, upload, limits)
    checkNotTooSmall(sizeBytes, limits)
    await checkDigest(handle, upload.reprDigest)
    const source = toByteSource(handle, sizeBytes)
    const first = await source.read(0, sniffBytes)
    // By whatever protocol it began and ended: a form in it came in several requests.
    const bodyCheck = createBodyCheck(false)
    bodyCheck.take(first)
    bodyCheck.end()
    return { sizeBytes, shown: await lookAt(source, first, limits.accept !== null) }
  } finally {
    await handle.close()
  }
}

/** How much of a text is in memory at once, while it is judged. */
const readBytes = 256 * 1024

/** @throws TitofistoError `upload-digest-mismatch` */
async function checkDigest(handle: FileHandle, reprDigest: string | undefined): Promise<void> {
  if (reprDigest === undefined) return
  const check = createDigestCheck(parseDigests('Repr-Digest', reprDigest))
  if (check === null) return
  const bytes = handle.createReadStream({ start: 0, autoClose: false, highWaterMark: readBytes })
  for await (const chunk of bytes) check.take(chunk as Buffer)
  check.verify()
}

/** Looks at a file's first bytes; and at all of a text, where it matters whether it is one. */
async function lookAt(source: ByteSource, first: Buffer, judgesWhole: boolean): Promise<ShownType> {
  const { sizeBytes } = source
  const witness = new TypeWitness(judgesWhole)
  witness.take(first)
  let position = first.length
  const endBytes = judgesWhole ? sizeBytes : position
  while (position < endBytes && !witness.isBinary) {
    const chunk = await source.read(position, readBytes)
    if (chunk.length === 0) break
    witness.take(chunk)
    position += chunk.length
  }
  return witness.shown(position < sizeBytes ? 'more' : 'end', source)
}
