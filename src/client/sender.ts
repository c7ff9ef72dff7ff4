// What the ways of sending share: requests with the upload's own headers, whose refusals are errors.

import { ask, type Answer } from './request.ts'
import type { ProgressCount } from './progress.ts'
import { readRefusal, UploadError, type UploadErrorCode } from './upload-error.ts'
import type { Speech } from './words.ts'

/** How an upload's requests are made. */
export interface SenderSetting {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly speech: Speech
  readonly stallMs: number
  /** What is cut when the upload is paused or aborted; another one after each pause. */
  readonly signal: () => AbortSignal
}

/** A request as its way has it. */
export interface Sending {
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Blob | FormData
  readonly onSent?: (sentBytes: number) => void
  /** How many times longer than usual an answer may take. */
  readonly patience?: number
}

/** Makes an upload's requests. */
export interface Sender {
  /** @throws UploadError where no answer came, or a refusal. */
  send(sending: Sending): Promise<Answer>
  fail(code: UploadErrorCode): UploadError
}

/** Everything that a way needs to send. */
export interface Load {
  readonly sender: Sender
  readonly progress: ProgressCount
  readonly totalBytes: number
}

/** Makes what sends. */
export function createSender(setting: SenderSetting): Sender {
  const { url, headers, speech, stallMs, signal } = setting
  const fail = (code: UploadErrorCode): UploadError => new UploadError(code, { status: 0 }, speech)
  return {
    fail,
    async send({ headers: own, body = null, patience = 1, ...asking }) {
      const answer = await ask({
        ...asking,
        url,
        headers: { ...headers, ...own },
        body,
        signal: signal(),
        stallMs: stallMs * patience,
      })
      if (answer === null) throw fail('network-failed')
      if (answer.status >= 400) throw readRefusal(answer, speech)
      return answer
    },
  }
}
