// The bytes of an upload that comes in pieces: each request appends to one spool file, whose size is the truth about
// the offset. What has come stays, however the request ends, except bytes whose checksum was never
// seen to be right: those are cut off again.

import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { TitofistoError, isTitofistoError } from '../errors.ts'
import type { Incoming } from '../http/exchange.ts'
import { orNull, toStorageError } from '../storage/system-error.ts'
import { createBacklog } from './spool/backlog.ts'
import { checkBodyHead } from './intake/body-head.ts'
import { createDigestCheck, readDigests } from './intake/digest.ts'
import { checkNotTooLarge } from './intake/file-intake.ts'
import { Inflow } from './intake/read-body.ts'
import type { ReceiveLimits, Reception } from './intake/reception.ts'
import type { BodyCheck } from './raw-body.ts'
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
  /** Looks whether the bytes are a file's; missing where its client can send nothing else. */
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
      bodyCheck?.take(chunk)
      writer.write(chunk)
    })
    bodyCheck?.end()
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
export function checkRoom(bytes: number, upload: PiecewiseUpload, limits: ReceiveLimits): void {
  checkNotTooLarge(bytes, limits)
  if (upload.lengthBytes !== null && bytes > upload.lengthBytes)
    throw new TitofistoError(
      'upload-too-large',
      `The upload has more than the ${upload.lengthBytes} bytes that its Upload-Length says.`,
      { what: 'file', limit: upload.lengthBytes, actual: bytes },
    )
}
