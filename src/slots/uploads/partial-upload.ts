// What is known of an upload that comes in pieces: how far it came, and what each request adds.

import { TitofistoError } from '../../errors.ts'
import { partialPath } from '../claims/take-over.ts'
import type { KnownSlot } from '../parts/slot-parts.ts'
import { promisedBytes, type Lease, type PartialUpload } from '../record/slot.ts'
import { readOffset } from '../../receive/append-bytes.ts'
import {
  checkHeadType,
  checkNotTooLarge,
  checkNotTooSmall,
} from '../../receive/intake/file-intake.ts'
import type { FileHead } from '../../receive/intake/file-intake.ts'
import type { ReceiveLimits } from '../../receive/intake/reception.ts'

/** An upload of which nothing is known yet. */
export function newPartial(slot: KnownSlot, lease: Lease): PartialUpload {
  return {
    path: partialPath(slot, lease),
    writer: null,
    provenBytes: null,
    lengthBytes: promisedBytes(slot.record.policy),
    metadata: null,
  }
}

/** Whether no more bytes come to an upload that has so many. */
export function endsAt({ waitsForEnd, lengthBytes }: PartialUpload, offsetBytes: number): boolean {
  return waitsForEnd !== true && offsetBytes === lengthBytes
}

/**
 * How far an upload came. What a claim that never gave it back wrote under a checksum does not count.
 *
 * @throws TitofistoError `storage-failed`
 */
export async function offsetOf({ path, provenBytes }: PartialUpload): Promise<number> {
  return Math.min(await readOffset(path), provenBytes ?? Infinity)
}

/** What a request says of the upload as a whole. */
export interface ToldOfUpload {
  /** `null` where it does not say. */
  readonly lengthBytes: number | null
  /** What the client has said of its file by now, as the record is to have it. */
  readonly metadata: string | null
  /** The same, understood. */
  readonly fileHead: FileHead
  /** The `Repr-Digest` of the whole; missing where it does not say. */
  readonly reprDigest?: string
}

/**
 * What is known of an upload once a request has told more. Its length is told once, and never changes.
 *
 * @throws TitofistoError `upload-malformed`, `upload-too-large`, `upload-too-small`, `upload-type-refused`.
 */
export function addTold(
  known: PartialUpload,
  told: ToldOfUpload,
  limits: ReceiveLimits,
): PartialUpload {
  const lengthBytes = told.lengthBytes ?? known.lengthBytes
  if (known.lengthBytes !== null && lengthBytes !== known.lengthBytes)
    throw new TitofistoError(
      'upload-malformed',
      `The upload's length is ${known.lengthBytes} bytes, and can't change.`,
    )
  if (lengthBytes !== null) {
    checkNotTooLarge(lengthBytes, limits)
    checkNotTooSmall(lengthBytes, limits)
  }
  checkHeadType(limits, told.fileHead)
  const { metadata, reprDigest } = told
  return { ...known, lengthBytes, metadata, ...(reprDigest !== undefined && { reprDigest }) }
}
