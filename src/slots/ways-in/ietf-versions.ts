// Resumable uploads of the IETF (draft-ietf-httpbis-resumable-upload) as clients in the field speak
// them. Drafts are told apart by Upload-Draft-Interop-Version, which the RFC will drop: then all
// of this but the newest can go.

import type { Incoming } from '../../http/exchange.ts'
import { parseCount } from '../../http/structured-dictionary.ts'

/** What one version does otherwise than another. */
export interface IetfVersion {
  /** `null`: the client sent no number, or one that is not known here. No 104 is for it. */
  readonly interop: number | null
  /** The field that says whether all is there; `Upload-Incomplete` says the opposite. */
  readonly completeness: 'Upload-Complete' | 'Upload-Incomplete'
  /** Whether a piece must be called {@link partialUploadType}. */
  readonly hasMediaType: boolean
  /** What `Upload-Limit` calls the seconds that are left; `null` where there is no such field. */
  readonly ageLimit: 'expires' | 'max-age' | null
  /** Whether appending to an upload that has ended is refused; else its end is told once more. */
  readonly refusesAfterEnd: boolean
  /**
   * What a client takes for "ask again": by the drafts any 5xx. tus-js-client, which speaks 5 and 6,
   * starts anew unless it is 423.
   */
  readonly busyStatus: 423 | 503
}

/** The media type of bytes that continue an upload. */
export const partialUploadType = 'application/partial-upload'

const draft01 = {
  interop: 3,
  completeness: 'Upload-Incomplete',
  hasMediaType: false,
  ageLimit: null,
  refusesAfterEnd: true,
  busyStatus: 423,
} as const satisfies IetfVersion
const draft02 = { ...draft01, interop: 4, completeness: 'Upload-Complete' } as const
const draft03 = { ...draft02, interop: 5 } as const
const draft05 = { ...draft03, interop: 6, hasMediaType: true, ageLimit: 'expires' } as const
const draft08 = { ...draft05, interop: 7, ageLimit: 'max-age', busyStatus: 503 } as const
const draft11 = { ...draft08, interop: 8 } as const
/** What comes after draft -11: the problem of a completed upload is gone. */
const newest: IetfVersion = { ...draft11, interop: null, refusesAfterEnd: false }

const versions: readonly IetfVersion[] = [draft01, draft02, draft03, draft05, draft08, draft11]

/** The newest number, for who asks what is spoken here. */
export const newestInterop: number = draft11.interop

/** The version that a request is in; the newest where it does not say. */
export function ietfVersionOf(incoming: Incoming): IetfVersion {
  const interop = parseCount(incoming.header(versionField))
  const known = versions.find((version) => version.interop === interop)
  if (known !== undefined) return known
  const isOld =
    incoming.header('upload-incomplete') !== undefined &&
    incoming.header('upload-complete') === undefined
  return isOld ? { ...draft01, interop: null } : newest
}

/** Whether a request says that it is in some version, be it one that is not known here. */
export function isMarkedIetf(incoming: Incoming): boolean {
  return incoming.header(versionField) !== undefined
}

const versionField = 'upload-draft-interop-version'
