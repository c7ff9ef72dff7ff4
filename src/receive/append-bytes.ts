// The bytes of an upload that comes in pieces: each request appends to one spool file, whose size is the truth about
// the offset. What has come stays, however the request ends, except bytes whose checksum was never
// seen to be right: those are cut off again.

import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readFile, stat, type FileHandle } from 'node:fs/promises'
import { TitofistoError, isTitofistoError } from '../errors.ts'
import type { Incoming } from '../http/exchange.ts'
import { orNull, toStorageError } from '../storage/system-error.ts'
import { createBacklog } from './spool/backlog.ts'
import { checkBodyHead } from './intake/body-head.ts'
import { createDigestCheck, parseDigests, readDigests } from './intake/digest.ts'
import {
  checkNotTooLarge,
  checkNotTooSmall,
  claimOf,
  toReceivedFile,
} from './intake/file-intake.ts'
import type { FileHead } from './intake/file-intake.ts'
import { Inflow } from './intake/read-body.ts'
import type { ReceivedUpload, ReceiveLimits, Reception } from './intake/reception.ts'
import { formStartBytes, type BodyCheck } from './raw-body.ts'
import { checkShownType } from './types/accept.ts'
import { TypeWitness, sniffBytes, type ShownType } from './types/sniff.ts'
import { flushFolder, toByteSource } from './spool/spool-file.ts'
import { SpoolWriter } from './spool/spool-writer.ts'

/** An upload that comes in pieces. */
export interface PiecewiseUpload {
  readonly path: string
  /** `null` as long as nobody knows. */
  readonly lengthBytes: number | null
  /** The `Repr-Digest` that all bytes together must have; missing where none was told. */
  readonly reprDigest?: string
}

/** What the bytes of one piece must come to. */
export interface PieceChecksum {
  /** As `node:crypto` calls it. */
  readonly algorithm: string
  readonly digest: Buffer
}

/**
 * How far an upload came, in bytes: the size of its spool file, 0 where there is none yet.
 *
 * @throws TitofistoError `storage-failed`
 */
export async function readOffset(path: string): Promise<number> {
  try {
    return (await orNull(['ENOENT'], () => stat(path)))?.size ?? 0
  } catch (error) {
    throw toStorageError(error, 'look at an upload')
  }
}

/**
 * Makes sure that a request goes on where the upload ends.
 *
 * @throws TitofistoError `upload-offset-mismatch`
 */
export function checkOffset(currentBytes: number, offsetBytes: number): void {
  if (currentBytes !== offsetBytes)
    throw new TitofistoError(
      'upload-offset-mismatch',
      `The upload has ${currentBytes} bytes, so it can't go on at ${offsetBytes}. Ask by HEAD, and go on from there.`,
      { expected: currentBytes, actual: offsetBytes },
    )
}

/** What one request appends. */
export interface Appending extends PiecewiseUpload {
  readonly offsetBytes: number
  readonly checksum: PieceChecksum | null
  /** Looks whether the file's first bytes are a file's; missing where its client can send nothing else. */
  readonly bodyCheck?: BodyCheck
}

/**
 * Appends a request's bytes, and gives the new offset. Only the holder of the slot's lease may.
 *
 * @throws TitofistoError `upload-offset-mismatch` where the client is wrong about the offset;
 * `upload-checksum-mismatch`, `upload-digest-mismatch`, `upload-too-large`, `upload-malformed`,
 * `upload-type-refused`: the request's bytes are gone again; whatever else can go wrong: they stay, as far as they came.
 */
export async function appendBytes(
  incoming: Incoming,
  reception: Reception,
  appending: Appending,
): Promise<number> {
  const { path, offsetBytes, checksum, bodyCheck } = appending
  checkOffset(await readOffset(path), offsetBytes)
  if (offsetBytes === 0) await reception.checkFields([])
  const bodyBytes = checkBodyHead(incoming)
  if (bodyBytes !== null) checkRoom(offsetBytes + bodyBytes, appending, reception.limits)
  const digests = createDigestCheck(readDigests(incoming, { isPiece: true }))
  const hash = checksum === null ? null : createHash(checksum.algorithm)
  const isUnproven = checksum !== null || digests !== null

  if (offsetBytes > 0 && offsetBytes < formStartBytes) bodyCheck?.take(await readFile(path))

  const inflow = new Inflow(incoming, reception)
  const writer = new SpoolWriter({
    path,
    startByte: offsetBytes,
    isAppending: true,
    isAllOrNothing: isUnproven,
    durable: reception.durable,
    backlog: createBacklog(inflow),
    after: null,
    onFailure: (error) => inflow.fail(error),
  })
  let receivedBytes = 0
  try {
    await inflow.read((chunk) => {
      receivedBytes += chunk.length
      checkRoom(offsetBytes + receivedBytes, appending, reception.limits)
      hash?.update(chunk)
      digests?.take(chunk)
      if (offsetBytes < formStartBytes) bodyCheck?.take(chunk)
      writer.write(chunk)
    })
    if (offsetBytes < formStartBytes) bodyCheck?.end()
    digests?.verify()
    if (checksum !== null && hash?.digest().equals(checksum.digest) !== true)
      throw new TitofistoError(
        'upload-checksum-mismatch',
        "The bytes that came don't have the Upload-Checksum that was sent. Send them again.",
        { algorithm: checksum.algorithm },
      )
    await writer.finish()
    return offsetBytes + receivedBytes
  } catch (error) {
    const isRefused = isTitofistoError(error) && refusals.has(error.code)
    if (isUnproven || isRefused) await writer.discard()
    // The request has failed already, and its reason is the one to tell.
    else await writer.finish().catch(() => {})
    throw toStorageError(error, 'take an upload')
  }
}

/** What is said of bytes that must not stay. */
const refusals: ReadonlySet<string> = new Set([
  'upload-too-large',
  'upload-malformed',
  'upload-type-refused',
])

/** @throws TitofistoError `upload-too-large` */
function checkRoom(bytes: number, upload: PiecewiseUpload, limits: ReceiveLimits): void {
  checkNotTooLarge(bytes, limits)
  if (upload.lengthBytes !== null && bytes > upload.lengthBytes)
    throw new TitofistoError(
      'upload-too-large',
      `The upload has more than the ${upload.lengthBytes} bytes that its Upload-Length says.`,
      { what: 'file', limit: upload.lengthBytes, actual: bytes },
    )
}

/**
 * Makes what was received of an upload whose bytes are all here: its types are looked at now.
 *
 * @throws TitofistoError `upload-offset-mismatch` where they are not all here; `upload-too-large`,
 * `upload-too-small`, `upload-type-refused`, `upload-digest-mismatch`; `storage-failed`. The file stays.
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
    return { sizeBytes, shown: await lookAt(handle, sizeBytes, limits.accept !== null) }
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
async function lookAt(
  handle: FileHandle,
  sizeBytes: number,
  judgesWhole: boolean,
): Promise<ShownType> {
  const source = toByteSource(handle, sizeBytes)
  const witness = new TypeWitness(judgesWhole)
  const first = await source.read(0, sniffBytes)
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
