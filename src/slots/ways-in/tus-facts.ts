// What becomes known of a tus upload, request by request.

import { TitofistoError } from '../../errors.ts'
import type { Incoming } from '../../http/exchange.ts'
import { readDigests } from '../../receive/intake/digest.ts'
import {
  checkHeadType,
  checkNotTooLarge,
  checkNotTooSmall,
} from '../../receive/intake/file-intake.ts'
import type { ReceiveLimits } from '../../receive/intake/reception.ts'
import type { TusFacts } from '../record/slot.ts'
import { readTusFileHead } from './tus-metadata.ts'
import type { TusRequest } from './tus-request.ts'

type TusPiece = Extract<TusRequest, { readonly kind: 'create' | 'append' }>

/**
 * What a creating or appending request makes of the length and the metadata known so far: each is
 * told once, and never changes.
 *
 * @throws TitofistoError `upload-malformed`, `upload-too-large`, `upload-too-small`, `upload-type-refused`.
 */
export function mergeTusFacts(facts: TusFacts, request: TusPiece, limits: ReceiveLimits): TusFacts {
  const lengthBytes = request.lengthBytes ?? facts.lengthBytes
  const metadata = facts.metadata ?? request.metadata
  if (facts.lengthBytes !== null && lengthBytes !== facts.lengthBytes)
    throw new TitofistoError(
      'upload-malformed',
      `The upload's length is ${facts.lengthBytes} bytes, and can't change.`,
    )
  if (lengthBytes !== null) {
    checkNotTooLarge(lengthBytes, limits)
    checkNotTooSmall(lengthBytes, limits)
  }
  checkHeadType(limits, readTusFileHead(metadata))
  return { ...facts, lengthBytes, metadata }
}

/** Whether what a request brings counts only once all of it was seen to be right. */
export function isCheckedWhole(incoming: Incoming, request: TusPiece): boolean {
  return request.checksum !== null || readDigests(incoming, { isPiece: true }).length > 0
}
