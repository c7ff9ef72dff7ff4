// Sends what was chosen by `titofisto/client`, with the patience of somebody who looks at the page.

import { upload, type UploadFields, type UploadProgress } from '../../client/index.ts'
import { rememberBegun } from './begun-file.ts'

/** An upload on its way. */
export interface Sending {
  /** Rejects with an UploadError, or with an AbortError once it was cancelled. */
  readonly ended: Promise<unknown>
  /** Whether what has arrived stays there. */
  readonly canPause: boolean
  readonly pause: () => void
  readonly resume: () => void
  readonly cancel: () => void
}

/** From this size on it is worth a few more requests to be able to go on. */
const resumableFromBytes = 4 * 1024 * 1024
const patience = {
  // Below what proxies on the way commonly take of one request.
  maxRequestBytes: 32 * 1024 * 1024,
  // Half an hour, with somebody there who can cancel it.
  retries: 60,
  stallSeconds: 60,
}

/** Begins to send; `fields`, where the slot takes nothing but forms. */
export function sendFiles(
  url: string,
  files: readonly File[],
  fields: UploadFields | null,
  onProgress: (progress: UploadProgress) => void,
): Sending {
  const ending = new AbortController()
  const [file, ...others] = files
  const canPause =
    file !== undefined && others.length === 0 && fields === null && file.size >= resumableFromBytes
  const sending = upload(url, files, {
    ...patience,
    ...(fields !== null && { fields }),
    resumableFromBytes,
    signal: ending.signal,
    onProgress(progress) {
      if (canPause && progress.sentBytes > 0) rememberBegun(url, file.name)
      onProgress(progress)
    },
  })
  return {
    ended: sending.then(() => rememberBegun(url, null)),
    canPause,
    pause: () => sending.pause(),
    resume: () => sending.resume(),
    cancel() {
      ending.abort()
      rememberBegun(url, null)
    },
  }
}
