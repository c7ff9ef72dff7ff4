// Writes the header fields of tus answers, as flat lists: name, value, name, value.

import { formatHttpDate } from '../../http/http-date.ts'
import { tusVersion } from './tus-request.ts'

/** What every tus answer carries. */
export const tusResumableHeaders: readonly string[] = ['Tus-Resumable', tusVersion]

/** What an answer to a version we don't speak carries (412). */
export const tusVersionHeaders: readonly string[] = [
  ...tusResumableHeaders,
  'Tus-Version',
  tusVersion,
]

/** The header of the answer to `OPTIONS`; `maxBytes` where the slot is known. */
export function formatTusOptions(maxBytes: number | null): readonly string[] {
  return [
    ...tusVersionHeaders,
    'Tus-Extension',
    'creation,creation-with-upload,creation-defer-length,expiration,checksum,termination',
    'Tus-Checksum-Algorithm',
    'sha1,sha256',
    ...(maxBytes === null ? [] : ['Tus-Max-Size', String(maxBytes)]),
  ]
}

/** How far an upload came. */
export interface TusProgress {
  readonly offsetBytes: number
  /** `null` as long as the client has not told it. */
  readonly lengthBytes: number | null
  /** When the upload ends unfinished; `null` once it is finished, or where it never does. */
  readonly expiresMs: number | null
}

/** The header of the answer to `HEAD`. */
export function formatTusState(progress: TusProgress, metadata: string | null): readonly string[] {
  const { lengthBytes } = progress
  return [
    ...formatTusProgress(progress),
    ...(lengthBytes === null
      ? ['Upload-Defer-Length', '1']
      : ['Upload-Length', String(lengthBytes)]),
    ...(metadata === null ? [] : ['Upload-Metadata', metadata]),
    'Cache-Control',
    'no-store',
  ]
}

/** The header of the answers to `PATCH` and `POST`. */
export function formatTusProgress({
  offsetBytes,
  expiresMs,
}: Omit<TusProgress, 'lengthBytes'>): readonly string[] {
  return [
    ...tusResumableHeaders,
    'Upload-Offset',
    String(offsetBytes),
    ...(expiresMs === null ? [] : ['Upload-Expires', formatHttpDate(expiresMs)]),
  ]
}
