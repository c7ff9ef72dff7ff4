// Writes the header fields of IETF resumable uploads, as flat lists: name, value, name, value.

import { mostTotalBytes } from '../../receive/intake/file-intake.ts'
import { limitsOf, type KnownSlot } from '../parts/slot-parts.ts'
import { newestInterop, partialUploadType, type IetfVersion } from './ietf-versions.ts'

/** Whether an upload is complete, in a version's words. */
export function formatCompleteness(version: IetfVersion, isComplete: boolean): readonly string[] {
  const { completeness } = version
  return [completeness, (completeness === 'Upload-Complete') === isComplete ? '?1' : '?0']
}

/** How far an upload came. */
export function formatOffset(offsetBytes: number): readonly string[] {
  return ['Upload-Offset', String(offsetBytes)]
}

/** What an upload to a slot must keep, where the version has a field for it. */
export function formatLimits({ ageLimit }: IetfVersion, slot: KnownSlot): readonly string[] {
  if (ageLimit === null) return []
  const limits = limitsOf(slot)
  const maxBytes = Math.min(limits.maxBytes, mostTotalBytes(limits))
  const leftMs = Math.max(0, slot.record.expiresMs - slot.parts.nowMs())
  const members = [
    ...(maxBytes <= mostInteger ? [`max-size=${maxBytes}`] : []),
    `min-size=${limits.minBytes}`,
    `${ageLimit}=${Math.min(mostInteger, Math.floor(leftMs / 1000))}`,
  ]
  return ['Upload-Limit', members.join(', ')]
}

/** What an upload that has ended, or one that is not known, must keep: nothing that is worth telling. */
export const noLimits: readonly string[] = ['Upload-Limit', 'min-size=0']

/** The header of the answer to `OPTIONS`; the same for every URL, so that it tells nothing. */
export const ietfOptions: readonly string[] = [
  'Accept-Patch',
  `${partialUploadType}, application/offset+octet-stream`,
  'Upload-Draft-Interop-Version',
  String(newestInterop),
  ...noLimits,
]

/** The greatest integer of structured fields (RFC 9651 3.3.1). */
const mostInteger = 999_999_999_999_999
