// `upload()`: a file to a slot, from a browser or from Node.

import { createBrakes } from './brakes.ts'
import { countProgress } from './progress.ts'
import type { Answer } from './request.ts'
import { sendFiles } from './sending.ts'
import { checkUpload, type UploadOptions, type UploadTarget } from './upload-options.ts'

/** An upload that goes on: a promise of what the slot's handler returned, and its brakes. */
export interface Upload<Result> extends Promise<Result> {
  /**
   * Stops sending until {@link resume}. What has arrived stays there, where the upload is resumable.
   * @example
   * import { upload } from 'titofisto/client'
   *
   * const sending = upload(origin + (await avatar.url()), new Blob(['A picture']))
   * sending.pause()
   * sending.resume()
   * await sending //=> 'avatars/me.png'
   */
  pause(): void
  /**
   * Goes on after {@link pause}.
   * @example
   * import { upload } from 'titofisto/client'
   *
   * const sending = upload(origin + (await avatar.url()), new Blob(['A picture']))
   * sending.resume()
   * await sending //=> 'avatars/me.png'
   */
  resume(): void
}

/**
 * Sends a file to a slot, and resolves with what the slot's handler returned (`undefined` where that
 * is nothing): `upload<UploadResult<typeof avatar>>(url, file)` types it. From `resumableFromBytes` on
 * it goes on where it stopped: after a break, after the page was loaded again and the same file
 * chosen, after the server was restarted; a file that is not the same begins anew. Several files, or
 * `fields` beside them, go as a form, which is sent again from the beginning. An answer that was lost
 * is asked for, and the handler does not run twice.
 *
 * @throws TypeError where the target or the file is none.
 * @returns A promise that rejects with an {@link UploadError}, or with the reason of `signal`.
 * @example
 * import { upload } from 'titofisto/client'
 *
 * const slotUrl = origin + (await avatar.url())
 * const shares: number[] = []
 * const name = await upload<string>(slotUrl, new File(['A picture'], 'me.png'), {
 *   onProgress: ({ sentBytes, totalBytes }) => shares.push(sentBytes / totalBytes),
 * })
 * name //=> 'avatars/me.png'
 * shares.at(-1) //=> 1
 */
export function upload<Result = unknown>(
  target: UploadTarget,
  file: Blob | readonly Blob[],
  options: UploadOptions = {},
): Upload<Result> {
  const files = file instanceof Blob ? [file] : [...file]
  checkUpload(target, files)
  const brakes = createBrakes(options.signal)
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0)
  const progress = countProgress(totalBytes, options.onProgress ?? (() => {}))
  let isOver = false
  const result = sendFiles(target, files, options, { brakes, progress, totalBytes })
    // The answer is JSON of the handler's: only its owner knows the type.
    .then((answer) => readResult(answer) as Result)
    .finally(() => (isOver = true))
  return Object.assign(result, {
    pause() {
      if (!isOver && brakes.pause()) progress.tell(progress.sentBytes, 'paused')
    },
    resume: brakes.resume,
  })
}

function readResult({ text, header }: Answer): unknown {
  if (!text) return undefined
  return /\bjson\b/i.test(header('Content-Type') ?? '') ? JSON.parse(text) : text
}
