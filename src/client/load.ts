// What the ways of sending share.

import type { ProgressCount } from './progress.ts'
import type { Answer } from './request.ts'
import type { UploadError, UploadErrorCode } from './upload-error.ts'

/** Text, or a value with a type of its own, such as JSON in a Blob. */
export type UploadFields = Readonly<Record<string, string | Blob>>

/** A request as its way has it. */
export interface Sending {
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Blob | FormData
  readonly onSent?: ((sentBytes: number) => void) | undefined
  /** How many times longer than usual an answer may take. */
  readonly patience?: number
}

/** What all ways need to send. */
export interface Load {
  /** @throws UploadError where no answer came, or a refusal. */
  readonly send: (sending: Sending) => Promise<Answer>
  readonly fail: (code: UploadErrorCode) => UploadError
  readonly progress: ProgressCount
  readonly totalBytes: number
}
