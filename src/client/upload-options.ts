// What `upload()` is given, and a look at whether it can be meant.

import type { UploadProgress } from './progress.ts'
import type { UploadFields } from './load.ts'
import type { UploadWords } from './words.ts'

/** A slot: its URL, or all that `kind.create()` gave, by which a file is refused before it is sent. */
export type UploadTarget = string | URL | { readonly url: string; readonly maxBytes?: number }

/** How to upload. */
export interface UploadOptions {
  /** Hears of each change: of the state, and of bytes that are out. */
  readonly onProgress?: (progress: UploadProgress) => void
  /** Ends the upload. The slot stays usable, and the same file goes on where it stopped. */
  readonly signal?: AbortSignal
  /** What goes beside the file; then it is sent as a form, in one request. */
  readonly fields?: UploadFields
  /** What the file is to be called. Default: its name. */
  readonly fileName?: string
  /** From how many bytes on an upload can go on where it stopped. Default 1,048,576. */
  readonly resumableFromBytes?: number
  /** The most bytes of one request, for a proxy that takes no more. Default: all; by fetch 4,194,304. */
  readonly maxRequestBytes?: number
  /** How many tries in a row may come to nothing, the network being there. Default 10. */
  readonly retries?: number
  /** The pause before the second try, in milliseconds; it doubles, up to 30 seconds. Default 1,000. */
  readonly retryDelayMs?: number
  /** After how many seconds without any sign a connection counts as lost. Default 30. */
  readonly stallSeconds?: number
  /** Sent with each request, such as for a proxy. */
  readonly headers?: Readonly<Record<string, string>>
  /** The language of errors: `en`, `de`, or any that `words` are in. Default: the page's. */
  readonly language?: string
  /** Words of errors by their code, in the place of ours. */
  readonly words?: UploadWords
}

/** @throws TypeError where the slot or a file is missing. */
export function checkUpload(target: UploadTarget, files: readonly Blob[]): void {
  if (!target || files.length === 0 || !files.every((file) => file instanceof Blob))
    throw new TypeError('upload(): a URL and a File or Blob, please.')
}
